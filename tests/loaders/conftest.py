"""Files made on the fly, and reading them with what every test needs to know."""

import csv
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from loaders.contracts import Contract, load_contract
from loaders.errors import ArquivoRecusadoError
from loaders.reading import ReadResult, read_file

# A value that stands for personal data: no message may hold it.
SECRET = "FULANO-SECRETO-52998224725"
HEADER = [
    "cliente_id",
    "cliente_documento",
    "cliente_nome",
    "agencia_id",
    "num_contrato",
    "linha",
    "atraso",
    "risco_atual",
    "saldo_atual",
    "data_operacao",
]


def line(number: int = 1, **values: Any) -> list[Any]:
    """Give one line of the required columns."""
    row = dict(
        zip(
            HEADER,
            [str(number), SECRET, SECRET, "7", f"C{number}", "CDC", 0, "A", 10.5, "2024-01-31"],
            strict=True,
        )
    )
    return list((row | values).values())


@dataclass
class Reading:
    """A result with its CSV's lines as dicts; NULL and blank are both ''."""

    result: ReadResult
    rows: list[dict[str, str]]


@dataclass
class Reader:
    """Reads files of one test, with a scratch folder of its own."""

    scratch: Path

    def __call__(self, path: Path, contract: Contract | None = None) -> Reading:
        result = read_file(path, [contract or load_contract("carteira")], scratch=self.scratch)
        assert set(self.scratch.iterdir()) == {piece.path for piece in result.pieces}
        rows = []
        for piece in result.pieces:
            with piece.path.open(encoding="utf-8", newline="") as file:
                lines = list(csv.DictReader(file, delimiter=result.piece_separator))
            assert len(lines) == piece.rows
            rows += lines
            piece.path.unlink()
        return Reading(result, rows)

    def refusal(self, path: Path, contract: Contract | None = None) -> str:
        """Give the refusal's message, once it is seen to be fit to be shown."""
        with pytest.raises(ArquivoRecusadoError) as caught:
            self(path, contract)
        message = str(caught.value)
        assert message.startswith(f"{path.name}: ")
        assert SECRET not in message
        assert list(self.scratch.iterdir()) == []
        return message


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Reader(scratch)


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Make a workbook: `{sheet name: rows}`, and a function for what rows can't say."""

    def make(
        sheets: dict[str, Sequence[Sequence[Any]]],
        more: Callable[[Any], None] | None = None,
        name: str = "carteira.xlsx",
        **options: Any,
    ) -> Path:
        path = tmp_path / name
        book = xlsxwriter.Workbook(
            path, {"strings_to_formulas": False, "strings_to_urls": False, **options}
        )
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        if more:
            more(book)
        book.close()
        return path

    return make


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """Make a workbook by hand, from the XML of its one sheet."""

    def make(sheet: bytes, extra: dict[str, bytes] | None = None, name: str = "feito.xlsx") -> Path:
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        parts = {
            "xl/workbook.xml": f'<workbook xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" '
            'r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="rId1" Type="{office}'
            f'/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{office}'
            '/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        }
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for part, text in parts.items():
                out.writestr(part, text)
            out.writestr("xl/worksheets/sheet1.xml", sheet)
            for part, content in (extra or {}).items():
                out.writestr(part, content)
        return path

    return make
