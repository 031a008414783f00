"""Loading portfolio files: which are meant, what becomes of each, and what is said."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from loaders.errors import MiranteError
from loaders.file_loads import Outcome, expand
from loaders.locks import advisory_lock
from loaders.server import Server
from loaders.settings import mirante_home
from tests.loaders.conftest import HEADER, SECRET
from tests.loaders.files import VISIBLE, categories, load, portfolio, query, write_csv
from tests.loaders.helpers import mirante

CATEGORIES_IN_FORCE = """
    select categorias.linha, categorias.categoria
    from {schema}.categorias as categorias
    inner join {schema}.arquivos as arquivos using (_arquivo_sha256)
    where arquivos._carregado_em >= coalesce(
        (select max(_carregado_em) from {schema}.arquivos where modo = 'substitui'), '-infinity'
    )
    order by arquivos._carregado_em, 1
"""


def test_paths_may_be_files_globs_and_folders_in_the_order_given(tmp_path: Path):
    for name in ("b.csv", "a.CSV", "c.xlsx", "~$c.xlsx", ".oculto.csv", "leia.md", "sub/d.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = expand([str(tmp_path / "c.xlsx"), str(tmp_path)])
    assert [path.name for path in found] == ["c.xlsx", "a.CSV", "b.csv"]
    assert [path.name for path in expand([str(tmp_path / "*.[cC]*")])] == ["a.CSV", "b.csv"]
    assert [path.name for path in expand([str(tmp_path / "**" / "d.*")])] == ["d.csv"]


@pytest.mark.parametrize("missing", ["não-há.xlsx", "não-há*.xlsx", "vazia"])
def test_a_path_that_names_no_file_is_an_error_that_names_it(tmp_path: Path, missing: str):
    (tmp_path / "vazia").mkdir()
    with pytest.raises(MiranteError, match="nenhum arquivo") as caught:
        expand([str(tmp_path / missing)])
    assert missing in str(caught.value)


def test_one_refused_file_does_not_stop_the_others(user_server: Server, tmp_path: Path):
    files = [
        portfolio(tmp_path / "1.csv", 1),
        write_csv(tmp_path / "2.csv", [], HEADER),
        write_csv(tmp_path / "3.csv", [[SECRET]], ["outra coisa"]),
        portfolio(tmp_path / "4.csv", 2),
    ]
    results = load(user_server, *files)
    assert [result.outcome for result in results] == [
        Outcome.CARREGADO, Outcome.RECUSADO, Outcome.RECUSADO, Outcome.CARREGADO
    ]  # fmt: skip
    assert "nenhuma linha" in results[1].detail
    assert SECRET not in results[2].detail
    landed = query(user_server, "select _arquivo from {schema}.arquivos order by 1")
    assert landed == [("1.csv",), ("4.csv",)]
    assert len(query(user_server, VISIBLE)) == 3


def test_categories_add_up_and_truncate_starts_over(user_server: Server, tmp_path: Path):
    def outcomes(*paths: Path, replace: bool = False) -> list[Outcome]:
        results = load(user_server, *paths, table="categorias", replace=replace)
        return [result.outcome for result in results]

    def in_force() -> list[tuple[str, str]]:
        return query(user_server, CATEGORIES_IN_FORCE)  # type: ignore[return-value]

    first = categories(tmp_path / "1.csv", CDC="PF", Giro="PJ")
    second = categories(tmp_path / "2.csv", CDC="PESSOAS")
    assert outcomes(first, second) == [Outcome.CARREGADO] * 2
    assert in_force() == [("CDC", "PF"), ("Giro", "PJ"), ("CDC", "PESSOAS")]
    # Known bytes are no reason to keep what --truncate was asked to forget.
    assert outcomes(first, replace=True) == [Outcome.CARREGADO]
    assert in_force() == [("CDC", "PF"), ("Giro", "PJ")]
    assert outcomes(first, replace=True) == [Outcome.SEM_MUDANCA]
    assert outcomes(first) == [Outcome.SEM_MUDANCA]
    # A file that was made to be forgotten counts again when it is loaded again.
    assert outcomes(second) == [Outcome.CARREGADO]
    assert in_force() == [("CDC", "PF"), ("Giro", "PJ"), ("CDC", "PESSOAS")]


def test_truncate_by_several_files_keeps_them_all_also_the_second_time(
    user_server: Server, tmp_path: Path
):
    load(user_server, categories(tmp_path / "0.csv", Velha="X"), table="categorias")
    files = [
        write_csv(tmp_path / "1.csv", [["x"]], ["nada disto"]),
        categories(tmp_path / "2.csv", CDC="PF"),
        categories(tmp_path / "3.csv", Giro="PJ"),
    ]
    results = load(user_server, *files, table="categorias", replace=True)
    assert results[0].outcome is Outcome.RECUSADO
    assert query(user_server, CATEGORIES_IN_FORCE) == [("CDC", "PF"), ("Giro", "PJ")]
    again = load(user_server, *files[1:], table="categorias", replace=True)
    assert {result.outcome for result in again} == {Outcome.SEM_MUDANCA}
    assert query(user_server, CATEGORIES_IN_FORCE) == [("CDC", "PF"), ("Giro", "PJ")]


def test_a_second_load_waits_and_names_who_is_at_work(user_server: Server, tmp_path: Path):
    files = [portfolio(tmp_path / f"{count}.csv", count) for count in (3, 4)]
    processes = []
    with advisory_lock(user_server, "load raw_carteira"):
        for path in files:
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "loaders", "load", "carteira", str(path)],
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        said = [process.stderr.readline() for process in processes if process.stderr]
        assert query_or_none(user_server) is None
    for process, line in zip(processes, said, strict=True):
        _, rest = process.communicate(timeout=60)
        assert process.returncode == 0, rest
        assert "Esperando outra carga terminar" in line
        assert f"pid {os.getpid()}" in line
    assert len(query(user_server, VISIBLE)) == 7


def query_or_none(server: Server) -> object:
    return query(server, "select 1 from pg_namespace where nspname = 'raw_carteira'") or None


def test_tables_are_not_made_while_a_load_is_at_work(user_server: Server):
    from loaders import carteira

    maker = threading.Thread(target=carteira.source().ensure_tables, args=[user_server])
    with advisory_lock(user_server, "load raw_carteira"):
        maker.start()
        time.sleep(1)
        assert maker.is_alive()
        assert query_or_none(user_server) is None
    maker.join(60)
    assert query(user_server, "select * from {schema}.categorias") == []


def test_the_command_says_what_became_of_each_file(user_server: Server, tmp_path: Path):
    (tmp_path / "~$b.csv").touch()
    portfolio(tmp_path / "a.csv", 1200)
    write_csv(tmp_path / "b.csv", [[SECRET]], ["outra coisa"])
    result = mirante("load", "carteira", str(tmp_path), MIRANTE_SCHEMA_PREFIX="ana_")
    assert result.returncode == 1
    assert result.stdout == ""
    assert "a.csv: 1.200 linhas carregadas" in result.stderr
    assert "b.csv: recusado" in result.stderr
    assert "1 de 2 arquivo(s) recusado(s)" in result.stderr
    assert "Traceback" not in result.stderr
    assert len(query(user_server, VISIBLE, "ana_raw_carteira")) == 1200
    again = mirante(
        "load", "carteira", str(tmp_path / "a.csv"), "--json", MIRANTE_SCHEMA_PREFIX="ana_"
    )
    assert again.returncode == 0
    [told] = json.loads(again.stdout)
    assert (told["arquivo"], told["outcome"], told["rows"]) == ("a.csv", "sem mudança", 0)
    for text in (result.stdout, result.stderr, again.stdout, again.stderr):
        assert SECRET not in text
        assert user_server.password not in text


def test_refusals_are_in_the_json_too(user_server: Server, tmp_path: Path):
    files = [write_csv(tmp_path / "b.csv", [["x"]], ["y"]), portfolio(tmp_path / "a.csv")]
    result = mirante("load", "carteira", *map(str, files), "--json")
    assert result.returncode == 1
    assert [each["outcome"] for each in json.loads(result.stdout)] == ["recusado", "carregado"]


def test_wrong_paths_exit_with_1_and_wrong_usage_with_2(user_server: Server, tmp_path: Path):
    missing = mirante("load", "carteira", str(tmp_path / "nada.xlsx"))
    assert missing.returncode == 1
    assert "nada.xlsx: nenhum arquivo" in missing.stderr
    for arguments in (["load", "carteira"], ["load", "carteira", "a", "--nada"], ["load", "x"]):
        result = mirante(*arguments)
        assert result.returncode == 2, arguments
        assert "Uso incorreto" in result.stderr


def test_a_load_that_the_server_refuses_shows_neither_password_nor_cells(
    user_server: Server, embedded_server: Server, tmp_path: Path
):
    load(user_server, portfolio(tmp_path / "a.csv"))
    with user_server.connect() as connection:
        connection.execute(
            "create function raw_carteira.nunca() returns trigger language plpgsql as"
            " $$begin perform pg_terminate_backend(pg_backend_pid()); return new; end$$"
        )
        connection.execute(
            "create trigger nunca before insert on raw_carteira.arquivos"
            " for each row execute function raw_carteira.nunca()"
        )
    dropped = mirante("load", "carteira", str(portfolio(tmp_path / "b.csv", 3)))
    with user_server.connect() as connection:
        connection.execute("drop trigger nunca on raw_carteira.arquivos")
        connection.execute("alter schema raw_carteira rename to guardado")
    with embedded_server.connect() as connection:
        connection.execute(f"revoke create on database {user_server.dbname} from public")
        connection.execute(
            f"revoke create on database {user_server.dbname} from {user_server.user}"
        )
    revoked = mirante("load", "carteira", str(tmp_path / "b.csv"))
    for result in (dropped, revoked):
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
        assert SECRET not in result.stdout + result.stderr
        assert user_server.password not in result.stdout + result.stderr
    assert "Erro: b.csv: a carga não terminou" in dropped.stderr
    assert "GRANT CREATE ON DATABASE" in revoked.stderr
    assert [path for path in (mirante_home() / "scratch").rglob("*") if path.is_file()] == []
    assert len(query(user_server, VISIBLE, "guardado")) == 2
