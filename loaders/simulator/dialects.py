"""The csv dialects that source systems export, and writing a table in any of them.

Here: separator, decimals, dates, encoding, line ends and header names of a file. Not
here: what the columns mean.
"""

from collections.abc import Iterable, Mapping
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


def write_csv(path: Path, table: pl.DataFrame, dialect: Dialect, spoilt: Spoilt) -> None:
    """Write a table in a dialect.

    Args:
        path: file, overwritten.
        table: texts, dates or times, and whole numbers, which are cents.
        dialect: how.
        spoilt: texts that stand in the file instead of the table's values.
    """
    write_pieces(path, [(table, spoilt)], dialect)


def write_pieces(
    path: Path, pieces: Iterable[tuple[pl.DataFrame, Spoilt]], dialect: Dialect
) -> None:
    """Write a table that comes in pieces, one of them in memory at a time.

    Args:
        path: file, overwritten.
        pieces: one at least, of the same columns, each as of `write_csv`.
        dialect: how.
    """
    begun = False
    with path.open("wb") as file:
        for table, spoilt in pieces:
            for offset in range(0, max(len(table), 1), SLICE):
                text = _lines(table, offset, dialect, spoilt).write_csv(
                    separator=dialect.separator,
                    line_terminator=dialect.line_end,
                    include_header=not begun,
                )
                # A BOM belongs before the first line only.
                file.write(text.encode(_plain(dialect.encoding) if begun else dialect.encoding))
                begun = True


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
