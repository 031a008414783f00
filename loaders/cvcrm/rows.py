"""One row of the API as it is stored: known columns typed, all others as text.

Here: typing, the key, and the hash that tells whether a row changed. Not here: what of it
is new (`known`), dlt (`landing`), what a value means: dates stay texts, entities stay
encoded (dbt).

Nothing is dropped: a field that nobody declared lands as text, whatever its type, so that a
new one never fails a load. A declared column that holds another type does fail it: it would
corrupt the table silently.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from loaders.cvcrm.endpoints import ColumnType, Endpoint

if TYPE_CHECKING:
    from dlt.common.normalizers.naming import NamingConvention

Row = dict[str, Any]
Key = tuple[str | int, ...]

HASH: Final = "_hash"
FIRST_SEEN: Final = "_visto_em"
LOADED_AT: Final = "_carregado_em"

_BIGINT: Final = range(-(2**63), 2**63)
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
# What dlt makes of `decimal`: numeric(38, 9), so so many digits before the point.
_DECIMAL_LIMIT: Final = Decimal(10) ** 29
# Postgres keeps no NUL, and half of a surrogate pair is no character.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class TypeChangedError(Exception):
    """A declared column holds another type; names column and types, never the value."""

    def __init__(self, column: str, expected: str, came: str) -> None:
        """Keep the names for the message."""
        super().__init__(f"a coluna {column} deve ser {expected} e veio {came}")
        self.column = column


@dataclass(frozen=True)
class Typed:
    """A row ready to be stored, without the time of its load."""

    key: Key
    hash: str
    row: Row


class RowTyper:
    """Types the rows of one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Prepare for an endpoint."""
        self._endpoint = endpoint
        self._names: dict[str, str] = {name: name for name in endpoint.columns}

    def __call__(self, delivered: Row) -> Typed:
        """Type a row.

        Args:
            delivered: as parsed from JSON, fractions as Decimal.

        Raises:
            TypeChangedError: a declared column holds another type.
        """
        row: Row = dict.fromkeys(self._endpoint.columns)
        for field, value in delivered.items():
            name = self._name(field)
            kind = self._endpoint.columns.get(name)
            if value is None:
                row.setdefault(name, None)
            else:
                row[name] = _TYPES[kind](name, value) if kind else as_text(value)
        for name in self._endpoint.key:
            if row[name] is None:
                # NULL never equals NULL, so the row would be inserted again at each load.
                row[name] = 0 if self._endpoint.columns[name] == "bigint" else ""
        return Typed(tuple(row[name] for name in self._endpoint.key), row_hash(delivered), row)

    def _name(self, field: str) -> str:
        """Return the column of a field; the same one in every row."""
        if field not in self._names:
            wanted = _column_name(field)
            taken = set(self._names.values())
            self._names[field] = next(name for name in _numbered(wanted) if name not in taken)
        return self._names[field]


def _column_name(field: str) -> str:
    """Write a field's name as dlt would, without the `_` that begins the loader's own names."""
    letters = _UNSTORABLE.sub("", field).strip(" _")
    plain = re.sub(r"\W+", "_", letters, flags=re.ASCII) if letters else ""
    try:
        name = _naming().normalize_identifier(plain).strip("_")
    except ValueError:
        name = ""
    return name if name and name[0].isalpha() else f"campo_{name}".rstrip("_")


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name[:55]}_{number}"
        number += 1


@cache
def _naming() -> "NamingConvention":
    from dlt.common.normalizers.naming.snake_case import NamingConvention

    return NamingConvention(max_length=63)


def row_hash(delivered: Row) -> str:
    """Return the hash of a row as delivered: the same whatever the order of its fields."""
    canonical = json.dumps(delivered, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def as_text(value: Any) -> str:
    """Return a text as it is, anything else as compact JSON."""
    text = value if isinstance(value, str) else _compact_json(value)
    return _UNSTORABLE.sub("", text)


def _compact_json(value: Any) -> str:
    """Write JSON; fractions keep the digits in which they came."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        fields = (f"{json.dumps(name)}:{_compact_json(each)}" for name, each in value.items())
        return f"{{{','.join(fields)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_compact_json, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _text(column: str, value: Any) -> str:
    # Ids come as numbers or as texts (`referencia`): as text both are the same.
    if isinstance(value, dict | list):
        raise TypeChangedError(column, "texto", _kind_of(value))
    return as_text(value)


def _decimal(column: str, value: Any) -> Decimal | None:
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
    number: Decimal | None = None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
    elif isinstance(value, str) and _NUMBER.fullmatch(value):
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = None
    if number is None or abs(number) >= _DECIMAL_LIMIT:
        raise TypeChangedError(column, "número", _kind_of(value))
    return number


def _bigint(column: str, value: Any) -> int | None:
    number = _decimal(column, value)
    if number is None:
        return None
    if number != number.to_integral_value() or int(number) not in _BIGINT:
        raise TypeChangedError(column, "número inteiro", _kind_of(value))
    return int(number)


def _json(column: str, value: Any) -> Any:
    # Empty lists come as empty texts too.
    if isinstance(value, str) and not value.strip():
        return None
    if not isinstance(value, dict | list):
        raise TypeChangedError(column, "lista ou objeto", _kind_of(value))
    return _storable(value)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, dict):
        return {as_text(name): _storable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, Decimal):
        # dlt writes Decimal as a text in JSON; a float that prints the same is as exact.
        near = float(value)
        return near if Decimal(repr(near)) == value else str(value)
    return value


_TYPES: Final[dict[ColumnType, Callable[[str, Any], Any]]] = {
    "text": _text,
    "bigint": _bigint,
    "decimal": _decimal,
    "json": _json,
}


def _kind_of(value: Any) -> str:
    """Name a JSON type, for a message."""
    if isinstance(value, bool):
        return "verdadeiro ou falso"
    if isinstance(value, int):
        return "número grande demais"
    if isinstance(value, Decimal):
        return "número com decimais" if abs(value) < _DECIMAL_LIMIT else "número grande demais"
    if isinstance(value, str):
        return "texto"
    return "lista" if isinstance(value, list) else "objeto"
