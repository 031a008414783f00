"""What is refused before any parser sees it, each with what it is and what to do.

Here: telling a file by its first bytes, and the checks of an xlsx that need only its
zip directory and a few kilobytes. Not here: what only shows while parsing; for that
the child has limits of memory and time.
"""

import mmap
import re
import zipfile
from pathlib import Path
from typing import Literal

from loaders.errors import ArquivoRecusadoError
from loaders.reading.workbook import WORKBOOK, Workbook, read_structure

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = "Abra-o no Excel, salve como .xlsx (ou .csv) e repita."

_LOOKS_LIKE: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "um PDF"),
    (b"\x89PNG", "uma imagem PNG"),
    (b"\xff\xd8\xff", "uma imagem JPEG"),
    (b"GIF8", "uma imagem GIF"),
    (b"Rar!", "um arquivo RAR"),
    (b"7z\xbc\xaf", "um arquivo 7z"),
    (b"\x1f\x8b", "um arquivo gzip"),
    (b"PAR1", "um arquivo Parquet"),
    (b"SQLite format 3", "um banco SQLite"),
    (b"PK\x05\x06", "um zip vazio"),
)
# Bank systems export HTML or XML tables under the name .xls.
_MARKUP = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<(!doctype html|html|table|\?xml|meta|head)", re.I)

# A real sheet's XML packs 5 to 30 times; deflate's limit is 1032. Small entries may
# pack better, so only what would take real memory is judged by ratio.
_MAX_ENTRIES = 10_000
_BIG_ENTRY_BYTES = 100 << 20
_MAX_RATIO = 200
_MAX_TOTAL_BYTES = 4 << 30
# All of it is held in memory: 1 GiB is some 30 million different texts.
_MAX_SHARED_STRINGS_BYTES = 1 << 30
# 1 000 000 x 36 is 36 M; one stray cell at the far corner is 17 thousand M.
_MAX_CELLS = 200_000_000
_HEAD_BYTES = 64 << 10
_DIMENSION = re.compile(
    rb"<(?:\w+:)?dimension\s[^>]*?\bref=[\"']\$?([A-Za-z]+)\$?(\d+):\$?([A-Za-z]+)\$?(\d+)[\"']"
)
_ENCRYPTED_FLAG = 0x1
_LOCAL_HEADER_BYTES = 30


def recognise(path: Path) -> Literal["xlsx", "csv"]:
    """Tell a file by its content.

    Args:
        path: The file.

    Returns:
        `xlsx` for any zip (checked by `check_workbook`), `csv` for any text.

    Raises:
        ArquivoRecusadoError: It is empty, or something else; the message says what.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise ArquivoRecusadoError("o arquivo está vazio. Exporte-o de novo e repita.")
    if head.startswith(_OLE2):
        raise ArquivoRecusadoError(_ole2_reason(path))
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    for magic, what in _LOOKS_LIKE:
        if head.startswith(magic):
            raise ArquivoRecusadoError(f"não é uma planilha, parece {what}. {_SAVE_AS}")
    if _MARKUP.match(head):
        raise ArquivoRecusadoError(
            f"não é uma planilha .xlsx, parece uma página HTML ou XML. {_SAVE_AS}"
        )
    return "csv"


def _ole2_reason(path: Path) -> str:
    """Tell an encrypted xlsx from an old xls: both are OLE2 containers."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        encrypted = content.find("EncryptedPackage".encode("utf-16-le")) >= 0
    if encrypted:
        return (
            "está protegido por senha. Abra-o no Excel, remova a senha "
            "(Arquivo > Informações > Proteger), salve e repita."
        )
    return "é um xls antigo, ou outro documento antigo do Office; salve como .xlsx e repita."


def _check_directory(archive: zipfile.ZipFile) -> None:
    """Refuse what the zip's directory already gives away."""
    entries = archive.infolist()
    bomb = "Isso é sinal de arquivo malicioso (zip bomb). Peça outro arquivo a quem o enviou."
    if len(entries) > _MAX_ENTRIES:
        raise ArquivoRecusadoError(f"o zip tem {len(entries)} entradas. {bomb}")
    seen: set[str] = set()
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        folded = entry.filename.casefold()
        if folded in seen:
            raise ArquivoRecusadoError(f"o zip tem entradas repetidas. {bomb}")
        seen.add(folded)
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise ArquivoRecusadoError("está protegido por senha (zip). Remova a senha e repita.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ArquivoRecusadoError(f"o zip usa uma compressão que o Excel não usa. {_SAVE_AS}")
        if entry.header_offset < end:
            raise ArquivoRecusadoError(f"o zip tem entradas sobrepostas. {bomb}")
        end = entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > _BIG_ENTRY_BYTES and ratio > _MAX_RATIO:
            raise ArquivoRecusadoError(
                f"uma parte do zip se expande {ratio:.0f} vezes, até "
                f"{entry.file_size >> 20} MB. {bomb}"
            )
    total = sum(entry.file_size for entry in entries)
    if total > _MAX_TOTAL_BYTES:
        raise ArquivoRecusadoError(f"o zip se expande até {total >> 20} MB. {bomb}")


def _other_zip(names: set[str]) -> str:
    """Say what a zip without a workbook is."""
    if "xl/workbook.bin" in names:
        return f"é um .xlsb (binário). {_SAVE_AS}"
    if "content.xml" in names:
        return f"parece uma planilha do LibreOffice (.ods). {_SAVE_AS}"
    if any(name.startswith("word/") for name in names):
        return f"parece um documento do Word. {_SAVE_AS}"
    if any(name.startswith("ppt/") for name in names):
        return f"parece uma apresentação do PowerPoint. {_SAVE_AS}"
    return (
        "é um zip, mas não tem uma planilha do Excel (falta xl/workbook.xml). "
        "Se a planilha está dentro dele, descompacte-o e repita."
    )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _check_dimension(archive: zipfile.ZipFile, part: str, name: str) -> None:
    """Refuse a sheet whose declared area no list of contracts has."""
    with archive.open(part) as sheet:
        found = _DIMENSION.search(sheet.read(_HEAD_BYTES))
    if not found:
        return
    # Parsers hold the rectangle from the first cell to the last, blank cells included.
    # int() of a thousand digits is slow; so long a number is out of range by itself.
    digits = max(len(found[2]), len(found[4]), len(found[1]), len(found[3]))
    rows = 1 << 40 if digits > 9 else int(found[4]) - int(found[2]) + 1
    columns = 1 if digits > 9 else _column_number(found[3]) - _column_number(found[1]) + 1
    if rows * columns > _MAX_CELLS:
        raise ArquivoRecusadoError(
            f"a planilha '{name}' declara uma área de {rows} linhas por {columns} colunas. "
            "Apague as linhas e colunas vazias além dos dados (Ctrl+End mostra a última célula), "
            "salve e repita."
        )


def check_workbook(path: Path) -> Workbook:
    """Check an xlsx without parsing a cell.

    Args:
        path: A file that begins as a zip.

    Returns:
        Its structure.

    Raises:
        ArquivoRecusadoError: It is no workbook, is broken, or would exhaust the machine.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
        raise ArquivoRecusadoError(
            "está truncado ou danificado: o zip não tem fim. Copie-o ou exporte-o de novo e repita."
        ) from None
    with archive:
        _check_directory(archive)
        names = set(archive.namelist())
        if WORKBOOK not in names:
            raise ArquivoRecusadoError(_other_zip(names))
        workbook = read_structure(archive)
        if (
            workbook.shared_strings
            and archive.getinfo(workbook.shared_strings).file_size > _MAX_SHARED_STRINGS_BYTES
        ):
            raise ArquivoRecusadoError(
                "a tabela de textos passa de 1 GB. Divida o arquivo em partes e repita."
            )
        for sheet in workbook.sheets:
            if not sheet.hidden:
                _check_dimension(archive, sheet.part, sheet.name)
    return workbook
