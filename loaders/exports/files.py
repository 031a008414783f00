"""A file that is there whole or not at all.

Here: the place where it grows, its taking the place of the old one, and clearing away what
a killed export left. Not here: what is in it.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from loaders.errors import MiranteError
from loaders.settings import PROJECT_ROOT

# Where exports go that nobody said otherwise of.
FOLDER = PROJECT_ROOT / "data" / "processed"
_SUFFIX = ".parcial"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a file to write that replaces `path` once the block has ended well.

    It grows in a hidden folder beside `path`, where a writer may keep more of its own: on
    the same disk, so that replacing is one step. The folder goes with the block; what a
    killed process left, with the next export to the same path.

    Args:
        path: the file; its folder is made if missing.

    Yields:
        The path to write to, in an empty folder.

    Raises:
        MiranteError: the file can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _workshop(path) as folder:
            growing = folder / path.name
            yield growing
            growing.replace(path)
    except OSError as error:
        raise MiranteError(f"não consegui escrever {path}: {error.strerror}.") from None


@contextmanager
def _workshop(path: Path) -> Iterator[Path]:
    prefix = f".{path.name}."
    with ExitStack() as stack:
        # Held while looking for what was left behind, or a folder made just now, not yet
        # locked, would pass for one.
        with _opened(path.parent) as parent:
            if _try_lock(parent):
                _clear(path.parent, prefix)
            folder = Path(tempfile.mkdtemp(_SUFFIX, prefix, path.parent))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            _try_lock(stack.enter_context(_opened(folder)))
        yield folder


def _clear(parent: Path, prefix: str) -> None:
    for left in parent.iterdir():
        if not (left.name.startswith(prefix) and left.name.endswith(_SUFFIX)):
            continue
        # Somebody else's may not be opened, or be gone by now.
        with suppress(OSError), _opened(left) as descriptor:
            if _try_lock(descriptor):
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, or a disk that knows no locks: then nothing is cleared away
        return False
    return True
