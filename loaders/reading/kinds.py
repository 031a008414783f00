"""Tell which kind of file one is, where a source has several: by its header.

Here: the choice among the source's contracts. Not here: reading. A file's name is a hint
for those whose header leaves it open.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from loaders.errors import ArquivoRecusadoError
from loaders.names import fold
from loaders.reading.header import SEARCHED_ROWS, find_header, no_header_message
from loaders.reading.job import Job
from loaders.reading.text import detect_separator, likely_encoding, sample


def _hinted_first(jobs: Sequence[Job]) -> list[Job]:
    """Put the kinds that the file's name has first: `tb_fatura.csv` is of `faturas`."""
    name = fold(jobs[0].file_name)
    return sorted(jobs, key=lambda job: fold(job.entity).removesuffix("s") not in name)


def kind_of_text(jobs: Sequence[Job]) -> Job:
    """Choose the kind that the header of a csv fits.

    Args:
        jobs: The same file, as each kind that it may be.

    Returns:
        The kind whose required columns are there; if that is none or several, the one
        with the most columns, and of equals the one that the name hints at.

    Raises:
        ArquivoRecusadoError: No row is a header of any kind.
    """
    if len(jobs) == 1:
        return jobs[0]
    path = Path(jobs[0].path)
    encoding = likely_encoding(path)
    fits: list[tuple[bool, int, Job]] = []
    for job in _hinted_first(jobs):
        separator = detect_separator(path, encoding, job.columns)
        records = sample(path, encoding, separator)[:SEARCHED_ROWS]
        if header := find_header(records, job.columns):
            fits.append((not header.missing, len(header.positions), job))
    if not fits:
        raise ArquivoRecusadoError(_no_kind_message(jobs))
    # max() gives the first of equals.
    return max(fits, key=lambda fit: fit[:2])[2]


def read_as_some_kind(jobs: Sequence[Job], read: Callable[[Job], dict[str, Any]]) -> dict[str, Any]:
    """Read a file as the first kind that it can be read as.

    Args:
        jobs: The same file, as each kind that it may be.
        read: Reads it as one kind.

    Returns:
        What `read` gave, and the kind.

    Raises:
        ArquivoRecusadoError: It is none; says why it is not the one that its name hints at.
    """
    refusal: ArquivoRecusadoError | None = None
    for job in _hinted_first(jobs):
        try:
            return {**read(job), "entity": job.entity}
        except ArquivoRecusadoError as error:
            refusal = refusal or error
    assert refusal is not None  # noqa: S101 - there is at least one kind
    raise refusal


def _no_kind_message(jobs: Sequence[Job]) -> str:
    needed = "; ou ".join(f"{', '.join(job.required_names)} ({job.entity})" for job in jobs)
    return no_header_message([needed], "o arquivo")
