"""Query results as CSV files, for spreadsheets.

Here: streaming rows out of the database into a file that is there whole or not at all, and
cells that no spreadsheet takes for formulas. Not here: which query (`cluster_runs.exports`).
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from loaders.errors import MiranteError

# With the mark Excel knows that the file is UTF-8.
_BOM = "\ufeff".encode()
# text, char, varchar; jsonb always begins with a brace, a bracket, a quote or a word.
_TEXTS = frozenset({25, 1042, 1043})
# What makes a spreadsheet take a cell for a formula.
_HARMLESS = sql.SQL(
    "case when {0} ~ {1} then '''' || {0} else {0} end as {0}"
)  # fmt: skip
_FORMULA = r"^[=+\-@\t\r]"


def export_csv(
    connection: psycopg.Connection[Any],
    query: sql.Composable,
    path: Path,
    order_by: Sequence[str],
) -> int:
    """Write a query's rows to a CSV file: comma, UTF-8 with a byte order mark, header.

    A text that a spreadsheet would run as a formula gets an apostrophe before it. The same
    rows give the same bytes. What was at `path` is replaced once the new file is complete.

    Args:
        connection: to the server.
        query: a select.
        path: the file; its folder is made if missing.
        order_by: columns that order the rows, texts by their bytes.

    Returns:
        The number of rows.

    Raises:
        MiranteError: the file can't be written.
    """
    described = connection.execute(
        sql.SQL("select * from ({}) as consulta limit 0").format(query)
    ).description
    columns = {column.name: column.type_code for column in described or ()}
    statement = sql.SQL(
        "copy (select {} from ({}) as consulta order by {}) to stdout (format csv, header)"
    ).format(
        sql.SQL(", ").join(
            _HARMLESS.format(sql.Identifier(name), sql.Literal(_FORMULA))
            if kind in _TEXTS
            else sql.Identifier(name)
            for name, kind in columns.items()
        ),
        query,
        sql.SQL(", ").join(
            sql.SQL("consulta.{}{}").format(
                sql.Identifier(name), sql.SQL(' collate "C"' if columns[name] in _TEXTS else "")
            )
            for name in order_by
        ),
    )
    partial = path.with_name(f".{path.name}.{os.getpid()}.parcial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file, connection.cursor() as cursor:
            file.write(_BOM)
            with cursor.copy(statement) as copy:
                for block in copy:
                    file.write(block)
            rows = cursor.rowcount
        partial.replace(path)
    except OSError as error:
        raise MiranteError(f"não consegui escrever {path}: {error.strerror}.") from None
    finally:
        with suppress(OSError):
            partial.unlink()
    return rows
