"""Read a file that people made, and leave CSVs that Postgres can COPY.

Here: telling xlsx from csv, refusing what is harmful or broken, finding the header,
landing every line as text with where it came from. Not here: Postgres, dlt, types
and business rules. Importing this is light; the parsing, and the libraries it needs,
are in a child process with limits on memory and time.

Data flow: file -> child (guard -> kinds -> plain, or delimited or xlsx and landing) ->
CSVs in scratch, and a `ReadResult` that says what was seen.
"""

from loaders.reading.launcher import read_file, sha256_of
from loaders.reading.result import Piece, ReadResult, SheetIgnored, SheetRead

__all__ = ["Piece", "ReadResult", "SheetIgnored", "SheetRead", "read_file", "sha256_of"]
