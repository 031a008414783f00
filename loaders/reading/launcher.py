"""The parent's side of reading: start the child, judge how it ended, keep scratch clean.

Here: `read_file`, `sha256_of`. Not here: parsing of any kind, nor its libraries; a
hostile file can at worst end the child.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loaders.errors import ArquivoRecusadoError, MiranteError
from loaders.reading.job import Job, JobColumn
from loaders.reading.result import Piece, ReadResult, SheetIgnored, SheetRead

if TYPE_CHECKING:
    from loaders.contracts import Contract

MEMORY_VARIABLE = "MIRANTE_LEITURA_MEMORIA_MB"
SECONDS_VARIABLE = "MIRANTE_LEITURA_SEGUNDOS"
DEFAULT_MEMORY_MB = 4096
DEFAULT_SECONDS = 30.0
# The libraries alone reserve about half of this.
MINIMUM_MEMORY_MB = 512

# Rust ends a process that can't allocate by SIGABRT; the kernel's own killer, and
# allocations that fail outside Rust, end it by the others.
_MEMORY_SIGNALS = (signal.SIGABRT, signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS)


def sha256_of(path: Path) -> str:
    """Hash a file's bytes without holding them.

    Args:
        path: The file.

    Returns:
        64 hexadecimal digits.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _setting(variable: str, default: float) -> float:
    text = os.environ.get(variable, "").strip()
    try:
        value = float(text) if text else float(default)
    except ValueError:
        value = -1
    if value <= 0:
        raise MiranteError(f"{variable} deve ser um número maior que zero. Corrija e repita.")
    return value


def make_job(path: Path, contract: "Contract", folder: Path) -> Job:
    """Say what the child is to do to read a file as one kind.

    Raises:
        MiranteError: A setting is wrong.
    """
    memory_mb = int(_setting(MEMORY_VARIABLE, DEFAULT_MEMORY_MB))
    if memory_mb < MINIMUM_MEMORY_MB:
        raise MiranteError(
            f"{MEMORY_VARIABLE} é {memory_mb}; a leitura precisa de {MINIMUM_MEMORY_MB} ou mais."
        )
    return Job(
        path=str(path.absolute()),
        file_name=path.name,
        entity=contract.entity,
        folder=str(folder.absolute()),
        memory_mb=memory_mb,
        seconds=_setting(SECONDS_VARIABLE, DEFAULT_SECONDS),
        parent_pid=os.getpid(),
        csv_only=contract.csv_only,
        columns=tuple(
            JobColumn(
                name=column.name,
                folded=column.folded_names,
                required=column.required,
                is_number=column.is_number,
                is_decimal=column.type.startswith("numeric"),
                is_date=column.type == "date",
            )
            for column in contract.columns
        ),
    )


def _run(jobs: Sequence[Job], meanwhile: Callable[[], None]) -> tuple[int, str]:
    """Run the child to its end, or end it when this process is interrupted.

    Args:
        jobs: The file, as each kind that it may be.
        meanwhile: Done here while the child works.

    Returns:
        Its return code (negative: the signal that ended it) and its answer.
    """
    package_root = Path(__file__).parents[2]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            filter(None, (str(package_root), os.environ.get("PYTHONPATH")))
        ),
        # More threads reserve more memory and make one sheet no faster.
        "POLARS_MAX_THREADS": "2",
        "RAYON_NUM_THREADS": "2",
        # A panic's text may hold a cell's value; nobody reads it.
        "RUST_BACKTRACE": "0",
    }
    # -P: a file named like a library, in the current folder, must not be imported.
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "loaders.reading.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
        encoding="utf-8",
    )
    try:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        # A child that ended at once is judged by its end.
        with suppress(BrokenPipeError):
            process.stdin.write("\n".join(job.to_json() for job in jobs))
            process.stdin.close()
        process.stdin = None
        meanwhile()
        answer, _ = process.communicate()
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process.returncode, answer


def _judge(job: Job, code: int, answer: str) -> dict[str, Any]:
    """Turn the child's end into its answer, or into the error that says what to do."""
    memory_message = (
        f"{job.file_name}: a leitura precisou de mais memória que o limite de "
        f"{job.memory_mb} MB. Apague linhas e colunas vazias além dos dados, divida o "
        f"arquivo, ou aumente {MEMORY_VARIABLE}."
    )
    if code == -signal.SIGALRM:
        raise ArquivoRecusadoError(
            f"{job.file_name}: a leitura passou do tempo limite para um arquivo deste tamanho. "
            f"Salve-o de novo só com os dados, divida-o, ou aumente {SECONDS_VARIABLE}."
        )
    if code < 0 and -code in _MEMORY_SIGNALS:
        raise ArquivoRecusadoError(memory_message)
    try:
        outcome: dict[str, Any] = json.loads(answer)
    except ValueError:
        outcome = {"bug": f"código {code}"}
    if outcome.get("memory"):
        raise ArquivoRecusadoError(memory_message)
    if "refused" in outcome:
        raise ArquivoRecusadoError(f"{job.file_name}: {outcome['refused']}")
    if "disk" in outcome:
        # Here, because the child imports this module too: the driver is no use to it, and
        # takes of the memory that it may have.
        from loaders.troubles import disk_trouble

        if trouble := disk_trouble(outcome["disk"], job.folder):
            raise trouble.as_error(f"{job.file_name}: a leitura parou")
    if "bug" in outcome:
        # Where it happened, never the exception's text: that may hold a cell's value.
        raise RuntimeError(f"{job.file_name}: falha interna na leitura ({outcome['bug']})")
    return outcome


def _result(outcome: dict[str, Any], pieces: Sequence[Path]) -> ReadResult:
    sheets = tuple(
        SheetRead(**{**sheet, "header": tuple(sheet["header"])}) for sheet in outcome["sheets_read"]
    )
    return ReadResult(
        pieces=tuple(map(Piece, pieces, outcome["pieces"])),
        piece_separator=outcome["piece_separator"],
        entity=outcome["entity"],
        format=outcome["format"],
        sheets_read=sheets,
        sheets_ignored=tuple(SheetIgnored(**sheet) for sheet in outcome["sheets_ignored"]),
        unknown_columns=tuple(outcome["unknown_columns"]),
        missing_optional=tuple(outcome["missing_optional"]),
        encoding=outcome["encoding"],
        separator=outcome["separator"],
        decimal_mark=outcome["decimal_mark"],
        date_format=outcome["date_format"],
        notices=tuple(outcome["notices"]),
        peak_rss_mb=outcome["peak_rss_mb"],
    )


def read_file(
    path: Path,
    contracts: Sequence["Contract"],
    *,
    scratch: Path,
    meanwhile: Callable[[], None] = lambda: None,
) -> ReadResult:
    """Read one xlsx or csv into CSVs of the raw table's columns, all text.

    Args:
        path: The file; its content, not its name, says what it is.
        contracts: The kinds of file that it may be; its header says which.
        scratch: A folder that exists; the CSVs are made in it. After an error nothing of
            this call is left there.
        meanwhile: Done in this process while another one reads.

    Returns:
        The CSVs and what was seen.

    Raises:
        ArquivoRecusadoError: The file can't land; the message names it and what to do.
        MiranteError: The file can't be opened, or a setting is wrong.
    """
    if not path.is_file():
        raise MiranteError(f"{path.name}: não existe ou não é um arquivo. Confira o caminho.")
    if not os.access(path, os.R_OK):
        raise MiranteError(f"{path.name}: sem permissão de leitura. Ajuste a permissão e repita.")
    # mkdtemp is 0700: what is made of personal data is its owner's only.
    folder = Path(tempfile.mkdtemp(dir=scratch))
    try:
        jobs = [make_job(path, contract, folder) for contract in contracts]
        outcome = _judge(jobs[0], *_run(jobs, meanwhile))
        job = next(job for job in jobs if job.entity == outcome["entity"])
        pieces = []
        for number in range(len(outcome["pieces"])):
            pieces.append(scratch / f"{folder.name}-{number}.csv")
            job.piece(number).rename(pieces[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _result(outcome, pieces)
