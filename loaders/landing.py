"""Land files in Postgres with dlt: everything as it came, each file whole or not at all.

Here: what every file source tells dlt (a file's lines and its row of the manifest
`arquivos`). Not here: the pipeline (`pipelines`), how a file is read (`reading`), the tables'
layout (`raw_tables`), which files landed (`manifest`), what a column means (dbt).

Flow: `ReadResult` (CSVs on disk) -> dlt package -> COPY into an empty table, and the
file's row into `arquivos` -> `_dlt_loads` says that dlt is done -> the table is attached
to the raw table. A file is complete only after the last step, and that is what dbt's
staging models and `known_files` ask: a load cut off at any point leaves nothing visible,
and running it again replaces what it left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from loaders.contracts import Contract
from loaders.manifest import DLT_LOADS, DLT_VERSION, MANIFEST
from loaders.pipelines import configure_dlt, pipeline, safe_errors
from loaders.postgres import Server, schema_name, table_exists
from loaders.raw_tables import (
    FILE_COLUMNS,
    RawTable,
    attach,
    lacks_columns,
    make_table,
    prepare_arrival,
    raw_tables,
)
from loaders.reading import ReadResult

if TYPE_CHECKING:
    from dlt.common.schema.typing import TColumnSchema, TSchemaContractDict
    from dlt.extract import DltResource, DltSource

MANIFEST_COLUMNS: dict[str, "TColumnSchema"] = {
    "_arquivo_sha256": {"data_type": "text", "nullable": False},
    "_arquivo": {"data_type": "text", "nullable": False},
    "_carregado_em": {"data_type": "timestamp", "nullable": False},
    "entidade": {"data_type": "text", "nullable": False},
    "modo": {"data_type": "text", "nullable": False},
    "qt_linha": {"data_type": "bigint", "nullable": False},
    "formato": {"data_type": "text", "nullable": False},
    "codificacao": {"data_type": "text"},
    "separador": {"data_type": "text"},
    "marca_decimal": {"data_type": "text", "nullable": False},
    "formato_data": {"data_type": "text"},
    "cabecalho": {"data_type": "json"},
    "planilhas": {"data_type": "json"},
    "planilhas_ignoradas": {"data_type": "json"},
    "colunas_desconhecidas": {"data_type": "json"},
    "retirado_em": {"data_type": "timestamp"},
    "retirado_por": {"data_type": "text"},
    "motivo_retirada": {"data_type": "text"},
    "ultima_retirada_em": {"data_type": "timestamp"},
}


@dataclass(frozen=True)
class FileLoad:
    """One file about to land: what was read and how it is to count.

    Attributes:
        arquivo: its name, without folders.
        read: the file as `reading` left it, CSVs ready for COPY.
        table: the raw table that the file is for.
        sha256: hash of the file's bytes.
        carregado_em: start of the load by the server's clock.
        modo: `acrescenta` adds to what landed before, `substitui` makes the curated
            layer forget the files of this entity that landed earlier.
        ultima_retirada_em: when an earlier load of the same bytes was taken back. The row
            replaces the marked one, and dbt must still learn that there was a withdrawal.
    """

    arquivo: str
    read: ReadResult
    table: RawTable
    sha256: str
    carregado_em: datetime
    modo: str = "acrescenta"
    ultima_retirada_em: datetime | None = None

    def manifest(self) -> dict[str, Any]:
        """Return the file's row of the manifest."""
        read = self.read
        return {
            "_arquivo_sha256": self.sha256,
            "_arquivo": self.arquivo,
            "_carregado_em": self.carregado_em,
            "entidade": self.table.contract.entity,
            "modo": self.modo,
            "qt_linha": read.rows,
            "formato": read.format,
            "codificacao": read.encoding,
            "separador": read.separator,
            "marca_decimal": read.decimal_mark,
            "formato_data": read.date_format,
            "cabecalho": list(read.header_seen),
            "planilhas": [sheet.name for sheet in read.sheets_read if sheet.name],
            "planilhas_ignoradas": {sheet.name: sheet.reason for sheet in read.sheets_ignored},
            "colunas_desconhecidas": list(read.unknown_columns),
            "ultima_retirada_em": self.ultima_retirada_em,
        }


# Contracts decide the columns and unknown ones travel in `_extras`, so a new column or
# another type can only be a mistake of ours: fail the load.
_FROZEN: "TSchemaContractDict" = {"tables": "evolve", "columns": "freeze", "data_type": "freeze"}


def _manifest(load: FileLoad | None) -> "DltResource":
    import dlt

    def rows() -> Iterator[Any]:
        yield dlt.mark.materialize_table_schema() if load is None else load.manifest()

    return dlt.resource(
        rows,
        name=MANIFEST,
        columns=MANIFEST_COLUMNS,
        write_disposition="merge",
        merge_key="_arquivo_sha256",
        schema_contract={**_FROZEN, "columns": "evolve"},
    )


def raw_source(dataset: str, contracts: Sequence[Contract]) -> "DltSource":
    """Describe a file source's tables, for whoever shows them; loads nothing.

    Args:
        dataset: name of the source and of its schema, without prefix (`raw_carteira`).
        contracts: the entities of the source.

    Returns:
        A dlt source whose resources are named like the raw tables.
    """
    configure_dlt()
    import dlt

    @dlt.source(name=dataset)
    def source() -> Iterator[Any]:
        for contract in contracts:
            yield dlt.resource(
                iter(()),
                name=contract.entity,
                columns={
                    column.name: {"data_type": "text", "description": column.description}
                    for column in contract.columns
                },
            )
        yield _manifest(None)

    return source()


def _one_file(dataset: str, load: FileLoad) -> "DltSource":
    """Describe one load to dlt: lines into the table where they arrive, a row of the manifest.

    That table has the same name in every load, so that dlt's stored schema does not grow
    with the number of files.
    """
    import dlt

    def lines() -> Iterator[Any]:
        for piece in load.read.pieces:
            yield dlt.mark.with_file_import(str(piece.path), "csv", piece.rows)

    @dlt.source(name=dataset)
    def source() -> Iterator[Any]:
        own: dict[str, TColumnSchema] = {
            name: {
                "data_type": "bigint" if kind.startswith("bigint") else "text",
                "nullable": "not null" not in kind,
            }
            for name, kind, _ in load.table.columns()
            if name not in FILE_COLUMNS
        }
        yield dlt.resource(
            lines,
            name=load.table.arrival,
            columns=own,
            # The table is new and empty each time: truncating it costs nothing, and lines
            # can't be doubled.
            write_disposition="replace",
            schema_contract=_FROZEN,
        )
        yield _manifest(load)

    return source()


def land(server: Server, dataset: str, load: FileLoad) -> None:
    """Land one file; either the whole file becomes visible or nothing of it.

    Raises:
        MiranteError: dlt or Postgres refused; the message carries no cell of the file.
    """
    with safe_errors(load.arquivo), server.connect() as connection:
        prepare_arrival(connection, load.table)
        with pipeline(server, dataset, load.read.piece_separator) as running:
            running.run(_one_file(dataset, load))
        attach(
            connection,
            load.table,
            load.arquivo,
            load.sha256,
            load.carregado_em,
            load.read.decimal_mark,
        )


def lacks_tables(
    connection: psycopg.Connection[tuple[Any, ...]], dataset: str, contracts: Sequence[Contract]
) -> bool:
    """Say whether a raw table of a source is missing or not as it should be."""
    if lacks_columns(connection, raw_tables(dataset, contracts)):
        return True
    present = connection.execute(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = %s and table_name in (%s, %s)",
        [schema_name(dataset), MANIFEST, DLT_LOADS],
    ).fetchall()
    wanted = {(MANIFEST, name) for name in MANIFEST_COLUMNS} | {(DLT_LOADS, "status")}
    return not wanted <= set(present)


def ensure_tables(server: Server, dataset: str, contracts: Sequence[Contract]) -> None:
    """Create the raw tables of a source that has delivered nothing yet, empty and typed.

    dbt then builds with any subset of the sources loaded.
    """
    with safe_errors(dataset, "as tabelas não puderam ser feitas"), server.connect() as connection:
        for table in raw_tables(dataset, contracts):
            make_table(connection, table)
        # dlt's own: the manifest's bookkeeping columns, and its table of loads. It would not look
        # at tables that it remembers having made.
        if table_exists(connection, schema_name(dataset), DLT_VERSION):
            connection.execute(
                sql.SQL("delete from {} where schema_name = {}").format(
                    sql.Identifier(schema_name(dataset), DLT_VERSION), dataset
                )
            )
        with pipeline(server, dataset) as running:
            running.run(raw_source(dataset, contracts).with_resources(MANIFEST))
