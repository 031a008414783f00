"""Land files in Postgres with dlt: everything as it came, each file whole or not at all.

Here: what every file source tells dlt (a file's lines and its row of the manifest
`arquivos`), and the pipeline that loads one file. Not here: how a file is read
(`reading`), the tables' layout (`raw_tables`), which files landed (`manifest`), what a
column means (dbt).

Flow: `ReadResult` (CSVs on disk) -> dlt package -> COPY into an empty table, and the
file's row into `arquivos` -> `_dlt_loads` says that dlt is done -> the table is attached
to the raw table. A file is complete only after the last step, and that is what dbt's
staging models and `known_files` ask: a load cut off at any point leaves nothing visible,
and running it again replaces what it left.
"""

import gc
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg

from loaders.contracts import Contract
from loaders.errors import MiranteError, database_reason
from loaders.manifest import DLT_LOADS, MANIFEST
from loaders.postgres import Server, schema_name
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
from loaders.settings import mirante_home

if TYPE_CHECKING:
    import dlt
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
    """

    arquivo: str
    read: ReadResult
    table: RawTable
    sha256: str
    carregado_em: datetime
    modo: str = "acrescenta"

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
        }


def _configure_dlt() -> None:
    """Set what dlt reads from the environment when it is imported and when it runs."""
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        # dlt logs a failed COPY with the row that failed: names and documents.
        "RUNTIME__LOG_LEVEL": "CRITICAL",
        # dlt gzips its intermediate files by default: seven times the seconds.
        "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
        "LOAD__TRUNCATE_STAGING_DATASET": "true",
        # Only the server knows what landed; dlt has no state to bring from there.
        "RESTORE_FROM_DESTINATION": "false",
        "DLT_DATA_DIR": str(mirante_home() / "scratch" / "dlt"),
    }


def import_dlt() -> None:
    """Import dlt ahead, while another process works: it takes most of a second."""
    if "dlt" in sys.modules:
        return
    _configure_dlt()
    # A thousand modules are no garbage. Looking through them for some, while they come and
    # when the command ends, takes a fifth of a second.
    gc.disable()
    try:
        importlib.import_module("dlt.destinations.impl.postgres.postgres")
        importlib.import_module("dlt.pipeline.exceptions")
        gc.freeze()
    finally:
        gc.enable()


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
    _configure_dlt()
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


def _made_by_the_living(path: Path, pid: int) -> bool:
    """Whether the process that made a directory still runs.

    Numbers come again, in a container to the very next load: only a process older than
    the directory can have made it.
    """
    try:
        return psutil.Process(pid).create_time() <= path.stat().st_mtime + 1
    except psutil.AccessDenied:
        return True
    except (psutil.Error, OSError):
        return False


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """Give a directory for intermediate files, and remove those that killed loads left.

    The files hold personal data, so the directory is readable by its owner only.
    """
    parent = mirante_home() / "scratch" / "cargas"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in parent.iterdir():
        owner = left.name.split("-", 1)[0]
        if owner.isdigit() and not _made_by_the_living(left, int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    path = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _pipeline(server: Server, dataset: str, separator: str = ",") -> Iterator["dlt.Pipeline"]:
    """Open a pipeline with no memory of its own.

    A package cut off by a kill can get stuck for good when dlt resumes it, while
    dropping the local state and extracting again is exact as long as nothing appends.
    So no local state outlives a load: the server alone knows what landed.
    """
    _configure_dlt()
    import dlt
    from dlt.common.destination.configuration import CsvFormatConfiguration
    from dlt.destinations import postgres

    with scratch_directory() as scratch:
        yield dlt.pipeline(
            pipeline_name=dataset,
            pipelines_dir=str(scratch),
            destination=postgres(
                credentials=server.dlt_credentials(),
                replace_strategy="truncate-and-insert",
                csv_format=CsvFormatConfiguration(delimiter=separator),
                # dlt would make `ci_raw_carteira` of `ci__raw_carteira`.
                enable_dataset_name_normalization=False,
            ),
            dataset_name=schema_name(dataset),
        )


def land(server: Server, dataset: str, load: FileLoad) -> None:
    """Land one file; either the whole file becomes visible or nothing of it.

    Raises:
        MiranteError: dlt or Postgres refused; the message carries no cell of the file.
    """
    with _safe_errors(load.arquivo), server.connect() as connection:
        prepare_arrival(connection, load.table)
        with _pipeline(server, dataset, load.read.piece_separator) as pipeline:
            pipeline.run(_one_file(dataset, load))
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
    with _safe_errors(dataset), server.connect() as connection:
        for table in raw_tables(dataset, contracts):
            make_table(connection, table)
        # dlt's own: the manifest's bookkeeping columns, and its table of loads.
        with _pipeline(server, dataset) as pipeline:
            pipeline.run(raw_source(dataset, contracts).with_resources(MANIFEST))


@contextmanager
def _safe_errors(what: str) -> Iterator[None]:
    """Turn dlt's failures into ours, without the file's cells that drivers may quote."""
    from dlt.pipeline.exceptions import PipelineStepFailed

    reason = None
    try:
        yield
    except PipelineStepFailed as error:
        reason = database_reason(error) or (
            f"{type(error.exception or error).__name__} no passo {error.step}"
        )
    except psycopg.Error as error:
        reason = database_reason(error) or type(error).__name__
    # Raised outside the handler: an error that is chained to dlt's carries the row along
    # into tracebacks and into Dagster's event log.
    if reason:
        raise MiranteError(
            f"{what}: a carga não terminou ({reason}). Nada dela ficou visível; "
            "corrija a causa e rode o mesmo comando de novo."
        )
