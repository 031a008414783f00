r"""Readers of every mart while the warehouse is built, again and again.

Four readers, each with no more rights than `mirante_reader`, count the rows of every mart,
seed and history in turn, over connections that stay open; one more holds a transaction open
on one mart after the other, as an idle SQL client does. Nothing new is loaded, so that every
count has one right answer.

Anchor, in the same run: the same readers while nothing is built.

Run by hand: `python -m benchmarks.leitores [builds]`.
"""

import itertools
import json
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from benchmarks.warehouse import Warehouse, warehouse

READERS = 4
# Between two reads of one reader: a dashboard, not a load test that takes a core for itself.
PAUSE = 0.02
CLIENTS = 1_500
IDLE_SECONDS = 30
# How long the SQL client stays in its transaction; much longer than a swap asks for a lock.
STAYS = 5.0
GIVES_UP = "60s"
# Tests only read, and take most of a build's time.
WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
USER, PASSWORD = "painel", "painel"

Mart = tuple[str, str]


@dataclass
class Reads:
    """What the readers saw.

    Attributes:
        seconds: how long each answered read took.
        failed: what Postgres said instead of an answer, with the mart.
        wrong: marts whose count was another than before.
    """

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        """Return a row of the table, latencies in milliseconds."""
        ranked = sorted(self.seconds)
        figures = (statistics.median(ranked), ranked[int(len(ranked) * 0.99)], ranked[-1])
        told = " | ".join(f"{1000 * each:.1f}" for each in figures)
        return f"| {name} | {len(ranked)} | {len(self.failed)} | {len(self.wrong)} | {told} |"


def main() -> None:
    """Build with readers and without, and print the table."""
    builds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with warehouse() as house:
        house.mirante("demo", "--clients", str(CLIENTS))
        house.connection.execute(
            sql.SQL("create role {} login password {} in role mirante_reader").format(
                sql.Identifier(USER), sql.Literal(PASSWORD)
            )
        )
        expected = {mart: _count(house.connection, mart) for mart in _marts(house)}
        with _reading(house, expected, stays=False) as idle:
            time.sleep(IDLE_SECONDS)
        seconds = []
        with _reading(house, expected, stays=True) as building:
            for _ in range(builds):
                built = house.mirante("build", *WITHOUT_TESTS)
                seconds.append(built.seconds)
    print(
        f"{len(expected)} marts, {READERS} readers and one who stays {STAYS:.0f} s,"
        f" {builds} builds of {statistics.median(seconds):.0f} s (median)\n"
    )
    print("| | reads | failed | wrong | median ms | 99 % ms | worst ms |")
    print("|---|---|---|---|---|---|---|")
    print(idle.row("nothing is built"))
    print(building.row("while building"))
    for told in sorted({*building.failed, *building.wrong}):
        print(f"- {told}")


def _marts(house: Warehouse) -> list[Mart]:
    manifest = json.loads((house.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    return sorted(
        (node["schema"], node["alias"])
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("seed", "snapshot")
        or (node["resource_type"] == "model" and node["fqn"][1] == "marts")
        # Of schema `pii` readers see nothing.
        if node["schema"] != "pii"
    )


def _count(connection: psycopg.Connection, mart: Mart) -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(*mart))
    return connection.execute(query).fetchone()[0]


@contextmanager
def _reading(house: Warehouse, expected: dict[Mart, int], *, stays: bool) -> Iterator[Reads]:
    reads, done = Reads(), threading.Event()

    def connect() -> psycopg.Connection:
        connection = psycopg.connect(
            house.url, user=USER, password=PASSWORD, application_name="painel", autocommit=True
        )
        connection.execute(f"set statement_timeout = '{GIVES_UP}'")
        return connection

    def poll() -> None:
        with connect() as connection:
            for mart, rows in itertools.cycle(expected.items()):
                if done.is_set():
                    return
                started = time.perf_counter()
                try:
                    found = _count(connection, mart)
                except psycopg.Error as error:
                    reads.failed.append(f"{'.'.join(mart)}: {error}")
                    continue
                reads.seconds.append(time.perf_counter() - started)
                if found != rows:
                    reads.wrong.append(f"{'.'.join(mart)}: {found} rows, not {rows}")
                done.wait(PAUSE)

    def stay() -> None:
        with connect() as connection:
            for mart in itertools.cycle(expected):
                if done.is_set():
                    return
                with connection.transaction():
                    _count(connection, mart)
                    done.wait(STAYS)

    work = [poll] * READERS + [stay] * stays
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    try:
        yield reads
    finally:
        done.set()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
