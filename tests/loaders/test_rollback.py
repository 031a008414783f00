"""Taking a load back: which one is meant, what stays, what is said, who may."""

import json
import queue
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from loaders import carteira, controladoria, landing, manifest
from loaders.audit.operations import operation
from loaders.errors import MiranteError
from loaders.file_loads import Outcome
from loaders.locks import advisory_lock
from loaders.server import Server
from loaders.withdrawals import Withdrawal, withdraw
from tests.loaders.cards import write
from tests.loaders.controladoria import LINE
from tests.loaders.files import categories, load, portfolio, query
from tests.loaders.helpers import mirante

MARKS = (
    "select retirado_em is not null, retirado_por, motivo_retirada, ultima_retirada_em"
    " from {schema}.arquivos order by _carregado_em"
)
OPERATIONS = (
    "select tipo, alvo, estado, qt_linhas, antes, depois, detalhes ->> 'motivo'"
    " from {schema}.operacoes where tipo = 'retirada' order by operacao_id"
)


def in_force(server: Server) -> list[str]:
    return [known.arquivo for known in carteira.source().known_files(server)]


def taken_back(server: Server, *targets: str, **options: Any) -> list[Withdrawal]:
    return withdraw(server, targets, **options)


def refusal(server: Server, *targets: str, **options: Any) -> str:
    """What is said where nothing is taken back."""
    before = query(server, MARKS)
    with pytest.raises(MiranteError) as refused:
        withdraw(server, targets, **options)
    assert query(server, MARKS) == before
    return str(refused.value)


def loads_in_the_register(server: Server) -> list[int]:
    rows = query(
        server,
        "select operacao_id from {schema}.operacoes where tipo = 'carga' order by 1",
        "audit",
    )
    return [number for (number,) in rows]


@pytest.fixture
def three(user_server: Server, tmp_path: Path) -> list[Path]:
    """Positions of one, two and three contracts, loaded."""
    paths = [portfolio(tmp_path / f"posicao_{count}.csv", count) for count in (1, 2, 3)]
    load(user_server, *paths)
    return paths


def test_a_load_that_is_taken_back_stays_in_raw_marked(user_server: Server, three: list[Path]):
    [done] = taken_back(user_server, "posicao_2.csv", motivo="veio errada")
    assert (done.changed, done.load.file.linhas) == (True, 2)
    assert in_force(user_server) == ["posicao_1.csv", "posicao_3.csv"]
    assert query(user_server, "select count(*) from {schema}.contratos") == [(6,)]
    marks = query(user_server, MARKS)
    assert [mark[0] for mark in marks] == [False, True, False]
    assert marks[1][1].endswith(f"/{user_server.user}")
    assert marks[1][2] == "veio errada"


def test_it_is_registered_with_the_totals_before_and_after(user_server: Server, three: list[Path]):
    [done] = taken_back(user_server, "posicao_2.csv", motivo="dobrada")
    [row] = query(user_server, OPERATIONS, "audit")
    assert row == (
        "retirada", "raw_carteira", "concluida", 2,
        {"arquivos": 3, "linhas": 6}, {"arquivos": 2, "linhas": 4}, "dobrada",
    )  # fmt: skip
    assert done.operation is not None


def test_twice_changes_nothing_and_says_so(user_server: Server, three: list[Path]):
    taken_back(user_server, "posicao_2.csv")
    marks = query(user_server, MARKS)
    [again] = taken_back(user_server, "posicao_2.csv", motivo="outra vez")
    assert not again.changed
    assert query(user_server, MARKS) == marks
    assert len(query(user_server, OPERATIONS, "audit")) == 1


def test_the_same_bytes_bring_it_back_as_the_newest_load(user_server: Server, three: list[Path]):
    taken_back(user_server, "posicao_2.csv")
    [result] = load(user_server, three[1])
    assert result.outcome is Outcome.CARREGADO
    assert in_force(user_server) == ["posicao_1.csv", "posicao_3.csv", "posicao_2.csv"]
    *_, (marked, who, why, last) = query(user_server, MARKS)
    assert (marked, who, why) == (False, None, None)
    assert last is not None  # dbt has to hear of it still
    [again] = load(user_server, three[1])
    assert again.outcome is Outcome.SEM_MUDANCA


def test_it_does_not_come_back_with_a_folder_that_is_loaded_again_and_again(
    user_server: Server, three: list[Path], tmp_path: Path
):
    taken_back(user_server, "posicao_2.csv")
    portfolio(tmp_path / "posicao_4.csv", 4)
    results = load(user_server, tmp_path, bring_back=False)
    assert [result.outcome for result in results] == [Outcome.SEM_MUDANCA] * 3 + [Outcome.CARREGADO]
    assert "retirado em" in results[1].detail
    assert in_force(user_server) == ["posicao_1.csv", "posicao_3.csv", "posicao_4.csv"]


def test_it_comes_back_after_the_withdrawal_though_the_clock_is_set_back(
    user_server: Server, three: list[Path]
):
    taken_back(user_server, "posicao_2.csv")
    query(
        user_server,
        "update {schema}.arquivos set ultima_retirada_em = now() + interval '1 day',"
        " retirado_em = now() + interval '1 day' where retirado_em is not null returning 1",
    )
    load(user_server, three[1])
    assert query(
        user_server,
        "select _carregado_em > ultima_retirada_em from {schema}.arquivos"
        " where ultima_retirada_em is not null",
    ) == [(True,)]


def test_categories_replaced_by_a_load_are_in_force_again(user_server: Server, tmp_path: Path):
    first, second = categories(tmp_path / "a.csv", CDC="A"), categories(tmp_path / "b.csv", CDC="B")
    load(user_server, first, table="categorias")
    load(user_server, second, table="categorias", replace=True)
    taken_back(user_server, "b.csv")
    [same] = load(user_server, first, table="categorias")
    assert same.outcome is Outcome.SEM_MUDANCA


def test_a_name_with_several_versions_is_refused_and_a_hash_tells_them_apart(
    user_server: Server, tmp_path: Path
):
    hashes = []
    for count in (1, 2):
        [result] = load(user_server, portfolio(tmp_path / "posicao.csv", count))
        hashes.append(result.sha256)
    said = refusal(user_server, "posicao.csv")
    assert "há 2 cargas em vigor" in said
    assert all(sha256[:12] in said for sha256 in hashes)
    assert "1 linha, carregado em" in said
    [done] = taken_back(user_server, hashes[0][:8].upper())
    assert done.load.file.sha256 == hashes[0]
    # One of them is in force now: the name is enough.
    [done] = taken_back(user_server, "posicao.csv")
    assert done.load.file.sha256 == hashes[1]


def test_an_unknown_target_names_what_is_near(user_server: Server, three: list[Path]):
    said = refusal(user_server, "posicao_4.csv")
    assert "nenhuma carga" in said
    assert "posicao_3.csv (carteira, contratos)" in said
    assert "As últimas" in refusal(user_server, "xyz")
    assert "nenhuma carga" in refusal(user_server, "0" * 64)
    assert "nenhuma carga" in refusal(user_server, "99999999999999999999999")


def test_a_reason_with_a_document_is_refused(user_server: Server, three: list[Path]):
    said = refusal(user_server, "posicao_1.csv", motivo="pedido de 529.982.247-25")
    assert "529" not in said
    assert "Diga-o sem o documento" in said


def test_all_targets_are_taken_back_or_none(user_server: Server, three: list[Path]):
    refusal(user_server, "posicao_1.csv", "posicao_9.csv")
    done = taken_back(user_server, "posicao_1.csv", "posicao_3.csv", "posicao_1.csv")
    assert [each.load.file.arquivo for each in done] == ["posicao_1.csv", "posicao_3.csv"]
    assert in_force(user_server) == ["posicao_2.csv"]


def test_a_path_is_known_by_its_bytes_and_by_its_name_if_it_is_gone(
    user_server: Server, three: list[Path], tmp_path: Path
):
    renamed = three[0].rename(tmp_path / "outro nome.csv")
    [done] = taken_back(user_server, str(renamed))
    assert done.load.file.arquivo == "posicao_1.csv"
    portfolio(three[1], 5)
    assert "nunca foram carregados" in refusal(user_server, str(three[1]))
    three[2].unlink()
    [done] = taken_back(user_server, str(three[2]))
    assert done.load.file.arquivo == "posicao_3.csv"


def test_a_load_is_known_by_the_number_of_its_operation(user_server: Server, three: list[Path]):
    first, *_ = loads_in_the_register(user_server)
    [done] = taken_back(user_server, str(first))
    assert done.load.file.arquivo == "posicao_1.csv"
    [again] = taken_back(user_server, str(first))
    assert not again.changed
    load(user_server, three[0])
    assert "foram carregados de novo depois" in refusal(user_server, str(first))
    [newest] = loads_in_the_register(user_server)[-1:]
    assert taken_back(user_server, str(newest))[0].changed


def test_operations_that_loaded_no_file_are_refused(user_server: Server, three: list[Path]):
    load(user_server, three[0])
    [same] = loads_in_the_register(user_server)[-1:]
    assert "não carregou nada (sem mudança)" in refusal(user_server, str(same))
    with operation(user_server, "exportacao", "carteira.dim_cliente") as told:
        pass
    assert "não é uma carga, mas exportacao" in refusal(user_server, str(told.number))
    assert "confira --fonte" in refusal(
        user_server, str(loads_in_the_register(user_server)[0]), fonte="banco"
    )


def test_loads_of_the_sales_api_are_refused_with_what_to_do(user_server: Server, three: list[Path]):
    with operation(user_server, "carga", "raw_cvcrm.reservas") as told:
        pass
    for target in (str(told.number), "reservas", "cvcrm", "raw_cvcrm.vendas"):
        assert "mirante load cvcrm --full" in refusal(user_server, target)


def test_a_name_in_two_sources_needs_the_source(user_server: Server, tmp_path: Path):
    load(user_server, portfolio(tmp_path / "carteira" / "outubro.csv"))
    (tmp_path / "bonus").mkdir()
    path = write(tmp_path / "bonus" / "outubro.csv", LINE)
    [result] = controladoria.source().load(user_server, "bonus", [str(path)])
    assert result.outcome is Outcome.CARREGADO
    assert "--fonte" in refusal(user_server, "outubro.csv")
    [done] = taken_back(user_server, "outubro.csv", fonte="controladoria")
    assert done.load.fonte == "controladoria"
    assert in_force(user_server) == ["outubro.csv"]


def test_a_manifest_of_an_older_mirante_gets_its_columns(
    user_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    added = ("retirado_em", "retirado_por", "motivo_retirada", "ultima_retirada_em")
    older = {name: each for name, each in landing.MANIFEST_COLUMNS.items() if name not in added}
    path = portfolio(tmp_path / "posicao.csv")
    with monkeypatch.context() as patch:
        patch.setattr(landing, "MANIFEST_COLUMNS", older)
        patch.setattr(manifest, "next_load_time", lambda *_: datetime.now(UTC))
        patch.setattr(manifest, "last_withdrawal", lambda *_: None)
        load(user_server, path)
    with pytest.raises(psycopg.errors.UndefinedColumn):
        query(user_server, MARKS)
    assert in_force(user_server) == ["posicao.csv"]
    [done] = taken_back(user_server, "posicao.csv")
    assert done.changed
    assert in_force(user_server) == []
    assert [result.outcome for result in load(user_server, path)] == [Outcome.CARREGADO]


def test_it_waits_for_a_build_and_for_a_load(user_server: Server, three: list[Path]):
    for lock in ("build", carteira.source().lock):
        told: queue.Queue[str] = queue.Queue()
        with advisory_lock(user_server, lock):
            worker = threading.Thread(
                target=withdraw,
                args=(user_server, ["posicao_2.csv"]),
                kwargs={"on_wait": told.put},
                daemon=True,
            )
            worker.start()
            assert f"mirante {lock}" in told.get(timeout=10)
            if lock == "build":
                assert len(in_force(user_server)) == 3
        worker.join(timeout=20)
        assert len(in_force(user_server)) == 2


def test_of_two_at_once_one_takes_it_back_and_the_other_finds_it_so(
    user_server: Server, three: list[Path]
):
    done: queue.Queue[bool] = queue.Queue()
    workers = [
        threading.Thread(
            target=lambda: done.put(withdraw(user_server, ["posicao_2.csv"])[0].changed),
            daemon=True,
        )
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    assert {done.get(timeout=30), done.get(timeout=30)} == {True, False}
    assert len(query(user_server, OPERATIONS, "audit")) == 1


def test_a_kill_in_the_middle_leaves_no_mark_and_the_operation_interrupted(
    user_server: Server, three: list[Path]
):
    def waits() -> bool:
        with user_server.connect() as connection:
            row = connection.execute(
                "select exists (select 1 from pg_stat_activity where wait_event_type = 'Lock'"
                " and query like '%motivo_retirada%' and pid != pg_backend_pid())"
            ).fetchone()
        return row == (True,)

    with user_server.connect(autocommit=False) as blocker:
        # The first file is marked, the second one's row is somebody's.
        blocker.execute(
            "select 1 from raw_carteira.arquivos where _arquivo = 'posicao_3.csv' for update"
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "loaders", "rollback", "posicao_1.csv", "posicao_3.csv"],
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 30
        while not waits():
            assert time.monotonic() < until
            time.sleep(0.05)
        process.kill()
        process.wait()
    assert len(in_force(user_server)) == 3
    done = taken_back(user_server, "posicao_1.csv", "posicao_3.csv")
    assert [each.changed for each in done] == [True, True]
    states = [row[2] for row in query(user_server, OPERATIONS, "audit")]
    assert states == ["interrompida", "interrompida", "concluida", "concluida"]


def test_who_may_not_write_the_manifest_is_told_what_is_missing(
    user_server: Server, three: list[Path], embedded_server: Server
):
    role = f"{user_server.user}_leitor"
    with embedded_server.connect() as connection:
        connection.execute(
            sql.SQL("create role {} login password 'x'").format(sql.Identifier(role))
        )
    try:
        reader = Server(
            host=user_server.host, port=user_server.port, dbname=user_server.dbname,
            user=role, password="x",
        )  # fmt: skip
        assert "falta acesso" in refused_to(reader)
        with user_server.connect() as connection:
            for name in ("carteira", "cartoes", "banco", "controladoria"):
                schema = sql.Identifier(f"raw_{name}")
                connection.execute(sql.SQL("create schema if not exists {}").format(schema))
                connection.execute(
                    sql.SQL("grant usage on schema {} to {}").format(schema, sql.Identifier(role))
                )
            connection.execute(
                sql.SQL("grant select on all tables in schema raw_carteira to {}").format(
                    sql.Identifier(role)
                )
            )
        assert "falta acesso" in refused_to(reader)
        assert len(in_force(user_server)) == 3
    finally:
        with replace(embedded_server, dbname=user_server.dbname).connect() as connection:
            for statement in ("drop owned by {}", "drop role {}"):
                connection.execute(sql.SQL(statement).format(sql.Identifier(role)))


def refused_to(reader: Server) -> str:
    with pytest.raises(MiranteError) as refused:
        withdraw(reader, ["posicao_2.csv"])
    return str(refused.value)


def test_the_command_tells_people_and_programs(user_server: Server, three: list[Path]):
    told = mirante("rollback", "posicao_2.csv", "--motivo", "teste")
    assert (told.returncode, told.stdout) == (0, "")
    assert "posicao_2.csv (carteira, contratos): retirado; 2 linhas, carregado em" in told.stderr
    assert "O próximo `mirante build`" in told.stderr
    again = mirante("rollback", "posicao_2.csv", "posicao_1.csv", "--json")
    assert again.returncode == 0
    assert [
        (each["arquivo"], each["resultado"], each["linhas"], each["fonte"])
        for each in json.loads(again.stdout)
    ] == [
        ("posicao_2.csv", "sem mudança", 2, "carteira"),
        ("posicao_1.csv", "retirado", 1, "carteira"),
    ]
    unknown = mirante("rollback", "nada.csv")
    assert unknown.returncode == 1
    assert "Erro: nada.csv: nenhuma carga" in unknown.stderr
    assert mirante("rollback").returncode == 2
    assert mirante("rollback", "x", "--fonte", "vendas").returncode == 2
