"""The raw tables of the sales API: made ahead, and kept up with the endpoints' files.

Here: columns with their types, the index of each key, and what is missing. Not here: rows
(`landing`).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from loaders.cvcrm.cargas import CARGAS, CARGAS_COLUMNS
from loaders.cvcrm.endpoints import Endpoint
from loaders.cvcrm.rows import FIRST_SEEN, HASH, LOADED_AT
from loaders.errors import MiranteError
from loaders.manifest import DLT_LOADS

if TYPE_CHECKING:
    from dlt.common.schema.typing import TColumnSchema

_Connection = psycopg.Connection[Any]

# Names in the catalogue of what dlt makes of its types.
_CATALOGUE: Final = {
    "text": "varchar",
    "bigint": "int8",
    "decimal": "numeric",
    "json": "jsonb",
    "timestamp": "timestamptz",
    "date": "date",
}
_BOOKKEEPING: Final[dict[str, "TColumnSchema"]] = {
    HASH: {"data_type": "text", "nullable": False},
    FIRST_SEEN: {"data_type": "timestamp", "nullable": False},
    # Of two rows of one key in a load the later counts.
    LOADED_AT: {"data_type": "timestamp", "nullable": False, "dedup_sort": "desc"},
}


def columns(endpoint: Endpoint) -> dict[str, "TColumnSchema"]:
    """Return the columns that an endpoint's table has for sure, as dlt takes them."""
    declared: dict[str, TColumnSchema] = {
        name: {"data_type": kind, "nullable": name not in endpoint.key}
        for name, kind in endpoint.columns.items()
    }
    return declared | _BOOKKEEPING


def lacks_tables(connection: _Connection, schema: str, endpoints: Sequence[Endpoint]) -> bool:
    """Say whether a table, a column or the index of a key is missing, or of another type."""
    found = _catalogue(connection, schema)
    if not _wanted(endpoints) <= found | {(DLT_LOADS, "status", "int8")}:
        return True
    if (DLT_LOADS, "status") not in {(table, column) for table, column, _ in found}:
        return True
    indexes = connection.execute(
        "select indexname from pg_indexes where schemaname = %s", [schema]
    ).fetchall()
    return not {_index(endpoint) for endpoint in endpoints} <= {name for (name,) in indexes}


def retype(connection: _Connection, schema: str, endpoints: Sequence[Endpoint]) -> None:
    """Give a column the type that was declared after it landed as text.

    Its rows are typed with it, or nothing is changed.

    Raises:
        MiranteError: a value does not fit, or a view reads the column; says which column.
    """
    wanted = {(table, column): kind for table, column, kind in _wanted(endpoints)}
    for table, column, kind in sorted(_catalogue(connection, schema)):
        other = wanted.get((table, column), kind)
        if other == kind or table == DLT_LOADS:
            continue
        reason = None
        try:
            with connection.transaction():
                _retype(connection, schema, table, column, other)
        except psycopg.DataError:
            reason = f"guarda valores que não são {other}. Corrija {table}.yml"
        except (psycopg.NotSupportedError, psycopg.errors.DependentObjectsStillExist):
            reason = (
                f"agora é {other} em {table}.yml, e uma view ainda a lê como {kind}. Apague a"
                " view (o `mirante build` a refaz)"
            )
        # Out here: the error of a value that does not fit quotes it.
        if reason:
            raise MiranteError(f"{schema}.{table}: a coluna {column} {reason} e repita.")


def _retype(connection: _Connection, schema: str, table: str, column: str, kind: str) -> None:
    connection.execute(
        sql.SQL(
            "alter table {table} alter column {column} type {kind}"
            " using nullif(trim({column}::text), '')::{kind}"
        ).format(
            table=sql.Identifier(schema, table),
            column=sql.Identifier(column),
            kind=sql.SQL("numeric(38, 9)" if kind == "numeric" else kind),
        )
    )
    # dlt makes it anew, of the same types.
    connection.execute(
        sql.SQL("drop table if exists {}").format(sql.Identifier(f"{schema}_staging", table))
    )


def index_keys(connection: _Connection, schema: str, endpoints: Sequence[Endpoint]) -> None:
    """Make the index of each key: it finds the rows of a page, and holds keys to be unique."""
    for endpoint in endpoints:
        connection.execute(
            sql.SQL("create unique index if not exists {} on {} ({})").format(
                sql.Identifier(_index(endpoint)),
                sql.Identifier(schema, endpoint.name),
                sql.SQL(", ").join(map(sql.Identifier, endpoint.key)),
            )
        )


def _index(endpoint: Endpoint) -> str:
    return f"{endpoint.name}__chave"


def _wanted(endpoints: Sequence[Endpoint]) -> set[tuple[str, str, str]]:
    def typed(table: str, described: dict[str, "TColumnSchema"]) -> Iterator[tuple[str, str, str]]:
        for name, column in described.items():
            yield table, name, _CATALOGUE[str(column["data_type"])]

    wanted = set(typed(CARGAS, CARGAS_COLUMNS))
    for endpoint in endpoints:
        wanted |= set(typed(endpoint.name, columns(endpoint)))
    return wanted


def _catalogue(connection: _Connection, schema: str) -> set[tuple[str, str, str]]:
    rows = connection.execute(
        "select table_name, column_name, udt_name from information_schema.columns"
        " where table_schema = %s",
        [schema],
    ).fetchall()
    return {(table, column, kind) for table, column, kind in rows}
