"""What reading a file tells: the CSVs made, and what was seen on the way.

Here: plain dataclasses, light to import. Not here: how they are filled (`child`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class SheetRead:
    """A sheet (or a csv, whose name is None) whose lines landed.

    Attributes:
        name: The sheet's name; None for a csv.
        header_row: The header's line in the file, the first is 1.
        header: The header's cells as seen, blank ones as "".
        rows: Lines landed.
    """

    name: str | None
    header_row: int
    header: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class SheetIgnored:
    """A sheet that was not read.

    Attributes:
        name: The sheet's name.
        reason: `oculta` or `sem cabeçalho`.
    """

    name: str
    reason: Literal["oculta", "sem cabeçalho"]


@dataclass(frozen=True)
class Piece:
    """A CSV with some consecutive lines of a file.

    Attributes:
        path: The CSV.
        rows: Its lines, the header not counted.
    """

    path: Path
    rows: int


@dataclass(frozen=True)
class ReadResult:
    """What came of reading one file.

    Attributes:
        pieces: The CSVs to COPY: UTF-8, each with a header line, NULL as an unquoted blank.
        piece_separator: Splits their fields.
        entity: The raw table they are for.
        format: What the content is, whatever the name says.
        sheets_read: With header and lines of each; one nameless sheet for a csv.
        sheets_ignored: Sheets left out, with the reason.
        unknown_columns: Headers outside the contract; their values are in `_extras`.
        missing_optional: Contract columns that no header had; they land as NULL.
        encoding: Of a csv (`utf-8`, `utf-8-sig`, `utf-16`, `cp1252`, `latin-1`).
        separator: Of a csv.
        decimal_mark: Which mark numbers in text have.
        date_format: Which format dates in text have; None if mixed or not to be told.
        notices: Sentences for whoever loads the file, without values of lines.
        peak_rss_mb: The most memory that the child held, in MiB; None if unknown.
    """

    pieces: tuple[Piece, ...]
    piece_separator: str
    entity: str
    format: Literal["xlsx", "csv"]
    sheets_read: tuple[SheetRead, ...]
    sheets_ignored: tuple[SheetIgnored, ...]
    unknown_columns: tuple[str, ...]
    missing_optional: tuple[str, ...]
    encoding: str | None
    separator: str | None
    decimal_mark: Literal[",", "."]
    date_format: Literal["iso", "dd/mm/aaaa"] | None
    notices: tuple[str, ...]
    peak_rss_mb: int | None

    @property
    def rows(self) -> int:
        """Lines in all pieces, their headers not counted."""
        return sum(piece.rows for piece in self.pieces)

    @property
    def header_rows(self) -> tuple[int, ...]:
        """The header's line in each sheet read."""
        return tuple(sheet.header_row for sheet in self.sheets_read)

    @property
    def header_seen(self) -> tuple[str, ...]:
        """The first header read."""
        return self.sheets_read[0].header
