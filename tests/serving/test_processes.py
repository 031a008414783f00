"""The processes of `mirante up`: one group, stopped in order, the one with the other."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from loaders.errors import MiranteError
from loaders.serving import processes
from loaders.serving.processes import Services, Stopped
from loaders.settings import PROJECT_ROOT

TIED = str(PROJECT_ROOT / "loaders" / "tied.py")
# Stands for Dagster's programs: has a child of its own, and says when it is asked to stop.
STAND_IN = """
import signal, subprocess, sys, time
name, log = sys.argv[1:3]
def stop(*_):
    with open(log, "a") as file:
        file.write(f"{name} stopped\\n")
    sys.exit(0)
# Before it says that it is there, which is when it may be asked.
signal.signal(signal.SIGINT, stop)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
with open(log, "a") as file:
    file.write(f"{name} {child.pid}\\n")
while True:
    time.sleep(0.05)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    return tmp_path / "log"


def services(log: Path) -> Services:
    stood_in = Services(1, {**os.environ, "PYTHONPATH": str(log.parent)})
    stood_in._commands = {name: ["stand_in", name, str(log)] for name in ("webserver", "daemon")}
    return stood_in


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends
        time.sleep(0.05)


def children(log: Path) -> list[int]:
    """Wait for both to be up and return the pids of their children."""
    until(lambda: log.exists() and len(log.read_text().splitlines()) == 2)
    return [int(line.split()[1]) for line in log.read_text().splitlines()]


def gone(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_webserver_then_the_daemon_and_all_below_them(
    log: Path, number: signal.Signals
):
    before = signal.getsignal(number)

    def asked(seconds: float) -> None:
        time.sleep(seconds / 10)
        os.kill(os.getpid(), number)
        time.sleep(1)

    with services(log) as running:
        left = children(log)
        group = {os.getpgid(pid) for pid in left}
        assert group == {running._processes["webserver"].pid}
        assert os.getpgid(0) not in group
        with pytest.raises(Stopped):
            running.watch(asked)
    assert log.read_text().splitlines()[2:] == ["webserver stopped", "daemon stopped"]
    assert all(map(gone, left))
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("name", ["webserver", "daemon"])
def test_one_that_dies_takes_the_other_with_it_and_is_named(log: Path, name: str):
    with services(log) as running:
        left = children(log)
        os.kill(running._processes[name].pid, signal.SIGKILL)
        with pytest.raises(MiranteError, match=rf"o {name} do Dagster .*sinal 9"):
            running.watch()
    [other] = {"webserver", "daemon"} - {name}
    assert log.read_text().splitlines()[2:] == [f"{other} stopped"]
    assert all(map(gone, left))


def test_one_that_does_not_stop_is_killed(log: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "_STOP_S", 0.2)
    (log.parent / "stand_in.py").write_text(
        STAND_IN.replace("signal.signal(signal.SIGINT, stop)", "signal.signal(2, signal.SIG_IGN)")
    )
    with services(log) as running:
        left = [*children(log), *(each.pid for each in running._processes.values())]
    assert all(map(gone, left))


def test_a_steps_dbt_dies_with_the_step_even_by_sigkill(tmp_path: Path):
    # Beside the Python that runs the step stands its dbt.
    (tmp_path / "python").symlink_to(sys.executable)
    said = tmp_path / "pid"
    dbt = tmp_path / "dbt"
    dbt.write_text(f"#!/bin/sh\necho $$ $@ > {said}\nexec sleep 300\n")
    dbt.chmod(0o755)
    started = str(PROJECT_ROOT / "orchestration" / "dbt.sh")
    script = f"import subprocess\nsubprocess.Popen([{started!r}, 'build', '--quiet']).wait()\n"
    step = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "MIRANTE_PYTHON": str(tmp_path / "python")},
    )
    until(lambda: said.exists() and said.read_text().endswith("\n"))
    pid, *arguments = said.read_text().split()
    assert arguments == ["build", "--quiet"]
    assert not gone(int(pid))
    step.kill()
    step.wait()
    until(lambda: gone(int(pid)))


def test_what_is_tied_dies_with_who_started_it_however_that_dies(tmp_path: Path):
    said = tmp_path / "pid"
    script = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-I', {TIED!r},"
        " 'SIGKILL', str(os.getpid()), '/bin/sleep', '300'])\n"
        f"open({str(said)!r}, 'w').write(f'{{child.pid}}\\n')\n"
        "time.sleep(300)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    until(lambda: said.exists() and said.read_text().endswith("\n"))
    child = int(said.read_text())
    until(lambda: psutil.Process(child).name() == "sleep")
    parent.kill()
    parent.wait()
    until(lambda: gone(child))


def test_what_is_tied_to_a_parent_that_is_gone_does_not_start(tmp_path: Path):
    dead = subprocess.Popen(["/bin/true"])
    dead.wait()
    made = tmp_path / "x"
    command = [sys.executable, "-I", TIED, "SIGKILL", str(dead.pid), "/usr/bin/touch", str(made)]
    assert subprocess.run(command, check=False).returncode == 1
    assert not made.exists()
