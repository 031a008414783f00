"""Cut a sheet's XML into small workbooks, so memory does not grow with the sheet.

Here: bytes only; no cell is read. Not here: reading the slices (`xlsx`).

fastexcel holds a sheet whole: 100 000 rows x 36 columns took 410 MB. It can't read a
range of rows without parsing all of them, but a sheet's XML can be cut after any
`</row>` as it is unpacked, and each piece written as an xlsx of its own beside the
same shared strings and styles. Unpacking here also means that what the zip's
directory declares is the most that is ever read.

Data flow: sheet part -> `cut_sheet` -> `Slice` (a path in the job's folder, replaced
by the one after the next) -> `read_ahead`, so that cutting and parsing overlap.
"""

import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from loaders.errors import ArquivoRecusadoError
from loaders.reading.workbook import Sheet, Workbook

# 8 MiB of XML is some 6 500 rows of 36 columns: bigger slices hold more memory,
# smaller ones parse the shared strings again too often.
_SLICE_BYTES = 8 << 20
_BLOCK_BYTES = 1 << 20
_MAX_HEAD_BYTES = 8 << 20
_LAST_ROW = 1 << 20

# Put in column A of the row before a slice, so that the slice's first row and column
# are known: fastexcel drops leading blank rows and columns.
SENTINEL = "mirante"

_SHEET_DATA = re.compile(rb"<((?:[\w.-]+:)?)sheetData\s*(/?)>")
_DIMENSION = re.compile(rb"<(?:[\w.-]+:)?dimension\b[^>]*?(?:/>|>\s*</(?:[\w.-]+:)?dimension>)")
_ROW_NUMBER = re.compile(rb"<(?:[\w.-]+:)?row\b[^>]*?\sr=[\"'](\d{1,9})[\"']")

_STRINGS_TAG = re.compile(rb"<((?:[\w.-]+:)?sst)\s[^>]*>")
_STRINGS_HEAD_BYTES = 1024

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass(frozen=True)
class Slice:
    """Some consecutive rows of a sheet, as a workbook.

    Attributes:
        path: The workbook; valid until the slice after the next is asked for.
        rows_before: Rows of the sheet before this slice's first.
        xml: Its rows as they are in the sheet.
    """

    path: Path
    rows_before: int
    xml: bytes


def _relationships(*entries: tuple[str, str]) -> str:
    body = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(entries, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{body}</Relationships>'


def _without_counts(strings: bytes) -> bytes:
    """Take the declared counts out of the shared strings' opening tag.

    The parser reserves memory for as many as are declared, true or not.
    """
    head = _STRINGS_TAG.sub(rb"<\1>", strings[:_STRINGS_HEAD_BYTES], count=1)
    return head + strings[_STRINGS_HEAD_BYTES:]


class _Writer:
    """Writes slices of one workbook, with what each of them needs from it."""

    def __init__(self, archive: zipfile.ZipFile, workbook: Workbook, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._parts = {
            "_rels/.rels": _relationships(("officeDocument", "xl/workbook.xml")).encode()
        }
        date1904 = "1" if workbook.date1904 else "0"
        self._parts["xl/workbook.xml"] = (
            f'<workbook xmlns:r="{_OFFICE}"><workbookPr date1904="{date1904}"/><sheets>'
            '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ).encode()
        links = [("worksheet", "worksheets/sheet1.xml")]
        for kind, part in (("sharedStrings", workbook.shared_strings), ("styles", workbook.styles)):
            if part:
                content = archive.read(part)
                counted = kind == "sharedStrings"
                self._parts[f"xl/{kind}.xml"] = _without_counts(content) if counted else content
                links.append((kind, f"{kind}.xml"))
        self._parts["xl/_rels/workbook.xml.rels"] = _relationships(*links).encode()
        # Each slice parses all shared strings again: big ones ask for big slices.
        self.slice_bytes = max(_SLICE_BYTES, 2 * len(self._parts.get("xl/sharedStrings.xml", b"")))

    def write(self, head: bytes, prefix: bytes, rows: bytes, before: int) -> Slice:
        """Write one slice, over the one before the last."""
        self._count += 1
        path = self._folder / f"fatia-{self._count % 2}.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as out:
            for name, content in self._parts.items():
                out.writestr(name, content)
            with out.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
                sheet.write(head)
                if before:
                    sheet.write(_sentinel_row(prefix, before))
                sheet.write(rows)
                sheet.write(b"</%ssheetData></%sworksheet>" % (prefix, prefix))
        return Slice(path, before, rows)


def _sentinel_row(prefix: bytes, row: int) -> bytes:
    text = (f'<@row r="{row}"><@c r="A{row}" t="str"><@v>{SENTINEL}</@v></@c></@row>').encode()
    return text.replace(b"@", prefix)


def _rows_through(rows: bytes, before: int) -> int:
    """Count the sheet's rows through the end of a slice.

    A row's `r` is optional: rows without it follow the one before them.
    """
    end, unnumbered = len(rows), 0
    while (start := rows.rfind(b"row", 0, end)) >= 0:
        tag = rows.rfind(b"<", 0, start)
        end = max(tag, 0)
        if rows[tag + 1 : tag + 2] == b"/" or rows[start + 3 : start + 4] not in (b" ", b">", b"/"):
            continue
        found = _ROW_NUMBER.match(rows, tag, rows.find(b">", start) + 1)
        if found:
            return int(found[1]) + unnumbered
        unnumbered += 1
    return before + unnumbered


def cut_sheet(
    archive: zipfile.ZipFile, workbook: Workbook, sheet: Sheet, folder: Path
) -> Iterator[Slice]:
    """Unpack a sheet and give it slice by slice.

    Args:
        archive: The opened xlsx.
        workbook: Its structure.
        sheet: The sheet to cut.
        folder: Where the slices are written.

    Yields:
        Slices in order; nothing for a sheet without rows.

    Raises:
        ArquivoRecusadoError: The XML is not a sheet's.
        zipfile.BadZipFile: The content is not what the zip's directory declares.
    """
    with archive.open(sheet.part) as stream:
        buffer = stream.read(_BLOCK_BYTES)
        while not (opening := _SHEET_DATA.search(buffer)):
            block = stream.read(_BLOCK_BYTES)
            if not block or len(buffer) > _MAX_HEAD_BYTES:
                raise ArquivoRecusadoError(
                    f"o conteúdo da planilha '{sheet.name}' está danificado. "
                    "Abra o arquivo no Excel, salve de novo e repita."
                )
            buffer += block
        if opening[2]:
            return
        writer = _Writer(archive, workbook, folder)
        prefix = opening[1]
        # A false dimension would make the parser reserve memory for it.
        head = _DIMENSION.sub(b"", buffer[: opening.end()])
        row_end, data_end = b"</%srow>" % prefix, b"</%ssheetData>" % prefix
        rest, before, ended = buffer[opening.end() :], 0, False
        while not ended:
            parts, size = [rest], len(rest)
            while size < writer.slice_bytes and (block := stream.read(_BLOCK_BYTES)):
                parts.append(block)
                size += len(block)
            ended = size < writer.slice_bytes
            rows = b"".join(parts)
            del parts, rest
            # A comment or CDATA may hold what looks like a tag: then nothing is cut.
            if b"<!--" in rows or b"<![CDATA[" in rows:
                rows, ended = rows + stream.read(), True
                rest = b""
            elif (cut := rows.find(data_end)) >= 0:
                rows, rest, ended = rows[:cut], b"", True
            elif ended:
                rest = b""
            else:
                cut = rows.rfind(row_end) + len(row_end)
                if cut < len(row_end):
                    # One row of a whole slice's size; let the parser judge it.
                    rows, ended, rest = rows + stream.read(), True, b""
                else:
                    rows, rest = rows[:cut], rows[cut:]
            yield writer.write(head, prefix, rows, before)
            if not ended:
                before = _rows_through(rows, before)
                if before > _LAST_ROW:
                    raise ArquivoRecusadoError(
                        f"a planilha '{sheet.name}' tem linhas além da última que o Excel permite. "
                        "Abra o arquivo no Excel, salve de novo e repita."
                    )
        # To the end, so that the zip's checksum is verified.
        while stream.read(_BLOCK_BYTES):
            pass


def read_ahead(slices: Iterator[Slice]) -> Iterator[Slice]:
    """Cut the next slice in a thread while the last one is parsed.

    fastexcel and zlib both let go of Python's lock, so the two overlap: 3.1 s instead of
    3.3 s for 100 000 rows on two busy cores, at the cost of one more slice in memory.

    Args:
        slices: From `cut_sheet`.

    Yields:
        The same slices.
    """
    with ThreadPoolExecutor(max_workers=1) as executor:
        coming = executor.submit(next, slices, None)
        while (piece := coming.result()) is not None:
            coming = executor.submit(next, slices, None)
            yield piece
