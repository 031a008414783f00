"""Broken and hostile files are refused in seconds, by name, within the memory limit."""

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loaders.errors import MiranteError
from loaders.reading.guard import check_workbook
from tests.loaders.conftest import HEADER, SECRET, Reader, line

Make = Callable[..., Path]
# Of work, here and in the reader's process; the clock goes on while others have the machine.
SECONDS = 10
SECONDS_BY_THE_CLOCK = 60
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.fixture(autouse=True)
def _in_seconds() -> Iterator[None]:
    before = os.times()
    yield
    after = os.times()
    assert sum(after[:4]) - sum(before[:4]) < SECONDS
    assert after.elapsed - before.elapsed < SECONDS_BY_THE_CLOCK


def header_row() -> str:
    cells = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADER)
    return f'<row r="1">{cells}</row>'


def sheet(rows: str, dimension: str = "") -> bytes:
    return f"<worksheet>{dimension}<sheetData>{rows}</sheetData></worksheet>".encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vazio"),
        (OLE2 + "EncryptedPackage".encode("utf-16-le") + bytes(99), "protegido por senha"),
        (OLE2 + "Workbook".encode("utf-16-le"), "xls antigo"),
        (b"%PDF-1.7\n", "PDF"),
        (b"  <html><table>", "HTML"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x05\x06" + bytes(18), "zip vazio"),
        (b"PK\x03\x04" + bytes(90), "truncado"),
        (bytes(range(256)) * 40, "bytes nulos"),
    ],
)
def test_what_is_no_xlsx_is_refused_with_what_it_is(
    tmp_path: Path, reader: Reader, content: bytes, said: str
):
    path = tmp_path / "posicao.xlsx"
    path.write_bytes(content)
    assert said in reader.refusal(path)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("xl/workbook.bin", ".xlsb"),
        ("content.xml", ".ods"),
        ("word/document.xml", "Word"),
        ("a.txt", "xl/workbook.xml"),
    ],
)
def test_a_zip_that_is_no_workbook_is_refused(
    tmp_path: Path, reader: Reader, entry: str, said: str
):
    path = tmp_path / "posicao.xlsx"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr(entry, "x")
    assert said in reader.refusal(path)


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_workbook_is_refused(workbook: Make, reader: Reader, kept: float):
    path = workbook({"Base": [HEADER, *[line(n) for n in range(500)]]})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert "truncado ou danificado" in reader.refusal(path)


def test_a_damaged_workbook_is_refused(workbook: Make, reader: Reader):
    path = workbook({"Base": [HEADER, *[line(n) for n in range(5000)]]})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    content[at + 2000 : at + 2100] = bytes(100)
    path.write_bytes(bytes(content))
    assert "danificado" in reader.refusal(path)


def test_a_zip_bomb_is_refused_by_what_it_declares(archive: Make, reader: Reader):
    path = archive(b" " * (150 << 20))
    assert "zip bomb" in reader.refusal(path)


def test_a_zip_that_lies_about_its_sizes_is_refused(archive: Make, reader: Reader):
    path = archive(sheet(header_row() + " " * (80 << 20)))
    content = path.read_bytes()
    with zipfile.ZipFile(path) as opened:
        size = opened.getinfo("xl/worksheets/sheet1.xml").file_size
    lied = content.replace(size.to_bytes(4, "little"), (2000).to_bytes(4, "little"))
    path.write_bytes(lied)
    assert "danificado" in reader.refusal(path)


def test_repeated_entries_are_refused(archive: Make, reader: Reader):
    path = archive(sheet(header_row()))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as out:
        out.writestr("xl/workbook.xml", "<workbook/>")
    assert "repetidas" in reader.refusal(path)


def test_too_many_entries_are_refused(archive: Make, reader: Reader):
    path = archive(sheet(header_row()), {f"x/{n}": b"" for n in range(11_000)})
    assert "11003 entradas" in reader.refusal(path)


def test_a_cell_at_the_far_corner_is_refused_by_the_declared_area(workbook: Make, reader: Reader):
    path = workbook(
        {"Base": [HEADER, line()]}, lambda b: b.worksheets()[0].write(1048575, 16383, 1)
    )
    message = reader.refusal(path)
    assert "planilha 'Base' declara uma área de 1048576 linhas por 16384 colunas" in message
    assert "Ctrl+End" in message


@pytest.mark.parametrize("dimension", ["", '<dimension ref="A1:J2"/>'])
def test_a_far_corner_that_is_not_declared_is_refused_by_the_memory_limit(
    archive: Make, reader: Reader, dimension: str
):
    rows = header_row() + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert "mais memória que o limite" in reader.refusal(archive(sheet(rows, dimension)))


def test_a_declared_area_that_is_false_reserves_nothing(
    archive: Make, reader: Reader, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_LEITURA_MEMORIA_MB", "1024")
    rows = header_row() + "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(2, 9)
    )
    reading = reader(archive(sheet(rows, '<dimension ref="A1:J9999999"/>')))
    assert reading.result.rows == 7
    assert (reading.result.peak_rss_mb or 0) < 300


def test_shared_strings_of_an_absurd_count_do_no_harm(archive: Make, reader: Reader):
    strings = b'<sst count="4294967295" uniqueCount="4294967295"><si><t>a</t></si></sst>'
    rows = header_row() + '<row r="2"><c r="A2" t="s"><v>0</v></c></row>'
    reading = reader(archive(sheet(rows), {"xl/sharedStrings.xml": strings}))
    assert reading.rows[0]["cliente_id"] == "a"


def test_a_doctype_is_refused(archive: Make, reader: Reader, tmp_path: Path):
    path = archive(sheet(header_row()))
    out = tmp_path / "bilhao.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            doctype = b'<!DOCTYPE a [<!ENTITY b "c">]>' if name == "xl/workbook.xml" else b""
            new.writestr(name, doctype + old.read(name))
    assert "DOCTYPE" in reader.refusal(out)


@pytest.mark.parametrize(
    "rows",
    [
        f"<row r='2'><c r='A2' t='s'><v>7</v></c><c r='B2' t='str'><v>{SECRET}</v></c></row>",
        f"<row r='2'><c r='1A' t='str'><v>{SECRET}</v></c></row>",
        f"<row r='2'><c r='A2' t='str'><v>{SECRET}",
    ],
)
def test_broken_cells_are_refused_without_their_values(archive: Make, reader: Reader, rows: str):
    assert "danificado" in reader.refusal(archive(sheet(header_row() + rows)))


def test_a_reading_that_takes_too_long_is_ended(
    workbook: Make, reader: Reader, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_LEITURA_SEGUNDOS", "0.01")
    message = reader.refusal(workbook({"Base": [HEADER, line()]}))
    assert "tempo limite" in message
    assert "MIRANTE_LEITURA_SEGUNDOS" in message


def test_a_wrong_limit_is_said(workbook: Make, reader: Reader, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MIRANTE_LEITURA_MEMORIA_MB", "muita")
    with pytest.raises(MiranteError, match="MIRANTE_LEITURA_MEMORIA_MB deve ser um número"):
        reader(workbook({"Base": [HEADER, line()]}))
    assert list(reader.scratch.iterdir()) == []


def test_a_big_real_sheet_passes_the_guard(archive: Make):
    # A million rows declared; the guard reads no cell.
    path = archive(sheet(header_row(), '<dimension ref="A1:AJ1000001"/>'))
    assert [s.name for s in check_workbook(path).sheets] == ["S"]


@pytest.mark.skipif(sys.platform != "linux", reason="the tie to the parent is Linux's")
def test_the_child_dies_with_its_parent(workbook: Make, reader: Reader, tmp_path: Path):
    path = workbook({"Base": [HEADER, *[line(n) for n in range(30_000)]]})
    script = (
        "import sys, pathlib, subprocess\n"
        "from loaders.reading import launcher\n"
        "from loaders.contracts import load_contract\n"
        "real = subprocess.Popen\n"
        "def popen(*a, **k):\n"
        "    p = real(*a, **k); print(p.pid, flush=True); return p\n"
        "launcher.subprocess.Popen = popen\n"
        "launcher.read_file(pathlib.Path(sys.argv[1]), [load_contract('carteira')],\n"
        "    scratch=pathlib.Path(sys.argv[2]))\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(path), str(reader.scratch)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    time.sleep(0.2)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(50):
        status = Path(f"/proc/{child}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            break
        time.sleep(0.1)
    else:
        pytest.fail("the child outlived its parent")
