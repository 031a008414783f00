"""Read an xlsx: every visible sheet with the header, each cell as text.

Here: slices to frames, the header, numbers kept apart from texts. Not here: the
archive's checks (`guard`), the cutting (`slices`), the writing (`landing`).

What a cell becomes: a number its shortest decimal form; a date or time `2024-01-31
00:00:00` (a time alone on 1899-12-31); a boolean `true` or `false`; a percentage its
fraction (12.5 % is `0.125`); an error NULL; a formula its last result.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import fastexcel
import polars as pl

from loaders.errors import ArquivoRecusadoError
from loaders.names import column_letter
from loaders.reading.header import SEARCHED_ROWS, Header, missing_message
from loaders.reading.job import LINE, Job
from loaders.reading.kinds import kind_of_sheet, no_kind_message
from loaders.reading.landing import Landing, cell_columns
from loaders.reading.slices import SENTINEL, Slice, cut_sheet, read_ahead
from loaders.reading.workbook import Sheet, Workbook

# In text "1.234" is a Brazilian 1234, but a numeric cell of 1.234 has the same text.
_AMBIGUOUS = r"^-?\d{1,3}\.\d{3}$"
_OUT_OF_ORDER = (
    "a planilha '{}' tem linhas fora de ordem. Abra o arquivo no Excel, salve de novo e repita."
)


def _load(
    piece: Slice, dtype: Literal["string", "datetime"], columns: list[int] | None = None
) -> pl.DataFrame:
    """Load a slice with one type for all cells; what is not of it becomes NULL."""
    reader = fastexcel.read_excel(str(piece.path))
    # skip_rows=0 keeps leading blank rows; None drops them, up to the sentinel.
    loaded = reader.load_sheet(
        0,
        header_row=None,
        skip_rows=None if piece.rows_before else 0,
        dtypes=dtype,
        use_columns=columns,
    )
    # Names before and after the choice of columns differ; positions don't.
    names = [str(column.absolute_index) for column in loaded.selected_columns]
    frame = pl.DataFrame(loaded)
    frame.columns = names
    return frame


def read_slice(piece: Slice, sheet: Sheet) -> pl.DataFrame:
    """Read a slice's cells as text.

    Args:
        piece: The slice.
        sheet: Its sheet, named in messages.

    Returns:
        A column a file column, named by its position, and `_linha`.

    Raises:
        ArquivoRecusadoError: Its rows are not in order.
    """
    frame = _load(piece, "string")
    if piece.rows_before:
        if "0" not in frame.columns or frame["0"][0] != SENTINEL:
            raise ArquivoRecusadoError(_OUT_OF_ORDER.format(sheet.name))
        frame = frame[1:]
    return frame.with_row_index(LINE, offset=piece.rows_before + 1).cast({LINE: pl.Int64})


def _numeric_cells(
    piece: Slice, frame: pl.DataFrame, column: str, suspects: pl.Series
) -> pl.Series:
    """Tell which cells of a column are numbers in the sheet.

    Their tags are looked up in the XML: loading the column again would cost as much as
    reading the slice did. Only where a writer leaves out cells' references is it loaded
    again, as dates: a number can be one, a text can't.
    """
    letter = column_letter(int(column))
    numeric: list[int] = []
    at = 0
    for line in frame[LINE].filter(suspects).to_list():
        at = piece.xml.find(f' r="{letter}{line}"'.encode(), at)
        if at < 0:
            break
        tag = piece.xml[piece.xml.rfind(b"<", 0, at) : piece.xml.find(b">", at)]
        if b" t=" not in tag or b' t="n"' in tag:
            numeric.append(line)
    else:
        return suspects & frame[LINE].is_in(numeric)
    # Column A comes along: it holds the sentinel.
    wanted = sorted({0, int(column)} if "0" in frame.columns else {int(column)})
    dates = _load(piece, "datetime", wanted)[column]
    return suspects & dates[len(dates) - frame.height :].is_not_null()


def mark_numbers(piece: Slice, frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Add a zero to numeric cells whose text would read as Brazilian thousands.

    Args:
        piece: The slice that the frame was read from.
        frame: The slice's cells as text.
        columns: Those of numeric contract columns.

    Returns:
        The frame, 1.234 in a numeric cell as `1.2340`; in a text cell unchanged.
    """
    for column in columns:
        if column not in frame.columns:
            continue
        suspects = frame[column].str.contains(_AMBIGUOUS).fill_null(False)
        if not suspects.any():
            continue
        numeric = _numeric_cells(piece, frame, column, suspects)
        frame = frame.with_columns(
            pl.when(numeric).then(pl.col(column) + "0").otherwise(pl.col(column)).alias(column)
        )
    return frame


def _first_rows(frame: pl.DataFrame) -> list[list[str | None]]:
    """Give the first rows by position, so that columns before the first cell count."""
    cells = cell_columns(frame)
    width = max((int(name) for name in cells), default=-1) + 1
    rows: list[list[str | None]] = []
    for values in frame.select(cells).head(SEARCHED_ROWS).iter_rows():
        row: list[str | None] = [None] * width
        for name, value in zip(cells, values, strict=True):
            row[int(name)] = value
        while row and row[-1] is None:
            row.pop()
        rows.append(row)
    return rows


class _Reading:
    """The reading of one workbook: what was seen so far."""

    def __init__(self, jobs: Sequence[Job], workbook: Workbook) -> None:
        self.jobs = jobs
        self.workbook = workbook
        # Which kind of file it is, once a sheet has the header of one.
        self.landing: Landing | None = None
        self.read: list[dict[str, Any]] = []
        self.headers: list[Header] = []
        self.ignored: list[dict[str, str]] = []
        self.incomplete: list[str] = []

    def sheet(self, archive: zipfile.ZipFile, sheet: Sheet) -> None:
        """Land one visible sheet, or note why not."""
        header: Header | None = None
        rows = 0
        slices = cut_sheet(archive, self.workbook, sheet, Path(self.jobs[0].folder))
        for piece in read_ahead(slices):
            frame = read_slice(piece, sheet)
            if header is None:
                fit = self._header(frame, sheet)
                if fit is None:
                    break
                job, header = fit
                landing = self._landing_of(job, sheet)
                frame = frame.filter(pl.col(LINE) > header.row + 1)
                numbers = [
                    str(position)
                    for position in job.positions(lambda each: each.is_number, header.positions)
                ]
            frame = mark_numbers(piece, frame, numbers)
            rows += landing.write(frame, header, sheet.name)
        if header is None:
            self.ignored.append({"name": sheet.name, "reason": "sem cabeçalho"})
            return
        self.headers.append(header)
        self.read.append(
            {
                "name": sheet.name,
                "header_row": header.row + 1,
                "header": header.cells,
                "rows": rows,
            }
        )

    def _header(self, frame: pl.DataFrame, sheet: Sheet) -> tuple[Job, Header] | None:
        where = f"planilha '{sheet.name}': "
        fit = kind_of_sheet(self.jobs, _first_rows(frame), where)
        if fit is None or not fit[1].missing:
            return fit
        job, header = fit
        message = missing_message(header, header.row + 1, where)
        # A summary names a few columns of the list too. Most of the required ones make
        # it a list with a fault, which must not be left out with no more than a notice.
        if 2 * len(header.missing) < len(job.required_names):
            raise ArquivoRecusadoError(message)
        self.incomplete.append(message)
        return None

    def _landing_of(self, job: Job, sheet: Sheet) -> Landing:
        """Give the CSV that a sheet's lines go into: one file is of one kind.

        It lands in one table, whole or not at all, and leaving the sheets of another kind
        out would lose them with no more than a notice.
        """
        if self.landing is None:
            self.landing = Landing(job)
        elif job is not self.landing.job:
            raise ArquivoRecusadoError(
                f"as planilhas '{self.read[0]['name']}' ({self.landing.job.entity}) e "
                f"'{sheet.name}' ({job.entity}) são de tipos diferentes, e um arquivo se carrega "
                "como um tipo só. Salve as de cada tipo num arquivo próprio e repita."
            )
        return self.landing


def _notices(reading: _Reading, unknown: Sequence[str]) -> list[str]:
    notices = []
    hidden = [sheet["name"] for sheet in reading.ignored if sheet["reason"] == "oculta"]
    bare = [sheet["name"] for sheet in reading.ignored if sheet["reason"] != "oculta"]
    name = reading.jobs[0].file_name
    if hidden:
        notices.append(f"{name}: planilhas ocultas não lidas: {', '.join(hidden)}.")
    if bare:
        notices.append(f"{name}: planilhas sem o cabeçalho, não lidas: {', '.join(bare)}.")
    if len(reading.read) > 1:
        parts = ", ".join(f"{sheet['name']} ({sheet['rows']} linhas)" for sheet in reading.read)
        notices.append(f"{name}: planilhas lidas: {parts}.")
    if unknown:
        notices.append(
            f"{name}: colunas fora do contrato, guardadas em _extras: {', '.join(unknown)}."
        )
    return notices


def read_workbook(jobs: Sequence[Job], workbook: Workbook) -> dict[str, Any]:
    """Read every visible sheet that has the header.

    Args:
        jobs: What to read, as each kind of file that it may be.
        workbook: Its structure, checked.

    Returns:
        What was seen, as plain data, and the kind.

    Raises:
        ArquivoRecusadoError: No sheet can land, or they are of several kinds.
    """
    reading = _Reading(jobs, workbook)
    with zipfile.ZipFile(jobs[0].path) as archive:
        for sheet in workbook.sheets:
            if sheet.hidden:
                reading.ignored.append({"name": sheet.name, "reason": "oculta"})
            else:
                reading.sheet(archive, sheet)
    if reading.landing is None:
        if reading.incomplete:
            raise ArquivoRecusadoError(" ".join(reading.incomplete))
        raise ArquivoRecusadoError(no_kind_message(jobs, "nenhuma planilha visível"))
    reading.landing.close()
    job = reading.landing.job
    unknown = dict.fromkeys(
        [name for header in reading.headers for name in header.unknown.values()]
        + list(reading.landing.letter_columns)
    )
    found = {name for header in reading.headers for name in header.positions}
    return {
        "format": "xlsx",
        "sheets_read": reading.read,
        "sheets_ignored": reading.ignored,
        "unknown_columns": list(unknown),
        "missing_optional": [column.name for column in job.columns if column.name not in found],
        "encoding": None,
        "separator": None,
        # A number's text has a point, but marked; other texts are as Brazilians type.
        "decimal_mark": ",",
        "date_format": reading.landing.dates.decide(),
        "pieces": [sum(sheet["rows"] for sheet in reading.read)],
        "piece_separator": ",",
        "notices": _notices(reading, list(unknown)),
        "entity": job.entity,
    }
