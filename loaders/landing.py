"""Land files in Postgres with dlt: everything as it came, each file whole or not at all.

Here: the dlt source that every file source shares (its data table and the manifest
`arquivos`), the pipeline that loads one file, and the question whether the same bytes
landed before. Not here: how a file is read (`reading`), which server (`postgres`),
what a column means (dbt).

Flow: `ReadResult` (a CSV on disk) -> dlt package with two tables -> COPY into dlt's
staging dataset -> merge by the file's hash -> `_dlt_loads` says that it is complete.
A line counts only if its file's row in `arquivos` belongs to a completed load; dbt's
staging models and `known_files` ask exactly that, so a load cut off at any point leaves
nothing visible, and running it again replaces what it left.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
from psycopg import sql

from loaders.contracts import Contract
from loaders.errors import MiranteError, database_reason
from loaders.postgres import Server, schema_name
from loaders.reading import ReadResult
from loaders.settings import mirante_home

if TYPE_CHECKING:
    import dlt
    from dlt.common.schema.typing import TColumnSchema, TSchemaContractDict
    from dlt.extract import DltSource

MANIFEST = "arquivos"

# Bookkeeping that every line carries beside what came; `reading` writes it.
LINE_COLUMNS: dict[str, "TColumnSchema"] = {
    "_arquivo": {"data_type": "text", "nullable": False, "description": "Nome do arquivo."},
    "_arquivo_sha256": {
        "data_type": "text",
        "nullable": False,
        "description": "SHA-256 dos bytes do arquivo.",
    },
    "_planilha": {"data_type": "text", "description": "Planilha de onde a linha veio."},
    "_linha": {
        "data_type": "bigint",
        "nullable": False,
        "description": "Linha na planilha ou no arquivo, a partir de 1.",
    },
    "_carregado_em": {
        "data_type": "timestamp",
        "nullable": False,
        "description": "Quando a carga do arquivo começou, pelo relógio do servidor.",
    },
}
EXTRAS_COLUMN: dict[str, "TColumnSchema"] = {
    "_extras": {"data_type": "text", "description": "Colunas desconhecidas, JSON."}
}

MANIFEST_COLUMNS: dict[str, "TColumnSchema"] = {
    "_arquivo_sha256": LINE_COLUMNS["_arquivo_sha256"],
    "_arquivo": LINE_COLUMNS["_arquivo"],
    "_carregado_em": LINE_COLUMNS["_carregado_em"],
    "entidade": {"data_type": "text", "nullable": False},
    "modo": {"data_type": "text", "nullable": False},
    "qt_linha": {"data_type": "bigint", "nullable": False},
    "formato": {"data_type": "text", "nullable": False},
    "codificacao": {"data_type": "text"},
    "separador": {"data_type": "text"},
    "marca_decimal": {"data_type": "text", "nullable": False},
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
        read: the file as `reading` left it, a CSV ready for COPY.
        contract: the contract of the file's entity.
        sha256: hash of the file's bytes, the key of the merge.
        carregado_em: start of the load by the server's clock.
        modo: `acrescenta` adds to what landed before, `substitui` makes the curated
            layer forget the files of this entity that landed earlier.
    """

    arquivo: str
    read: ReadResult
    contract: Contract
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
            "entidade": self.contract.entity,
            "modo": self.modo,
            "qt_linha": read.rows,
            "formato": read.format,
            "codificacao": read.encoding,
            "separador": read.separator,
            "marca_decimal": read.decimal_mark,
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
        # The staging copy holds personal data and nobody reads it after the merge.
        "LOAD__TRUNCATE_STAGING_DATASET": "true",
        "DLT_DATA_DIR": str(mirante_home() / "scratch" / "dlt"),
    }


def raw_source(
    dataset: str,
    contracts: Sequence[Contract],
    load: FileLoad | None = None,
    empty: Path | None = None,
) -> "DltSource":
    """Describe a file source to dlt: a table for each contract, and the manifest.

    Args:
        dataset: name of the source and of its schema, without prefix (`raw_carteira`).
        contracts: the entities of the source.
        load: the file to land. None describes the tables only.
        empty: without `load`, a folder for the csv without lines that tables are made by.

    Returns:
        A dlt source whose resources are named like the raw tables. With `load`, only
        the tables that this file reaches are selected.
    """
    _configure_dlt()
    import dlt

    # Contracts decide the columns and unknown ones travel in `_extras`, so a new
    # column or another type can only be a mistake of ours: fail the load.
    frozen: TSchemaContractDict = {"tables": "evolve", "columns": "freeze", "data_type": "freeze"}

    def lines(contract: Contract) -> Iterator[Any]:
        if load is not None:
            yield dlt.mark.with_file_import(str(load.read.csv), "csv", load.read.rows)
        elif empty is not None:
            # Not by materialize_table_schema(): the table would get dlt's own columns,
            # NOT NULL, which a file that is imported later does not have.
            names = (*LINE_COLUMNS, *(column.name for column in contract.columns), *EXTRAS_COLUMN)
            path = empty / f"{contract.entity}.csv"
            path.write_text(",".join(names) + "\n", encoding="utf-8")
            yield dlt.mark.with_file_import(str(path), "csv", 0)

    def manifest() -> Iterator[Any]:
        yield dlt.mark.materialize_table_schema() if load is None else load.manifest()

    @dlt.source(name=dataset)
    def source() -> Iterator[Any]:
        for contract in contracts:
            yield dlt.resource(
                lines(contract),
                name=contract.entity,
                columns={
                    **LINE_COLUMNS,
                    **{
                        column.name: {"data_type": "text", "description": column.description}
                        for column in contract.columns
                    },
                    **EXTRAS_COLUMN,
                },
                write_disposition="merge",
                merge_key="_arquivo_sha256",
                schema_contract=frozen,
            )
        yield dlt.resource(
            manifest,
            name=MANIFEST,
            columns=MANIFEST_COLUMNS,
            write_disposition="merge",
            merge_key="_arquivo_sha256",
            schema_contract={**frozen, "columns": "evolve"},
        )

    described = source()
    return described.with_resources(load.contract.entity, MANIFEST) if load else described


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
def _pipeline(server: Server, dataset: str) -> Iterator["dlt.Pipeline"]:
    """Open a pipeline with no memory of its own.

    A package cut off by a kill can get stuck for good when dlt resumes it, while
    dropping the local state and extracting again is exact as long as the merge has a
    key. So no local state outlives a load: the server alone knows what landed.
    """
    _configure_dlt()
    import dlt
    from dlt.destinations import postgres

    with scratch_directory() as scratch:
        yield dlt.pipeline(
            pipeline_name=dataset,
            pipelines_dir=str(scratch),
            # dlt would make `ci_raw_carteira` of `ci__raw_carteira`.
            destination=postgres(
                credentials=server.dlt_credentials(), enable_dataset_name_normalization=False
            ),
            dataset_name=schema_name(dataset),
        )


def land(server: Server, dataset: str, contracts: Sequence[Contract], load: FileLoad) -> None:
    """Land one file; either the whole file becomes visible or nothing of it.

    Raises:
        MiranteError: dlt or Postgres refused; the message carries no cell of the file.
    """
    with _pipeline(server, dataset) as pipeline, _safe_errors(load.arquivo):
        pipeline.run(raw_source(dataset, contracts, load))
    # Without statistics the models that read the table next are planned as if it were
    # empty. Of the columns that they join and filter by: all 36 would take a second.
    with server.connect() as connection:
        connection.execute(
            sql.SQL("analyze {} (_arquivo_sha256, _planilha, _linha)").format(
                sql.Identifier(schema_name(dataset), load.contract.entity)
            )
        )


def lacks_tables(server: Server, dataset: str, contracts: Sequence[Contract]) -> bool:
    """Say whether a raw table of a source is missing."""
    wanted = {MANIFEST, "_dlt_loads", *(contract.entity for contract in contracts)}
    with server.connect() as connection:
        present = connection.execute(
            "select table_name from information_schema.tables where table_schema = %s",
            [schema_name(dataset)],
        ).fetchall()
    return not wanted <= {name for (name,) in present}


def ensure_tables(server: Server, dataset: str, contracts: Sequence[Contract]) -> None:
    """Create the raw tables of a source that has delivered nothing yet, empty and typed.

    dbt then builds with any subset of the sources loaded.
    """
    with (
        scratch_directory() as empty,
        _pipeline(server, dataset) as pipeline,
        _safe_errors(dataset),
    ):
        pipeline.run(raw_source(dataset, contracts, empty=empty))


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
    # Raised outside the handler: an error that is chained to dlt's carries the row along
    # into tracebacks and into Dagster's event log.
    if reason:
        raise MiranteError(
            f"{what}: a carga não terminou ({reason}). Nada dela ficou visível; "
            "corrija a causa e rode o mesmo comando de novo."
        )


@dataclass(frozen=True)
class KnownFile:
    """A file version that landed completely before."""

    arquivo: str
    sha256: str
    entidade: str
    carregado_em: datetime
    modo: str


def known_files(server: Server, dataset: str) -> list[KnownFile]:
    """Return the files of a source that landed completely, in the order of their loads."""
    query = sql.SQL(
        """
        select arquivos._arquivo, arquivos._arquivo_sha256, arquivos.entidade,
            arquivos._carregado_em, arquivos.modo
        from {schema}.arquivos as arquivos
        inner join {schema}._dlt_loads as loads
            on arquivos._dlt_load_id = loads.load_id and loads.status = 0
        order by arquivos._carregado_em
        """
    ).format(schema=sql.Identifier(schema_name(dataset)))
    with server.connect() as connection:
        try:
            rows = connection.execute(query).fetchall()
        except psycopg.errors.UndefinedTable:
            return []
    return [KnownFile(*row) for row in rows]


def server_now(server: Server) -> datetime:
    """Return the server's clock: loads from two machines are ordered by one clock."""
    with server.connect() as connection:
        row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    now: datetime = row[0]
    return now
