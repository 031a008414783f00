"""Where clients are named: the columns that erasing and its proof go by.

Here: names of tables and columns, and SQL that reads a cell as the models do. Not here: what
is done with them (`person`, `removal`, `proof`).
"""

from typing import Any, Final

import psycopg
from psycopg import sql

from loaders.cvcrm.endpoints import Endpoint, load_endpoints

Connection = psycopg.Connection[Any]

# The lines of a source's files: table, client's number, document if there is one.
LINES: Final[dict[str, tuple[tuple[str, str, str | None], ...]]] = {
    "carteira": (("contratos", "cliente_id", "cliente_documento"),),
    "banco": (("clientes", "cliente_id", "documento"), ("transacciones", "cliente_id", None)),
    "cartoes": (("faturas", "id_cliente", None), ("pagamentos", "id_cliente", None)),
}
FONTES: Final = (*LINES, "vendas")
# Written once and kept, by the number that the portfolio gives.
KEPT: Final = (
    ("historico", "contratos", "cliente_id"),
    ("segmentacao", "cluster_run_clientes", "cliente_id"),
)
# Built from the lines, where a person must be gone from too.
BUILT: Final = {
    "carteira": (("carteira", "clientes_carteira", "cliente_id"),),
    "banco": (
        ("cliente_360", "clientes_banco", "cliente_id"),
        ("cliente_360", "transacciones", "cliente_id"),
    ),
    "cartoes": (
        ("cartoes", "faturas", "id_cliente"),
        ("cartoes", "pagamentos", "id_cliente"),
        ("cartoes", "book_fatura", "id_cliente"),
    ),
    "vendas": (),
}


def personal_endpoints() -> list[Endpoint]:
    """Endpoints of the sales API with personal data."""
    return [endpoint for endpoint in load_endpoints() if endpoint.pii]


def document_column(endpoint: Endpoint) -> str | None:
    """The column with the document of whom a row is about."""
    return next((name for name in endpoint.pii if name.startswith("documento")), None)


def sale_column(endpoint: Endpoint) -> str | None:
    """The column with the reservation that a row belongs to."""
    return next((name for name in ("idreserva", "reserva") if name in endpoint.columns), None)


def trimmed(column: str) -> sql.Composed:
    """A cell without the blanks that the models take off: tabs, breaks, no-break spaces."""
    return sql.SQL("trim(both E' \\t\\r\\n\\u00a0' from {}::text)").format(sql.Identifier(column))
