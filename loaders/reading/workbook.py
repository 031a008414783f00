"""What an xlsx says of itself: its sheets, which are hidden, where each one's XML is.

Here: `xl/workbook.xml` and its relationships, by expat with a few handlers. Not here:
whether the archive is sane (`guard`), nor cells (`slices`, `xlsx`).

fastexcel tells whether a sheet is hidden only once it has parsed all of it; these few
kilobytes tell before, so a hidden sheet costs nothing.
"""

import posixpath
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from xml.parsers import expat

from loaders.errors import ArquivoRecusadoError

WORKBOOK = "xl/workbook.xml"
RELATIONSHIPS = "xl/_rels/workbook.xml.rels"
# A workbook of a thousand sheets has some 100 KB here.
_MAX_PART_BYTES = 16 << 20


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook.

    Attributes:
        name: As its tab shows it.
        part: Its XML's path in the archive.
        hidden: Hidden or very hidden.
    """

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True)
class Workbook:
    """An xlsx that the guard let through.

    Attributes:
        sheets: In the order of the tabs; charts and macro sheets are not among them.
        shared_strings: Path of the shared strings' XML, if there is one.
        styles: Path of the styles' XML, if there is one.
        date1904: Dates count from 1904.
        declared_bytes: Of all that a reading would unpack.
    """

    sheets: tuple[Sheet, ...]
    shared_strings: str | None
    styles: str | None
    date1904: bool
    declared_bytes: int


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1]


def _parse(
    archive: zipfile.ZipFile, part: str, start: Callable[[str, dict[str, str]], None]
) -> None:
    """Call `start` with each element's local name and attributes."""
    if archive.getinfo(part).file_size > _MAX_PART_BYTES:
        raise ArquivoRecusadoError(
            f"a parte {part} é grande demais para uma planilha real. "
            "Salve o arquivo de novo no Excel."
        )

    def refuse_doctype(*_: object) -> None:
        # No spreadsheet has one; entities are how XML is made to explode.
        raise ArquivoRecusadoError(
            f"a parte {part} tem DOCTYPE, que planilhas não têm. Salve o arquivo de novo no Excel."
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = start
    parser.Parse(archive.read(part), True)


def _resolve(target: str) -> str:
    """Make a relationship's target a path in the archive."""
    return posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}")


def read_structure(archive: zipfile.ZipFile) -> Workbook:
    """Read which sheets there are.

    Args:
        archive: The opened xlsx; its directory was checked.

    Raises:
        ArquivoRecusadoError: The workbook's own parts are not what they must be.
    """
    names = set(archive.namelist())
    targets: dict[str, tuple[str, str]] = {}

    def relationship(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rsplit("/", 1)[-1]
            targets[attributes.get("Id", "")] = (kind, _resolve(attributes.get("Target", "")))

    if RELATIONSHIPS not in names:
        raise ArquivoRecusadoError(
            f"falta a parte {RELATIONSHIPS}; o arquivo está incompleto. Salve-o de novo no Excel."
        )
    _parse(archive, RELATIONSHIPS, relationship)

    sheets: list[Sheet] = []
    date1904 = False

    def element(name: str, attributes: dict[str, str]) -> None:
        nonlocal date1904
        if _local(name) == "workbookPr":
            date1904 = attributes.get("date1904") in ("1", "true")
        if _local(name) != "sheet":
            return
        identity = next((text for key, text in attributes.items() if _local(key) == "id"), "")
        kind, part = targets.get(identity, ("", ""))
        if kind != "worksheet":
            return
        title = attributes.get("name", "")
        if part not in names:
            raise ArquivoRecusadoError(
                f"falta o conteúdo da planilha '{title}'; o arquivo está incompleto. "
                "Salve-o de novo no Excel."
            )
        sheets.append(Sheet(title, part, attributes.get("state", "visible") != "visible"))

    _parse(archive, WORKBOOK, element)

    def part_of(kind: str) -> str | None:
        return next(
            (path for found, path in targets.values() if found == kind and path in names), None
        )

    shared_strings, styles = part_of("sharedStrings"), part_of("styles")
    read = {shared_strings, styles, *(sheet.part for sheet in sheets if not sheet.hidden)} - {None}
    return Workbook(
        sheets=tuple(sheets),
        shared_strings=shared_strings,
        styles=styles,
        date1904=date1904,
        declared_bytes=sum(archive.getinfo(part).file_size for part in read if part),
    )
