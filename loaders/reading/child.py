"""The child process that parses one file: limits first, then libraries, then work.

Here: limits, the choice by content, the answer to the parent. The jobs come as JSON
on standard input; the answer goes as JSON to standard output. Not here: how each
format is read (`xlsx`, `plain`, `delimited`).

Run by `loaders.reading.launcher` only: `python -m loaders.reading.child`.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loaders.errors import ArquivoRecusadoError
from loaders.reading.guard import check_workbook, recognise
from loaders.reading.job import Job
from loaders.reading.kinds import kind_of_text

_PR_SET_PDEATHSIG = 1
# A small machine reads some 15 MB of declared content a second; this is a tenth of it.
_SECONDS_PER_MB = 0.5

# What parsers raise for content that is not what it should be.
_BROKEN_CONTENT = (
    "BadZipFile",
    "zlib.error",
    "error",
    "ExpatError",
    "CalamineError",
    "FastExcelError",
    "ArrowInvalid",
    "PanicException",
    "EOFError",
)


def _tie_to_parent(parent_pid: int) -> None:
    """Die when the parent dies, even by SIGKILL, so no reader is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:  # it died before the call above
            sys.exit(1)


def _limit(job: Job) -> None:
    """Set the limits of memory and time; the kernel enforces them over any library."""
    size = job.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    # A core dump would write personal data to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # SIGALRM's default action ends the process in the middle of native code too.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, job.seconds)


def _allow_time(job: Job, declared_bytes: int) -> None:
    megabytes = declared_bytes / (1 << 20)
    signal.setitimer(signal.ITIMER_REAL, job.seconds + _SECONDS_PER_MB * megabytes)


def _peak_rss_mb() -> int | None:
    """Read the peak from /proc: `ru_maxrss` would count the parent's before exec."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), None)
    return int(line.split()[1]) >> 10 if line else None


def read(jobs: Sequence[Job]) -> dict[str, Any]:
    """Read the jobs' file by what its content is.

    Args:
        jobs: The same file, as each kind that it may be.

    Returns:
        What was seen, as plain data.

    Raises:
        ArquivoRecusadoError: It can't land.
    """
    path = Path(jobs[0].path)
    # Imported late: a refused file costs no library, and the limits are in force.
    if recognise(path) == "csv":
        _allow_time(jobs[0], path.stat().st_size)
        from loaders.reading.plain import read_plain

        job = kind_of_text(jobs)
        if (seen := read_plain(job)) is None:
            from loaders.reading.delimited import read_delimited

            seen = read_delimited(job)
        return {**seen, "entity": job.entity}
    jobs = [job for job in jobs if not job.csv_only]
    if not jobs:
        raise ArquivoRecusadoError(
            "é uma planilha do Excel, e este tipo de arquivo só se carrega como csv. Exporte-o "
            "de novo em csv, ou salve cada planilha como csv, e repita."
        )
    workbook = check_workbook(path)
    _allow_time(jobs[0], workbook.declared_bytes)
    from loaders.reading.xlsx import read_workbook

    return read_workbook(jobs, workbook)


def _answer(jobs: Sequence[Job]) -> dict[str, Any]:
    try:
        return {**read(jobs), "peak_rss_mb": _peak_rss_mb()}
    except ArquivoRecusadoError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"memory": True}
    except BaseException as error:  # a Rust panic is no Exception
        name = type(error).__name__
        if number := _of_the_disk(error):
            return {"disk": number}
        if "memory" in name.lower() or "alloc" in str(error).lower():
            return {"memory": True}
        if name in _BROKEN_CONTENT:
            return {
                "refused": "o conteúdo está danificado ou incompleto. Abra-o no Excel, salve de "
                "novo como .xlsx e repita."
            }
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return {"bug": f"{name} em {Path(frame.filename).name}:{frame.lineno}"}


def _of_the_disk(error: BaseException) -> int | None:
    """Return the operating system's code if the scratch folder's disk is at fault."""
    told = error.errno if isinstance(error, OSError) else None
    # Rust's libraries have it in the text alone.
    return next(
        (
            number
            for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
            if told == number or f"(os error {number})" in str(error)
        ),
        None,
    )


def main() -> None:
    """Read the jobs from standard input, one a line; answer on standard output."""
    jobs = [Job.from_json(line) for line in sys.stdin.read().splitlines()]
    _tie_to_parent(jobs[0].parent_pid)
    _limit(jobs[0])
    answer = _answer(jobs)
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    # Freeing what is left, and stopping thread pools, is the kernel's work.
    os._exit(0)


if __name__ == "__main__":
    main()
