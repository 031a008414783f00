"""What one customer's CRM holds: rows by endpoint.

Here: keeping rows, their order and their filters, from memory or from files. Not here:
pages, envelopes and faults.

Rows are kept as the bytes that go over the wire: a dictionary of eighty fields takes
much more, and a page then is a join.
"""

import json
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from loaders.cvcrm_server.endpoints import Endpoint, endpoints
from loaders.errors import MiranteError

Row = dict[str, Any]

# Made once: `json.dumps` would make an encoder for each row.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

ZERO_DATE = "0000-00-00 00:00:00"
_BRAZILIAN = re.compile(r"(\d{2})/(\d{2})/(\d{4})(.*)")


@dataclass(frozen=True, slots=True)
class Stored:
    """A row and what it is sorted and filtered by.

    Attributes:
        date: reference date, `YYYY-MM-DD HH:MM:SS`; zeros if it has none.
        reference: leading number of `referencia`, 0 if it has none.
        body: the row as JSON.
    """

    date: str
    reference: int
    body: bytes


@dataclass
class _Table:
    endpoint: Endpoint
    rows: dict[tuple[str, ...], Stored] = field(default_factory=dict)
    ordered: list[Stored] | None = None

    def put(self, row: Row, body: bytes | None = None) -> None:
        try:
            key = self.endpoint.key_of(row)
        except KeyError as error:
            raise MiranteError(
                f"{self.endpoint.table}: falta o campo {error} em uma linha."
            ) from None
        self.rows[key] = Stored(
            _sortable(row.get("referencia_data")),
            _leading_number(row.get("referencia")),
            wire(row) if body is None else body,
        )
        self.ordered = None

    def ascending(self) -> list[Stored]:
        if self.ordered is None:
            # Zeros sort first, and ties stay as they came: both as live captures show.
            self.ordered = sorted(self.rows.values(), key=lambda stored: stored.date)
        return self.ordered


class Tenant:
    """Rows by endpoint; safe to change while a server shows them."""

    def __init__(self, rows: Mapping[str, Iterable[Row]] | None = None) -> None:
        """Keep rows.

        Args:
            rows: by table, which is the name of a map in `loaders/cvcrm/endpoints`.

        Raises:
            MiranteError: a table is unknown, or a row lacks its key.
        """
        self._lock = threading.RLock()
        self._tables = {table: _Table(endpoint) for table, endpoint in endpoints().items()}
        for table, each in (rows or {}).items():
            for row in each:
                self.upsert(table, row)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read `<table>.jsonl` of a folder; a table without a file has no rows.

        Raises:
            MiranteError: the folder has no such file, or one of them is not what it should be.
        """
        tenant = cls()
        files = [folder / f"{table}.jsonl" for table in endpoints()]
        if not any(file.is_file() for file in files):
            raise MiranteError(
                f"{folder}: não há arquivos <tabela>.jsonl nesta pasta. "
                "Crie-os com `mirante simulate --source vendas --out PASTA`."
            )
        for file in (each for each in files if each.is_file()):
            table = tenant._table(file.stem)
            with file.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    try:
                        row = json.loads(line)
                    except ValueError:
                        raise MiranteError(f"{file}, linha {number}: não é JSON.") from None
                    table.put(row, line.strip())
        return tenant

    def write(self, folder: Path) -> None:
        """Write `<table>.jsonl` of each table that has rows, as `read` takes them."""
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            for name, table in self._tables.items():
                if table.rows:
                    body = b"\n".join(stored.body for stored in table.rows.values())
                    (folder / f"{name}.jsonl").write_bytes(body + b"\n")

    def upsert(self, table: str, row: Row) -> None:
        """Put a row in the place of the one with its key, or add it."""
        with self._lock:
            self._table(table).put(row)

    def rows(self, table: str) -> list[Row]:
        """Return copies of a table's rows, in the order in which they came first."""
        with self._lock:
            bodies = [stored.body for stored in self._table(table).rows.values()]
        return [json.loads(body) for body in bodies]

    def get(self, table: str, *key: object) -> Row | None:
        """Return a copy of the row with a key, or None."""
        with self._lock:
            stored = self._table(table).rows.get(tuple(map(str, key)))
        row: Row | None = None if stored is None else json.loads(stored.body)
        return row

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        with self._lock:
            return len(self._table(table).rows)

    def select(
        self, table: str, since: str = "", until: str = "", from_reference: int | None = None
    ) -> list[Stored]:
        """Return a table's rows by ascending reference date, those without one first.

        Args:
            table: of them.
            since: first reference date, `YYYY-MM-DD` and maybe a time; "" for all.
            until: last one; a date alone means the whole day.
            from_reference: smallest `referencia`.
        """
        with self._lock:
            rows = self._table(table).ascending()
        last = f"{until} 23:59:59" if len(until) == len("YYYY-MM-DD") else until
        return [
            stored
            for stored in rows
            if stored.date >= since
            and (not last or stored.date <= last)
            and (from_reference is None or stored.reference >= from_reference)
        ]

    def _table(self, name: str) -> _Table:
        try:
            return self._tables[name]
        except KeyError:
            raise MiranteError(
                f"{name}: não é uma tabela da CVDW; as possíveis são {', '.join(self._tables)}."
            ) from None


def wire(value: Any) -> bytes:
    """Write a value as the API does: compact, accents as they are."""
    return _encode(value).encode()


def _sortable(value: object) -> str:
    text = str(value or ZERO_DATE)
    found = _BRAZILIAN.fullmatch(text)
    if found:
        day, month, year, time = found.groups()
        text = f"{year}-{month}-{day}{time}"
    return text.replace("T", " ")


def _leading_number(value: object) -> int:
    found = re.match(r"\d+", str(value or ""))
    return int(found[0]) if found else 0
