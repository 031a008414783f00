"""Time a command and the memory of it and all its children."""

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        seconds: wall time of the whole process.
        peak_mb: most memory (RSS, MiB) that its processes held together at one moment.
    """

    seconds: float
    peak_mb: float


def measure(command: Sequence[str], environment: dict[str, str] | None = None) -> Measured:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; carries what it said.
    """
    started = time.perf_counter()
    process = psutil.Popen(
        list(command),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, _memory(process))
        time.sleep(SAMPLE_SECONDS)
    seconds = time.perf_counter() - started
    told = process.stdout.read()
    if process.returncode:
        raise RuntimeError(told)
    return Measured(seconds, peak / 2**20)


def _memory(process: psutil.Process) -> int:
    total = 0
    try:
        for each in (process, *process.children(recursive=True)):
            total += each.memory_info().rss
    except psutil.Error:
        pass  # a child ended between being listed and being asked
    return total
