"""Whoever reads while it builds: every read is answered, whole, and nobody waits for long.

One handmade world of the portfolio alone. Its tables are swapped, views in their place are
turned, a seed is emptied and filled; the divergences' views have tests of their own.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from loaders import carteira, embedded
from loaders.building import dbt_environment, quiet_dbt, ready_to_build
from loaders.file_loads import Outcome
from loaders.server import Server
from loaders.simulator import Source, simulate_all

pytestmark = pytest.mark.slow

PREFIX = "e2e_leitores_"
# One of each: dbt's own swap, a view turned to a new table, a seed, a table grown in place.
TABLE, RESTRICTED, SEED, GROWN = (
    ("carteira", "dim_agencia"),
    ("carteira", "clientes_carteira"),
    ("referencia", "risco_escala"),
    ("carteira", "dim_linha"),
)
EVERY = (TABLE, RESTRICTED, SEED, GROWN)


def only(*tables: tuple[str, str]) -> tuple[str, ...]:
    return ("--select", *(name for _, name in tables), "--exclude-resource-type", "test")


class World:
    """The server and what was built on it."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def build(self, *arguments: str) -> bool:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in dbt_environment(self.server).items():
                patch.setenv(name, value)
            with ready_to_build(self.server):
                return quiet_dbt(["build", *arguments])

    def count(self, connection: psycopg.Connection[Any], table: tuple[str, str]) -> int:
        schema, name = table
        row = connection.execute(
            sql.SQL("select count(*) from {}").format(sql.Identifier(PREFIX + schema, name))
        ).fetchone()
        assert row is not None
        return int(row[0])

    @contextmanager
    def reading(self, table: tuple[str, str], name: str = "planilha") -> Iterator[None]:
        """Stay in a transaction that has read a table, as an idle SQL client does."""
        with self.server.connect(autocommit=False, application_name=name) as connection:
            # Cut off, should a build wait for it for ever: a test that hangs tells nothing.
            connection.execute("set idle_in_transaction_session_timeout = '60s'")
            self.count(connection, table)
            yield

    @contextmanager
    def polling(self) -> Iterator[list[Any]]:
        """Count every table again and again; who waits three seconds gives up."""
        seen: list[Any] = []
        done = threading.Event()

        def poll() -> None:
            with self.server.connect() as connection:
                connection.execute("set statement_timeout = '3s'")
                while not done.is_set():
                    for table in EVERY:
                        try:
                            seen.append((table, self.count(connection, table)))
                        except psycopg.Error as error:
                            seen.append((table, repr(error)))

        readers = [threading.Thread(target=poll) for _ in range(2)]
        for reader in readers:
            reader.start()
        try:
            yield seen
        finally:
            done.set()
            for reader in readers:
                reader.join()

    def somebody_waits(self) -> bool:
        with self.server.connect() as connection:
            return (
                connection.execute(
                    "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
                    " and datname = current_database()"
                ).fetchone()
                is not None
            )

    def counts(self) -> dict[tuple[str, str], int]:
        with self.server.connect() as connection:
            return {table: self.count(connection, table) for table in EVERY}


@pytest.fixture(scope="module")
def world(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("leitores")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
        world = World(embedded.ensure_running())
        for _ in simulate_all(folder, 60, 7, "2026-10", [Source.CARTEIRA]):
            pass
        loads = list(carteira.source().load(world.server, "contratos", [str(folder / "carteira")]))
        assert {load.outcome for load in loads} == {Outcome.CARREGADO}
        assert world.build(
            "--select", *(f"+{name}" for _, name in EVERY), "--exclude-resource-type", "test"
        )
        assert min(world.counts().values()) > 0
        yield world


def in_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table[1])
def test_a_reader_who_stays_keeps_no_other_reader_waiting(world: World, table: tuple[str, str]):
    before = world.counts()
    leave = threading.Event()

    def stay() -> None:
        with world.reading(table):
            # Longer than the others have patience, once the build waits; if it ever does.
            while not leave.wait(0.02):
                if world.somebody_waits():
                    leave.wait(4)
                    return

    with world.polling() as seen:
        reader = in_thread(stay)
        try:
            assert world.build(*only(table))
        finally:
            leave.set()
            reader.join()
    assert len(seen) > 50
    assert set(seen) == set(before.items())


def test_rights_given_by_hand_outlive_a_build(world: World):
    role = sql.Identifier(f"{PREFIX}maria")
    with world.server.connect() as connection:
        connection.execute(sql.SQL("create role {}").format(role))
        for schema, name in EVERY:
            connection.execute(
                sql.SQL("grant select on {} to {} with grant option").format(
                    sql.Identifier(PREFIX + schema, name), role
                )
            )
    try:
        assert world.build(*only(*EVERY))
        with world.server.connect() as connection:
            for schema, name in EVERY:
                kept = connection.execute(
                    "select has_table_privilege(%s, %s, 'select with grant option')",
                    [f"{PREFIX}maria", f"{PREFIX}{schema}.{name}"],
                ).fetchone()
                assert kept == (True,), name
    finally:
        with world.server.connect() as connection:
            connection.execute(sql.SQL("drop owned by {}").format(role))
            connection.execute(sql.SQL("drop role {}").format(role))


def test_a_table_that_was_swapped_has_its_statistics(world: World):
    assert world.build(*only(TABLE))
    with world.server.connect() as connection:
        [(rows,)] = connection.execute(
            "select reltuples from pg_class where oid = %s::regclass",
            [f"{PREFIX}{TABLE[0]}.{TABLE[1]}"],
        ).fetchall()
    assert rows == world.counts()[TABLE]


# The last: other variables make dbt parse everything anew.
def test_a_reader_who_never_leaves_is_named_and_the_old_table_stays(
    world: World, capsys: pytest.CaptureFixture[str]
):
    before = world.counts()
    impatient = (*only(TABLE, RESTRICTED), "--vars", "espera_por_leitores: 1")
    with world.reading(TABLE, "planilha da Ana"), world.reading(RESTRICTED, "painel"):
        assert not world.build(*impatient)
    told = capsys.readouterr().out
    for (_, name), reader in ((TABLE, "planilha da Ana"), (RESTRICTED, "painel")):
        assert f"{name} não pôde ser trocada em 1 s: está em uso por {reader} (usuário" in told
    assert world.counts() == before
    assert world.build(*impatient)
