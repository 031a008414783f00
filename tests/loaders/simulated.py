"""Simulated csv files read back, whatever their dialect."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar


@dataclass(frozen=True)
class CsvFile:
    """A file as read back: how it was written, and its lines by number."""

    name: str
    encoding: str
    bom: bool
    line_end: str
    separator: str
    header: tuple[str, ...]
    lines: dict[int, dict[str, str]]


File = TypeVar("File", bound=CsvFile)


def read_csv(path: Path, canonical: Mapping[str, str], kind: type[File]) -> File:
    """Read a file, its columns by their canonical names."""
    content = path.read_bytes()
    bom = content.startswith(b"\xef\xbb\xbf")
    try:
        encoding, text = "utf-8", content.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding, text = "iso-8859-1", content.decode("iso-8859-1")
    separator = ";" if ";" in text.split("\n", 1)[0] else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = tuple(next(rows))
    names = [canonical.get(name.lower(), name.lower()) for name in header]
    lines = {number: dict(zip(names, row, strict=True)) for number, row in enumerate(rows, start=2)}
    line_end = "\r\n" if "\r\n" in text else "\n"
    return kind(path.name, encoding, bom, line_end, separator, header, lines)


def day(text: str) -> date:
    """Read a date in either format, with or without a time."""
    if "/" in text:
        return datetime.strptime(text[:10], "%d/%m/%Y").date()
    return date.fromisoformat(text[:10])


def money(text: str) -> Decimal:
    """Read an amount, which has cents."""
    value = Decimal(text.replace(",", "."))
    assert value.as_tuple().exponent == -2, text
    return value
