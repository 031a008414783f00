"""What the tables of a database hold, and in what two of them differ.

Here: reading every table and view as a bag of rows, in any order, and comparing. Not here:
what a kill leaves beside tables (`remains`).
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

# The register of what was done, kills included; Dagster's own.
_OF_THE_WORK = ("audit", "dagster")
# One row a try: a second try makes a second one. What the last build had to do: nothing, if
# the one before it got far enough.
_OF_TRIES = {
    "cargas", "stg_cvcrm__cargas", "_dlt_loads", "_dlt_version", "int_cartoes__meses_a_fechar",
}  # fmt: skip
# Made of the time of a load or of a build; times themselves are read as there or not.
_UNLIKE = {"_dlt_load_id", "_dlt_id", "dbt_scd_id"}
_TIMES = ("timestamptz", "timestamp")

_RELATIONS = """
    select
        pg_namespace.nspname::text,
        pg_class.relname::text,
        coalesce(
            array_agg(
                array[pg_attribute.attname::text, pg_type.typname::text]
                order by pg_attribute.attname
            ) filter (where pg_attribute.attname is not null),
            '{}'
        )
    from pg_class
    inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
    left join pg_attribute
        on
            pg_attribute.attrelid = pg_class.oid
            and pg_attribute.attnum > 0
            and not pg_attribute.attisdropped
    left join pg_type on pg_type.oid = pg_attribute.atttypid
    where
        pg_class.relkind in ('r', 'p', 'v', 'm')
        -- of a partitioned table the whole is read
        and not pg_class.relispartition
        and pg_namespace.nspname !~ '^pg_|^information_schema$'
        and pg_namespace.nspname != all(%s)
    group by 1, 2
"""

Rows = Counter[int]
Contents = dict[str, Rows]


@dataclass
class Difference:
    """In what a database differs from what it should hold.

    Attributes:
        lost: rows that are not there; a table that is not there counts as one more.
        doubled: rows that are there and should not be, or more often than they should.
        left: tables and views that should not be there.
        told: what is wrong with which, for people.
    """

    lost: int = 0
    doubled: int = 0
    left: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def read(connection: psycopg.Connection[Any], prefixes: Collection[str] = ("",)) -> Contents:
    """Read all tables and views, each as hashes of its rows and how often each comes.

    Args:
        connection: to the database.
        prefixes: how the names of what to read begin, `schema.table`.
    """
    relations = connection.execute(_RELATIONS, [list(_OF_THE_WORK)]).fetchall()
    return {
        f"{schema}.{name}": _rows(connection, schema, name, columns)
        for schema, name, columns in relations
        if f"{schema}.{name}".startswith(tuple(prefixes)) and name not in _OF_TRIES
    }


def _rows(
    connection: psycopg.Connection[Any], schema: str, name: str, columns: list[list[str]]
) -> Rows:
    cells = [
        sql.SQL("{} is null" if kind in _TIMES else "{}").format(sql.Identifier(column))
        for column, kind in columns
        if column not in _UNLIKE
    ]
    query = sql.SQL("select hashtextextended(row({})::text, 0), count(*) from {} group by 1")
    found = connection.execute(
        query.format(sql.SQL(", ").join(cells), sql.Identifier(schema, name))
    ).fetchall()
    return Counter(dict(found))


def compare(expected: Contents, found: Contents) -> Difference:
    """Say in what one database differs from another."""
    difference = Difference()
    for name in sorted(expected.keys() | found.keys()):
        if name not in expected:
            difference.left.append(name)
            continue
        rows = found.get(name, Counter())
        lost, doubled = (expected[name] - rows).total(), (rows - expected[name]).total()
        lost += name not in found
        if lost or doubled:
            difference.told.append(f"{name}: {lost} lost, {doubled} too many")
        difference.lost += lost
        difference.doubled += doubled
    return difference
