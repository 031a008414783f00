"""Load files of one source, one after another: the way from paths to raw tables.

Here: which paths are meant, the order, the no-op for known bytes, one lock for each
source, and what became of each file. Not here: reading (`reading`), dlt (`landing`),
how it is told (`commands/load.py`, `orchestration/`).
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from glob import glob, has_magic
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import psycopg

from loaders.audit.operations import Register, recording
from loaders.contracts import Contract
from loaders.errors import ArquivoRecusadoError, MiranteError
from loaders.locks import advisory_lock
from loaders.postgres import Server, ensure_can_create, schema_name
from loaders.settling import growing_detail, is_changed, stamp
from loaders.troubles import told_clearly

if TYPE_CHECKING:
    from loaders.manifest import KnownFile

_log = logging.getLogger(__name__)

SUFFIXES = {".xlsx", ".xlsm", ".csv", ".txt"}


class Outcome(StrEnum):
    """What became of a file."""

    CARREGADO = "carregado"
    SEM_MUDANCA = "sem mudança"
    RECUSADO = "recusado"


@dataclass(frozen=True)
class FileResult:
    """One file's outcome, ready to be told; holds no cell of the file."""

    arquivo: str
    outcome: Outcome
    rows: int = 0
    sha256: str = ""
    seconds: float = 0.0
    detail: str = ""
    entidade: str = ""
    notices: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return what a program may read, without the seconds, which differ each time."""
        return {name: value for name, value in asdict(self).items() if name != "seconds"}


@dataclass(frozen=True)
class FileSource:
    """A source that delivers files: its raw schema and the contracts of its tables."""

    dataset: str
    contracts: Sequence[Contract]

    @property
    def fonte(self) -> str:
        """The source as commands name it."""
        return self.dataset.removeprefix("raw_")

    @property
    def manifest(self) -> str:
        """The table that says which files landed."""
        from loaders.manifest import MANIFEST

        return MANIFEST

    def contract(self, table: str) -> Contract:
        """Return the contract of a raw table."""
        return next(contract for contract in self.contracts if contract.entity == table)

    def known_files(self, server: Server) -> "list[KnownFile]":
        """Return the files that are in force, in the order of their loads."""
        from loaders.manifest import known_files

        with server.connect() as connection:
            return known_files(connection, self.dataset, self.contracts)

    def landed_files(self, server: Server) -> "list[KnownFile]":
        """Return the files that landed completely, also those that were taken back since."""
        from loaders.manifest import landed_files

        with server.connect() as connection:
            return landed_files(connection, self.dataset, self.contracts)

    def ensure_tables(self, server: Server) -> None:
        """Create the source's raw tables where they are missing or older than the contract.

        Raises:
            MiranteError: somebody changed them by hand, and what they held is lost.
        """
        from loaders.landing import ensure_tables, lacks_tables

        with server.connect() as connection:
            self._refuse_damage(connection)
            if not lacks_tables(connection, self.dataset, self.contracts):
                return
        # A load at work may be making them, or have a file half landed.
        with advisory_lock(server, self.lock), server.connect() as connection:
            if lacks_tables(connection, self.dataset, self.contracts):
                ensure_tables(server, self.dataset, self.contracts)

    def load(
        self,
        server: Server,
        table: str | None,
        paths: Iterable[str],
        *,
        replace: bool = False,
        bring_back: bool = True,
        on_start: Callable[[Path], None] = lambda path: None,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Iterator[FileResult]:
        """Load files in the order given; one that is refused does not stop the others.

        Args:
            server: where to.
            table: the raw table, which names the contract. None: each file's header tells.
            paths: files, globs or directories.
            replace: make the curated layer forget what landed before in the table; the
                files given, and no others, count.
            bring_back: load files that were taken back too. Who loads all of a folder, again
                and again, must not: a withdrawal would last until the next time.
            on_start: told the file before it is read.
            on_wait: told who holds the source's lock, if one has to wait.

        Yields:
            One result a file.

        Raises:
            MiranteError: a path names no file, or the server failed.
        """
        from loaders.landing import ensure_tables, lacks_tables

        files = expand(paths)
        raw = schema_name(self.dataset)
        with told_clearly("a carga não terminou"):
            ensure_can_create(server, [raw, f"{raw}_staging"])
        # The tables where lines arrive are the source's own: two loads at once would mix.
        with (
            told_clearly("a carga não terminou"),
            advisory_lock(server, self.lock, on_wait=on_wait),
            server.connect() as connection,
            recording(server) as register,
        ):
            self._refuse_damage(connection, loading=True)
            # All of the source's, so that dbt builds whichever of them came.
            if lacks_tables(connection, self.dataset, self.contracts):
                ensure_tables(server, self.dataset, self.contracts)
            contracts = [self.contract(table)] if table else self.contracts
            run = _Run(self, server, connection, contracts, register)
            if not bring_back:
                run.leave_withdrawn()
            if replace and table:
                run.replace(table, files)
            for path in files:
                on_start(path)
                yield run.load(path)

    def _refuse_damage(
        self, connection: psycopg.Connection[tuple[Any, ...]], *, loading: bool = False
    ) -> None:
        """Stop before what was changed by hand becomes a loss that nobody sees."""
        from loaders.raw_damage import damages

        for damage in damages(connection, self.dataset, self.contracts):
            if not (loading and damage.a_load_cures):
                raise MiranteError(damage.told)
            _log.warning("Aviso: %s", damage.told)

    @property
    def lock(self) -> str:
        """What whoever changes the source's raw tables holds."""
        return f"load {self.dataset}"


class _Run:
    """The files of one call, one after another, under the source's lock."""

    def __init__(
        self,
        source: FileSource,
        server: Server,
        connection: psycopg.Connection[tuple[Any, ...]],
        contracts: Sequence[Contract],
        register: Register,
    ) -> None:
        self._source = source
        self._server = server
        self._connection = connection
        self._contracts = contracts
        self._register = register
        self._known = self._ask()
        # Known files that are to land again, for the first of them to replace all others.
        self._again: set[str] = set()
        self._modo = "acrescenta"
        # Files that are not to come back, by their hashes.
        self._left: dict[str, KnownFile] = {}

    def leave_withdrawn(self) -> None:
        """Load no file that was taken back."""
        from loaders.manifest import landed_files

        files = landed_files(self._connection, self._source.dataset, self._source.contracts)
        self._left = {each.sha256: each for each in files if each.retirado_em}

    def _ask(self) -> "list[KnownFile]":
        from loaders.manifest import known_files

        return known_files(self._connection, self._source.dataset, self._source.contracts)

    def replace(self, table: str, files: list[Path]) -> None:
        """Let these files take the place of all others, unless they are in force already."""
        given = list(dict.fromkeys(filter(None, map(_hash_or_blank, files))))
        if self._in_force(table) != given:
            # Which of many files replaces the others is the first that lands: the first
            # of all may be refused.
            self._again, self._modo = set(given), "substitui"

    def _in_force(self, table: str) -> list[str]:
        """Return the hashes of a table's files since one took the place of all others."""
        hashes: list[str] = []
        for known in self._known:
            if known.entidade == table:
                hashes = [] if known.modo == "substitui" else hashes
                hashes.append(known.sha256)
        return hashes

    def load(self, path: Path) -> FileResult:
        """Load one file, or say why not; registered as an operation either way."""
        before = self._known
        with self._register.operation(
            "carga", self._source.dataset, arquivo=path.name
        ) as operation:
            result = self._load(path)
            operation.rows = result.rows
            operation.details = {
                "resultado": str(result.outcome),
                "entidade": result.entidade,
                "sha256": result.sha256,
            }
            if result.outcome is Outcome.RECUSADO:
                operation.error = result.detail
            elif result.outcome is Outcome.CARREGADO:
                operation.before = totals(before, result.entidade)
                operation.after = totals(self._known, result.entidade)
        return result

    def _load(self, path: Path) -> FileResult:
        from loaders.landing import FileLoad, land
        from loaders.manifest import last_withdrawal, next_load_time
        from loaders.pipelines import import_dlt, scratch_directory
        from loaders.raw_tables import RawTable
        from loaders.reading import read_file, sha256_of

        started = perf_counter()
        try:
            seen = stamp(path)
            sha256 = sha256_of(path)
        except OSError as error:
            detail = f"{path}: não foi possível ler o arquivo ({error.strerror})."
            return FileResult(path.name, Outcome.RECUSADO, detail=detail)
        if known := self._is_known(path, sha256):
            return known
        schema = schema_name(self._source.dataset)
        with scratch_directory() as scratch:
            try:
                read = read_file(path, self._contracts, scratch=scratch, meanwhile=import_dlt)
            except ArquivoRecusadoError as error:
                return FileResult(path.name, Outcome.RECUSADO, sha256=sha256, detail=str(error))
            # What was read would be neither the file's bytes nor those of its hash.
            if is_changed(path, seen):
                return FileResult(path.name, Outcome.RECUSADO, detail=growing_detail(path.name))
            if not read.rows:
                detail = (
                    f"{path.name}: tem cabeçalho mas nenhuma linha; nada foi carregado. "
                    "Confira se a exportação terminou."
                )
                return FileResult(path.name, Outcome.RECUSADO, sha256=sha256, detail=detail)
            land(
                self._server,
                self._source.dataset,
                FileLoad(
                    path.name,
                    read,
                    RawTable(schema, self._source.contract(read.entity)),
                    sha256,
                    next_load_time(self._connection, schema),
                    self._modo,
                    last_withdrawal(self._connection, schema, sha256),
                ),
            )
        self._modo = "acrescenta"
        self._again.discard(sha256)
        self._known = self._ask()
        return FileResult(
            path.name,
            Outcome.CARREGADO,
            read.rows,
            sha256,
            perf_counter() - started,
            entidade=read.entity,
            notices=read.notices,
        )

    def _is_known(self, path: Path, sha256: str) -> FileResult | None:
        """Say what a file's bytes were before, if that leaves nothing to do."""
        if left := self._left.get(sha256):
            detail = (
                f"retirado em {left.retirado_em:%d/%m/%Y %H:%M}, e fica assim; `mirante load` com"
                " o caminho dele o traz de volta."
            )
            return FileResult(
                path.name,
                Outcome.SEM_MUDANCA,
                sha256=sha256,
                entidade=left.entidade,
                detail=detail,
            )
        known = next((known for known in self._known if known.sha256 == sha256), None)
        if known is None:
            return None
        entities = {contract.entity for contract in self._contracts}
        if known.entidade not in entities:
            # The manifest has one row for each version of a file: landing it twice would
            # make the first landing invisible.
            detail = (
                f"{path.name}: os mesmos bytes já foram carregados em {known.entidade}. "
                "Salve o que é de outro tipo num arquivo próprio e repita."
            )
            return FileResult(path.name, Outcome.RECUSADO, sha256=sha256, detail=detail)
        # A known file changes nothing, unless another took its place meanwhile.
        if sha256 in self._again or sha256 not in self._in_force(known.entidade):
            return None
        detail = (
            f"os mesmos bytes já foram carregados em {known.carregado_em:%d/%m/%Y %H:%M} "
            f"({known.arquivo}); nada a fazer."
        )
        return FileResult(
            path.name,
            Outcome.SEM_MUDANCA,
            sha256=sha256,
            entidade=known.entidade,
            detail=detail,
        )


def totals(known: "Iterable[KnownFile]", entity: str) -> dict[str, int]:
    """Count the files of a table and their lines."""
    own = [each for each in known if each.entidade == entity]
    return {"arquivos": len(own), "linhas": sum(each.linhas for each in own)}


def _hash_or_blank(path: Path) -> str:
    from loaders.reading import sha256_of

    try:
        return sha256_of(path)
    except OSError:
        return ""


def expand(paths: Iterable[str]) -> list[Path]:
    """Turn files, globs and directories into files: as given, each set sorted by name.

    Raises:
        MiranteError: a path, glob or directory that names no file.
    """
    files: list[Path] = []
    for given in paths:
        path = Path(given).expanduser()
        if path.is_dir():
            found = [entry for entry in sorted(path.iterdir()) if is_data_file(entry)]
        elif path.is_file():
            found = [path]
        elif has_magic(given):
            matched = (Path(match) for match in sorted(glob(str(path), recursive=True)))
            found = [match for match in matched if is_data_file(match)]
        else:
            found = []
        if not found:
            raise MiranteError(
                f"{given}: nenhum arquivo .xlsx ou .csv encontrado. Confira o caminho."
            )
        files.extend(file for file in found if file not in files)
    return files


def is_data_file(path: Path) -> bool:
    """Say whether a file of a folder is one to load, by its name."""
    # Excel leaves `~$name.xlsx` beside a workbook that somebody has open.
    return (
        path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith(("~$", "."))
    )
