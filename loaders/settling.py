"""Files that somebody may still be writing: half a csv looks like a whole one.

Here: whether a file stands still, from its size and the time of its last change. Not here:
which files are meant (`file_loads`), nor what is done with one that grows.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# A file that nobody has written to for so long is whole.
SETTLED_SECONDS: Final = 60.0
# Whoever copies a file writes to it more often than that.
MOMENT_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Stamp:
    """What changes whenever somebody writes to a file.

    Attributes:
        size: bytes.
        mtime_ns: when it was last written to.
    """

    size: int
    mtime_ns: int


def stamp(path: Path) -> Stamp:
    """Look at a file.

    Raises:
        OSError: it is not there, or may not be looked at.
    """
    status = path.stat()
    return Stamp(status.st_size, status.st_mtime_ns)


def is_changed(path: Path, seen: Stamp) -> bool:
    """Whether somebody wrote to a file, or took it away, since it was looked at."""
    try:
        return stamp(path) != seen
    except OSError:
        return True


def is_settled(path: Path, now: float, seconds: float = SETTLED_SECONDS) -> bool:
    """Whether nobody has written to a file for a while.

    One that is dated later than now says nothing by its time, and counts as settled.

    Args:
        path: of the file; one that can't be looked at is left to whoever reads it.
        now: seconds since 1970.
        seconds: how long a while is.
    """
    try:
        age = now - path.stat().st_mtime
    except OSError:
        return True
    return not -seconds < age < seconds


def growing(paths: Sequence[Path], wait: Callable[[float], None] = time.sleep) -> list[Path]:
    """Look at files twice, a moment apart; at once where none was written to just now.

    Args:
        paths: of the files.
        wait: lets the moment pass.

    Returns:
        Those that somebody wrote to meanwhile.
    """
    before = {}
    for path in paths:
        if not is_settled(path, time.time(), MOMENT_SECONDS):
            before[path] = stamp(path)
    if before:
        wait(MOMENT_SECONDS)
    return [path for path, seen in before.items() if is_changed(path, seen)]


def growing_detail(name: str) -> str:
    """Say of a file that somebody is writing to it."""
    return (
        f"{name}: ainda está sendo gravado (mudou enquanto eu o olhava); nada dele foi carregado. "
        "Espere a cópia terminar e repita."
    )
