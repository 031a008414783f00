"""The raw tables of a file source: one partition for each version of a file.

Here: the partitioned tables themselves, the table in which a file's lines arrive, and
the one transaction that makes them visible. Not here: who writes the lines (`landing`),
which files count (`manifest`).

Flow of a load: `prepare_arrival` makes `<table>__chegada`, plain and empty -> dlt copies
the lines into it -> `attach` makes it the partition `<table>__<sha256, 16 digits>`.
Lines are written once, what is the same for all of them is a default in the catalogue,
and a query for some files reads those files' partitions only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from loaders.contracts import Contract
from loaders.postgres import schema_name

_Connection = psycopg.Connection[tuple[Any, ...]]

# What is the same for all lines of a file. Postgres keeps a column that is added with a
# constant default in the catalogue: it takes no byte of any line.
FILE_COLUMNS = {
    "_arquivo": ("text not null", "Nome do arquivo."),
    "_arquivo_sha256": ("text not null", "SHA-256 dos bytes do arquivo."),
    "_carregado_em": (
        "timestamptz not null",
        "Quando a carga do arquivo começou, pelo relógio do servidor; cresce a cada carga.",
    ),
    # How to read the file's numbers; staging would join the manifest to every line for it.
    "_marca_decimal": ("text", "Marca decimal dos textos do arquivo: vírgula ou ponto."),
}
# What `reading` writes into each line beside the file's own columns.
LINE_COLUMNS = {
    "_linha": ("bigint not null", "Linha na planilha ou no arquivo, a partir de 1."),
    "_planilha": ("text", "Planilha de onde a linha veio."),
}
EXTRAS = ("_extras", "text", "Colunas desconhecidas, JSON.")
_SHA_DIGITS = 16


@dataclass(frozen=True)
class RawTable:
    """One raw table, and how the tables around it are named.

    Attributes:
        schema: its schema, prefix and all.
        contract: what its files have.
    """

    schema: str
    contract: Contract

    @property
    def name(self) -> sql.Identifier:
        """The table that everybody reads."""
        return sql.Identifier(self.schema, self.contract.entity)

    @property
    def arrival(self) -> str:
        """The table in which a file's lines arrive, without schema."""
        return f"{self.contract.entity}__chegada"

    @property
    def former(self) -> str:
        """The partition that holds what landed before there were partitions."""
        return f"{self.contract.entity}__anterior"

    def partition(self, sha256: str) -> str:
        """The partition of a file, without schema."""
        return f"{self.contract.entity}__{sha256[:_SHA_DIGITS]}"

    def sibling(self, name: str) -> sql.Identifier:
        """Another table of the same schema."""
        return sql.Identifier(self.schema, name)

    def columns(self) -> Iterator[tuple[str, str, str]]:
        """Give name, type and description of each column.

        Yields:
            In the order of a new table.
        """
        for name, (kind, description) in (FILE_COLUMNS | LINE_COLUMNS).items():
            yield name, kind, description
        for column in self.contract.columns:
            yield column.name, "text", column.description
        yield EXTRAS


def raw_tables(dataset: str, contracts: Sequence[Contract]) -> list[RawTable]:
    """Return the raw tables of a source."""
    return [RawTable(schema_name(dataset), contract) for contract in contracts]


def lacks_columns(connection: _Connection, tables: Sequence[RawTable]) -> bool:
    """Say whether a raw table is missing, of the older layout, or short of a column."""
    found = connection.execute(
        "select relname, array_agg(attname::text) from pg_attribute"
        " inner join pg_class on pg_class.oid = attrelid"
        " where relkind = 'p' and attnum > 0 and not attisdropped and relnamespace ="
        " (select oid from pg_namespace where nspname = %s) group by relname",
        [tables[0].schema],
    ).fetchall()
    present: dict[str, list[str]] = dict(found)
    return any(
        name not in present.get(table.contract.entity, ())
        for table in tables
        for name, _, _ in table.columns()
    )


def make_table(connection: _Connection, table: RawTable) -> None:
    """Create a raw table, or bring an older one to the present layout, whole or not at all."""
    with connection.transaction():
        connection.execute(
            sql.SQL("create schema if not exists {}").format(sql.Identifier(table.schema))
        )
        kind = _kind(connection, table, table.contract.entity)
        if kind is None:
            connection.execute(
                sql.SQL("create table {} ({}) partition by list (_arquivo_sha256)").format(
                    table.name,
                    sql.SQL(", ").join(
                        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
                        for name, kind, _ in table.columns()
                    ),
                )
            )
        elif kind != "p":
            _convert(connection, table)
        for name, kind, description in table.columns():
            column = sql.Identifier(name)
            # A contract may have learnt a column since.
            connection.execute(
                sql.SQL("alter table {} add column if not exists {} {}").format(
                    table.name,
                    column,
                    sql.SQL(kind),
                )
            )
            connection.execute(
                sql.SQL("comment on column {} is {}").format(
                    sql.Identifier(table.schema, table.contract.entity, name), description
                )
            )
        connection.execute(
            sql.SQL("comment on table {} is {}").format(table.name, table.contract.description)
        )


def _kind(connection: _Connection, table: RawTable, name: str) -> str | None:
    row = connection.execute(
        "select relkind::text from pg_class inner join pg_namespace on"
        " pg_namespace.oid = relnamespace where nspname = %s and relname = %s",
        [table.schema, name],
    ).fetchone()
    return row[0] if row else None


def _convert(connection: _Connection, table: RawTable) -> None:
    """Make a plain table of the older layout the default partition of a new one.

    Its types stay: another one would not attach, and views of dbt may read it.
    """
    former = table.sibling(table.former)
    connection.execute(
        sql.SQL("alter table {} rename to {}").format(table.name, sql.Identifier(table.former))
    )
    connection.execute(
        sql.SQL(
            "create table {} (like {} including comments) partition by list (_arquivo_sha256)"
        ).format(table.name, former)
    )
    connection.execute(
        sql.SQL("alter table {} attach partition {} default").format(table.name, former)
    )
    # Lines went through a copy there, and a killed load may have left them.
    connection.execute(
        sql.SQL("drop table if exists {}").format(
            sql.Identifier(f"{table.schema}_staging", table.contract.entity)
        )
    )


def _definitions(connection: _Connection, table: RawTable) -> dict[str, sql.Composed]:
    """Give name, type and NOT NULL of each column as the raw table has them.

    Not as a new table would: one that was converted has dlt's types, and a partition must
    have the same.
    """
    columns = connection.execute(
        "select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        [table.name.as_string(connection)],
    ).fetchall()
    return {
        name: sql.SQL("{} {} {}").format(
            sql.Identifier(name), sql.SQL(kind), sql.SQL("not null" if filled else "")
        )
        for name, kind, filled in columns
    }


def prepare_arrival(connection: _Connection, table: RawTable) -> None:
    """Make an empty table for the lines of one file, in place of what a killed load left."""
    defined = _definitions(connection, table)
    arrival = table.sibling(table.arrival)
    columns = sql.SQL(", ").join(
        definition for name, definition in defined.items() if name not in FILE_COLUMNS
    )
    with connection.transaction():
        connection.execute(sql.SQL("drop table if exists {}").format(arrival))
        connection.execute(sql.SQL("create table {} ({})").format(arrival, columns))


def attach(
    connection: _Connection,
    table: RawTable,
    arquivo: str,
    sha256: str,
    carregado_em: datetime,
    marca_decimal: str,
) -> None:
    """Make what arrived the partition of a file, in place of one that it may have already.

    Args:
        connection: to the server, the source's lock held by this process.
        table: the raw table.
        arquivo: the file's name.
        sha256: the file's hash.
        carregado_em: as in the file's row of the manifest.
        marca_decimal: likewise.
    """
    arrival, partition = table.sibling(table.arrival), table.sibling(table.partition(sha256))
    defined = _definitions(connection, table)
    values = {
        "_arquivo": arquivo,
        "_arquivo_sha256": sha256,
        "_carregado_em": carregado_em,
        "_marca_decimal": marca_decimal,
    }
    with connection.transaction():
        connection.execute(sql.SQL("drop table if exists {}").format(partition))
        if _kind(connection, table, table.former):
            connection.execute(
                sql.SQL("delete from {} where _arquivo_sha256 = {}").format(
                    table.sibling(table.former), sha256
                )
            )
        connection.execute(
            sql.SQL("alter table {} {}").format(
                arrival,
                sql.SQL(", ").join(
                    sql.SQL("add column {} default {}").format(defined[name], sql.Literal(value))
                    for name, value in values.items()
                ),
            )
        )
        connection.execute(
            sql.SQL("alter table {} rename to {}").format(
                arrival, sql.Identifier(table.partition(sha256))
            )
        )
        connection.execute(
            sql.SQL("alter table {} attach partition {} for values in ({})").format(
                table.name, partition, sha256
            )
        )
    # Without statistics the models that read the table next are planned as if it were
    # empty. Of the columns that they join by, from a tenth of the usual sample: that most
    # lines have a key of their own shows in any, and a full one reads the whole table.
    connection.execute("set default_statistics_target = 10")
    keys = [sql.Identifier(name) for name in ("_arquivo_sha256", "_linha", *table.contract.key)]
    connection.execute(sql.SQL("analyze {} ({})").format(partition, sql.SQL(", ").join(keys)))
