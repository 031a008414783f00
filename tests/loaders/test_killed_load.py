"""A load that is killed, wherever: nothing of it shows, and the next one is exact."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import xlsxwriter
from psycopg import sql

from loaders import banco, carteira, cartoes, controladoria
from loaders.file_loads import FileSource, Outcome
from loaders.locks import advisory_lock
from loaders.server import Server
from loaders.settings import mirante_home
from tests.loaders.bank import TRANSACTION
from tests.loaders.cards import INVOICE, OPTIONAL, write
from tests.loaders.conftest import HEADER, line
from tests.loaders.controladoria import LINE
from tests.loaders.files import query
from tests.loaders.helpers import mirante

pytestmark = pytest.mark.slow

ROWS = 3_000


@dataclass(frozen=True)
class Lock:
    """A table locked for the load to stop at it, so that the kill hits that very step."""

    table: str
    mode: str = "share"


# When to kill: at a share of an uninterrupted run's time, once a session runs a statement
# like this, or once one waits for a lock.
ENDINGS = (
    "^COPY",
    Lock("arquivos"),
    Lock("_dlt_loads"),
    # dlt is done, the lines are not attached.
    Lock("{table}", "share update exclusive"),
)
POINTS = {
    "carteira": (0.2, 0.4, 0.6, 0.75, 0.9, *ENDINGS),
    "cartoes": (0.4, 0.7, *ENDINGS),
    "banco": ENDINGS,
    "controladoria": ENDINGS,
}


def workbook(path: Path, number: int) -> None:
    with xlsxwriter.Workbook(path.with_suffix(".xlsx"), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Base")
        sheet.write_row(0, 0, HEADER)
        for row in range(1, ROWS + 1):
            sheet.write_row(row, 0, line(row, saldo_atual=number))


def invoices(path: Path, number: int) -> None:
    lines = (INVOICE | OPTIONAL | {"id_fatura": f"{number}-{row}"} for row in range(ROWS))
    write(path.with_suffix(".csv"), *lines)


def transactions(path: Path, number: int) -> None:
    lines = (TRANSACTION | {"transaccion_id": f"{number}-{row}"} for row in range(ROWS))
    write(path.with_suffix(".csv"), *lines)


def bonuses(path: Path, number: int) -> None:
    lines = (LINE | {"idnfsexterno": f"{number}-{row}"} for row in range(ROWS))
    write(path.with_suffix(".csv"), *lines)


@dataclass(frozen=True)
class Kind:
    """One source under test."""

    command: str
    source: FileSource
    table: str
    make: Callable[[Path, int], None]

    def load(self, server: Server, path: Path) -> Outcome:
        table = self.table if self.command == "carteira" else None
        [result] = self.source.load(server, table, [str(path)])
        return result.outcome

    def start(self, path: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "loaders", "load", self.command, str(path)],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def visible(self, server: Server) -> int:
        """Count the lines of complete files, as whoever reads the raw tables must."""
        known = {each.sha256: each.carregado_em for each in self.source.known_files(server)}
        counted = query(
            server,
            f"select _arquivo_sha256, _carregado_em, count(*) from {{schema}}.{self.table}"
            " group by 1, 2",
            self.source.dataset,
        )
        return sum(count for sha256, moment, count in counted if known.get(sha256) == moment)

    @contextmanager
    def locked(self, server: Server, lock: Lock) -> Iterator[None]:
        with server.connect(autocommit=False) as connection:
            connection.execute(
                sql.SQL("lock table {} in {} mode").format(
                    sql.Identifier(self.source.dataset, lock.table.format(table=self.table)),
                    sql.SQL(lock.mode),
                )
            )
            yield
            connection.rollback()


KINDS = {
    "carteira": Kind("carteira", carteira.source(), "contratos", workbook),
    "cartoes": Kind("cartoes", cartoes.source(), "faturas", invoices),
    "banco": Kind("banco", banco.source(), "transacciones", transactions),
    "controladoria": Kind("controladoria", controladoria.source(), "bonus", bonuses),
}


def wait_for(server: Server, condition: str, process: subprocess.Popen[bytes]) -> None:
    """Return once a session is in some state, or the process ended without one being seen."""
    running = (
        "select 1 from pg_stat_activity where pid != pg_backend_pid()"
        f" and datname = current_database() and {condition}"
    )
    with server.connect() as connection:
        while process.poll() is None:
            if connection.execute(running).fetchone():
                return


def family(process: subprocess.Popen[bytes]) -> Iterator[psutil.Process]:
    yield psutil.Process(process.pid)
    yield from psutil.Process(process.pid).children(recursive=True)


@pytest.mark.parametrize("name", KINDS)
def test_a_load_killed_anywhere_shows_nothing_and_the_next_is_exact(
    user_server: Server, tmp_path: Path, name: str
):
    kind = KINDS[name]
    points = POINTS[name]
    for number in range(len(points) + 2):
        kind.make(tmp_path / f"{number:02}", number)
    paths = sorted(tmp_path.iterdir())
    # The first load makes the tables; the others are like the second.
    for path in paths[:2]:
        began = time.perf_counter()
        assert mirante("load", name, str(path)).returncode == 0
        whole = time.perf_counter() - began
    landed = 2
    cut_off = 0
    for point, path in zip(points, paths[2:], strict=True):
        stopped_at = kind.locked(user_server, point) if isinstance(point, Lock) else nullcontext()
        with stopped_at:
            process = kind.start(path)
            if isinstance(point, float):
                time.sleep(whole * point)
            elif isinstance(point, Lock):
                wait_for(user_server, "wait_event_type = 'Lock'", process)
            else:
                wait_for(user_server, f"state = 'active' and query ~* '{point}'", process)
            processes = list(family(process)) if process.poll() is None else []
            if process.poll() is None:
                # The process alone, as the kernel kills it: its reader must go by itself.
                os.kill(process.pid, signal.SIGKILL)
            killed = process.wait(30) == -signal.SIGKILL
            cut_off += killed
            psutil.wait_procs(processes, timeout=5)
            assert not [each for each in processes if each.is_running()]
            if isinstance(point, Lock):
                assert killed, point
                assert kind.visible(user_server) == landed * ROWS, point
        # Whole or not at all, at any time, for whoever asks for complete files.
        assert kind.visible(user_server) in (landed * ROWS, (landed + 1) * ROWS)
        assert kind.load(user_server, path) is not Outcome.RECUSADO, point
        landed += 1
        assert kind.visible(user_server) == landed * ROWS, point
        manifest = query(user_server, "select 1 from {schema}.arquivos", kind.source.dataset)
        assert len(manifest) == landed, point
    assert cut_off > len(points) // 2
    lines = query(
        user_server,
        "select count(*), count(distinct (_arquivo_sha256, _linha)) from {schema}." + kind.table,
        kind.source.dataset,
    )
    assert lines == [(landed * ROWS, landed * ROWS)]
    tables = query(
        user_server,
        "select relname::text from pg_class where relkind = 'r' and not relispartition"
        f" and relname ~ '^{kind.table}' and relnamespace != 'raw_{name}_staging'::regnamespace",
    )
    assert tables == []
    assert [path for path in (mirante_home() / "scratch").rglob("*") if path.is_file()] == []
    # No session of a dead load holds the lock.
    with advisory_lock(user_server, f"load {kind.source.dataset}", on_wait=pytest.fail):
        pass


def test_a_replacement_killed_before_its_lines_are_swapped_is_done_again(
    user_server: Server, tmp_path: Path
):
    source = carteira.source()
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text("linha;categoria\nCDC;PF\n", encoding="utf-8")
    second.write_text("linha;categoria\nCDC;PESSOAS\n", encoding="utf-8")
    for path in (first, second):
        list(source.load(user_server, "categorias", [str(path)]))
    kind = Kind("categorias", source, "categorias", invoices)
    with kind.locked(user_server, Lock("categorias", "access share")):
        process = subprocess.Popen(
            [sys.executable, "-m", "loaders", "load", "categorias", "--truncate", str(first)]
        )
        wait_for(user_server, "wait_event_type = 'Lock'", process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    # Its manifest says that it replaces the others, but those lines are not the ones there.
    assert [known.arquivo for known in source.known_files(user_server)] == ["2.csv"]
    [result] = source.load(user_server, "categorias", [str(first)], replace=True)
    assert result.outcome is Outcome.CARREGADO
    known = source.known_files(user_server)
    assert [(each.arquivo, each.modo) for each in known] == [
        ("2.csv", "acrescenta"),
        ("1.csv", "substitui"),
    ]
    assert kind.visible(user_server) == 2
