"""A sensor for each folder of the inbox: a run for each new or changed file.

Here: the folders, and the run that a file of each starts. Not here: how new content is told
(`orchestration.inbox_watch`), nor what the run does (`jobs`, `defs/carga`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dagster as dg
import psycopg

from loaders import banco, carteira, cartoes, controladoria
from loaders.errors import MiranteError
from loaders.file_loads import FileSource
from loaders.postgres import resolve_server
from loaders.settings import inbox
from orchestration import raw_files, time_zone
from orchestration.defs.carga.banco import CargaBanco
from orchestration.defs.carga.carteira import CargaCarteira
from orchestration.defs.carga.cartoes import CargaCartoes
from orchestration.defs.carga.controladoria import CargaControladoria
from orchestration.defs.execucao import jobs
from orchestration.inbox_watch import Look, NewFile, cursor_of, look, remembered
from orchestration.partitions import FILE_MONTHS, key_of

FILE_TAG: Final = "mirante/arquivo"
FOLDER_TAG: Final = "mirante/pasta"
_EVERY_SECONDS: Final = 60


@dataclass(frozen=True)
class Folder:
    """A folder of the inbox, and what its files start.

    Attributes:
        name: of the folder.
        source: whose files they are.
        job: what loads one and builds of it.
        load: the asset that takes the file.
        config: names the file to it.
        by_month: whether the job runs for one month.
    """

    name: str
    source: Callable[[], FileSource]
    job: Any
    load: str
    config: Callable[[str], dg.Config]
    by_month: bool = False

    def request(self, file: NewFile) -> dg.RunRequest:
        """Return the run of a file; the same content never starts a second one."""
        return dg.RunRequest(
            run_key=f"{self.name}:{file.sha256}",
            run_config=dg.RunConfig(ops={self.load: self.config(str(file.path))}),
            tags={FOLDER_TAG: self.name, FILE_TAG: file.path.name},
            partition_key=partition_of(file.path) if self.by_month else None,
        )


def partition_of(path: Path) -> str:
    """Return the month whose partition a file's run is.

    A file without a month in its name, or with one that no partition has, counts to the month
    under way. It decides nothing about the book: dbt finds which `dt_ref` the lines reach.
    """
    month = cartoes.file_month(path.name)
    if month and FILE_MONTHS.has_partition_key(key_of(month)):
        return key_of(month)
    return key_of(time_zone.now().date())


FOLDERS: Final = (
    Folder(
        "carteira",
        carteira.source,
        jobs.carteira,
        "carga_carteira",
        lambda path: CargaCarteira(contratos=[path]),
    ),
    Folder(
        "categorias",
        carteira.source,
        jobs.carteira,
        "carga_carteira",
        lambda path: CargaCarteira(categorias=[path]),
    ),
    Folder(
        "cartoes",
        cartoes.source,
        jobs.cartoes,
        "carga_cartoes",
        lambda path: CargaCartoes(arquivos=[path]),
        by_month=True,
    ),
    Folder(
        "banco",
        banco.source,
        jobs.banco,
        "carga_banco",
        lambda path: CargaBanco(arquivos=[path]),
    ),
    Folder(
        "controladoria",
        controladoria.source,
        jobs.controladoria,
        "carga_controladoria",
        lambda path: CargaControladoria(arquivos=[path]),
    ),
)


def watch(folder: Folder, context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Look at a folder once and ask for a run for each file with new content."""
    place = inbox() / folder.name
    try:
        if not place.is_dir():
            return dg.SkipReason(f"{place} não existe: crie a pasta para receber arquivos.")
        paths = raw_files.files_in_inbox(folder.name)
        for name in raw_files.links_out_of_inbox(folder.name):
            context.log.warning(f"{name}: é um link para fora de {place}; fica como está.")
        found = look(
            paths,
            remembered(context.cursor),
            time_zone.now().timestamp(),
            _landed_before(folder),
        )
    except OSError as error:
        return dg.SkipReason(f"não consegui ler {place}: {error.strerror}.")
    except MiranteError as error:
        # Without the server nothing could be loaded either: the files wait.
        return dg.SkipReason(str(error))
    except psycopg.Error as error:
        return dg.SkipReason(f"o Postgres não respondeu ({type(error).__name__}).")
    for problem in found.problems:
        context.log.warning(f"{problem}; tento de novo.")
    return dg.SensorResult(
        run_requests=[folder.request(file) for file in found.new],
        skip_reason=None if found.new else dg.SkipReason(_nothing_new(place, paths, found)),
        cursor=cursor_of(found.seen),
    )


def _landed_before(folder: Folder) -> Callable[[str], bool]:
    """Return whether a content landed before; the server is asked with the first one only.

    One that was taken back did: it comes back when somebody loads it, not when it is touched.
    """
    known: set[str] | None = None

    def landed(sha256: str) -> bool:
        nonlocal known
        if known is None:
            known = {each.sha256 for each in folder.source().landed_files(resolve_server())}
        return sha256 in known

    return landed


def _nothing_new(place: Path, paths: list[Path], found: Look) -> str:
    told = [f"nada de novo em {place} ({len(paths)} arquivo(s))"]
    if found.known:
        told.append(f"já carregado(s) antes: {', '.join(found.known)}")
    if found.growing:
        told.append(f"{found.growing} ainda pode(m) estar sendo gravado(s)")
    if found.left:
        told.append(f"{found.left} fica(m) para a próxima vez")
    return "; ".join(told) + "."


def _sensor(folder: Folder) -> dg.SensorDefinition:
    @dg.sensor(
        name=f"inbox_{folder.name}",
        job=folder.job,
        minimum_interval_seconds=_EVERY_SECONDS,
        description=(
            f"Olha inbox/{folder.name} a cada minuto: conteúdo novo ou mudado (SHA-256) começa "
            "uma execução para aquele arquivo; o que já foi carregado, nenhuma."
        ),
    )
    def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        return watch(folder, context)

    return inbox_sensor


@dg.definitions
def sensors() -> dg.Definitions:
    """Give each folder its sensor."""
    return dg.Definitions(sensors=[_sensor(folder) for folder in FOLDERS])
