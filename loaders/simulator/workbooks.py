"""Big workbooks, written as they come, with any number of lines.

Here: sheets of a title, a header and lines, one after another in a file, and a hidden one;
what a value is as a cell. Not here: what the lines mean.

xlsxwriter makes all of a file but the lines: those are put together as text, a column at a
time, which takes a tenth of the time that a call for each cell does. Dates of the archive's
parts do not vary: same lines, same bytes.
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from html import escape
from pathlib import Path
from typing import Self

import polars as pl
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

TITLE_ROWS = 2
FIRST_LINE = TITLE_ROWS + 2  # lines count from 1, and the header takes one
SHEET_LINES = 1_048_576 - (FIRST_LINE - 1)
_SHEET = "Carteira"
# Lines turned into text at a time: bounds memory whatever the size of the table.
_SLICE = 5_000
# Day 0 of workbooks, by the leap year that 1900 was not.
_DAY_ZERO = date(1899, 12, 30)
_LEVEL = 4
_MARKS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

Value = str | float | None
# Values to write in place of the table's, by row and column.
SpoiltCells = Mapping[tuple[int, str], Value]


class Workbook:
    """A workbook in the making; a context manager, which completes it.

    When a sheet is full the lines go on in another one.
    """

    def __init__(
        self, path: Path, title: str, header: Sequence[str], at: date, sheet: str = _SHEET
    ) -> None:
        """Begin a file.

        Args:
            path: of the file, overwritten.
            title: above the header.
            header: names of the columns.
            at: the day that the file carries as that of its making.
            sheet: name of the sheet, and of those after it with a number.
        """
        self.path = path
        self._name = sheet
        self.lines = 0
        self._title, self._header, self._at = title, tuple(header), at
        frame = self._frame(1)[_part(1)].decode()
        style = re.search(rf'r="A{FIRST_LINE}" s="(\d+)"', frame)
        assert style is not None  # noqa: S101 - xlsxwriter's own
        self._date_style = style[1]
        # Its extent is that of the frame: better none.
        frame = re.sub(r"<dimension [^>]*/>", "", frame)
        self._head, rest = frame.split(f'<row r="{FIRST_LINE}"', 1)
        self._tail = rest[rest.index("</sheetData>") :]
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._sheets = 0
        self._begin_sheet()

    def __enter__(self) -> Self:
        """Return the workbook, to be completed in the end."""
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        """Write what is left to write, and close the file; one that is cut off opens nowhere."""
        self._end_sheet()
        own = {_part(number) for number in range(1, self._sheets + 1)}
        with self._archive as archive:
            for name, content in self._frame(self._sheets).items() if failure is None else ():
                if name not in own:
                    archive.writestr(_entry(name), content)

    def place(self, line: int) -> tuple[str, int]:
        """Return sheet and line, from 1, where a line stands.

        Args:
            line: of all, from 0.
        """
        sheet, row = divmod(line, SHEET_LINES)
        return self._sheet_name(sheet + 1), row + FIRST_LINE

    def write(self, table: pl.DataFrame, spoilt: SpoiltCells) -> None:
        """Append lines.

        Args:
            table: texts, dates and numbers, a column for each of the header; NULL and an
                empty text are no cell.
            spoilt: values to write instead of the table's.
        """
        offset = 0
        while offset < len(table):
            room = SHEET_LINES - self.lines % SHEET_LINES
            if room == SHEET_LINES and self.lines:
                self._end_sheet()
                self._begin_sheet()
            some = table.slice(offset, min(_SLICE, room))
            cells = {
                (row - offset, column): value
                for (row, column), value in spoilt.items()
                if offset <= row < offset + len(some)
            }
            first = self.lines % SHEET_LINES + FIRST_LINE
            self._sheet.write(_rows(some, cells, first, self._date_style))
            self.lines += len(some)
            offset += len(some)

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._archive.open(_entry(_part(self._sheets)), "w", force_zip64=True)
        self._sheet.write(self._head.encode())

    def _end_sheet(self) -> None:
        self._sheet.write(self._tail.encode())
        self._sheet.close()

    def _frame(self, sheets: int) -> dict[str, bytes]:
        """Return the parts of a workbook with one line, whose dates have their style."""
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True, "constant_memory": True}) as book:
            # Same data, same bytes: the file must not carry the time it was written at.
            book.set_properties({"created": datetime.combine(self._at, time())})
            day = book.add_format({"num_format": "dd/mm/yyyy"})
            for number in range(1, sheets + 1):
                sheet = book.add_worksheet(self._sheet_name(number))
                sheet.merge_range(0, 0, 0, 5, self._title)
                sheet.write_row(TITLE_ROWS, 0, self._header)
                sheet.write_datetime(FIRST_LINE - 1, 0, self._at, day)
            hidden = book.add_worksheet("Parâmetros")
            hidden.write_row(0, 0, ("uso interno", "não é carteira"))
            hidden.hide()
        with zipfile.ZipFile(content) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def _sheet_name(self, number: int) -> str:
        return self._name if number == 1 else f"{self._name} ({number})"


def _part(sheet: int) -> str:
    return f"xl/worksheets/sheet{sheet}.xml"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    # On Python 3.11 an entry's own level is the only one that counts.
    entry._compresslevel = _LEVEL  # type: ignore[attr-defined]
    return entry


def _rows(table: pl.DataFrame, spoilt: SpoiltCells, first: int, date_style: str) -> bytes:
    """Turn lines into the text of their rows."""
    number = pl.Series("#", range(first, first + len(table))).cast(pl.String)
    letters = {name: xl_col_to_name(place) for place, name in enumerate(table.columns)}
    cells = table.with_columns(number).select(
        "#", *(_cells(table, name, letter, date_style) for name, letter in letters.items())
    )
    for name, letter in letters.items():
        rows = [row for row, column in spoilt if column == name]
        if rows:
            texts = [_cell(f"{letter}{first + row}", spoilt[row, name]) for row in rows]
            cells = cells.with_columns(cells[name].scatter(rows, texts))
    lines = cells.select(
        pl.concat_str(
            pl.lit('<row r="'), pl.col("#"), pl.lit('">'), *map(pl.col, letters), pl.lit("</row>")
        )
    )
    return "".join(lines.to_series()).encode()


def _cells(table: pl.DataFrame, name: str, letter: str, date_style: str) -> pl.Expr:
    value = pl.col(name)
    kind = table.schema[name]
    before, after = '"><v>', "</v></c>"
    if kind == pl.String:
        before, after = '" t="inlineStr"><is><t>', "</t></is></c>"
        text = value.str.replace_many(_MARKS)
    elif kind == pl.Date:
        before = f'" s="{date_style}"><v>'
        text = (value - pl.lit(_DAY_ZERO)).dt.total_days().cast(pl.String)
    else:
        text = value.cast(pl.String)
    is_empty = value.is_null() | (value == "") if kind == pl.String else value.is_null()
    cell = pl.concat_str(
        pl.lit(f'<c r="{letter}'), pl.col("#"), pl.lit(before), text, pl.lit(after)
    )
    return pl.when(is_empty).then(pl.lit("")).otherwise(cell).alias(name)


def _cell(where: str, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        text = escape(value, quote=False)
        return f'<c r="{where}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f'<c r="{where}"><v>{value:.16g}</v></c>'
