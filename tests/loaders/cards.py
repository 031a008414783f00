"""Card files written on the fly, and what of them is in the raw tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loaders import cartoes
from loaders.file_loads import FileResult
from loaders.server import Server
from tests.loaders.files import query

INVOICE = {
    "id_fatura": "F1", "id_cliente": "C1", "data_emissao": "2024-09-01",
    "data_vencimento": "2024-10-01", "valor_fatura": "10.50",
}  # fmt: skip
OPTIONAL = {
    "valor_pagamento_minimo": "1.05", "limite_credito": "5000.00", "bandeira": "ELO",
    "status_fatura": "ABERTA", "moeda": "BRL",
}  # fmt: skip
PAYMENT = {
    "id_pagamento": "P1", "id_fatura": "F1", "id_cliente": "C1", "data_pagamento": "2024-09-20",
    "valor_pagamento": "10.50",
}  # fmt: skip

# What a reader of a raw table may count: lines of files whose load is complete.
VISIBLE = """
    select {{table}}._linha, {{table}}.{{key}}
    from {schema}.{{table}}
    inner join {schema}.arquivos as arquivos using (_arquivo_sha256, _carregado_em)
    inner join {schema}._dlt_loads as loads
        on arquivos._dlt_load_id = loads.load_id and loads.status = 0
    order by 2, 1
"""


def write(
    path: Path,
    *lines: dict[str, str],
    separator: str = ",",
    end: str = "\n",
    encoding: str = "utf-8",
) -> Path:
    """Write lines of equal columns as a system exports them: without quotes."""
    rows = [list(lines[0]), *(list(line.values()) for line in lines)]
    text = end.join(separator.join(row) for row in rows) + end
    path.write_bytes(text.encode(encoding))
    return path


def invoices(path: Path, count: int = 2, **values: str) -> Path:
    """Write some invoices, `F1` the first."""
    lines = [INVOICE | {"id_fatura": f"F{number}"} | values for number in range(1, count + 1)]
    return write(path, *lines)


def payments(path: Path, count: int = 2, **values: str) -> Path:
    """Write some payments, `P1` the first."""
    lines = [PAYMENT | {"id_pagamento": f"P{number}"} | values for number in range(1, count + 1)]
    return write(path, *lines)


def visible_keys(server: Server, dataset: str, table: str, key: str) -> Sequence[tuple[int, str]]:
    """Return line and key of all lines of complete files of any source."""
    text = VISIBLE.replace("{{table}}", table).replace("{{key}}", key)
    return query(server, text, dataset)  # type: ignore[return-value]


def load(server: Server, *paths: Path | str) -> list[FileResult]:
    """Load card files of either kind."""
    return list(cartoes.source().load(server, None, [str(path) for path in paths]))


def raw(server: Server, text: str) -> list[tuple[Any, ...]]:
    """Ask the raw tables; `{schema}` is where they are."""
    return query(server, text, "raw_cartoes")


def visible(server: Server, table: str = "faturas") -> Sequence[tuple[int, str]]:
    """Return line and key of all lines of complete files."""
    return visible_keys(server, "raw_cartoes", table, f"id_{table.removesuffix('s')}")
