"""Query results as workbooks.

Here: what kind of cell a value becomes, and what no cell can hold. Not here: which query,
in which order.

No text is ever a formula or a link: cells are written by their type, not by their looks.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias
from xml.sax.saxutils import escape

import psycopg
import xlsxwriter
from psycopg import sql
from xlsxwriter.exceptions import FileCreateError

from loaders.errors import MiranteError
from loaders.exports.files import replacing
from loaders.exports.ordering import columns_of, in_order, text_rows

# A sheet's rows below its header.
ROWS_A_SHEET: Final = 1_048_575
# In UTF-16 units, as Excel counts.
LONGEST_TEXT: Final = 32_767
# A double keeps no more.
_DIGITS: Final = 15
# The same rows must give the same bytes: a workbook has the time it was made in it.
_CREATED: Final = datetime(2000, 1, 1)

_BOOLEAN, _DATE, _NUMERIC = 16, 1082, 1700
_TIMESTAMPS: Final = frozenset({1114, 1184})
_FLOATS: Final = frozenset({700, 701})
_EXACT: Final = frozenset({20, 21, 23, _NUMERIC})
_WIDTHS: Final = {_DATE: 12, 1114: 19, 1184: 19}

# Writes a value into a row and column.
_Put: TypeAlias = Callable[[int, int, str], None]


class _TooLongError(Exception):
    """A text that no cell holds; says in which column."""


def export_xlsx(
    connection: psycopg.Connection[Any],
    query: sql.Composable,
    path: Path,
    order_by: Sequence[str],
) -> int:
    """Write a query's rows to a workbook; as many sheets as they need, each with its header.

    Args:
        connection: to the server; timestamps are written as its session's time zone has them.
        query: a select.
        path: the file; its folder is made if missing.
        order_by: columns that order the rows and name one; none for all columns.

    Returns:
        The number of rows.

    Raises:
        MiranteError: the file can't be written, or a text is longer than a cell may be.
    """
    columns = columns_of(connection, query)
    number = 0
    with (
        replacing(path) as growing,
        text_rows(connection, in_order(query, columns, order_by)) as rows,
    ):
        book = xlsxwriter.Workbook(
            growing,
            {
                "constant_memory": True,
                "tmpdir": str(growing.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "use_zip64": True,
            },
        )
        book.set_properties({"created": _CREATED})
        sheet = _Sheet(book, columns)
        for number, row in enumerate(rows, 1):
            if sheet.is_full:
                sheet = _Sheet(book, columns)
            try:
                sheet.append(row)
            except _TooLongError as error:
                where = _named(row, columns, order_by) or number
                raise MiranteError(
                    f"na linha {where}, o texto da coluna {error} não cabe numa célula, que "
                    f"guarda {LONGEST_TEXT} caracteres. Exporte como csv ou parquet."
                ) from None
        try:
            book.close()
        except FileCreateError as error:
            raise error.args[0] from None
    return number


class _Sheet:
    """One sheet of a workbook, growing row by row."""

    def __init__(self, book: Any, columns: Sequence[psycopg.Column]) -> None:
        """Begin a sheet: bold header, frozen, widths that show the names."""
        self._names = [column.name for column in columns]
        count = len(book.worksheets())
        self._sheet = book.add_worksheet("dados" if not count else f"dados_{count + 1}")
        self._sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for position, column in enumerate(columns):
            width = max(len(column.name) + 2, _WIDTHS.get(column.type_code, 10))
            self._sheet.set_column(position, position, width)
            self._sheet.write_string(0, position, column.name, bold)
        self._puts = [self._put(book, column) for column in columns]
        self._row = 0

    @property
    def is_full(self) -> bool:
        return self._row == ROWS_A_SHEET

    def append(self, values: Sequence[str | None]) -> None:
        """Write a row below the last one; NULL is a cell that is not there."""
        self._row += 1
        for position, value in enumerate(values):
            if value is not None:
                self._puts[position](self._row, position, value)

    def _put(self, book: Any, column: psycopg.Column) -> _Put:
        kind = column.type_code
        if kind == _BOOLEAN:
            return self._boolean
        if kind == _DATE:
            return self._moment(book.add_format({"num_format": "dd/mm/yyyy"}), date.fromisoformat)
        if kind in _TIMESTAMPS:
            shown = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
            return self._moment(shown, _without_zone)
        if kind in _FLOATS:
            return self._number(None, math.inf)
        if kind in _EXACT:
            scale = column.scale if kind == _NUMERIC and column.precision else 0
            shown = book.add_format({"num_format": "0." + "0" * scale}) if scale else None
            return self._number(shown, _DIGITS)
        return self._text

    def _text(self, row: int, position: int, text: str) -> None:
        # xlsxwriter would take such a text for XML of its own making.
        if text.startswith("<r>") and text.endswith("</r>"):
            text = f'<r><t xml:space="preserve">{escape(text)}</t></r>'
        if self._sheet.write_string(row, position, text):
            raise _TooLongError(self._names[position])

    def _boolean(self, row: int, position: int, text: str) -> None:
        self._sheet.write_boolean(row, position, text == "t")

    def _number(self, shown: Any, most_digits: float) -> _Put:
        def put(row: int, position: int, text: str) -> None:
            number = float(text)
            # What is significant: 0.050 has one digit.
            digits = len(text.lstrip("-").replace(".", "").strip("0"))
            if digits > most_digits or not math.isfinite(number):
                self._text(row, position, text)
            else:
                self._sheet.write_number(row, position, number, shown)

        return put

    def _moment(self, shown: Any, parse: Callable[[str], date]) -> _Put:
        def put(row: int, position: int, text: str) -> None:
            try:
                moment = parse(text)
            except ValueError:  # infinity, BC, after 9999
                self._text(row, position, text)
                return
            if moment.year < 1900:  # Excel's calendar begins there
                self._text(row, position, text)
            else:
                self._sheet.write_datetime(row, position, moment, shown)

        return put


def _without_zone(text: str) -> datetime:
    """Read a timestamp; cells have no time zones."""
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _named(row: Sequence[str | None], columns: Sequence[psycopg.Column], key: Sequence[str]) -> str:
    """Name a row by its key, nothing else of it: what it holds may be personal."""
    values = dict(zip((column.name for column in columns), row, strict=True))
    return ", ".join(f"{part} = {values[part]}" for part in key if part in values)
