"""DAGSTER_HOME: the folder of Dagster's instance, and its `dagster.yaml`.

Here: making both, and leaving alone what somebody edited. Not here: where runs are kept
(`storage`).
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loaders.embedded.layout import write_private
from loaders.errors import MiranteError
from loaders.settings import PROJECT_ROOT, mirante_home

TEMPLATE: Final = PROJECT_ROOT / "orchestration" / "dagster.yaml"
_HEAD: Final = """\
# Gerado pelo Mirante ({digest}) e gerado de novo a cada início. Edite à vontade: o
# que foi editado fica como está, e a primeira linha pode sair.
"""
# What `make dev` copied before there was a mark: nobody's own either.
_EARLIER: Final = frozenset({"df99c19905b403c6540d437e438223529468d5350569a1b23b213bc8261b77a7"})


@dataclass(frozen=True)
class DagsterHome:
    """Dagster's folder.

    Attributes:
        folder: what DAGSTER_HOME names.
        edited: whether its `dagster.yaml` is somebody's own, and was left alone.
    """

    folder: Path
    edited: bool


def dagster_home() -> Path:
    """Return the folder: DAGSTER_HOME, else `dagster/` below MIRANTE_HOME."""
    given = os.environ.get("DAGSTER_HOME")
    return Path(given).expanduser().resolve() if given else mirante_home() / "dagster"


def prepare_home(storage: str) -> DagsterHome:
    """Make the folder and its `dagster.yaml`.

    Args:
        storage: lines of the file that say where runs are kept; none for SQLite.

    Raises:
        MiranteError: the folder can't be written.
    """
    folder = dagster_home()
    path = folder / "dagster.yaml"
    body = TEMPLATE.read_text(encoding="utf-8") + storage
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Logs of runs may quote rows, which no other account of the machine should read.
        folder.chmod(0o700)
        if path.exists() and not _is_ours(path.read_text(encoding="utf-8")):
            return DagsterHome(folder, edited=True)
        write_private(path, _HEAD.format(digest=_digest(body)) + body)
    except OSError as error:
        raise MiranteError(
            f"não consegui preparar {folder}: {error.strerror}. "
            "Confira DAGSTER_HOME e MIRANTE_HOME."
        ) from None
    return DagsterHome(folder, edited=False)


def _is_ours(text: str) -> bool:
    """Whether nobody edited a file: its first lines know what came after them."""
    if hashlib.sha256(text.encode()).hexdigest() in _EARLIER:
        return True
    body = "".join(text.splitlines(keepends=True)[2:])
    return text == _HEAD.format(digest=_digest(body)) + body


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]
