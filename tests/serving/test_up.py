"""`mirante up` with real processes on loopback, and a build beside one of Dagster's."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loaders.server import Server
from loaders.serving.processes import _living
from loaders.serving.switches import switch_on
from loaders.settings import PROJECT_ROOT
from tests.loaders.helpers import free_port, mirante


@contextmanager
def up(log: Path, *options: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `mirante up` as its own process, and end it in any case."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "loaders", "up", *options],
            cwd=PROJECT_ROOT,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(150)


def until_said(process: "subprocess.Popen[bytes]", log: Path, text: str) -> None:
    ends = time.monotonic() + 240
    while text not in log.read_text(errors="replace"):
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < ends
        time.sleep(0.2)


@pytest.mark.slow
def test_up_serves_switches_everything_on_refuses_a_second_and_ends_when_asked(
    embedded_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", "up_")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    port, log = free_port(), tmp_path / "log"
    with up(log, "--port", str(port), "--ligar") as process:
        until_said(process, log, "Ctrl-C encerra")
        # Asked again, there is nothing left to switch on.
        assert switch_on(f"http://127.0.0.1:{port}") == []
        told = log.read_text(errors="replace")
        for name in ("vendas_periodicas", "fechamento_mensal", "inbox_cartoes", "meses_esperados"):
            assert name in told
        again = mirante("up", "--port", str(free_port()))
        assert again.returncode == 1
        assert (
            f"já há um `mirante up` em {tmp_path / 'dagster'} (pid {process.pid})" in again.stderr
        )
        taken = mirante("up", "--port", str(port), DAGSTER_HOME=str(tmp_path / "outro"))
        assert taken.returncode == 1
        assert f"a porta {port} de 127.0.0.1 não está livre" in taken.stderr
        [group] = {os.getpgid(pid) for pid in _children(process.pid)}
        process.send_signal(signal.SIGTERM)
        assert process.wait(150) == 0
        assert _living(group) == []
    text = log.read_text(errors="replace") + (tmp_path / "dagster" / "dagster.yaml").read_text()
    assert "Encerrado." in text
    assert embedded_server.password not in text


def _children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children()]


def test_up_says_what_is_wrong_before_anything_starts(embedded_server: Server, tmp_path: Path):
    assert mirante("up", "--port", "70000").returncode == 2
    folder = tmp_path / "arquivo"
    folder.write_text("")
    refused = mirante("up", DAGSTER_HOME=str(folder / "x"))
    assert refused.returncode == 1
    assert "não consegui escrever" in refused.stderr


def test_preparing_names_the_home_for_dagsters_own_commands(
    embedded_server: Server, tmp_path: Path
):
    done = mirante("up", "--preparar", DAGSTER_HOME=str(tmp_path / "d"))
    assert done.returncode == 0
    assert f"export DAGSTER_HOME={tmp_path / 'd'}" in done.stdout
    assert (tmp_path / "d" / "dagster.yaml").exists()
