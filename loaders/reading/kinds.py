"""Tell which kind of file one is, where a source has several: by its header.

Here: the choice among the source's contracts. Not here: reading. A file's name is a hint
for those whose header leaves it open.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from loaders.errors import ArquivoRecusadoError
from loaders.names import fold
from loaders.reading.header import SEARCHED_ROWS, Header, find_header, no_header_message
from loaders.reading.job import Job
from loaders.reading.text import detect_separator, likely_encoding, sample

Rows = Sequence[Sequence[str | None]]


def _hinted_first(jobs: Sequence[Job]) -> list[Job]:
    """Put the kinds that the file's name has first: `tb_fatura.csv` is of `faturas`."""
    name = fold(jobs[0].file_name)
    return sorted(jobs, key=lambda job: fold(job.entity).removesuffix("s") not in name)


def _best(
    jobs: Sequence[Job], first_rows: Callable[[Job], Rows], where: str = ""
) -> tuple[Job, Header] | None:
    """Choose the kind whose required columns are there.

    If that is none or several, the one with the most columns, and of equals the one that
    the name hints at.
    """
    fits: list[tuple[Job, Header]] = []
    refusal: ArquivoRecusadoError | None = None
    for job in jobs:
        try:
            header = find_header(first_rows(job), job.columns, where)
        except ArquivoRecusadoError as error:
            refusal = refusal or error
            continue
        if header:
            fits.append((job, header))
    # max() gives the first of equals.
    best = max(fits, key=lambda fit: (not fit[1].missing, len(fit[1].positions)), default=None)
    # What one kind can't be read as matters only where there is no other that it can.
    if refusal and (best is None or best[1].missing):
        raise refusal
    return best


def kind_of_text(jobs: Sequence[Job]) -> Job:
    """Choose the kind that the header of a csv fits.

    Args:
        jobs: The same file, as each kind that it may be.

    Raises:
        ArquivoRecusadoError: No row is a header of any kind.
    """
    if len(jobs) == 1:
        return jobs[0]
    path = Path(jobs[0].path)
    encoding = likely_encoding(path)

    def first_rows(job: Job) -> Rows:
        separator = detect_separator(path, encoding, job.columns)
        return sample(path, encoding, separator)[:SEARCHED_ROWS]

    if fit := _best(_hinted_first(jobs), first_rows):
        return fit[0]
    raise ArquivoRecusadoError(no_kind_message(jobs, "o arquivo"))


def kind_of_sheet(jobs: Sequence[Job], rows: Rows, where: str) -> tuple[Job, Header] | None:
    """Choose the kind that the header of a workbook's sheet fits.

    Args:
        jobs: The same workbook, as each kind that its sheets may be.
        rows: The sheet's first ones.
        where: Begins an error's message: the sheet's name.

    Returns:
        The kind and the header, some required columns of which may be missing; None if no
        row is a header of any kind.

    Raises:
        ArquivoRecusadoError: Two columns of a header mean the same.
    """
    return _best(_hinted_first(jobs), lambda job: rows, where)


def no_kind_message(jobs: Iterable[Job], where: str) -> str:
    """Say that no row is a header of any kind, and what one of each must have."""
    needed = {job.entity: ", ".join(job.required_names) for job in jobs}
    if len(needed) == 1:
        return no_header_message(list(needed.values()), where)
    each = "; ou ".join(f"{names} ({entity})" for entity, names in needed.items())
    return no_header_message([each], where)
