"""A load that is killed, wherever: nothing of it shows, and the next one is exact."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import xlsxwriter

from loaders.file_loads import Outcome
from loaders.locks import advisory_lock
from loaders.server import Server
from loaders.settings import mirante_home
from tests.loaders.conftest import HEADER, line
from tests.loaders.files import VISIBLE, load, query
from tests.loaders.helpers import mirante

pytestmark = pytest.mark.slow

ROWS = 3_000
# When to kill: at a share of an uninterrupted run's time, or, within dlt's load step,
# once a session runs a statement like this.
POINTS = (0.2, 0.4, 0.6, 0.75, 0.85, 0.93, "^COPY", '^(DELETE|INSERT).*"contratos"', "arquivos",
          "_dlt_loads")  # fmt: skip


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two more files than kills: each differs from the others in its bytes."""
    folder = tmp_path_factory.mktemp("posições")
    paths = []
    for month in range(len(POINTS) + 2):
        path = folder / f"{month}.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            sheet = book.add_worksheet("Base")
            sheet.write_row(0, 0, HEADER)
            for number in range(1, ROWS + 1):
                sheet.write_row(number, 0, line(number, saldo_atual=month))
        paths.append(path)
    return paths


def start(path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "loaders", "load", "carteira", str(path)],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def visible(server: Server) -> Counter[int]:
    """How many lines each complete file shows, by the lines that it should have."""
    try:
        rows = query(server, VISIBLE.replace("order by 1", ""))
    except psycopg.errors.UndefinedTable:
        return Counter()
    return Counter(row[2] for row in rows)


def wait_for_statement(server: Server, pattern: str, process: subprocess.Popen[bytes]) -> None:
    """Return once dlt runs a statement, or the process ended without one being seen."""
    running = (
        "select 1 from pg_stat_activity where pid != pg_backend_pid() and state = 'active'"
        " and datname = current_database() and query ~* %s"
    )
    with server.connect() as connection:
        while process.poll() is None:
            if connection.execute(running, [pattern]).fetchone():
                return


def family(process: subprocess.Popen[bytes]) -> Iterator[psutil.Process]:
    yield psutil.Process(process.pid)
    yield from psutil.Process(process.pid).children(recursive=True)


def test_a_load_killed_anywhere_shows_nothing_and_the_next_is_exact(
    user_server: Server, workbooks: list[Path]
):
    # The first load makes the tables; the others are like the second.
    for path in workbooks[:2]:
        began = time.perf_counter()
        assert mirante("load", "carteira", str(path)).returncode == 0
        whole = time.perf_counter() - began
    landed = 2
    cut_off = 0
    for point, path in zip(POINTS, workbooks[2:], strict=True):
        process = start(path)
        if isinstance(point, float):
            time.sleep(whole * point)
        else:
            wait_for_statement(user_server, point, process)
        processes = list(family(process)) if process.poll() is None else []
        if process.poll() is None:
            # The process alone, as the kernel kills it: its reader must go by itself.
            os.kill(process.pid, signal.SIGKILL)
        ended = process.wait(30)
        cut_off += ended == -signal.SIGKILL
        psutil.wait_procs(processes, timeout=5)
        assert not [each for each in processes if each.is_running()]
        # Whole or not at all, at any time, for whoever asks for complete files.
        assert visible(user_server)[ROWS] in (landed * ROWS, (landed + 1) * ROWS)
        [again] = load(user_server, path)
        assert again.outcome is not Outcome.RECUSADO, point
        landed += 1
        assert visible(user_server) == {ROWS: landed * ROWS}, point
        if len(query(user_server, "select 1 from {schema}.arquivos")) != landed:
            pytest.fail(f"killed at {point}: the manifest has a file twice or not at all")
    assert cut_off > len(POINTS) // 2
    lines = query(
        user_server,
        "select count(*), count(distinct (_arquivo_sha256, _linha)) from {schema}.contratos",
    )
    assert lines == [(landed * ROWS, landed * ROWS)]
    assert query(user_server, "select 1 from raw_carteira_staging.contratos") == []
    assert [path for path in (mirante_home() / "scratch").rglob("*") if path.is_file()] == []
    # No session of a dead load holds the lock.
    with advisory_lock(user_server, "load raw_carteira", on_wait=pytest.fail):
        pass
