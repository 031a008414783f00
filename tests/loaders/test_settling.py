"""Files that are still being copied are not loaded."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from loaders import reading
from loaders.file_loads import Outcome
from loaders.server import Server
from loaders.settling import growing, is_settled
from tests.loaders.files import VISIBLE, load, portfolio, query
from tests.loaders.helpers import mirante


@contextmanager
def being_copied(path: Path, content: bytes) -> Iterator[None]:
    """Write a file line by line, as a slow network does, until the block ends; then the rest."""
    over = threading.Event()
    lines = iter(content.splitlines(keepends=True))
    path.write_bytes(next(lines) + next(lines))

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not over.wait(0.05):
                file.write(next(lines, b""))
            file.write(b"".join(lines))

    copying = threading.Thread(target=write)
    copying.start()
    try:
        yield
    finally:
        over.set()
        copying.join()


def test_the_command_refuses_a_file_that_grows_and_loads_the_others(
    user_server: Server, tmp_path: Path
):
    whole = portfolio(tmp_path / "a.csv")
    content = portfolio(tmp_path / "b.csv", 3000).read_bytes()
    half = tmp_path / "c.csv"
    with being_copied(half, content):
        done = mirante("load", "carteira", str(half), str(whole))
    assert done.returncode == 1
    assert "a.csv: 2 linhas carregadas" in done.stderr
    assert "c.csv: ainda está sendo gravado" in done.stderr
    assert "Espere a cópia terminar" in done.stderr
    assert len(query(user_server, VISIBLE)) == 2
    assert half.read_bytes() == content
    assert mirante("load", "carteira", str(half)).returncode == 0
    assert len(query(user_server, VISIBLE)) == 3002


def test_a_file_that_is_written_to_while_it_is_read_is_refused(
    user_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = portfolio(tmp_path / "a.csv")
    original = reading.read_file

    def read_and_write(*arguments: Any, **named: Any) -> reading.ReadResult:
        read = original(*arguments, **named)
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")
        return read

    with monkeypatch.context() as patch:
        patch.setattr(reading, "read_file", read_and_write)
        [result] = load(user_server, path)
    assert result.outcome is Outcome.RECUSADO
    assert "ainda está sendo gravado" in result.detail
    assert query(user_server, VISIBLE) == []
    assert load(user_server, path)[0].outcome is Outcome.CARREGADO


def test_files_that_rest_are_not_waited_for(tmp_path: Path):
    path = portfolio(tmp_path / "a.csv")
    os.utime(path, (1, 1))
    assert (
        growing([path, tmp_path / "sumiu.csv"], wait=lambda seconds: pytest.fail("esperou")) == []
    )


@pytest.mark.parametrize(
    ("age", "settled"), [(0.0, False), (59.0, False), (60.0, True), (-30.0, False), (-3600.0, True)]
)
def test_a_file_rests_by_the_time_of_its_last_change(tmp_path: Path, age: float, settled: bool):
    path = portfolio(tmp_path / "a.csv")
    now = time.time()
    os.utime(path, (now - age, now - age))
    assert is_settled(path, path.stat().st_mtime + age) is settled
