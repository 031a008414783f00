"""A load that is killed, wherever: the next one is exact."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg import sql

from loaders.cvcrm.cargas import Situacao
from loaders.cvcrm_server import Scenario
from loaders.server import Server
from tests.loaders.cvcrm.conftest import World, reservation, reservations

pytestmark = pytest.mark.slow

# A table, locked for the load to stop at it.
POINTS = ("reservas", "cargas", "_dlt_loads")


@contextmanager
def locked(server: Server, table: str) -> Iterator[None]:
    with server.connect(autocommit=False) as connection:
        connection.execute(
            sql.SQL("lock table {} in share mode").format(sql.Identifier("raw_cvcrm", table))
        )
        yield
        connection.rollback()


def start() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "loaders", "load", "cvcrm", "--endpoint", "reservas", "--full"],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: "subprocess.Popen[bytes]") -> None:
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL


def wait_for_lock(server: Server, process: "subprocess.Popen[bytes]") -> None:
    waiting = (
        "select 1 from pg_stat_activity where datname = current_database()"
        " and wait_event_type = 'Lock'"
    )
    with server.connect() as connection:
        while process.poll() is None:
            if connection.execute(waiting).fetchone():
                return
            time.sleep(0.01)


def forget(server: Server) -> None:
    """Wait until the killed load's sessions are gone, and with them what they held."""
    gone = (
        "select 1 from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid()"
    )
    with server.connect() as connection:
        for _ in range(500):
            if not connection.execute(gone).fetchone():
                return
            time.sleep(0.02)


def state(world: World) -> list[tuple[object, ...]]:
    return world.query("select idreserva, situacao, _visto_em from {schema}.reservas order by 1")


@pytest.mark.parametrize("point", POINTS)
def test_a_load_killed_while_it_lands_is_made_up_for(world: World, point: str):
    world.load()
    first_seen = {key: seen for key, _, seen in state(world)}
    for number in (1, 2, 8):
        world.tenant.upsert("reservas", reservation(number, situacao="Vendida"))
    with locked(world.server, point):
        process = start()
        wait_for_lock(world.server, process)
        kill(process)
    forget(world.server)
    # Nothing that a kill leaves moves the mark.
    assert len(world.source.histories(world.server)) == 1
    result = world.load_one(full=True)
    assert (result.situacao, result.qt_lida) == (Situacao.OK, 8)
    after = state(world)
    assert [(key, text) for key, text, _ in after] == [
        (number, "Vendida" if number in (1, 2, 8) else "Reservada") for number in range(1, 9)
    ]
    assert all(first_seen[key] == seen for key, _, seen in after if key != 8)
    # All rows belong to loads that are complete.
    assert world.query(
        "select count(*) from {schema}.reservas where _dlt_load_id not in"
        " (select load_id from {schema}._dlt_loads where status = 0)"
    ) == [(0,)]
    assert world.load_one(full=True).qt_gravada == 0


def test_a_load_killed_while_it_reads_leaves_nothing(world: World):
    world.load()
    before = state(world)
    for row in reservations(7, situacao="Vendida"):
        world.tenant.upsert("reservas", row)
    world.api.scenario = Scenario(slow_s=0.4)
    asked = len(world.api.requests)
    process = start()
    while len(world.api.requests) < asked + 2 and process.poll() is None:
        time.sleep(0.02)
    kill(process)
    forget(world.server)
    assert state(world) == before
    world.api.scenario = Scenario()
    assert world.load_one(full=True).qt_gravada == 7
    assert {text for _, text, _ in state(world)} == {"Vendida"}
