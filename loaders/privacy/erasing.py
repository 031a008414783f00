"""Take one person out of everything that Mirante keeps, and prove it.

Here: finding a person's records in the raw tables, deleting them there and where nothing is
built anew (history, segments), building the rest again, and the search over every table.
Not here: backups, the files themselves, exports, and the sources, which must forget too.

Lines about a person (portfolio, bank, cards) are deleted, and their files count as many
lines less, so that the reconciliation of each file still adds up. Rows of the sales API are
about a unit and stay, for the developer's figures are not the buyer's: their personal columns
are emptied.

Data flow: document -> records (fonte, registro) -> raw, history, segments in one
transaction -> `dbt build` -> search. Killed anywhere and run again it completes: nothing is
built before the transaction, and the search sends it to build again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from loaders import cvcrm, sources
from loaders.building import quiet_dbt, ready_to_build
from loaders.errors import MiranteError
from loaders.file_loads import FileSource
from loaders.privacy.documents import Document
from loaders.privacy.roles import INNER, OPEN, PII
from loaders.server import Server
from loaders.settings import schema_name

_Connection = psycopg.Connection[Any]
# How the lines of a source name their client, and the column of the document, if any.
_LINES: Final = {
    "carteira": (("contratos", "cliente_id", "cliente_documento"),),
    "banco": (
        ("clientes", "cliente_id", "documento"),
        ("transacciones", "cliente_id", None),
    ),
    "cartoes": (("faturas", "id_cliente", None), ("pagamentos", "id_cliente", None)),
}
# Kept from build to build, with the source whose numbers their cliente_id are.
_KEPT: Final = (
    ("historico", "contratos", "cliente_id", "carteira"),
    ("segmentacao", "cluster_run_clientes", "cliente_id", "carteira"),
)
FONTES: Final = (*_LINES, "vendas")
# What dbt builds from nothing for the person to be gone from it, by source.
_GROWN: Final = {
    "banco": "source:raw_banco+",
    "cartoes": "source:raw_cartoes+",
    # Its dimensions grow too, but hold nobody, and must keep their numbers.
    "carteira": "source:raw_carteira+,path:models/intermediate/carteira",
}


@dataclass(frozen=True, order=True)
class Record:
    """A client as a source numbers it."""

    fonte: str
    registro: str


@dataclass(frozen=True)
class Found:
    """What a table still has of a person."""

    table: str
    rows: int


@dataclass(frozen=True)
class Erased:
    """What was done.

    Attributes:
        records: whose rows went.
        rows: deleted or emptied rows, by table.
        remains: what the search found at the end; empty if all is well.
        searched: how many tables were searched.
    """

    records: tuple[Record, ...]
    rows: tuple[Found, ...]
    remains: tuple[Found, ...]
    searched: int


def erase(
    server: Server,
    document: Document | None,
    records: Sequence[Record] = (),
    on_step: Callable[[str], None] = lambda step: None,
) -> Erased:
    """Delete a person everywhere, build anew what was made of them, and search.

    Args:
        server: where.
        document: the person's; NULL if only records are given.
        records: further records, of sources that have no document or a wrong one.
        on_step: told what is being done, in Portuguese.

    Raises:
        MiranteError: the build failed; what was deleted stays deleted.
    """
    with ready_to_build(server, lambda holder: on_step(f"Esperando: {holder}")):
        with server.connect() as connection, connection.transaction():
            on_step("Procurando os registros")
            found = sorted({*records, *(find_records(connection, document) if document else ())})
            on_step("Apagando das tabelas brutas, do histórico e dos segmentos")
            rows = tuple(
                Found(table, count)
                for table, count in _delete(connection, document, found)
                if count
            )
        fontes = {record.fonte for record in found}
        if rows:
            _rebuild(fontes, on_step)
        elif search(server, document, found)[0]:
            # An earlier try was cut off: whose the built rows are, raw no longer says.
            _rebuild(fontes | {"banco", "carteira"}, on_step)
        on_step("Procurando o que restou em todas as tabelas")
        remains, searched = search(server, document, found)
    return Erased(tuple(found), rows, remains, searched)


def find_records(connection: _Connection, document: Document) -> set[Record]:
    """Return every record of the raw tables that shows the document."""
    found = set()
    for source in sources.file_sources():
        fonte = source.dataset.removeprefix("raw_")
        for table, client, column in _LINES[fonte]:
            if column is None:
                continue
            rows = connection.execute(
                sql.SQL(
                    "select distinct trim({client}) from {table}"
                    " where {column} ~ %s and {client} is not null"
                ).format(
                    client=sql.Identifier(client),
                    column=sql.Identifier(column),
                    table=sql.Identifier(schema_name(source.dataset), table),
                ),
                [document.pattern],
            )
            found |= {Record(fonte, row[0]) for row in rows}
    for endpoint in cvcrm.source().endpoints:
        if "idcliente" not in endpoint.columns:
            continue
        for column in _documents(endpoint.pii):
            rows = connection.execute(
                sql.SQL(
                    "select distinct idcliente::text from {table}"
                    " where {column} ~ %s and idcliente is not null"
                ).format(
                    column=sql.Identifier(column),
                    table=sql.Identifier(schema_name("raw_cvcrm"), endpoint.name),
                ),
                [document.pattern],
            )
            found |= {Record("vendas", row[0]) for row in rows}
    return found


def _documents(columns: Sequence[str]) -> list[str]:
    return [name for name in columns if name.startswith("documento")]


def _delete(
    connection: _Connection, document: Document | None, records: Sequence[Record]
) -> Iterator[tuple[str, int]]:
    of = {
        fonte: [record.registro for record in records if record.fonte == fonte] for fonte in FONTES
    }
    for source in sources.file_sources():
        yield from _delete_lines(connection, source, document, of)
    yield from _empty_rows(connection, document, of["vendas"])
    for schema, table, column, fonte in _KEPT:
        name = sql.Identifier(schema_name(schema), table)
        if _exists(connection, schema_name(schema), table):
            cursor = connection.execute(
                sql.SQL("delete from {} where {} = any(%s)").format(name, sql.Identifier(column)),
                [of[fonte]],
            )
            yield f"{schema}.{table}", cursor.rowcount


def _delete_lines(
    connection: _Connection,
    source: FileSource,
    document: Document | None,
    of: dict[str, list[str]],
) -> Iterator[tuple[str, int]]:
    fonte = source.dataset.removeprefix("raw_")
    schema = schema_name(source.dataset)
    for table, client, column in _LINES[fonte]:
        condition = sql.SQL("trim({}) = any(%(clients)s)").format(sql.Identifier(client))
        if column is not None:
            # Who has the person's number and another's document is the other.
            condition = sql.SQL(
                "({shown} ~ %(pattern)s or ({clients} and coalesce({shown}, '') !~ '[1-9A-Z]'))"
            ).format(shown=sql.Identifier(column), clients=condition)
            if document is None:
                condition = sql.SQL("trim({}) = any(%(clients)s)").format(sql.Identifier(client))
        row = connection.execute(
            sql.SQL(
                """
                with apagadas as (
                    delete from {lines} where {condition}
                    returning _arquivo_sha256
                ),

                por_arquivo as (
                    select
                        _arquivo_sha256,
                        count(*) as qt_linha
                    from apagadas
                    group by 1
                ),

                descontadas as (
                    update {files} as arquivos
                    set qt_linha = arquivos.qt_linha - por_arquivo.qt_linha
                    from por_arquivo
                    where arquivos._arquivo_sha256 = por_arquivo._arquivo_sha256
                )

                select coalesce(sum(qt_linha), 0)::bigint from por_arquivo
                """
            ).format(
                lines=sql.Identifier(schema, table),
                files=sql.Identifier(schema, source.manifest),
                condition=condition,
            ),
            {"clients": of[fonte], "pattern": document.pattern if document else ""},
        ).fetchone()
        yield f"{source.dataset}.{table}", row[0] if row else 0


def _empty_rows(
    connection: _Connection, document: Document | None, clients: list[str]
) -> Iterator[tuple[str, int]]:
    for endpoint in cvcrm.source().endpoints:
        emptied = [name for name in endpoint.pii if name not in endpoint.key]
        if not emptied:
            continue
        conditions: list[sql.Composable] = []
        if "idcliente" in endpoint.columns:
            conditions.append(sql.SQL("idcliente::text = any(%(clients)s)"))
        if document is not None:
            # Also where the person stands beside the buyer, in a list of people.
            conditions += [
                sql.SQL("{}::text ~ %(pattern)s").format(sql.Identifier(name)) for name in emptied
            ]
        if not conditions:
            continue
        cursor = connection.execute(
            sql.SQL("update {} set {} where {}").format(
                sql.Identifier(schema_name("raw_cvcrm"), endpoint.name),
                sql.SQL(", ").join(
                    sql.SQL("{} = null").format(sql.Identifier(name)) for name in emptied
                ),
                sql.SQL(" or ").join(conditions),
            ),
            {"clients": clients, "pattern": document.pattern if document else ""},
        )
        yield f"raw_cvcrm.{endpoint.name}", cursor.rowcount


def _rebuild(fontes: set[str], on_step: Callable[[str], None]) -> None:
    """Build all, and from nothing what otherwise only grows with each file."""
    grown = [_GROWN[fonte] for fonte in sorted(fontes & _GROWN.keys())]
    if grown:
        on_step("Refazendo as tabelas que só crescem")
        if not quiet_dbt(["run", "--full-refresh", "--select", *grown]):
            raise MiranteError(
                "os registros foram apagados, mas as tabelas não puderam ser refeitas. Veja"
                " acima por quê e repita o comando."
            )
    on_step("Construindo tudo de novo (dbt build)")
    if not quiet_dbt(["build"]):
        raise MiranteError(
            "os registros foram apagados, mas a construção não passou. Veja acima por quê,"
            " corrija e repita o comando: ele confere o que restou."
        )


def search(
    server: Server, document: Document | None, records: Sequence[Record] = ()
) -> tuple[tuple[Found, ...], int]:
    """Look for a document in every column of every table, and for records where they are keys.

    Args:
        server: where.
        document: in whatever dress; also inside texts and JSON.
        records: searched in the raw tables and in `cliente_360`.

    Returns:
        Tables with rows of the person, and how many tables were searched.
    """
    raw = [source.dataset for source in sources.all_sources()]
    staged = [f"{name}_staging" for name in raw]
    schemas = [schema_name(name) for name in (*raw, *staged, *INNER, *OPEN, *PII)]
    found = []
    with server.connect() as connection:
        tables = connection.execute(
            """
            select nspname::text, relname::text
            from pg_class
            inner join pg_namespace on relnamespace = pg_namespace.oid
            -- A view shows what its tables have; a partition, what its table has.
            where nspname = any(%s) and relkind in ('r', 'p') and not relispartition
            order by 1, 2
            """,
            [schemas],
        ).fetchall()
        for schema, table in tables:
            rows = 0
            if document is not None:
                row = connection.execute(
                    sql.SQL("select count(*) from {} as linhas where linhas::text ~ %s").format(
                        sql.Identifier(schema, table)
                    ),
                    [document.pattern],
                ).fetchone()
                rows += row[0] if row else 0
            if rows:
                found.append(Found(f"{schema}.{table}", rows))
        found += _records_left(connection, records)
    return tuple(found), len(tables)


def _records_left(connection: _Connection, records: Sequence[Record]) -> Iterator[Found]:
    places = [
        (f"raw_{fonte}", table, column, fonte)
        for fonte, tables in _LINES.items()
        for table, column, document in tables
        if document is None
    ]
    for schema, table, column, fonte in (*places, *_KEPT):
        clients = [record.registro for record in records if record.fonte == fonte]
        if not clients or not _exists(connection, schema_name(schema), table):
            continue
        row = connection.execute(
            sql.SQL("select count(*) from {} where {} = any(%s)").format(
                sql.Identifier(schema_name(schema), table), sql.Identifier(column)
            ),
            [clients],
        ).fetchone()
        if row and row[0]:
            yield Found(f"{schema_name(schema)}.{table}", row[0])


def _exists(connection: _Connection, schema: str, table: str) -> bool:
    row = connection.execute(
        "select to_regclass(format('%%I.%%I', %s::text, %s::text)) is not null", [schema, table]
    ).fetchone()
    return bool(row and row[0])
