"""Portfolio files written on the fly, and what of them is in the raw tables."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg import sql

from loaders import carteira
from loaders.file_loads import FileResult
from loaders.server import Server
from tests.loaders.conftest import HEADER, line

# What a reader of the raw tables may count: lines of files whose load is complete.
VISIBLE = """
    select contratos._linha, contratos.num_contrato, arquivos.qt_linha
    from {schema}.contratos as contratos
    inner join {schema}.arquivos as arquivos using (_arquivo_sha256, _carregado_em)
    inner join {schema}._dlt_loads as loads
        on arquivos._dlt_load_id = loads.load_id and loads.status = 0
    order by 1
"""


def write_csv(path: Path, rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER) -> Path:
    """Write a csv as Brazilian systems export it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def portfolio(path: Path, count: int = 2, **values: Any) -> Path:
    """Write a portfolio of some contracts, `C1` the first."""
    return write_csv(path, [line(number, **values) for number in range(1, count + 1)])


def categories(path: Path, **pairs: str) -> Path:
    """Write a categories file."""
    return write_csv(path, list(pairs.items()), ["Produto", "Categoria"])


def load(
    server: Server, *paths: Path | str, table: str = "contratos", **options: Any
) -> list[FileResult]:
    """Load files of the portfolio."""
    return list(carteira.source().load(server, table, [str(path) for path in paths], **options))


def query(server: Server, text: str, schema: str = "raw_carteira") -> list[tuple[Any, ...]]:
    """Ask the raw tables; `{schema}` is where they are."""
    statement = sql.SQL(text).format(schema=sql.Identifier(schema))  # type: ignore[arg-type]
    with server.connect() as connection:
        return connection.execute(statement).fetchall()


@contextmanager
def held(server: Server, statement: str) -> Iterator[None]:
    """Keep a transaction open that ran a statement."""
    with server.connect(autocommit=False) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
        yield
        connection.rollback()
