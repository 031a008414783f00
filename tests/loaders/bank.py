"""Bank files written on the fly, and what of them is in the raw tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loaders import banco
from loaders.file_loads import FileResult
from loaders.server import Server
from tests.loaders.cards import visible_keys, write
from tests.loaders.conftest import SECRET
from tests.loaders.files import query

KEYS = {"clientes": "cliente_id", "transacciones": "transaccion_id"}
CLIENT = {
    "cliente_id": "1", "nombre": SECRET, "edad": "41", "nacimiento": "1985-02-28",
    "provincia": "São Paulo", "ingresos_mensuales": "4500.10", "documento": SECRET,
}  # fmt: skip
TRANSACTION = {
    "transaccion_id": "T1", "cliente_id": "1", "fecha": "2026-09-01", "tipo": "compra_tarjeta",
    "monto": "10.50", "comercio": "Padaria Lua", "categoria": "alimentación",
}  # fmt: skip


def clients(path: Path, count: int = 2, **values: str) -> Path:
    """Write some clients, `1` the first."""
    lines = [CLIENT | {"cliente_id": f"{number}"} | values for number in range(1, count + 1)]
    return write(path, *lines)


def transactions(path: Path, count: int = 2, **values: str) -> Path:
    """Write some transactions, `T1` the first."""
    numbers = range(1, count + 1)
    return write(path, *(TRANSACTION | {"transaccion_id": f"T{n}"} | values for n in numbers))


def load(server: Server, *paths: Path | str) -> list[FileResult]:
    """Load bank files of either kind."""
    return list(banco.source().load(server, None, [str(path) for path in paths]))


def raw(server: Server, text: str) -> list[tuple[Any, ...]]:
    """Ask the raw tables; `{schema}` is where they are."""
    return query(server, text, banco.DATASET)


def visible(server: Server, table: str = "transacciones") -> Sequence[tuple[int, str]]:
    """Return line and key of all lines of complete files."""
    return visible_keys(server, banco.DATASET, table, KEYS[table])
