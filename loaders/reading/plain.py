"""Read a plain csv at the speed of its bytes: no quotes, every line like the header.

Here: one pass over the bytes that checks them, numbers the lines and looks at decimals
and dates. Not here: any csv that is not as plain as that: it is left to the tolerant
reader (`delimited`), which lands the same lines from one that is.

The lines stay as they are, so there is nothing to split, quote or put together again: a
month of two million lines is checked and numbered in about a second, in memory that
does not depend on the file's size.
"""

import codecs
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from loaders.reading.formats import DateFormat, DecimalMark
from loaders.reading.header import SEARCHED_ROWS, Header, find_header
from loaders.reading.job import LINE, Job
from loaders.reading.text import detect_separator, sample

_BLOCK_BYTES = 2 << 20
# No line of a plain file is this long: without line ends there would be one block.
_MAX_LINE_BYTES = 8 << 20
# Postgres copies two pieces at once in a bit more than half the time; smaller files
# are not worth a second connection.
_PIECES = 2
_PIECE_BYTES = 8 << 20
_DIGITS = 5

_LF, _CR = 10, 13
_Bytes = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.intp]


class _NotPlainError(Exception):
    """The file is not as plain as this reader needs it."""


def read_plain(job: Job) -> dict[str, Any] | None:
    """Read a csv if it is a plain one.

    Args:
        job: What to read.

    Returns:
        What was seen, as plain data; None if the tolerant reader has to read it.
    """
    path = Path(job.path)
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    utf8 = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    # The order of `detect_encoding`, told on the way instead of ahead.
    for encoding in (utf8, "cp1252", "latin-1"):
        try:
            return _Reading(job, path, encoding).read()
        except UnicodeDecodeError:
            continue
        except _NotPlainError:
            break
    return None


class _Reading:
    """One try, in one encoding."""

    def __init__(self, job: Job, path: Path, encoding: str) -> None:
        self.job = job
        self.path = path
        self.encoding = encoding
        self.separator = detect_separator(path, encoding, job.columns)
        self.header = self._header()
        self.width = len(self.header.cells)
        self.mark = DecimalMark()
        self.dates = DateFormat()
        self.decimals = set(job.positions(lambda column: column.is_decimal, self.header.positions))
        self.date_places = job.positions(lambda column: column.is_date, self.header.positions)
        splits = re.escape(self.separator.encode())
        self.comma_ends = re.compile(rb",\d+[ \t]*(?=%s|\r?\n)" % splits)
        self.point_ends = re.compile(rb"\.(?:\d{1,2}|\d{4,})[ \t]*(?=%s|\r?\n)" % splits)

    def _header(self) -> Header:
        records = sample(self.path, self.encoding, self.separator)
        header = find_header(records[:SEARCHED_ROWS], self.job.columns)
        # What is missing is for the tolerant reader to say; what is unknown, to keep.
        plain = header and not header.row and not header.missing
        if not header or not plain or len(header.positions) != len(header.cells):
            raise _NotPlainError
        return header

    def read(self) -> dict[str, Any]:
        size = self.path.stat().st_size
        pieces = _Pieces(self.job, self._piece_header(), size)
        blocks = self._blocks()
        try:
            first = next(blocks, b"")
            head, _, first = first.partition(b"\n")
            self.crlf = head.endswith(b"\r")
            if b'"' in head:
                raise _NotPlainError
            for block in chain([first], blocks):
                self._take(block, pieces)
        except (UnicodeDecodeError, _NotPlainError):
            pieces.discard()
            raise
        pieces.close()
        columns = self.job.columns
        return {
            "format": "csv",
            "sheets_read": [
                {
                    "name": None,
                    "header_row": 1,
                    "header": self.header.cells,
                    "rows": sum(pieces.rows),
                }
            ],
            "sheets_ignored": [],
            "unknown_columns": [],
            "missing_optional": [
                column.name for column in columns if column.name not in self.header.positions
            ],
            "encoding": self.encoding,
            "separator": self.separator,
            "decimal_mark": self.mark.decide(self.separator),
            "date_format": self.dates.decide(),
            "pieces": pieces.rows,
            "piece_separator": self.separator,
            "notices": [],
        }

    def _piece_header(self) -> bytes:
        names = {position: name for name, position in self.header.positions.items()}
        ordered = [LINE, *(names[position] for position in range(self.width))]
        return self.separator.join(ordered).encode()

    def _blocks(self) -> Iterator[bytes]:
        """Give the file in whole lines, as UTF-8, the last one ended like the others."""
        with self.path.open("rb", buffering=0) as file:
            if self.encoding == "utf-8-sig":
                file.seek(len(codecs.BOM_UTF8))
            rest = last = b""
            while read := file.read(_BLOCK_BYTES):
                cut = read.rfind(b"\n") + 1
                if not cut:
                    rest += read
                    if len(rest) > _MAX_LINE_BYTES:
                        raise _NotPlainError
                    continue
                last = rest + read[:cut]
                rest = read[cut:]
                yield self._utf8(last)
            if rest:
                yield self._utf8(rest + (b"\r\n" if last.endswith(b"\r\n") else b"\n"))

    def _utf8(self, block: bytes) -> bytes:
        if block.isascii():
            return block
        text = block.decode("utf-8" if self.encoding == "utf-8-sig" else self.encoding)
        return block if self.encoding.startswith("utf-8") else text.encode()

    def _take(self, block: bytes, pieces: "_Pieces") -> None:
        """Check a block of lines and pass it on."""
        if not block:
            return
        if b'"' in block or b"\0" in block or (not self.crlf and b"\r" in block):
            raise _NotPlainError
        cells = np.frombuffer(block, np.uint8)
        ends = self._field_ends(cells)
        if self.crlf and (block.count(b"\r") != len(ends) or (cells[ends[:, -1] - 1] != _CR).any()):
            raise _NotPlainError
        starts = np.empty(len(ends), np.intp)
        starts[0] = 0
        starts[1:] = ends[:-1, -1] + 1
        self._refuse_blank(block, cells, starts, ends[:, -1])
        self._see_dates(cells, starts, ends)
        self._see_decimals(block)
        pieces.write(cells, starts)

    def _field_ends(self, cells: _Bytes) -> _Places:
        """Find where each field of each line ends.

        Returns:
            Lines x fields.
        """
        line_ends = cells == _LF
        places = np.flatnonzero(line_ends | (cells == ord(self.separator)))
        if len(places) % self.width:
            raise _NotPlainError
        ends = places.reshape(-1, self.width)
        # As many line ends as lines, each the last of its row: then all others are separators.
        if np.count_nonzero(line_ends) != len(ends) or not line_ends[ends[:, -1]].all():
            raise _NotPlainError
        return ends

    def _refuse_blank(
        self, block: bytes, cells: _Bytes, starts: _Places, line_ends: _Places
    ) -> None:
        """Leave lines that are wholly blank, which do not land, to the tolerant reader."""
        first = cells[starts]
        suspects = (first == ord(self.separator)) | (first <= ord(" ")) | (first > 0x7F)
        for line in np.flatnonzero(suspects):
            text = block[starts[line] : line_ends[line]].decode()
            if not text.replace(self.separator, " ").strip():
                raise _NotPlainError

    def _see_dates(self, cells: _Bytes, starts: _Places, ends: _Places) -> None:
        for position in self.date_places:
            begins = ends[:, position - 1] + 1 if position else starts
            stops = ends[:, position]
            if self.crlf and position == self.width - 1:
                stops = stops - 1
            length = stops - begins

            whole = length >= len("2024-01-31")
            iso = whole & _has(cells, begins, "-", 4, 7)
            brazilian = whole & _has(cells, begins, "/", 2, 5)
            known = iso | brazilian | (length == 0)
            self.dates.see(bool(iso.any()), bool(brazilian.any()), not bool(known.all()))

    def _see_decimals(self, block: bytes) -> None:
        if self.mark.comma:
            return
        if self.separator != ",":
            self.mark.comma = self._in_decimals(block, self.comma_ends)
        if not self.mark.point:
            self.mark.point = self._in_decimals(block, self.point_ends)

    def _in_decimals(self, block: bytes, pattern: re.Pattern[bytes]) -> bool:
        """Say whether a field of a decimal column ends like this."""
        separator = self.separator.encode()
        for found in pattern.finditer(block):
            line = block.rfind(b"\n", 0, found.start()) + 1
            if block.count(separator, line, found.start()) in self.decimals:
                return True
        return False


class _Pieces:
    """The CSVs in the making: consecutive lines of the file, numbered.

    Attributes:
        rows: Lines in each.
    """

    def __init__(self, job: Job, header: bytes, size: int) -> None:
        self._job = job
        self._header = header
        count = _PIECES if size > _PIECE_BYTES else 1
        self._share = -(-size // count)
        # A line has two bytes at least; zeros before the number cost less than its length.
        self._digits = max(len(str(size)), _DIGITS + 1)
        self._low = _low_digits()
        self._separator = header[len(LINE)]
        self._written = 0
        self._next = 2
        self.rows: list[int] = []
        self._file: IO[bytes] | None = None

    def write(self, cells: _Bytes, starts: _Places) -> None:
        """Write lines, each with its number before it."""
        if self._file is None or self._written >= self._share * len(self.rows):
            self._open()
        assert self._file is not None  # noqa: S101 - it was opened
        count, width = len(starts), self._digits + 1
        out = np.empty(len(cells) + count * width, np.uint8)
        rest = np.ones(len(out), bool)
        # Row `n` of a sliding view is the room for a number that begins at `n`.
        places = starts + np.arange(count) * width
        sliding_window_view(rest, width, writeable=True)[places] = False
        sliding_window_view(out, width, writeable=True)[places] = self._numbers(count)
        out[rest] = cells
        self._file.write(out.data)
        self._next += count
        self._written += len(cells)
        self.rows[-1] += count

    def _numbers(self, count: int) -> _Bytes:
        """Write the next lines' numbers and a separator after each.

        They follow one another, so but for the first digits they are a slice of a table.
        """
        numbers = np.empty((count, self._digits + 1), np.uint8)
        numbers[:, -1] = self._separator
        done, cycle = 0, len(self._low)
        while done < count:
            high, low = divmod(self._next + done, cycle)
            until = min(count, done + cycle - low)
            digits = f"{high:0{self._digits - _DIGITS}d}".encode()
            numbers[done:until, : -_DIGITS - 1] = np.frombuffer(digits, np.uint8)
            numbers[done:until, -_DIGITS - 1 : -1] = self._low[low : low + until - done]
            done = until
        return numbers

    def _open(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = self._job.create_piece(len(self.rows))
        self._file.write(self._header + b"\n")
        self.rows.append(0)

    def close(self) -> None:
        """Finish the last one."""
        if self._file is None:
            self._open()
        assert self._file is not None  # noqa: S101 - it was opened
        self._file.close()

    def discard(self) -> None:
        """Take back what was written: the file is read again in another way."""
        if self._file is not None:
            self._file.close()
        for number in range(len(self.rows)):
            self._job.piece(number).unlink()


def _has(cells: _Bytes, begins: _Places, mark: str, one: int, other: int) -> npt.NDArray[np.bool_]:
    """Say which fields have a mark in two places; false or not for those that are shorter."""
    # Beyond the block there is nothing, but short fields may be all that is left of it.
    first = cells.take(begins + one, mode="clip") == ord(mark)
    second = cells.take(begins + other, mode="clip") == ord(mark)
    both: npt.NDArray[np.bool_] = first & second
    return both


def _low_digits() -> _Bytes:
    """Give the last digits of all numbers that have that many, in order."""
    rest = np.arange(10**_DIGITS)
    digits = np.empty((len(rest), _DIGITS), np.uint8)
    for place in range(_DIGITS - 1, -1, -1):
        rest, digits[:, place] = np.divmod(rest, 10)
    return digits + ord("0")
