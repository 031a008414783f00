"""The formats of exported files, by name.

Here: names only, for the command line to offer without importing what writes them. Not
here: writing (`loaders.exports`).
"""

from enum import StrEnum


class Format(StrEnum):
    """A kind of file; its value is the extension."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
