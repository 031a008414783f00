"""From bank files to metrics: a random bank's deliveries, and the definition's cases.

Everything goes the whole way, files to marts, on a real Postgres. What must come out is
computed by `tests.banco.referencia`, which shares nothing with the models but the
definition. The windows' edges and the clock's are in dbt's unit tests.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg import sql

from loaders import banco, embedded
from loaders.building import dbt_environment, quiet_dbt, ready_to_build
from loaders.file_loads import Outcome
from loaders.server import Server
from tests.banco import aleatorio, casos, referencia
from tests.banco.arquivos import csv_de
from tests.banco.referencia import Arquivo, Metricas

pytestmark = pytest.mark.slow

PREFIX = "e2e_banco_"
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
SELECTION = (
    "--select", "+metricas_bancarias", "+clientes_banco", "+cliente_360__quarentena",
    "+cliente_360__reconciliacao_arquivos", "+transacciones",
)  # fmt: skip
WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
STEPS = ("first", "second", "third", "same files again", "past from scratch")

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass
class Seen:
    """What a build left, and what the reference makes of the same files."""

    tables: Tables
    curadoria: referencia.Curadoria
    dt_base: date

    def curated(self) -> tuple[list[referencia.Cliente], list[referencia.Transaccion]]:
        return (
            [row for row, _, _ in self.curadoria.clientes.values()],
            [row for row, _, _ in self.curadoria.transacciones.values()],
        )

    def file_of(self, row: Row) -> str:
        """Return the SHA-256 of the file that a curated row says it is from."""
        [sha256] = [
            each["arquivo_sha256"]
            for each in self.tables["reconciliacao_arquivos"]
            if each["arquivo_id"] == row["arquivo_id"]
        ]
        return str(sha256)


def ask(server: Server, statement: str) -> list[Row]:
    """Ask a schema of the world; `{name}` is where it is."""
    schemas = {
        name: sql.Identifier(PREFIX + name) for name in ("cliente_360", "intermediate", "raw_banco")
    }
    with server.connect() as connection:
        cursor = connection.execute(sql.SQL(statement).format(**schemas))  # type: ignore[arg-type]
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def build(server: Server, *arguments: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # dbt reads the server from the environment; other tests must not find it there.
        for name, value in dbt_environment(server).items():
            patch.setenv(name, value)
        with ready_to_build(server):
            assert quiet_dbt(["build", *SELECTION, *arguments])


def load(server: Server, paths: list[Path], outcome: Outcome) -> None:
    results = list(banco.source().load(server, None, [str(path) for path in paths]))
    assert [result.outcome for result in results] == [outcome] * len(paths), results


def tables(server: Server) -> Tables:
    orders = {
        "metricas_bancarias": "1",
        "clientes_banco": "1",
        "transacciones": "1",
        "quarentena": "arquivo_sha256, linha, detalhe",
        "reconciliacao_arquivos": "arquivo_sha256",
    }
    return {
        name: ask(server, f"select * from {{cliente_360}}.{name} order by {order}")
        for name, order in orders.items()
    }


@pytest.fixture(scope="module")
def story(
    embedded_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Seen]]:
    """A random bank's files, with the cases' among the first, arrive and are built."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
        server, folder = embedded.ensure_running(), tmp_path_factory.mktemp("banco")
        deliveries = aleatorio.gerar(7, datetime.now(SAO_PAULO).date()).entregas
        deliveries[0].extend(
            (
                csv_de("clientes_casos.csv", "clientes", casos.clientes()),
                csv_de("transacciones_casos.csv", "transacciones", casos.transacciones()),
            )
        )
        files: list[Arquivo] = []
        paths: list[Path] = []
        seen: dict[str, Seen] = {}

        def step(name: str, *options: str, dt_base: date | None = None) -> None:
            build(server, *options)
            curadoria = referencia.curated(files)
            [newest] = ask(server, "select max(_carregado_em) as em from {raw_banco}.arquivos")
            default = referencia.default_dt_base(
                [row for row, _, _ in curadoria.transacciones.values()],
                newest["em"].astimezone(SAO_PAULO).date(),
            )
            assert default is not None
            seen[name] = Seen(tables(server), curadoria, dt_base or default)

        for name, delivery in zip(STEPS[:3], deliveries, strict=True):
            written = [each.escrever(folder) for each in delivery]
            paths = [path for path, _ in written]
            load(server, paths, Outcome.CARREGADO)
            files += [arquivo for _, arquivo in written]
            step(name, *WITHOUT_TESTS)
        load(server, paths, Outcome.SEM_MUDANCA)
        # Once with the data tests, where every kind of row is there.
        step("same files again", "--exclude-resource-type", "unit_test")
        # In one: dbt reads the whole project again for another set of vars.
        past = ("--full-refresh", "--vars", f"{{dt_base: {casos.DT_BASE}}}")
        step("past from scratch", *WITHOUT_TESTS, *past, dt_base=casos.DT_BASE)
        yield seen


def differences(expected: dict[Any, Any], found: dict[Any, Any]) -> list[Any]:
    """Name the rows that only one has, or those that differ, as expected and as found."""
    if expected.keys() != found.keys():
        return [("rows", key) for key in expected.keys() ^ found.keys()]
    return [(key, row, found[key]) for key, row in expected.items() if row != found[key]]


@pytest.mark.parametrize("step", STEPS)
def test_after_each_step_the_metrics_are_the_references_cell_by_cell(
    story: dict[str, Seen], step: str
):
    seen = story[step]
    found = {
        row["cliente_id"]: {name: row[name] for name in row if name != "cliente_id"}
        for row in seen.tables["metricas_bancarias"]
    }
    assert len(found) == len(seen.tables["metricas_bancarias"]) > len(casos.CASOS)
    expected = referencia.metricas_bancarias(*seen.curated(), seen.dt_base)
    assert differences(expected, found) == []


@pytest.mark.parametrize("step", STEPS)
def test_after_each_step_the_newest_valid_lines_are_curated(story: dict[str, Seen], step: str):
    seen = story[step]
    clientes = {
        row["cliente_id"]: (
            row["edad"],
            row["provincia"],
            row["ingresos_mensuales"],
            seen.file_of(row),
        )
        for row in seen.tables["clientes_banco"]
    }
    expected = {
        key: (
            referencia.edad(cliente, seen.dt_base),
            cliente.provincia,
            cliente.ingresos_mensuales,
            sha256,
        )
        for key, (cliente, sha256, _) in seen.curadoria.clientes.items()
    }
    assert len(clientes) == len(seen.tables["clientes_banco"])
    assert differences(expected, clientes) == []
    transacciones = {
        row["transaccion_id"]: (
            row["cliente_id"], row["dt_fecha"], row["tipo"], row["vl_monto"], row["comercio"],
            row["categoria"], seen.file_of(row),
        )
        for row in seen.tables["transacciones"]
    }  # fmt: skip
    rows = {
        key: (*row[1:], sha256) for key, (row, sha256, _) in seen.curadoria.transacciones.items()
    }
    assert len(transacciones) == len(seen.tables["transacciones"])
    assert differences(rows, transacciones) == []


@pytest.mark.parametrize("step", STEPS)
def test_after_each_step_every_other_line_is_in_quarantine(story: dict[str, Seen], step: str):
    seen = story[step]
    found = Counter(
        (row["codigo"], row["entidade"], row["arquivo_sha256"], row["linha"])
        for row in seen.tables["quarentena"]
    )
    expected = Counter(tuple(each[:4]) for each in seen.curadoria.quarentena)
    assert (expected - found, found - expected) == (Counter(), Counter())


@pytest.mark.parametrize("step", STEPS)
def test_after_each_step_every_file_comes_out_even(story: dict[str, Seen], step: str):
    seen = story[step]
    names = (*referencia.Contagem._fields, "qt_saldo")
    found = {
        row["arquivo_sha256"]: tuple(row[name] for name in names)
        for row in seen.tables["reconciliacao_arquivos"]
    }
    expected = {key: (*row, 0) for key, row in seen.curadoria.reconciliacao.items()}
    assert differences(expected, found) == []


@pytest.mark.parametrize("caso", [pytest.param(each, id=each.nome) for each in casos.CASOS])
def test_the_metrics_meet_the_case(story: dict[str, Seen], caso: casos.Caso):
    [row] = [
        each
        for each in story["past from scratch"].tables["metricas_bancarias"]
        if each["cliente_id"] == caso.cliente_id
    ]
    expected: Metricas = caso.esperado
    assert {name: row[name] for name in expected} == expected


def test_a_curated_row_leads_to_its_line(story: dict[str, Seen]):
    seen = story["third"]
    books = {
        row["arquivo_sha256"]
        for row in seen.tables["reconciliacao_arquivos"]
        if row["arquivo"].endswith(".xlsx")
    }
    rows = {
        row["transaccion_id"]: row["nr_linha"]
        for row in seen.tables["transacciones"]
        if seen.file_of(row) not in books
    }
    expected = {
        key: numero
        for key, (_, sha256, numero) in seen.curadoria.transacciones.items()
        if sha256 not in books
    }
    assert differences(expected, rows) == []
    assert len(rows) < len(seen.tables["transacciones"])


def test_the_same_line_of_two_sheets_is_two_lines(story: dict[str, Seen]):
    seen = story["third"]
    found = {
        (row["linha"], row["codigo"], row["detalhe"].find("Quinzena") >= 0)
        for row in seen.tables["quarentena"]
        if row["arquivo"].endswith(".xlsx")
    }
    assert {(3, "TIPO_INVALIDO", True), (3, "DATA_IMPOSSIVEL", True)} <= found


def test_the_same_files_again_change_nothing(story: dict[str, Seen]):
    assert story["same files again"].tables == story["third"].tables


def test_a_full_refresh_judges_every_line_as_the_builds_before_it(story: dict[str, Seen]):
    for table in ("transacciones", "quarentena", "reconciliacao_arquivos"):
        assert story["past from scratch"].tables[table] == story["third"].tables[table]


def test_the_story_has_what_it_is_told_for(story: dict[str, Seen]):
    assert [story[step].dt_base for step in STEPS] == [
        date(2025, 7, 1), *[date(2025, 8, 11)] * 3, casos.DT_BASE,
    ]  # fmt: skip
    orphans = [
        Counter(each.codigo for each in story[step].curadoria.quarentena)["ORFAO"]
        for step in STEPS[:3]
    ]
    assert 0 < orphans[2] < orphans[1]
    assert any(each.qt_substituida for each in story["third"].curadoria.reconciliacao.values())
