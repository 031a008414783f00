"""Query results as CSV files, for spreadsheets.

Here: cells that no spreadsheet takes for formulas. Not here: which query, in which order.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from loaders.exports.files import replacing
from loaders.exports.ordering import TEXTS, columns_of, in_order

# With the mark Excel knows that the file is UTF-8.
_BOM = "\ufeff".encode()
# What makes a spreadsheet take a cell for a formula, also after a `;` or a line break inside
# it, where Excel in Portuguese may cut the line; jsonb always begins with a brace, a bracket,
# a quote or a word.
_HARMLESS = sql.SQL("regexp_replace({0}, {1}, {2}, 'g') as {0}")
_FORMULA = r"(^|[;\t\r\n])([=+\-@\t\r])"
_AS_TEXT = r"\1'\2"


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
        order_by: columns that order the rows, texts by their bytes; none for all columns.

    Returns:
        The number of rows.

    Raises:
        MiranteError: the file can't be written.
    """
    columns = columns_of(connection, query)
    harmless = {
        column.name: _HARMLESS.format(
            sql.Identifier(column.name), sql.Literal(_FORMULA), sql.Literal(_AS_TEXT)
        )
        for column in columns
        if column.type_code in TEXTS
    }
    statement = sql.SQL("copy ({}) to stdout (format csv, header, encoding 'utf8')").format(
        in_order(query, columns, order_by, harmless)
    )
    with replacing(path) as growing, growing.open("wb") as file, connection.cursor() as cursor:
        file.write(_BOM)
        with cursor.copy(statement) as copy:
            for block in copy:
                file.write(block)
        rows = cursor.rowcount
    return rows
