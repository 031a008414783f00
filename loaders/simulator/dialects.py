"""The csv dialects that source systems export, and writing a table in any of them.

Here: separator, decimals, dates, encoding, line ends and header names of a file. Not
here: what the columns mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

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
        date_format: as of strftime.
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


def write_csv(path: Path, table: pl.DataFrame, dialect: Dialect, spoilt: Spoilt) -> None:
    """Write a table in a dialect.

    Args:
        path: file, overwritten.
        table: texts, dates, and whole numbers, which are cents.
        dialect: how.
        spoilt: texts that stand in the file instead of the table's values.
    """
    kept = [name for name in table.columns if name not in dialect.left_out]
    with path.open("wb") as file:
        for offset in range(0, max(len(table), 1), SLICE):
            piece = (
                table.select(kept)
                .slice(offset, SLICE)
                .with_columns(
                    pl.col(pl.Date).dt.to_string(dialect.date_format),
                    *(
                        _money(name, dialect.decimal)
                        for name in kept
                        if table.schema[name].is_integer()
                    ),
                )
            )
            for (row, column), text in spoilt.items():
                if offset <= row < offset + len(piece) and column in kept:
                    piece[row - offset, column] = text
            text = piece.rename({name: dialect.name(name) for name in kept}).write_csv(
                separator=dialect.separator,
                line_terminator=dialect.line_end,
                include_header=offset == 0,
            )
            # A BOM belongs before the first line only.
            file.write(text.encode(dialect.encoding if offset == 0 else _plain(dialect.encoding)))


def _plain(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _money(column: str, decimal: str) -> pl.Expr:
    cents = pl.col(column).abs()
    sign = pl.when(pl.col(column) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    fraction = (cents % 100).cast(pl.String).str.zfill(2)
    return pl.format("{}{}{}{}", sign, cents // 100, pl.lit(decimal), fraction).alias(column)
