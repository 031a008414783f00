"""Which endpoints there are, where, and what identifies their rows.

Here: what the server needs of the maps in `loaders/cvcrm/endpoints`. Not here: their
columns and how a client reads them.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_MAPS = Path(__file__).resolve().parent.parent / "cvcrm" / "endpoints"


@dataclass(frozen=True)
class Endpoint:
    """An address that answers GET.

    Attributes:
        table: its short name, which is the map's file name.
        path: from the host's root.
        key: fields that identify a row.
        listed: answers a bare list of active rows in place of pages.
    """

    table: str
    path: str
    key: tuple[str, ...]
    listed: bool

    def key_of(self, row: dict[str, Any]) -> tuple[str, ...]:
        """Return a row's key; a number and its text are the same.

        Raises:
            KeyError: a field of the key is missing.
        """
        return tuple(str(row[field]) for field in self.key)


@cache
def endpoints() -> dict[str, Endpoint]:
    """Return all endpoints by table, in the order in which clients read them."""
    maps = {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in _MAPS.glob("*.yml")}
    return {
        table: Endpoint(
            table, mapped["path"], tuple(mapped["key"]), mapped.get("style", "pages") == "list"
        )
        for table, mapped in sorted(maps.items(), key=lambda each: each[1]["order"])
    }


@cache
def endpoints_by_path() -> dict[str, Endpoint]:
    """Return all endpoints by path."""
    return {endpoint.path: endpoint for endpoint in endpoints().values()}
