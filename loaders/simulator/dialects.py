"""The csv dialects that source systems export, and writing a table in any of them.

Here: separator, decimals, dates, encoding, line ends and header names of a file. Not
here: what the columns mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import polars as pl

# Lines turned into text at a time: bounds memory whatever the size of the table.
SLICE = 100_000

# Texts to write in place of values, by row and column.
Spoilt = Mapping[tuple[int, str], str]


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Attributes:
        separator: between columns.
        decimal: before the cents.
        date_format: as of strftime; a time that it leaves out is not written.
        encoding: of the text; `utf-8-sig` puts a BOM before it.
        line_end: after each line, the last too.
        upper_header: whether the header is in capitals.
        header: names to write in place of the canonical ones.
        left_out: columns that such a file does not have.
    """

    separator: str = ","
    decimal: str = "."
    date_format: str = "%Y-%m-%d"
    encoding: str = "utf-8"
    line_end: str = "\n"
    upper_header: bool = False
    header: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    def name(self, column: str) -> str:
        """Return what a column is called in the file."""
        name = self.header.get(column, column)
        return name.upper() if self.upper_header else name


class CsvFile:
    """A csv in the making, which comes in pieces; a context manager."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        """Begin a file.

        Args:
            path: of the file, overwritten.
            dialect: how to write it.
        """
        self.path = path
        self.lines = 0
        self._dialect = dialect
        self._begun = False
        self._file = path.open("wb")

    def __enter__(self) -> Self:
        """Return the file, to be closed in the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def write(self, table: pl.DataFrame, spoilt: Spoilt | None = None) -> None:
        """Append a piece.

        Args:
            table: texts, dates or times, and whole numbers, which are cents; the columns of
                the other pieces.
            spoilt: texts that stand in the file instead of the table's values.
        """
        encoding = self._dialect.encoding
        for offset in range(0, max(len(table), 1), SLICE):
            text = _lines(table, offset, self._dialect, spoilt or {}).write_csv(
                separator=self._dialect.separator,
                line_terminator=self._dialect.line_end,
                include_header=not self._begun,
            )
            # A BOM belongs before the first line only.
            self._file.write(text.encode(_plain(encoding) if self._begun else encoding))
            self._begun = True
        self.lines += len(table)


def _lines(table: pl.DataFrame, offset: int, dialect: Dialect, spoilt: Spoilt) -> pl.DataFrame:
    """Turn some lines of a table into the texts of a file, by its names."""
    kept = [name for name in table.columns if name not in dialect.left_out]
    lines = (
        table.select(kept)
        .slice(offset, SLICE)
        .with_columns(
            pl.col(pl.Date, pl.Datetime).dt.to_string(dialect.date_format),
            *(_money(name, dialect.decimal) for name in kept if table.schema[name].is_integer()),
        )
    )
    for (row, column), text in spoilt.items():
        if offset <= row < offset + len(lines) and column in kept:
            lines[row - offset, column] = text
    return lines.rename({name: dialect.name(name) for name in kept})


def _plain(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _money(column: str, decimal: str) -> pl.Expr:
    cents = pl.col(column).abs()
    sign = pl.when(pl.col(column) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    fraction = (cents % 100).cast(pl.String).str.zfill(2)
    return pl.format("{}{}{}{}", sign, cents // 100, pl.lit(decimal), fraction).alias(column)
