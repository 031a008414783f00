"""Dagster's webserver and daemon as processes of one group: started, watched, stopped.

Here: their command lines, the signals, what becomes of the one when the other dies. Not here:
what they need in place before (`home`, `storage`).

Everything below them (code servers, runs, dbt) is of their group too, which is none of the
terminal's: Ctrl-C reaches this process alone, and it stops them in order.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType
from typing import Final
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from loaders.errors import MiranteError
from loaders.settings import PROJECT_ROOT

_TIED: Final = PROJECT_ROOT / "loaders" / "tied.py"
_LOOK_S: Final = 0.5
# It is this machine: no proxy knows the way there.
_DIRECT: Final = build_opener(ProxyHandler({}))
# Dagster's daemon lets its threads finish what they are at.
_STOP_S: Final = 45.0
_GROUP_STOP_S: Final = 20.0


class Stopped(Exception):  # noqa: N818 - an end that was asked for is no error
    """Somebody asked this process to stop."""


class Services:
    """The webserver and the daemon, as long as a block lasts."""

    def __init__(self, port: int, environment: Mapping[str, str]) -> None:
        """Say where and how they are to run; nothing starts yet.

        Args:
            port: of the webserver, on this machine only.
            environment: of both.
        """
        self.url = f"http://127.0.0.1:{port}"
        self._environment = dict(environment)
        self._commands = {
            "webserver": ["dagster_webserver", "-h", "127.0.0.1", "-p", str(port)],
            "daemon": ["dagster._daemon", "run"],
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._group = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> "Services":
        """Start both; SIGTERM and SIGINT raise `Stopped` from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, _stop)
        try:
            for name, (module, *arguments) in self._commands.items():
                self._processes[name] = self._start([sys.executable, "-m", module, *arguments])
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop both, the webserver first, and whatever they leave behind."""
        self._end()

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            # Should this process be killed, they end as if they had been asked to.
            [sys.executable, "-I", str(_TIED), "SIGTERM", str(os.getpid()), *command],
            env=self._environment,
            cwd=PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            process_group=self._group,
            # Logs of runs may quote rows.
            umask=0o077,
        )
        self._group = self._group or process.pid
        return process

    def wait_until_it_answers(self, seconds: float = 180.0) -> None:
        """Wait for the webserver's first answer.

        Raises:
            MiranteError: one of the two died, or time is up.
            Stopped: somebody asked to stop.
        """
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.check()
            with suppress(URLError, OSError), _DIRECT.open(f"{self.url}/server_info", timeout=5):
                return
            time.sleep(_LOOK_S)
        raise MiranteError(f"o webserver não respondeu em {seconds:.0f} s; veja o log acima.")

    def watch(self, look: Callable[[float], None] = time.sleep) -> None:
        """Stay until one of the two dies or somebody asks to stop.

        Args:
            look: waits between two looks.

        Raises:
            MiranteError: one of the two died; says which.
            Stopped: somebody asked to stop.
        """
        while True:
            self.check()
            look(_LOOK_S)

    def check(self) -> None:
        """Look whether both live.

        Raises:
            MiranteError: one does not.
        """
        for name, process in self._processes.items():
            if (code := process.poll()) is not None:
                how = f"sinal {-code}" if code < 0 else f"código {code}"
                raise MiranteError(
                    f"o {name} do Dagster (pid {process.pid}) terminou sozinho ({how}); "
                    "parei o outro. O log acima diz por quê."
                )

    def _end(self) -> None:
        # Whoever asks twice is heard once: stopping is under way.
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)
        for process in self._processes.values():
            _end_one(process)
        if self._group:
            _end_group(self._group)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped(signal.Signals(number).name)


def _end_one(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_group(group: int) -> None:
    """End what is left: runs are interrupted, told as such, and go on after the next start."""
    for number, seconds in ((signal.SIGINT, _GROUP_STOP_S), (signal.SIGKILL, 5.0)):
        ends = time.monotonic() + seconds
        if not _living(group):
            return
        with suppress(ProcessLookupError):
            os.killpg(group, number)
        while _living(group) and time.monotonic() < ends:
            time.sleep(0.1)


def _living(group: int) -> list[int]:
    """Return the processes of a group; what is dead and not yet reaped counts as gone."""
    found = []
    for process in psutil.process_iter(["pid", "status"]):
        with suppress(ProcessLookupError, PermissionError):
            if (
                process.info["status"] != psutil.STATUS_ZOMBIE
                and os.getpgid(process.info["pid"]) == group
            ):
                found.append(process.info["pid"])
    return found
