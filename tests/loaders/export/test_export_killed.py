"""Exports that are killed, that meet each other, and their memory."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg import sql

from loaders.errors import MiranteError
from loaders.export_formats import Format
from loaders.exports.exporting import export, export_table
from loaders.exports.files import replacing
from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from tests.loaders.export.helpers import FORMATS


@pytest.fixture
def many(server: Server) -> Callable[[int], None]:
    def make(rows: int) -> None:
        with server.connect() as connection:
            connection.execute("drop table carteira.dim_cliente")
            connection.execute(
                sql.SQL(
                    "create table carteira.dim_cliente as select"
                    " lpad(n::text, 9, '0') as cliente_id, repeat(md5(n::text), 6) as nome,"
                    " n * 1.01::numeric(15, 2) as vl, date '2000-01-01' + n % 9000 as dia"
                    " from generate_series(1, {}) as g (n)"
                ).format(rows)
            )

    return make


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        (Format.CSV, signal.SIGINT, 130),
        (Format.CSV, signal.SIGTERM, 143),
        (Format.CSV, signal.SIGKILL, -9),
        (Format.XLSX, signal.SIGINT, 130),
        (Format.XLSX, signal.SIGKILL, -9),
        (Format.PARQUET, signal.SIGTERM, 143),
    ],
)
def test_an_export_that_is_killed_leaves_the_old_file(
    many: Callable[[int], None],
    server: Server,
    out: Path,
    kind: Format,
    number: signal.Signals,
    code: int,
):
    many(500_000)
    path = out / f"c.{kind}"
    path.write_text("velho", encoding="utf-8")
    child = subprocess.Popen(
        [sys.executable, "-m", "loaders", "export", "dim_cliente", "--out", str(path)],
        cwd=PROJECT_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A test run in the background ignores Ctrl-C, and its children would with it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while sum(file.stat().st_size for file in out.glob(".*/*")) < 100_000:
        assert child.poll() is None, "done before it could be killed"
        time.sleep(0.005)
    child.send_signal(number)
    assert child.wait(30) == code
    assert path.read_text(encoding="utf-8") == "velho"
    if number != signal.SIGKILL:
        assert os.listdir(out) == [path.name]
    # What only the killed one could have cleared away, the next one does.
    export(server, export_table("cartoes.quarentena"), path, kind)
    assert os.listdir(out) == [path.name]


def test_two_exports_to_one_path_do_not_disturb_each_other(out: Path):
    with replacing(out / "c.csv") as one:
        one.write_text("um", encoding="utf-8")
        with replacing(out / "c.csv") as two:
            two.write_text("dois", encoding="utf-8")
        assert (out / "c.csv").read_text(encoding="utf-8") == "dois"
    assert (out / "c.csv").read_text(encoding="utf-8") == "um"
    assert os.listdir(out) == ["c.csv"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_path_that_cannot_be_written_is_named(server: Server, out: Path, kind: Format):
    path = out / f"pasta.{kind}"
    (path / "cheia").mkdir(parents=True)
    with pytest.raises(MiranteError, match=r"não consegui escrever .*pasta"):
        export(server, export_table("dim_cliente"), path, kind)
    assert os.listdir(out) == [path.name]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "rows"), [("csv", 300_000), ("parquet", 300_000), ("xlsx", 90_000)]
)
def test_memory_does_not_grow_with_the_rows(
    many: Callable[[int], None], out: Path, kind: str, rows: int
):
    def peak() -> int:
        code = (
            "import resource, sys; from loaders.cli import main\n"
            "try: main()\n"
            "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "export", "dim_cliente", "--out", str(out / f"c.{kind}")],
            cwd=PROJECT_ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return int(done.stderr.splitlines()[-1]) // 1024

    many(rows // 4)
    few = peak()
    many(rows)
    # All of the rows would take some 400 MB, of the workbook's some 120.
    assert peak() < few + 50, "MB"
