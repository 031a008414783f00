"""What a text file is made of: its encoding and its separator.

Here: one pass over the bytes, and a stream of them as UTF-8. Not here: records and
cells (`delimited`).
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from loaders.errors import ArquivoRecusadoError
from loaders.reading.header import SEARCHED_ROWS, count_matches
from loaders.reading.job import JobColumn

SEPARATORS = (";", ",", "\t", "|")
_BLOCK_BYTES = 1 << 20
# Enough for 50 records of any real file; the last of them may be cut.
_SAMPLE_CHARS = 1 << 20

_BINARY = (
    "não é texto nem planilha: tem bytes nulos. Confira se é o arquivo certo, ou exporte-o de novo."
)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK_BYTES):
                # Bytes first: a binary file must not pass for text in Latin-1.
                if encoding != "utf-16" and b"\0" in block:
                    raise ArquivoRecusadoError(_BINARY)
                if "\0" in decoder.decode(block):
                    raise ArquivoRecusadoError(_BINARY)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def detect_encoding(path: Path) -> str:
    """Tell a text file's encoding from all of its bytes.

    Args:
        path: The file.

    Returns:
        `utf-8-sig`, `utf-16`, `utf-8`, `cp1252` or `latin-1`.

    Raises:
        ArquivoRecusadoError: It is binary, or its byte order mark is false.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if not _decodes(path, "utf-16"):
            raise ArquivoRecusadoError(
                "começa como UTF-16 mas não é. Salve-o como CSV UTF-8 e repita."
            )
        return "utf-16"
    candidates = ["utf-8", "cp1252"]
    if head.startswith(codecs.BOM_UTF8):
        candidates[0] = "utf-8-sig"
    # Latin-1 gives a character to every byte, so it is the last resort, unchecked.
    return next((name for name in candidates if _decodes(path, name)), "latin-1")


def sample(path: Path, encoding: str, separator: str) -> list[list[str]]:
    """Split a file's first records, those that may hold the header and some below.

    Args:
        path: The file.
        encoding: As detected.
        separator: To split by.

    Returns:
        At most twice the rows in which a header is searched.
    """
    # The whole file decodes, or will be seen not to: a sample need not.
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        text = file.read(_SAMPLE_CHARS)
    csv.field_size_limit(_SAMPLE_CHARS + 1)
    records: list[list[str]] = []
    for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        records.append(record)
        if len(records) == 2 * SEARCHED_ROWS:
            break
    return records


def detect_separator(path: Path, encoding: str, columns: Sequence[JobColumn]) -> str:
    """Tell the separator: the one by which some row names the most contract columns.

    Args:
        path: The file.
        encoding: As detected.
        columns: The contract's.
    """

    def score(separator: str) -> int:
        rows = sample(path, encoding, separator)[:SEARCHED_ROWS]
        return max((count_matches(row, columns) for row in rows), default=0)

    # max() gives the first of equals, the most usual one.
    return max(SEPARATORS, key=score)


def likely_encoding(path: Path) -> str:
    """Guess a text file's encoding from its first bytes, to look at its header.

    Args:
        path: The file.

    Returns:
        `utf-8-sig`, `utf-16`, `utf-8` or `cp1252`.
    """
    with path.open("rb") as file:
        head = file.read(_BLOCK_BYTES)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


class Utf8Stream(io.RawIOBase):
    """A file's text as UTF-8 bytes, with a last line added.

    The added line shows whether a quote is still open at the end: then it is part of
    the last cell, not a line.
    """

    def __init__(self, path: Path, encoding: str, last_line: str) -> None:
        """Open the file.

        Args:
            path: The file.
            encoding: As detected.
            last_line: The line to add.
        """
        super().__init__()
        self._chunks = self._encode(path, encoding, last_line)
        self._rest = b""

    @staticmethod
    def _encode(path: Path, encoding: str, last_line: str) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)()
        tail = b""
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                # UTF-8 was checked by detect_encoding; decoding it again is waste.
                chunk = block if encoding == "utf-8" else decoder.decode(block).encode()
                if chunk:
                    tail = chunk
                    yield chunk
        yield ("" if tail.endswith((b"\n", b"\r")) else "\n").encode() + last_line.encode() + b"\n"

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Give at most `size` bytes; none only at the end."""
        if not self._rest:
            self._rest = next(self._chunks, b"")
        if size < 0:
            self._rest += b"".join(self._chunks)
            size = len(self._rest)
        given, self._rest = self._rest[:size], self._rest[size:]
        return given
