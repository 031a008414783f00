"""The proof that a person is gone: a search of every table.

Here: what is searched and what counts as found. Not here: deleting (`removal`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import sql

from loaders import sources
from loaders.postgres import table_exists
from loaders.privacy.person import Person
from loaders.privacy.places import (
    BUILT,
    KEPT,
    LINES,
    Connection,
    personal_endpoints,
    sale_column,
    trimmed,
)
from loaders.privacy.roles import AUDIT, INNER, OPEN, PII
from loaders.server import Server
from loaders.settings import schema_name


@dataclass(frozen=True)
class Found:
    """What a table has of a person."""

    table: str
    rows: int


def search(server: Server, person: Person) -> tuple[tuple[Found, ...], int]:
    """Look for the document in every column of every table, and for the records as keys.

    Args:
        server: where.
        person: the document in whatever dress, also inside texts and JSON; records in the
            tables that name clients by number; names beside the person's reservations.

    Returns:
        Tables with rows of the person, and how many tables were searched.
    """
    with server.connect() as connection:
        tables = _tables(connection)
        found = list(_documents(connection, tables, person)) if person.document else []
        found += _numbers(connection, person)
        found += _clear_values(connection, person)
        found += _sales(connection, person)
    return tuple(found), len(tables)


def _tables(connection: Connection) -> list[tuple[str, str]]:
    raw = [source.dataset for source in sources.all_sources()]
    staged = [f"{name}_staging" for name in raw]
    return connection.execute(
        """
        select nspname::text, relname::text
        from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        -- A view shows what its tables have; a partition, what its table has.
        where nspname = any(%s) and relkind in ('r', 'p') and not relispartition
        order by 1, 2
        """,
        [[schema_name(name) for name in (*raw, *staged, *INNER, *OPEN, *PII, *AUDIT)]],
    ).fetchall()


def _documents(
    connection: Connection, tables: list[tuple[str, str]], person: Person
) -> Iterator[Found]:
    for schema, table in tables:
        yield from _count(
            connection,
            (schema, table),
            sql.SQL("linhas::text ~* %(pattern)s"),
            {"pattern": person.pattern},
        )


def _numbers(connection: Connection, person: Person) -> Iterator[Found]:
    """Rows by the person's number, but for those of whom else had the number."""
    for fonte, lines in LINES.items():
        raw = [(f"raw_{fonte}", table, column) for table, column, _ in lines]
        kept = list(KEPT) if fonte == "carteira" else []
        for schema, table, column in (*raw, *kept, *BUILT[fonte]):
            yield from _count(
                connection,
                (schema_name(schema), table),
                sql.SQL("{} = any(%(sole)s)").format(trimmed(column)),
                {"sole": person.sole_numbers(fonte)},
            )
        for table, column, document in lines:
            if document is None:
                # By number alone nobody can tell whose these are.
                yield from _count(
                    connection,
                    (schema_name(f"raw_{fonte}"), table),
                    sql.SQL("{} = any(%(shared)s)").format(trimmed(column)),
                    {"shared": [each.registro for each in person.shared() if each.fonte == fonte]},
                )


def _clear_values(connection: Connection, person: Person) -> Iterator[Found]:
    shared = person.shared()
    for record in person.records:
        if record not in shared:
            yield from _count(
                connection,
                (schema_name("pii"), "clientes"),
                sql.SQL(
                    "fonte = %(fonte)s and cliente_id = %(registro)s"
                    " and num_nonnulls(documento, nome, dt_nascimento) > 0"
                ),
                {"fonte": record.fonte, "registro": record.registro},
            )


def _sales(connection: Connection, person: Person) -> Iterator[Found]:
    for endpoint in personal_endpoints():
        sale = sale_column(endpoint)
        own = [name for name in endpoint.pii if endpoint.columns[name] != "json"]
        client = "idcliente" if "idcliente" in endpoint.columns else None
        if client is None and sale is None:
            continue
        condition = (
            sql.SQL("idcliente::text = any(%(sole)s)")
            if client
            else sql.SQL("{}::text = any(%(sales)s)").format(sql.Identifier(sale or ""))
        )
        yield from _count(
            connection,
            (schema_name("raw_cvcrm"), endpoint.name),
            sql.SQL("{} and num_nonnulls({}) > 0").format(
                condition, sql.SQL(", ").join(map(sql.Identifier, own))
            ),
            {"sole": person.sole_numbers("vendas"), "sales": person.numbers("reserva")},
        )


def _count(
    connection: Connection,
    table: tuple[str, str],
    condition: sql.Composable,
    parameters: dict[str, object],
) -> Iterator[Found]:
    if not table_exists(connection, *table):
        return
    row = connection.execute(
        sql.SQL("select count(*) from {} as linhas where {}").format(
            sql.Identifier(*table), condition
        ),
        parameters,
    ).fetchone()
    if row and row[0]:
        yield Found(".".join(table), row[0])
