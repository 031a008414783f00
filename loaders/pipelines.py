"""Pipelines of dlt: how they are set up, where they keep files, what their errors may say.

Here: what every load tells dlt, whatever it lands. Not here: what is landed (`landing` for
files, `cvcrm.landing` for the sales API).
"""

import gc
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg

from loaders.errors import MiranteError, database_reason
from loaders.postgres import Server, schema_name
from loaders.settings import mirante_home
from loaders.troubles import told_clearly, trouble_of

if TYPE_CHECKING:
    import dlt


def configure_dlt() -> None:
    """Set what dlt reads from the environment when it is imported and when it runs."""
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        # dlt logs a failed COPY with the row that failed: names and documents.
        "RUNTIME__LOG_LEVEL": "CRITICAL",
        # dlt gzips its intermediate files by default: seven times the seconds.
        "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
        # One resource after another: the row that says how a load went is made last.
        "EXTRACT__NEXT_ITEM_MODE": "fifo",
        "LOAD__TRUNCATE_STAGING_DATASET": "true",
        # Only the server knows what landed; dlt has no state to bring from there.
        "RESTORE_FROM_DESTINATION": "false",
        # dlt would keep a Ctrl-C for a moment of its choice, and forget one that comes late.
        "RUNTIME__INTERCEPT_SIGNALS": "false",
        "DLT_DATA_DIR": str(mirante_home() / "scratch" / "dlt"),
    }


def import_dlt() -> None:
    """Import dlt ahead, while another process works: it takes most of a second."""
    if "dlt" in sys.modules:
        return
    configure_dlt()
    # A thousand modules are no garbage. Looking through them for some, while they come and
    # when the command ends, takes a fifth of a second.
    gc.disable()
    try:
        importlib.import_module("dlt.destinations.impl.postgres.postgres")
        importlib.import_module("dlt.pipeline.exceptions")
        gc.freeze()
    finally:
        gc.enable()


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
    with told_clearly("não pude preparar a pasta de trabalho"):
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
def pipeline(server: Server, dataset: str, separator: str = ",") -> Iterator["dlt.Pipeline"]:
    """Open a pipeline with no memory of its own.

    A package cut off by a kill can get stuck for good when dlt resumes it, while
    dropping the local state and extracting again is exact as long as nothing appends.
    So no local state outlives a load: the server alone knows what landed.
    """
    configure_dlt()
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


@contextmanager
def safe_errors(what: str, did: str = "a carga não terminou") -> Iterator[None]:
    """Turn dlt's failures into ours, without the file's cells that drivers may quote.

    Args:
        what: file, table or source that is named.
        did: what did not come to its end.

    Raises:
        ServidorForaDoArError: what happened may be over in a minute.
        MiranteError: any other failure of dlt, of Postgres or of the disk.
    """
    from dlt.pipeline.exceptions import PipelineStepFailed

    reason = None
    named: MiranteError | None = None
    interruption: BaseException | None = None
    try:
        yield
    except PipelineStepFailed as error:
        # Ctrl-C, or Dagster that ends a run: no failure of this load alone.
        if error.exception and not isinstance(error.exception, Exception):
            interruption = error.exception
        named = _named(error, what, did)
        reason = database_reason(error) or (
            f"{type(error.exception or error).__name__} no passo {error.step}"
        )
    except (psycopg.Error, OSError) as error:
        named = _named(error, what, did)
        reason = database_reason(error) or type(error).__name__
    # Raised outside the handler: an error that is chained to dlt's carries the row along
    # into tracebacks and into Dagster's event log.
    if interruption:
        raise interruption.with_traceback(None)
    if named:
        raise named
    if reason:
        raise MiranteError(
            f"{what}: {did} ({reason}). Nada dela ficou visível; "
            "corrija a causa e rode o mesmo comando de novo."
        )


def _named(error: BaseException, what: str, did: str) -> MiranteError | None:
    trouble = trouble_of(error)
    return trouble.as_error(f"{what}: {did}", database_reason(error)) if trouble else None
