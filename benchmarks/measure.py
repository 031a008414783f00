"""Time a command and the memory of it and all its children; watch a server's memory."""

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.02
# Asking a server's processes costs milliseconds, as they map much.
SERVER_SAMPLE_SECONDS = 0.25


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        seconds: wall time of the whole process.
        peak_mb: most memory (RSS, MiB) that its processes held together at one moment.
        told: what it printed.
    """

    seconds: float
    peak_mb: float
    told: str = ""


def measure(command: Sequence[str], environment: dict[str, str] | None = None) -> Measured:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; carries what it said.
    """
    # A file takes all that it prints; a full pipe would hold it up.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        started = time.perf_counter()
        process = psutil.Popen(
            list(command), env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        peak = 0
        while process.poll() is None:
            peak = max(peak, _memory(process))
            time.sleep(SAMPLE_SECONDS)
        seconds = time.perf_counter() - started
        output.seek(0)
        told = output.read()
    if process.returncode:
        raise RuntimeError(told)
    return Measured(seconds, peak / 2**20, told)


def _memory(process: psutil.Process) -> int:
    total = 0
    try:
        for each in (process, *process.children(recursive=True)):
            total += each.memory_info().rss
    except psutil.Error:
        pass  # a child ended between being listed and being asked
    return total


@contextmanager
def server_memory(pid: int) -> Iterator[Callable[[], float]]:
    """Watch the memory of a server while a block runs.

    Args:
        pid: its first process.

    Yields:
        What returns, after the block, the most MiB that all processes held together,
        pages that they share counted once.
    """
    process = psutil.Process(pid)
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(SERVER_SAMPLE_SECONDS):
            peak = max(peak, _proportional_memory(process))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: peak / 2**20
    finally:
        done.set()
        watcher.join()


def _proportional_memory(process: psutil.Process) -> int:
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_full_info().pss
        except psutil.Error:
            continue  # ended meanwhile, or another account's
    return total
