"""Workbooks as people make them: every line lands as it came, and it is said."""

import datetime
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loaders.contracts import load_contract
from loaders.reading import slices
from tests.loaders.conftest import HEADER, SECRET, Reader, line

Make = Callable[..., Path]


def test_a_plain_workbook_lands_with_where_each_line_came_from(workbook: Make, reader: Reader):
    path = workbook({"Base": [HEADER, line(1), line(2)]})
    reading = reader(path)
    first = reading.rows[0]
    assert [row["_linha"] for row in reading.rows] == ["2", "3"]
    assert first["_planilha"] == "Base"
    assert (first["saldo_atual"], first["atraso"], first["_extras"]) == ("10.5", "0", "")
    contract = load_contract("carteira")
    assert list(first)[2:-1] == [column.name for column in contract.columns]
    result = reading.result
    assert (result.format, result.decimal_mark, result.encoding) == ("xlsx", ",", None)
    assert result.date_format == "iso"
    assert "taxa" in result.missing_optional
    assert result.notices == ()


def test_the_header_is_found_below_titles_in_any_case_with_accents_and_aliases(
    workbook: Make, reader: Reader
):
    header = ["CLIENTE ID", "Documento", "nome.cliente", "Agência_Id", "NUM-CONTRATO", "Produto",
              "Dias Atraso", "risco atual", "SALDO ATUAL", "DATAOPERACAO"]  # fmt: skip

    def merge(book: Any) -> None:
        book.get_worksheet_by_name("Base").merge_range(0, 0, 1, 9, "Posição da carteira")

    path = workbook({"Base": [[], [], [], header, line(1)]}, merge)
    reading = reader(path)
    assert reading.result.header_rows == (4,)
    assert reading.rows[0]["_linha"] == "5"
    assert reading.rows[0]["num_contrato"] == "C1"
    assert reading.rows[0]["linha"] == "CDC"


def test_columns_before_the_first_cell_keep_their_letters(workbook: Make, reader: Reader):
    rows = [[], [None, None, *HEADER], [None, None, *line(1)], [None, "solto", *line(2)]]
    reading = reader(workbook({"Base": rows}))
    assert reading.rows[0]["cliente_id"] == "1"
    assert json.loads(reading.rows[1]["_extras"]) == {"coluna_B": "solto"}
    assert reading.result.unknown_columns == ("coluna_B",)


def test_hidden_sheets_are_not_read_and_that_is_said(workbook: Make, reader: Reader):
    def hide(book: Any) -> None:
        book.get_worksheet_by_name("Oculta").hide()
        book.get_worksheet_by_name("Muito").very_hidden()

    sheets = {"Base": [HEADER, line(1)], "Oculta": [HEADER, line(2)], "Muito": [HEADER, line(3)],
              "Notas": [["qualquer texto"]]}  # fmt: skip
    reading = reader(workbook(sheets, hide))
    assert [row["num_contrato"] for row in reading.rows] == ["C1"]
    assert {(s.name, s.reason) for s in reading.result.sheets_ignored} == {
        ("Oculta", "oculta"),
        ("Muito", "oculta"),
        ("Notas", "sem cabeçalho"),
    }
    said = " ".join(reading.result.notices)
    assert "Oculta, Muito" in said
    assert "Notas" in said


def test_all_visible_sheets_with_the_header_land_under_their_names(workbook: Make, reader: Reader):
    other = [*HEADER, "Taxa"]
    sheets = {"PF": [HEADER, line(1)], "PJ": [["t"], other, [*line(2), 1.5], line(3)]}
    reading = reader(workbook(sheets))
    assert [(row["_planilha"], row["_linha"]) for row in reading.rows] == [
        ("PF", "2"), ("PJ", "3"), ("PJ", "4"),
    ]  # fmt: skip
    assert "PF (1 linhas), PJ (2 linhas)" in reading.result.notices[0]
    assert "taxa" not in reading.result.missing_optional


def test_a_summary_sheet_with_some_of_the_columns_is_left_out(workbook: Make, reader: Reader):
    summary = [["linha", "agencia_id", "saldo_atual"], ["CDC", 7, 10]]
    reading = reader(workbook({"Resumo": summary, "Base": [HEADER, line(1)]}))
    assert len(reading.rows) == 1
    assert reading.result.sheets_ignored[0].name == "Resumo"


def test_blank_rows_are_no_lines_and_a_total_row_is_one(workbook: Make, reader: Reader):
    rows = [HEADER, line(1), [], ["  "], line(2), ["Total", *[None] * 7, 21]]
    reading = reader(workbook({"Base": rows}))
    assert [row["_linha"] for row in reading.rows] == ["2", "5", "6"]
    assert reading.rows[2]["cliente_id"] == "Total"


def test_a_contract_that_is_there_twice_lands_twice(workbook: Make, reader: Reader):
    reading = reader(workbook({"Base": [HEADER, line(1), line(1)]}))
    assert [row["num_contrato"] for row in reading.rows] == ["C1", "C1"]


def test_each_kind_of_cell_lands_as_its_text(workbook: Make, reader: Reader):
    def cells(book: Any) -> None:
        sheet = book.get_worksheet_by_name("Base")
        date = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_datetime(1, 9, datetime.datetime(2024, 1, 31), date)
        sheet.write_datetime(2, 5, datetime.datetime(2024, 1, 31, 13, 5), date)
        sheet.write_number(2, 8, 0.125, book.add_format({"num_format": "0.00%"}))
        sheet.write_datetime(3, 5, datetime.time(13, 5), book.add_format({"num_format": "hh:mm"}))
        sheet.write_formula(3, 8, "=1/0", None, "#DIV/0!")

    rows = [HEADER, line(1, cliente_documento=12345678909), line(2, linha=True),
            line(3, cliente_nome="=1+1", data_operacao=45322),
            line(4, cliente_nome="@a", linha="  x\ny ", atraso=False,
                 data_operacao="31/01/2024")]  # fmt: skip
    one, two, three, four = reader(workbook({"Base": rows}, cells)).rows
    assert (one["cliente_documento"], one["data_operacao"]) == (
        "12345678909",
        "2024-01-31 00:00:00",
    )
    assert (two["linha"], two["saldo_atual"]) == ("2024-01-31 13:05:00", "0.1250")
    assert (three["cliente_nome"], three["data_operacao"]) == ("=1+1", "45322")
    assert (three["linha"], three["saldo_atual"]) == ("1899-12-31 13:05:00", "")
    assert (four["cliente_nome"], four["linha"]) == ("@a", "  x\ny ")
    assert (four["atraso"], four["data_operacao"]) == ("false", "31/01/2024")


@pytest.mark.parametrize("suspects", [1, 40])
def test_a_numeric_cell_of_three_decimals_is_told_from_brazilian_thousands(
    workbook: Make, reader: Reader, suspects: int
):
    rows = [line(n, saldo_atual=1.234 if n <= suspects else 2.5) for n in range(1, 41)]
    texts = [line(41, saldo_atual="1.234", cliente_id="1.234"), line(42, cliente_id=1.234)]
    landed = reader(workbook({"Base": [HEADER, *rows, *texts]})).rows
    assert [row["saldo_atual"] for row in landed[:suspects]] == ["1.2340"] * suspects
    assert (landed[40]["saldo_atual"], landed[40]["cliente_id"]) == ("1.234", "1.234")
    # A text column is not a number's: its cell lands as it is.
    assert landed[41]["cliente_id"] == "1.234"


def test_unknown_columns_land_as_json_and_are_said(workbook: Make, reader: Reader):
    header = [*HEADER, 'Obs "x"', "Obs", "Obs", None, None]
    rows = [header, [*line(1), 'diz "oi"\n', None, "b", None, None, "fora"], line(2)]
    reading = reader(workbook({"Base": rows}))
    assert json.loads(reading.rows[0]["_extras"]) == {
        'Obs "x"': 'diz "oi"\n', "Obs_2": "b", "coluna_P": "fora",
    }  # fmt: skip
    assert reading.rows[1]["_extras"] == ""
    assert reading.result.unknown_columns == ('Obs "x"', "Obs", "Obs_2", "coluna_P")
    assert "_extras" in reading.result.notices[0]


def test_dates_of_the_1904_system_are_the_same_dates(workbook: Make, reader: Reader):
    def date(book: Any) -> None:
        cell = book.add_format({"num_format": "dd/mm/yyyy"})
        book.get_worksheet_by_name("Base").write_datetime(
            1, 9, datetime.datetime(2024, 1, 31), cell
        )

    path = workbook({"Base": [HEADER, line(1)]}, date, date_1904=True)
    assert reader(path).rows[0]["data_operacao"] == "2024-01-31 00:00:00"


def test_a_sheet_of_many_slices_lands_as_one(workbook: Make, tmp_path: Path):
    rows = [HEADER, *[line(n, saldo_atual=n / 8) for n in range(1, 3001)]]
    rows[1500] = [None] * len(HEADER)
    path = workbook({"Base": rows})
    # The size of slices is the child's: ask for small ones in a process of its own.
    script = (
        "import sys, json, zipfile, pathlib; from loaders.reading import slices, workbook as w\n"
        "slices._SLICE_BYTES = 64 << 10; slices._BLOCK_BYTES = 16 << 10\n"
        "from loaders.reading.xlsx import read_slice, mark_numbers\n"
        "a = zipfile.ZipFile(sys.argv[1]); b = w.read_structure(a); s = b.sheets[0]; n = 0\n"
        "for p in slices.read_ahead(slices.cut_sheet(a, b, s, pathlib.Path(sys.argv[2]))):\n"
        "    n += 1\n"
        "    f = mark_numbers(p, read_slice(p, s), ['8'])\n"
        "    [print(*r) for r in f.select('_linha', '4', '8').iter_rows()]\n"
        "print(n)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    *lines, count = done.stdout.splitlines()
    assert int(count) >= 4

    def text(number: int) -> str:
        plain = repr(number / 8).removesuffix(".0")
        return plain + "0" if len(plain.partition(".")[2]) == 3 else plain

    expected = [f"{n + 1} C{n} {text(n)}" for n in range(1, 3001)]
    expected[1499] = "1501 None None"
    assert lines[1:] == expected


@pytest.mark.parametrize(
    "rows",
    [b'<row r="1"/><row><c/></row>', b'<row r="2"><c r="A2"/></row>', b"<row></row><row></row>"],
)
def test_rows_are_counted_with_and_without_numbers(rows: bytes):
    assert slices._rows_through(rows, 0) == 2


def test_a_sheet_without_cell_references_and_with_a_prefix_is_read(archive: Make, reader: Reader):
    def cell(value: Any) -> str:
        if isinstance(value, float):
            return f"<x:c><x:v>{value}</x:v></x:c>"
        return f'<x:c t="inlineStr"><x:is><x:t>{value}</x:t></x:is></x:c>'

    def row(cells: list[Any]) -> str:
        return f"<x:row>{''.join(map(cell, cells))}</x:row>"

    body = row(HEADER) + "<!-- </x:row> -->" + row(line(1, saldo_atual=1.234))
    body += row(line(2, saldo_atual="1.234"))
    sheet = f'<x:worksheet xmlns:x="y"><x:sheetData>{body}</x:sheetData></x:worksheet>'
    reading = reader(archive(sheet.encode()))
    assert [(row["_linha"], row["num_contrato"], row["saldo_atual"]) for row in reading.rows] == [
        ("2", "C1", "1.2340"),
        ("3", "C2", "1.234"),
    ]


def test_the_small_contract_needs_both_of_its_columns(workbook: Make, reader: Reader):
    contract = load_contract("categorias")
    path = workbook({"C": [["Produto", "CATEGORIA"], ["CDC", "Pessoal"]]}, name="categorias.xlsx")
    assert reader(path, contract).rows[0]["linha"] == "CDC"
    path = workbook({"C": [["Produto", "x"], [SECRET, SECRET]]}, name="categorias.xlsx")
    assert "linha, categoria" in reader.refusal(path, contract)


def test_a_missing_required_column_refuses_the_file_by_name(workbook: Make, reader: Reader):
    header = ["x" if name == "saldo_atual" else name for name in HEADER]
    message = reader.refusal(workbook({"Base": [HEADER, line()], "B2": [header, line()]}))
    assert "planilha 'B2': falta a coluna obrigatória 'saldo_atual'" in message
    assert "Cabeçalho visto na linha 1: cliente_id, " in message


def test_no_header_at_all_names_the_required_columns(workbook: Make, reader: Reader):
    message = reader.refusal(workbook({"Base": [[SECRET, SECRET], line()]}))
    assert ", ".join(HEADER) in message


def test_two_columns_of_one_meaning_are_refused_by_name(workbook: Make, reader: Reader):
    message = reader.refusal(workbook({"Base": [[*HEADER, "Produto"], [*line(), "y"]]}))
    assert "'linha' (F)" in message
    assert "'Produto' (K)" in message


def test_importing_the_reader_loads_no_parser():
    script = (
        "import sys, loaders.reading, loaders.contracts\n"
        "print([m for m in ('polars', 'pyarrow', 'fastexcel', 'dlt') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
