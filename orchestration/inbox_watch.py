"""Which files of a folder are new or changed: by their content, not by their names.

Here: what is remembered of each file between two looks, and what one look finds. Not here:
what is done with a new file (`defs/execucao/inbox`), nor which files a folder has
(`raw_files`).

Data flow: files of the folder + what the last look saw -> new files + what to remember. A
file is hashed once its size and time stand still, and again only after they changed.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from loaders.cartoes import file_month
from loaders.reading import sha256_of
from loaders.settling import SETTLED_SECONDS, Stamp, stamp

# A look asks for no more runs than these, and hashes no longer than that: a sensor that takes
# a minute is cut off, and would never get past its first files.
MAX_NEW: Final = 20
MAX_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Seen(Stamp):
    """What a look saw of a file.

    Attributes:
        sha256: of its content, once that was looked at; blank while the file waits.
    """

    sha256: str = ""

    def is_of(self, other: "Seen") -> bool:
        """Whether nobody has written to the file since."""
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


@dataclass(frozen=True)
class NewFile:
    """A file whose content nobody has seen yet."""

    path: Path
    sha256: str


@dataclass
class Look:
    """What one look found.

    Attributes:
        seen: what to remember, by name.
        new: the files to load, in the order to load them.
        known: names of files whose content was loaded before, in some other way.
        growing: how many files may still be written to.
        left: how many whole files wait for the next look.
        problems: what could not be read, and why.
    """

    seen: dict[str, Seen] = field(default_factory=dict)
    new: list[NewFile] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    growing: int = 0
    left: int = 0
    problems: list[str] = field(default_factory=list)


def look(
    paths: Iterable[Path],
    before: Mapping[str, Seen],
    now: float,
    is_known: Callable[[str], bool],
    *,
    max_new: int = MAX_NEW,
    max_seconds: float = MAX_SECONDS,
) -> Look:
    """Look at the files of a folder once.

    Args:
        paths: the files.
        before: what the last look remembered.
        now: seconds since 1970.
        is_known: says of a content's SHA-256 whether it landed before.
        max_new: how many new files are enough.
        max_seconds: after so many no further file is begun.

    Returns:
        What was found. A file that can't be read is a problem, and is looked at again.
    """
    found = Look()
    ends = monotonic() + max_seconds
    for path in sorted(paths, key=_by_month):
        if not _is_readable(path.name):
            found.problems.append(f"{path.name!a}: o nome não está em UTF-8; renomeie o arquivo")
            continue
        try:
            seen = _seen(path)
            last = before.get(path.name)
            stands_still = last is not None and last.is_of(seen)
            if last is not None and stands_still and last.sha256:
                found.seen[path.name] = last
                continue
            found.seen[path.name] = seen
            if not (stands_still or _is_old(seen, now)):
                found.growing += 1
            elif len(found.new) >= max_new or monotonic() > ends:
                found.left += 1
            elif (sha256 := _hash(path, seen)) is None:
                found.growing += 1
            else:
                found.seen[path.name] = Seen(seen.size, seen.mtime_ns, sha256)
                if is_known(sha256):
                    found.known.append(path.name)
                else:
                    found.new.append(NewFile(path, sha256))
        except OSError as error:
            found.seen.pop(path.name, None)
            found.problems.append(f"{path.name}: {error.strerror or type(error).__name__}")
    return found


def _is_readable(name: str) -> bool:
    """Whether a name can be written down: one from another system's archive may not be text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _seen(path: Path) -> Seen:
    return Seen(**asdict(stamp(path)))


def _is_old(seen: Seen, now: float) -> bool:
    return now - seen.mtime_ns / 1e9 >= SETTLED_SECONDS


def _hash(path: Path, seen: Seen) -> str | None:
    """Return the hash of what was seen; None if somebody wrote to it meanwhile."""
    sha256 = sha256_of(path)
    return sha256 if _seen(path).is_of(seen) else None


def _by_month(path: Path) -> tuple[str, str]:
    # What has no month, such as a bank's clients, first: the months may be about them.
    month = file_month(path.name)
    return (month.isoformat() if month else "", path.name)


def remembered(cursor: str | None) -> dict[str, Seen]:
    """Read what a look left in a cursor; nothing if it was written by somebody else."""
    try:
        files = json.loads(cursor or "{}")
        return {
            str(name): Seen(int(s["size"]), int(s["mtime_ns"]), str(s["sha256"]))
            for name, s in files.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def cursor_of(seen: Mapping[str, Seen]) -> str:
    """Write what the next look is to remember."""
    return json.dumps({name: asdict(each) for name, each in seen.items()}, ensure_ascii=False)
