"""What the tests of `mirante export` share: a server with tables and their manifest."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loaders.server import Server
from tests.loaders.export.helpers import (
    EVERYTHING,
    LONG_ID,
    TEXTS,
    node,
    unique_test,
    write_manifest,
)


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A parsed project: two tables of one name, one of each kind, and what is no mart."""
    everything = node("tudo", "vendas", columns={"id": {}, "texto": {}})
    primary = [{"type": "primary_key", "columns": ["cliente_id"]}]
    nodes = [
        node("dim_cliente", "carteira", constraints=primary),
        node("carteira__quarentena", "carteira"),
        node("cartoes__quarentena", "cartoes"),
        everything,
        unique_test(everything, column_name="texto"),
        unique_test(everything, column_name="id"),
        node("feriados", "referencia", kind="seed", fqn=["mirante", "feriados"]),
        node(
            "historico__contratos", "historico", kind="snapshot", fqn=["mirante", "contratos"],
            config={"unique_key": "num_contrato"},
        ),
        node("stg_x__ys", "staging", fqn=["mirante", "staging", "x", "stg_x__ys"]),
        node("sem_tabela", "carteira", config={"materialized": "ephemeral"}),
    ]  # fmt: skip
    folder = tmp_path / "target"
    write_manifest(folder, nodes)
    monkeypatch.setenv("DBT_TARGET_PATH", str(folder))
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "saida"
    folder.mkdir()
    return folder


@pytest.fixture
def server(user_server: Server, target: Path) -> Server:
    """A server with what the project has built: `dim_cliente`, `quarentena`."""
    with user_server.connect() as connection:
        connection.execute(
            """
            create schema carteira;
            create schema cartoes;
            create schema vendas;
            create table carteira.dim_cliente (cliente_id text primary key, nome text);
            insert into carteira.dim_cliente values
                ('b', 'Ana'), ('á', 'José'), ('B', null), ('a', '');
            create table cartoes.quarentena (linha integer, motivo text);
            """
        )
    return user_server


@pytest.fixture
def everything(server: Server) -> Server:
    """A server with a table of every type and of texts that are hard to keep."""
    moment = dt.datetime(2024, 2, 29, 13, 14, 15, 123000)
    rows: list[tuple[Any, ...]] = [
        (number, text, text, Decimal("-1234567.89"), Decimal("0.3000"), Decimal("1.50"),
         Decimal("12345678901234567890.0123456789"), -number, 3, -1.5e300, number % 2 == 0,
         dt.date(2024, 2, 29), moment, moment.replace(tzinfo=dt.UTC), '{"b": [1, "=1"]}')
        for number, text in enumerate(TEXTS)
    ]  # fmt: skip
    rows += [
        (LONG_ID, *(None for _ in rows[0][1:])),
        (100, "limites", "", Decimal("9999999999999.99"), Decimal("99999.9999"),
         Decimal("0.12345678901234567"), Decimal("0.0000000001"), 2**31 - 1, -(2**15), 0.1 + 0.2,
         True, dt.date(1850, 1, 1), dt.datetime(9999, 12, 31),
         dt.datetime(1900, 1, 1, tzinfo=dt.UTC),
         '"x"'),
    ]  # fmt: skip
    with server.connect() as connection:
        connection.execute(EVERYTHING)  # type: ignore[arg-type]
        connection.cursor().executemany(
            f"insert into vendas.tudo values ({', '.join(['%s'] * 15)})",  # type: ignore[arg-type]
            rows[::-1],
        )
    return server


@pytest.fixture
def bank(user_server: Server) -> Server:
    with user_server.connect() as connection:
        connection.execute(
            """
            create schema cliente_360;
            create table cliente_360.clientes_banco (
                qt_conta integer, provincia text, nombre text, edad integer,
                ingresos_mensuales numeric(15, 2), cliente_id text primary key
            );
            create table cliente_360.metricas_bancarias (
                cliente_id text primary key, score_endeudamiento numeric(9, 4),
                ingresos_estimados numeric(15, 2), gasto_mensual_promedio numeric(15, 2),
                qt_mes integer
            );
            insert into cliente_360.clientes_banco values
                (1, 'Córdoba', 'Íñigo "Ñ" Pérez', 41, 100000, 'c2'),
                (1, '', '=cmd()', null, null, 'C1'),
                (2, null, null, 30, 0.10, 'c10');
            insert into cliente_360.metricas_bancarias values
                ('c10', 0, 1, -3, 12), ('c2', 0.3, 99, 30000, 12), ('C1', null, 2, 12.5, 3);
            """
        )
    return user_server
