"""Exported files read back, with nothing of what wrote them."""

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_NAMES = {"": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def csv_cells(path: Path) -> list[list[str]]:
    """Read a CSV's lines; NULL and '' are both ''."""
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


@dataclass(frozen=True)
class Cell:
    """A cell as the sheet's XML has it: kind (`n`, `inlineStr`, `b`), content, format."""

    kind: str
    content: str
    shown: str


def xlsx_sheets(path: Path) -> dict[str, list[list[Cell | None]]]:
    """Read a workbook's sheets from their XML; None where there is no cell."""
    with zipfile.ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - of our own making
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))  # noqa: S314 - of our own making
        names = [sheet.attrib["name"] for sheet in book.iterfind("sheets/sheet", _NAMES)]
        return {
            name: _rows(archive.read(f"xl/worksheets/sheet{number}.xml"), _formats(styles))
            for number, name in enumerate(names, 1)
        }


def _formats(styles: Any) -> list[str]:
    codes = {
        each.attrib["numFmtId"]: each.attrib["formatCode"]
        for each in styles.iterfind("numFmts/numFmt", _NAMES)
    }
    builtin = {"0": "", "1": "0", "2": "0.00"}
    return [
        (codes | builtin).get(each.attrib["numFmtId"], "?")
        for each in styles.iterfind("cellXfs/xf", _NAMES)
    ]


def _rows(xml: bytes, formats: list[str]) -> list[list[Cell | None]]:
    sheet = ElementTree.fromstring(xml)  # noqa: S314 - of our own making
    assert sheet.find(".//f", _NAMES) is None, "a formula"
    assert sheet.find(".//hyperlink", _NAMES) is None, "a link"
    rows: list[list[Cell | None]] = []
    for row in sheet.iterfind("sheetData/row", _NAMES):
        assert int(row.attrib["r"]) == len(rows) + 1
        cells: list[Cell | None] = []
        for cell in row:
            letters = re.sub(r"\d", "", cell.attrib["r"])
            position = 0
            for letter in letters:
                position = position * 26 + ord(letter) - 64
            cells += [None] * (position - 1 - len(cells))
            kind = cell.attrib.get("t", "n")
            texts = cell.iterfind(".//t", _NAMES) if kind == "inlineStr" else cell
            content = "".join(each.text or "" for each in texts)
            if kind == "inlineStr":  # as Excel reads it
                content = re.sub("_x([0-9A-F]{4})_", lambda match: chr(int(match[1], 16)), content)
            cells.append(Cell(kind, content, formats[int(cell.attrib.get("s", 0))]))
        rows.append(cells)
    return rows
