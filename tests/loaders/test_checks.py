"""`mirante check`: each row says what is wrong and what to do."""

import json
import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from loaders import banco, freshness
from loaders.audit.operations import operation
from loaders.checks import Finding, State, findings, loads, results
from loaders.checks import server as of_server
from loaders.file_loads import Outcome
from loaders.freshness import Age, Limit
from loaders.limits import Level, Usage, run_usage
from loaders.server import Server
from loaders.settings import dbt_target
from tests.loaders.bank import TRANSACTION
from tests.loaders.cards import write
from tests.loaders.helpers import mirante


def named(rows: list[Finding], name: str) -> Finding:
    [found] = [row for row in rows if row.nome == name]
    return found


@pytest.fixture
def loaded(user_server: Server, tmp_path: Path) -> Server:
    path = write(tmp_path / "transacciones_202610.csv", TRANSACTION)
    [result] = banco.source().load(user_server, None, [str(path)])
    assert result.outcome is Outcome.CARREGADO
    return user_server


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(days=38), Age.EM_DIA),
        (timedelta(days=38, seconds=1), Age.ATRASADA),
        (timedelta(days=68), Age.ATRASADA),
        (timedelta(days=69), Age.VENCIDA),
    ],
)
def test_a_limit_is_passed_after_it(age: timedelta, expected: Age):
    assert Limit(timedelta(days=38), timedelta(days=68)).verdict(age) is expected
    assert Limit().verdict(age) is Age.EM_DIA


def test_limits_are_those_of_dbts_sources():
    limits = freshness.declared_limits()
    nodes = json.loads((dbt_target() / "manifest.json").read_text(encoding="utf-8"))["sources"]
    declared = nodes["source.mirante.raw_banco.transacciones"]["freshness"]["warn_after"]
    warn = limits["raw_banco", "transacciones"].warn
    assert warn == timedelta(**{f"{declared['period']}s": declared["count"]})
    # What comes when it changes, and what is no delivery, is not late.
    for table in ("clientes", "arquivos"):
        assert limits.get(("raw_banco", table), Limit()) == Limit()


@pytest.mark.parametrize(
    ("limit", "state", "told"),
    [
        (Limit(timedelta(days=1)), State.OK, "última carga em"),
        (Limit(timedelta(0)), State.AVISO, "atrasada, há 0 h (limite: 0 h)"),
        (Limit(timedelta(0), timedelta(0)), State.FALHA, "vencida"),
    ],
)
def test_a_source_that_is_late_says_so_and_one_that_never_came_does_not(
    loaded: Server, monkeypatch: pytest.MonkeyPatch, limit: Limit, state: State, told: str
):
    monkeypatch.setattr(
        freshness,
        "declared_limits",
        lambda: {("raw_banco", "transacciones"): limit, ("raw_banco", "clientes"): limit},
    )
    rows = list(loads.file_loads(loaded))
    late = named(rows, "carga raw_banco.transacciones")
    assert (late.estado, bool(late.fazer)) == (state, state is not State.OK)
    assert told in late.detalhe
    assert named(rows, "carga raw_banco.clientes") == Finding(
        "carga raw_banco.clientes", State.OK, "nada carregado ainda"
    )


def test_a_table_in_time_is_as_old_as_its_newest_file(loaded: Server):
    [age] = [
        each for each in freshness.freshness(loaded)
        if (each.fonte, each.tabela) == ("raw_banco", "transacciones")
    ]  # fmt: skip
    [known] = banco.source().known_files(loaded)
    assert age.ultima == known.carregado_em
    assert age.idade is not None
    assert timedelta(0) < age.idade < timedelta(minutes=5)


def test_the_last_build_tells_what_failed(user_server: Server):
    assert list(results.last_build(user_server)) == []
    with operation(user_server, "construcao", "dbt") as told:
        told.after = {"nos": {"success": 3, "warn": 2}}
    [row] = results.last_build(user_server)
    assert (row.estado, row.fazer) == (State.OK, "")
    assert "2 teste(s) com aviso" in row.detalhe
    with operation(user_server, "construcao", "dbt") as told:
        told.error = "1 nó(s) com erro: test.mirante.x"
    [row] = results.last_build(user_server)
    assert row.estado is State.FALHA
    assert "test.mirante.x" in row.detalhe
    assert "mirante build" in row.fazer


def test_quarantine_is_counted_by_its_reasons(user_server: Server):
    with user_server.connect() as connection:
        connection.execute(
            "create schema cartoes; create schema carteira; create schema outro;"
            " create table cartoes.quarentena (arquivo text, codigo text);"
            " create table outro.quarentena (arquivo text, codigo text);"
            " create table carteira.quarentena (arquivo text, codigo text);"
            " insert into outro.quarentena values ('o', 'X');"
            " insert into cartoes.quarentena"
            " values ('a', 'TIPO_INVALIDO'), ('b', 'TIPO_INVALIDO'), ('b', 'DATA_IMPOSSIVEL')"
        )
    empty, full = results.quarantine(user_server)
    assert (empty.nome, empty.estado) == ("quarentena carteira", State.OK)
    assert full.estado is State.AVISO
    assert full.detalhe == "3 linhas fora: TIPO_INVALIDO 2, DATA_IMPOSSIVEL 1"
    assert "cartoes.quarentena" in full.fazer


@pytest.mark.parametrize(
    ("free", "state"), [(6e9, State.OK), (4e9, State.AVISO), (0.5e9, State.FALHA)]
)
def test_a_disk_that_fills_up_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: float, state: State
):
    monkeypatch.setenv("MIRANTE_HOME", str(tmp_path / "ainda" / "nao"))
    usage = namedtuple("usage", ["free"])
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(free))
    row = of_server.disk()
    assert (row.estado, bool(row.fazer)) == (state, state is not State.OK)


@pytest.mark.parametrize(
    ("limit", "state"), [("", State.OK), ("1000", State.OK), ("0.000001", State.FALHA)]
)
def test_the_size_of_the_database_is_held_against_its_limit(
    user_server: Server, monkeypatch: pytest.MonkeyPatch, limit: str, state: State
):
    monkeypatch.setenv("MIRANTE_LIMIT_DATABASE_GB", limit)
    assert of_server.database(user_server).estado is state


def test_a_limit_is_near_from_four_fifths_and_passed_above_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MIRANTE_LIMIT_ROWS", "100")
    levels = [run_usage(rows, 1e9)[0].nivel for rows in (79, 80, 100, 101)]
    assert levels == [Level.LONGE, Level.PERTO, Level.PERTO, Level.PASSOU]
    # No limit, nothing to pass.
    assert run_usage(0, 1e9)[1] == Usage("duração", 1e9, None, "s")
    assert run_usage(0, 1e9)[1].nivel is Level.LONGE


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MIRANTE_LIMIT_ROWS", "muitas"),
        ("MIRANTE_LIMIT_SECONDS", "0"),
        ("MIRANTE_LIMIT_DATABASE_GB", "-1"),
    ],
)
def test_a_limit_that_is_none_is_named(
    user_server: Server, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
):
    monkeypatch.setenv(variable, value)
    row = named(list(findings()), "banco")
    assert row.estado is State.FALHA
    assert variable in row.detalhe


def test_what_cannot_be_looked_at_is_a_row_and_the_others_follow(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    def broken(server: Server) -> None:
        raise psycopg.errors.InsufficientPrivilege("permission denied for schema x")

    monkeypatch.setattr(of_server, "schemas", broken)
    rows = list(findings())
    assert named(rows, "schemas").estado is State.FALHA
    assert named(rows, "schemas").fazer
    assert named(rows, "papéis")
    assert named(rows, "disco")


def test_a_server_that_is_not_there_leaves_one_clear_row(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    with user_server.connect() as connection:
        connection.execute(
            sql.SQL("alter role {} password 'outra'").format(sql.Identifier(user_server.user))
        )
    result = mirante("check", "--json")
    assert result.returncode == 1
    rows = {row["nome"]: row for row in json.loads(result.stdout)}
    assert rows["servidor"]["estado"] == "falha"
    assert rows["servidor"]["fazer"]
    assert "schemas" not in rows
    assert user_server.user in rows["servidor"]["detalhe"]


def test_days_and_hours():
    assert loads.days(timedelta(hours=47)) == "47 h"
    assert loads.days(timedelta(days=2)) == "2 dias"
    assert loads.moment(datetime(2026, 11, 2, 12, tzinfo=UTC)).endswith(":00")
