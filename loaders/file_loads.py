"""Load files of one source, one after another: the way from paths to raw tables.

Here: which paths are meant, the order, the no-op for known bytes, one lock for each
source, and what became of each file. Not here: reading (`reading`), dlt (`landing`),
how it is told (`commands/load.py`, `orchestration/`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from glob import glob, has_magic
from pathlib import Path
from time import perf_counter
from typing import Any

from loaders.contracts import Contract
from loaders.errors import ArquivoRecusadoError, MiranteError
from loaders.locks import advisory_lock
from loaders.postgres import Server, ensure_can_create, schema_name

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
    notices: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return what a program may read, without the seconds, which differ each time."""
        return {name: value for name, value in asdict(self).items() if name != "seconds"}


@dataclass(frozen=True)
class FileSource:
    """A source that delivers files: its raw schema and the contracts of its tables."""

    dataset: str
    contracts: Sequence[Contract]

    def contract(self, table: str) -> Contract:
        """Return the contract of a raw table."""
        return next(contract for contract in self.contracts if contract.entity == table)

    def ensure_tables(self, server: Server) -> None:
        """Create the source's raw tables where they are missing."""
        from loaders.landing import lacks_tables

        if lacks_tables(server, self.dataset, self.contracts):
            # It goes through dlt's staging tables, which a load at work fills.
            with advisory_lock(server, self._lock):
                self._make_missing_tables(server)

    def _make_missing_tables(self, server: Server) -> None:
        """Create missing tables; the caller holds the source's lock."""
        from loaders.landing import ensure_tables, lacks_tables

        if lacks_tables(server, self.dataset, self.contracts):
            ensure_tables(server, self.dataset, self.contracts)

    def load(
        self,
        server: Server,
        table: str,
        paths: Iterable[str],
        *,
        replace: bool = False,
        on_start: Callable[[Path], None] = lambda path: None,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Iterator[FileResult]:
        """Load files in the order given; one that is refused does not stop the others.

        Args:
            server: where to.
            table: the raw table, which names the contract.
            paths: files, globs or directories.
            replace: make the curated layer forget what landed before; the files given,
                and no others, count.
            on_start: told the file before it is read.
            on_wait: told who holds the source's lock, if one has to wait.

        Yields:
            One result a file.

        Raises:
            MiranteError: a path names no file, or the server failed.
        """
        files = expand(paths)
        raw = schema_name(self.dataset)
        ensure_can_create(server, [raw, f"{raw}_staging"])
        # dlt's staging tables are the source's own: two loads at once would mix.
        with advisory_lock(server, self._lock, on_wait=on_wait):
            # All of the source's, so that dbt builds whichever of them came.
            self._make_missing_tables(server)
            again = self._to_land_again(server, table, files) if replace else set()
            # Which of many files replaces the others is the first that lands: the first
            # of all may be refused.
            modo = "substitui" if again else "acrescenta"
            for path in files:
                on_start(path)
                result = self._load_one(server, self.contract(table), path, modo, again)
                if result.outcome is Outcome.CARREGADO:
                    modo = "acrescenta"
                    again.discard(result.sha256)
                yield result

    @property
    def _lock(self) -> str:
        return f"load {self.dataset}"

    def _to_land_again(self, server: Server, table: str, files: list[Path]) -> set[str]:
        """Return the hashes of files that are to take the place of all others.

        None of them, if they are what counts already, in that order.
        """
        given = list(dict.fromkeys(filter(None, map(_hash_or_blank, files))))
        return set(given) if self._counting(server, table) != given else set()

    def _counting(self, server: Server, table: str) -> list[str]:
        """Return the hashes of a table's files since one took the place of all others."""
        from loaders.landing import known_files

        counting: list[str] = []
        for known in known_files(server, self.dataset):
            if known.entidade == table:
                counting = [] if known.modo == "substitui" else counting
                counting.append(known.sha256)
        return counting

    def _load_one(
        self, server: Server, contract: Contract, path: Path, modo: str, again: set[str]
    ) -> FileResult:
        from loaders.landing import FileLoad, known_files, land, scratch_directory, server_now
        from loaders.reading import read_file, sha256_of

        started = perf_counter()
        try:
            sha256 = sha256_of(path)
        except OSError as error:
            detail = f"{path}: não foi possível ler o arquivo ({error.strerror})."
            return FileResult(path.name, Outcome.RECUSADO, detail=detail)
        known = next(
            (known for known in known_files(server, self.dataset) if known.sha256 == sha256), None
        )
        if known and known.entidade != contract.entity:
            # The manifest has one row for each version of a file: landing it twice would
            # make the first landing invisible.
            detail = (
                f"{path.name}: os mesmos bytes já foram carregados em {known.entidade}. "
                "Salve o que é de outro tipo num arquivo próprio e repita."
            )
            return FileResult(path.name, Outcome.RECUSADO, sha256=sha256, detail=detail)
        # A known file changes nothing, unless another took its place meanwhile.
        counts = known and sha256 in self._counting(server, contract.entity)
        if known and counts and sha256 not in again:
            detail = (
                f"os mesmos bytes já foram carregados em {known.carregado_em:%d/%m/%Y %H:%M} "
                f"({known.arquivo}); nada a fazer."
            )
            return FileResult(path.name, Outcome.SEM_MUDANCA, sha256=sha256, detail=detail)
        carregado_em = server_now(server)
        with scratch_directory() as scratch:
            try:
                read = read_file(
                    path, contract, scratch=scratch, sha256=sha256, carregado_em=carregado_em
                )
            except ArquivoRecusadoError as error:
                return FileResult(path.name, Outcome.RECUSADO, sha256=sha256, detail=str(error))
            if not read.rows:
                detail = (
                    f"{path.name}: tem cabeçalho mas nenhuma linha; nada foi carregado. "
                    "Confira se a exportação terminou."
                )
                return FileResult(path.name, Outcome.RECUSADO, sha256=sha256, detail=detail)
            load = FileLoad(path.name, read, contract, sha256, carregado_em, modo)
            land(server, self.dataset, self.contracts, load)
        return FileResult(
            path.name,
            Outcome.CARREGADO,
            read.rows,
            sha256,
            perf_counter() - started,
            notices=read.notices,
        )


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
            found = [entry for entry in sorted(path.iterdir()) if _is_data_file(entry)]
        elif path.is_file():
            found = [path]
        elif has_magic(given):
            matched = (Path(match) for match in sorted(glob(str(path), recursive=True)))
            found = [match for match in matched if _is_data_file(match)]
        else:
            found = []
        if not found:
            raise MiranteError(
                f"{given}: nenhum arquivo .xlsx ou .csv encontrado. Confira o caminho."
            )
        files.extend(file for file in found if file not in files)
    return files


def _is_data_file(path: Path) -> bool:
    # Excel leaves `~$name.xlsx` beside a workbook that somebody has open.
    return (
        path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith(("~$", "."))
    )
