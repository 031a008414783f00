"""Which files landed, and when: what the table `arquivos` of a raw schema says.

Here: the question whether a file is complete, and in force, and the time that a new load
gets. Not here: who writes the table (`landing`), who takes a load back (`withdrawals`).
Asking must stay cheap: a command that has nothing to do ends here, without dlt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from loaders.contracts import Contract
from loaders.raw_tables import raw_tables

MANIFEST = "arquivos"
DLT_LOADS = "_dlt_loads"
# What dlt remembers of the tables that it made.
DLT_VERSION = "_dlt_version"


@dataclass(frozen=True)
class KnownFile:
    """A file version that landed completely before.

    Attributes:
        arquivo: its name, without folders.
        sha256: hash of its bytes.
        entidade: the raw table.
        carregado_em: when its load began.
        modo: `acrescenta` or `substitui`.
        linhas: how many it has.
        retirado_em: when the load was taken back; None for one that is in force.
    """

    arquivo: str
    sha256: str
    entidade: str
    carregado_em: datetime
    modo: str
    linhas: int
    retirado_em: datetime | None = None


def known_files(
    connection: psycopg.Connection[tuple[Any, ...]], dataset: str, contracts: Sequence[Contract]
) -> list[KnownFile]:
    """Return the files of a source that are in force, in the order of their loads.

    Those that landed completely and were not taken back. dbt's `stg_<source>__arquivos`
    asks the same.
    """
    return [
        each for each in landed_files(connection, dataset, contracts) if each.retirado_em is None
    ]


def landed_files(
    connection: psycopg.Connection[tuple[Any, ...]], dataset: str, contracts: Sequence[Contract]
) -> list[KnownFile]:
    """Return the files of a source that landed completely, also those taken back since.

    A file is complete once dlt said so and its lines are attached, those of that very
    load.
    """
    tables = raw_tables(dataset, contracts)
    # `limit` keeps this a look into one partition for each file: without it Postgres may
    # join, and read every line that ever landed.
    attached = sql.SQL(" union all ").join(
        sql.SQL(
            "(select 1 from {table} where arquivos.entidade = {entity}"
            " and _arquivo_sha256 = arquivos._arquivo_sha256"
            " and _carregado_em = arquivos._carregado_em limit 1)"
        ).format(table=table.name, entity=table.contract.entity)
        for table in tables
    )
    query = sql.SQL(
        "select arquivos._arquivo, arquivos._arquivo_sha256, arquivos.entidade,"
        " arquivos._carregado_em, arquivos.modo, arquivos.qt_linha,"
        # The manifest of an older Mirante has no such column, and `check` reads it too.
        " (to_jsonb(arquivos) ->> 'retirado_em')::timestamptz"
        " from {manifest} as arquivos"
        " inner join {loads} as loads"
        " on arquivos._dlt_load_id = loads.load_id and loads.status = 0"
        " cross join lateral ({attached}) as attached"
        " order by arquivos._carregado_em"
    ).format(
        manifest=sql.Identifier(tables[0].schema, MANIFEST),
        loads=sql.Identifier(tables[0].schema, DLT_LOADS),
        attached=attached,
    )
    try:
        rows = connection.execute(query).fetchall()
    except psycopg.errors.UndefinedTable:
        return []
    return [KnownFile(*row) for row in rows]


def last_withdrawal(
    connection: psycopg.Connection[tuple[Any, ...]], schema: str, sha256: str
) -> datetime | None:
    """Return when a load of these bytes was taken back last; None if none ever was."""
    row = connection.execute(
        sql.SQL("select max(ultima_retirada_em) from {} where _arquivo_sha256 = %s").format(
            sql.Identifier(schema, MANIFEST)
        ),
        [sha256],
    ).fetchone()
    return row[0] if row else None


def next_load_time(connection: psycopg.Connection[tuple[Any, ...]], schema: str) -> datetime:
    """Return the time of a load that begins now, later than that of every load before.

    The server's clock, so that loads from two machines are in one order; but one that is
    set back must not put a new file before those that dbt has already seen, nor bytes
    that come again before the withdrawal of those that came first.
    """
    row = connection.execute(
        sql.SQL(
            "select greatest(clock_timestamp(),"
            " greatest(max(_carregado_em), max(ultima_retirada_em)) + interval '1 microsecond')"
            " from {}"
        ).format(sql.Identifier(schema, MANIFEST))
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    moment: datetime = row[0]
    return moment
