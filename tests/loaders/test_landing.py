"""What is in Postgres after a load: everything as it came, whole files, nothing else."""

import os
import re
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from loaders import carteira
from loaders.contracts import load_contract
from loaders.errors import MiranteError
from loaders.file_loads import Outcome
from loaders.pipelines import scratch_directory
from loaders.reading import sha256_of
from loaders.server import Server
from loaders.settings import mirante_home
from tests.loaders.conftest import HEADER, SECRET, line
from tests.loaders.files import VISIBLE, load, portfolio, query, write_csv


def left_in_scratch() -> list[Path]:
    return [path for path in (mirante_home() / "scratch").rglob("*") if path.is_file()]


def test_every_cell_lands_as_text_with_where_and_when_it_came_from(
    user_server: Server, tmp_path: Path
):
    [(before,)] = query(user_server, "select clock_timestamp()")
    path = write_csv(
        tmp_path / "posição.csv",
        [
            [*line(1, saldo_atual="R$ 1.234,56", data_operacao="31/02/2024"), " sem tirar "],
            [*line(2, atraso="", cliente_nome="=1+1", cliente_id="007"), ""],
        ],
        [*HEADER, "Observação"],
    )
    [result] = load(user_server, path)
    assert (result.outcome, result.rows, result.sha256) == (Outcome.CARREGADO, 2, sha256_of(path))
    types = query(
        user_server,
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'raw_carteira' and table_name = 'contratos'",
    )
    other = {"_linha": "bigint", "_carregado_em": "timestamp with time zone"}
    columns = {column.name for column in load_contract("carteira").columns}
    assert columns < {name for name, _ in types}
    assert all(kind == other.get(name, "text") for name, kind in types)
    rows = query(
        user_server,
        "select _arquivo, _arquivo_sha256, _planilha, _linha, cliente_id, cliente_nome, atraso,"
        " saldo_atual, data_operacao, _extras, taxa from {schema}.contratos order by _linha",
    )
    origin = ("posição.csv", sha256_of(path), None)
    assert rows == [
        (*origin, 2, "1", SECRET, "0", "R$ 1.234,56", "31/02/2024",
         '{"Observação": " sem tirar "}', None),
        (*origin, 3, "007", "=1+1", None, "10.5", "2024-01-31", None, None),
    ]  # fmt: skip
    [(first, last)] = query(
        user_server, "select min(_carregado_em), max(_carregado_em) from {schema}.contratos"
    )
    assert first == last
    assert before <= first < before + timedelta(minutes=1)


def test_the_manifest_says_what_was_read_and_how(user_server: Server, workbook, tmp_path: Path):
    book = workbook(
        {"Base": [["Título"], [*HEADER, "Gerente"], [*line(1), "Ana"]], "Resumo": [["Total", 1]]},
        lambda made: made.add_worksheet("Oculta").hide(),
    )
    load(user_server, book)
    [row] = query(
        user_server,
        "select _arquivo, _arquivo_sha256, entidade, modo, qt_linha, formato, codificacao,"
        " separador, marca_decimal, cabecalho, planilhas, planilhas_ignoradas,"
        " colunas_desconhecidas, _carregado_em = (select min(_carregado_em)"
        " from {schema}.contratos) from {schema}.arquivos",
    )
    assert row == (
        "carteira.xlsx", sha256_of(book), "contratos", "acrescenta", 1, "xlsx", None, None, ",",
        [*HEADER, "Gerente"], ["Base"], {"Resumo": "sem cabeçalho", "Oculta": "oculta"},
        ["Gerente"], True,
    )  # fmt: skip
    latin = tmp_path / "latin.csv"
    latin.write_text(portfolio(tmp_path / "a.csv", cliente_nome="João").read_text(), "cp1252")
    load(user_server, latin)
    assert query(
        user_server,
        "select codificacao, separador, formato from {schema}.arquivos where formato = 'csv'",
    ) == [("cp1252", ";", "csv")]


def test_the_same_bytes_are_a_no_op_under_any_name_and_other_bytes_a_second_version(
    user_server: Server, tmp_path: Path
):
    path = portfolio(tmp_path / "a.csv")
    load(user_server, path)
    same = tmp_path / "outro nome.csv"
    same.write_bytes(path.read_bytes())
    before = query(user_server, "select xmin::text, * from {schema}.contratos order by _linha")
    for again in (path, same):
        [result] = load(user_server, again)
        assert result.outcome is Outcome.SEM_MUDANCA
        assert "a.csv" in result.detail
        assert "nada a fazer" in result.detail
    assert query(user_server, "select xmin::text, * from {schema}.contratos order by 5") == before
    portfolio(path, 3)
    assert load(user_server, path)[0].outcome is Outcome.CARREGADO
    assert query(
        user_server,
        "select arquivos.qt_linha, count(*) from {schema}.contratos"
        " inner join {schema}.arquivos using (_arquivo_sha256) group by 1 order by 1",
    ) == [(2, 2), (3, 3)]


def test_only_a_complete_load_makes_a_file_known(user_server: Server, tmp_path: Path):
    path = portfolio(tmp_path / "a.csv")
    assert carteira.source().known_files(user_server) == []
    load(user_server, path)
    [known] = carteira.source().known_files(user_server)
    assert (known.arquivo, known.sha256, known.modo) == ("a.csv", sha256_of(path), "acrescenta")
    # What a kill leaves between the merge and dlt's last statement.
    with user_server.connect() as connection:
        connection.execute("update raw_carteira._dlt_loads set status = 1")
    assert carteira.source().known_files(user_server) == []
    assert query(user_server, VISIBLE) == []
    assert load(user_server, path)[0].outcome is Outcome.CARREGADO
    assert [row[1:] for row in query(user_server, VISIBLE)] == [("C1", 2), ("C2", 2)]


def test_one_workbook_may_not_land_as_two_kinds_of_file(user_server: Server, workbook):
    both = workbook(
        {"Base": [HEADER, line(1)], "Categorias": [["linha", "categoria"], ["CDC", "PF"]]}
    )
    load(user_server, both)
    [result] = load(user_server, both, table="categorias")
    assert result.outcome is Outcome.RECUSADO
    assert "contratos" in result.detail
    assert len(query(user_server, VISIBLE)) == 1


def test_nothing_stays_in_staging_or_on_the_disk(user_server: Server, tmp_path: Path):
    load(user_server, portfolio(tmp_path / "a.csv"))
    load(user_server, portfolio(tmp_path / "b.csv", 3))
    assert query(user_server, "select * from raw_carteira_staging.arquivos") == []
    tables = query(
        user_server,
        "select relname::text from pg_class where relkind in ('r', 'p') and relname ~ '^contratos'"
        " order by 1",
    )
    assert tables[0] == ("contratos",)
    assert len(tables) == 3
    assert all(re.fullmatch("contratos__[0-9a-f]{16}", name) for (name,) in tables[1:])
    assert left_in_scratch() == []


def test_a_load_that_fails_in_the_database_shows_no_cell_and_leaves_nothing(
    user_server: Server, tmp_path: Path
):
    load(user_server, portfolio(tmp_path / "a.csv"))
    with user_server.connect() as connection:
        connection.execute(
            "alter table raw_carteira.contratos add constraint so_o_um check (num_contrato < 'C2')"
            " not valid"
        )
    with pytest.raises(MiranteError) as caught:
        load(user_server, portfolio(tmp_path / "b.csv", 3))
    assert "so_o_um" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert user_server.password not in str(caught.value)
    assert len(query(user_server, VISIBLE)) == 2
    assert left_in_scratch() == []
    with user_server.connect() as connection:
        connection.execute("alter table raw_carteira.contratos drop constraint so_o_um")
    assert load(user_server, tmp_path / "b.csv")[0].outcome is Outcome.CARREGADO
    assert len(query(user_server, VISIBLE)) == 5


@pytest.mark.parametrize("tables_first", [True, False])
def test_empty_tables_and_loads_may_come_in_any_order(
    user_server: Server, tmp_path: Path, tables_first: bool
):
    source = carteira.source()
    steps = [
        lambda: source.ensure_tables(user_server),
        lambda: load(user_server, portfolio(tmp_path / "a.csv")),
    ]
    for step in steps if tables_first else reversed(steps):
        step()
    source.ensure_tables(user_server)
    load(user_server, portfolio(tmp_path / "b.csv", 3))
    assert len(query(user_server, VISIBLE)) == 5
    assert query(user_server, "select * from {schema}.categorias") == []
    assert left_in_scratch() == []


@pytest.mark.parametrize("prefix", ["ana_", "ci__", "pr_12", "x_1__y_"])
def test_any_prefix_names_the_schemas(
    user_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
):
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", prefix)
    path = portfolio(tmp_path / "a.csv")
    load(user_server, path)
    assert load(user_server, path)[0].outcome is Outcome.SEM_MUDANCA
    assert len(query(user_server, VISIBLE, f"{prefix}raw_carteira")) == 2
    schemas = query(
        user_server,
        "select nspname::text from pg_namespace where nspname !~ '^(pg_|information_schema|public)'"
        " order by 1",
    )
    assert schemas == [
        (f"{prefix}audit",),
        (f"{prefix}raw_carteira",),
        (f"{prefix}raw_carteira_staging",),
    ]


def test_scratch_is_private_and_the_next_load_removes_what_a_dead_one_left(embedded_home: Path):
    with scratch_directory() as alive:
        assert alive.stat().st_mode & 0o777 == 0o700
        parent = alive.parent
        dead = (
            parent / f"{next(pid for pid in range(99_999, 1, -1) if not psutil.pid_exists(pid))}-x"
        )
        # A container gives the same number again: to this very process, at worst.
        recycled = parent / f"{os.getpid()}-y"
        for left in (dead, recycled):
            left.mkdir()
            (left / "linhas.csv").write_text("52998224725")
        born = psutil.Process().create_time()
        os.utime(recycled, (born - 60, born - 60))
        with scratch_directory():
            assert not dead.exists()
            assert not recycled.exists()
            assert alive.exists()
    assert not alive.exists()
