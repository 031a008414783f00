"""A query's columns and its rows in an order that depends on nothing but the rows.

Here: SQL around a query. Not here: the query (`marts`, `cliente_360`), files.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

# text, char, varchar
TEXTS: Final = frozenset({25, 1042, 1043})
# integers, floats, numeric; boolean; date, timestamps, time; uuid. Others have no order
# (json) or one that nobody expects (jsonb).
_ORDERED: Final = TEXTS | {20, 21, 23, 700, 701, 1700, 16, 1082, 1114, 1184, 1083, 2950}


def columns_of(
    connection: psycopg.Connection[Any], query: sql.Composable
) -> Sequence[psycopg.Column]:
    """Describe a query. In a transaction, its tables then stay as they are until the end."""
    described = connection.execute(
        sql.SQL("select * from ({}) as consulta limit 0").format(query)
    ).description
    return described or ()


def in_order(
    query: sql.Composable,
    columns: Sequence[psycopg.Column],
    order_by: Sequence[str],
    shown: Mapping[str, sql.Composable] | None = None,
) -> sql.Composed:
    """Select all of a query's columns in a total order.

    Args:
        query: a select.
        columns: its columns.
        order_by: columns that go first; without any, all that have an order do. Texts are
            ordered by their bytes. What is still equal is ordered by the whole row's text.
        shown: what to select in place of a column.
    """
    types = {column.name: column.type_code for column in columns}
    first = [name for name in order_by if name in types] or [
        name for name, kind in types.items() if kind in _ORDERED
    ]
    return sql.SQL("select {} from ({}) as consulta order by {}").format(
        sql.SQL(", ").join((shown or {}).get(name, sql.Identifier(name)) for name in types),
        query,
        sql.SQL(", ").join(
            [
                *(
                    sql.SQL("consulta.{}{}").format(
                        sql.Identifier(name),
                        sql.SQL(' collate "C"' if types[name] in TEXTS else ""),
                    )
                    for name in first
                ),
                # A key's test may have failed, or let NULLs pass; 1.0 equals 1.00.
                sql.SQL('(consulta.*)::text collate "C"'),
            ]
        ),
    )


@contextmanager
def text_rows(
    connection: psycopg.Connection[Any], select: sql.Composable
) -> Iterator[Iterator[tuple[str | None, ...]]]:
    """Stream a select's rows, each value as Postgres writes it."""
    statement = sql.SQL("copy ({}) to stdout").format(select)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        yield copy.rows()
