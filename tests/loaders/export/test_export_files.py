"""What `mirante export` writes: every value and type, in each format."""

import datetime as dt
import os
import zipfile
from decimal import Decimal
from pathlib import Path

import fastexcel
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.errors import MiranteError
from loaders.export_formats import Format
from loaders.exports import xlsx_files
from loaders.exports.exporting import export, export_table
from loaders.server import Server
from tests.loaders.export.helpers import (
    FORMATS,
    LONG_ID,
    TEXTS,
    rows_of,
)
from tests.loaders.export.read_back import Cell, csv_cells, xlsx_sheets


def test_csv_keeps_every_value(everything: Server, out: Path):
    path = out / "tudo.csv"
    assert export(everything, export_table("tudo"), path, Format.CSV) == len(TEXTS) + 2
    expected = rows_of(
        everything,
        "select id, texto, curto, vl, pc, livre, largo, inteiro, pequeno, duplo,"
        " case when sim then 't' else 'f' end as sim, dia::text,"
        " to_char(momento, 'YYYY-MM-DD HH24:MI:SS') as momento,"
        " to_char(momento, '.MS') as ms, dados::text"
        " from vendas.tudo where sim is not null order by id",
    )
    header, *lines = csv_cells(path)
    assert header[:3] == ["id", "texto", "curto"]
    assert header[-2:] == ["instante", "dados"]
    assert len(lines) == len(expected) + 1
    for line, row in zip(lines, expected, strict=False):
        got = dict(zip(header, line, strict=True))
        for name in ("texto", "curto"):
            text = row[name] or ""
            assert got[name] == ("'" if text[:1] in tuple("=+-@\t\r") else "") + text
        for name in ("id", "vl", "pc", "livre", "inteiro", "pequeno", "sim", "dia", "dados"):
            assert got[name] == str(row[name])
        assert Decimal(got["largo"]) == row["largo"]
        assert float(got["duplo"]) == row["duplo"]
        fraction = row["ms"].rstrip("0").rstrip(".")
        assert got["momento"] == row["momento"] + fraction
        if row["id"] != 100:
            assert got["instante"] == got["momento"] + "+00"
    assert lines[-1] == [str(LONG_ID)] + [""] * 14


def test_csv_tells_a_null_from_a_text_without_letters(server: Server, out: Path):
    path = out / "clientes.csv"
    export(server, export_table("dim_cliente"), path, Format.CSV)
    assert path.read_bytes() == 'cliente_id,nome\nB,\na,""\nb,Ana\ná,José\n'.encode("utf-8-sig")


def test_parquet_keeps_every_value_and_type(everything: Server, out: Path):
    path = out / "tudo.parquet"
    assert export(everything, export_table("tudo"), path, Format.PARQUET) == len(TEXTS) + 2
    table = pq.read_table(path)
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == {
        "id": pa.int64(),
        "texto": pa.string(),
        "curto": pa.string(),
        "vl": pa.decimal128(15, 2),
        "pc": pa.decimal128(9, 4),
        "livre": pa.string(),
        "largo": pa.decimal128(30, 10),
        "inteiro": pa.int32(),
        "pequeno": pa.int16(),
        "duplo": pa.float64(),
        "sim": pa.bool_(),
        "dia": pa.date32(),
        "momento": pa.timestamp("us"),
        "instante": pa.timestamp("us", tz="UTC"),
        "dados": pa.string(),
    }
    expected = rows_of(
        everything,
        "select id, texto, curto, vl, pc, livre::text, largo, inteiro, pequeno, duplo, sim, dia,"
        " momento, instante, dados::text from vendas.tudo order by id",
    )
    assert table.to_pylist() == expected
    # A NULL is one, and '' is a text.
    assert {row["texto"] for row in expected if not row["texto"]} == {"", None}


def test_xlsx_keeps_every_value_in_a_cell_of_its_kind(everything: Server, out: Path):
    path = out / "tudo.xlsx"
    assert export(everything, export_table("tudo"), path, Format.XLSX) == len(TEXTS) + 2
    (header, *lines) = xlsx_sheets(path)["dados"]
    names = [cell.content for cell in header if cell]
    expected = rows_of(everything, "select *, dados::text as dados from vendas.tudo order by id")
    assert len(lines) == len(expected)
    assert names == list(expected[0])

    def serial(moment: dt.datetime) -> float:
        return (moment.replace(tzinfo=None) - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)

    for line, row in zip(lines[: len(TEXTS)], expected, strict=False):
        got = dict(zip(names, line, strict=True))
        for name in ("texto", "curto"):
            # '' is a text, NULL no cell.
            assert got[name] == (None if row[name] is None else Cell("inlineStr", row[name], ""))
        assert got["vl"] == Cell("n", "-1234567.89", "0.00")
        assert got["pc"] == Cell("n", "0.3", "0.0000")
        assert got["livre"] == Cell("n", "1.5", "")
        # More digits than a number keeps: text.
        assert got["largo"] == Cell("inlineStr", "12345678901234567890.0123456789", "")
        assert got["inteiro"] == Cell("n", str(row["inteiro"]), "")
        assert got["duplo"] == Cell("n", "-1.5E+300", "")
        assert got["sim"] == Cell("b", "1" if row["sim"] else "0", "")
        assert got["dia"] == Cell("n", "45351", "dd/mm/yyyy")
        for name in ("momento", "instante"):
            cell = got[name]
            assert cell
            assert cell.kind == "n"
            assert cell.shown == "dd/mm/yyyy hh:mm:ss"
            assert float(cell.content) == pytest.approx(serial(row[name]), abs=1e-9)
        assert got["dados"] == Cell("inlineStr", '{"b": [1, "=1"]}', "")
    limits = dict(zip(names, lines[-2], strict=True))
    assert limits["vl"] == Cell("n", "9999999999999.99", "0.00")
    assert limits["livre"] == Cell("inlineStr", "0.12345678901234567", "")
    assert limits["largo"] == Cell("n", "1E-10", "0.0000000000")
    assert limits["dia"] == Cell("inlineStr", "1850-01-01", "")
    assert lines[-1] == [Cell("inlineStr", str(LONG_ID), "")]


def test_other_programs_read_the_workbook(everything: Server, out: Path):
    path = out / "tudo.xlsx"
    export(everything, export_table("tudo"), path, Format.XLSX)
    frame = fastexcel.read_excel(str(path)).load_sheet(0).to_polars()
    assert frame["texto"].to_list()[:6] == TEXTS[:6]
    assert frame["momento"][0] == dt.datetime(2024, 2, 29, 13, 14, 15, 123000)


def test_a_header_is_bold_and_stays_in_sight(server: Server, out: Path):
    path = out / "clientes.xlsx"
    export(server, export_table("dim_cliente"), path, Format.XLSX)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert 'ySplit="1"' in sheet
    assert 'state="frozen"' in sheet
    assert '<c r="A1" s="1"' in sheet
    assert "<b/>" in styles


def test_rows_that_fill_a_sheet_go_on_in_the_next(
    server: Server, out: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(xlsx_files, "ROWS_A_SHEET", 2)
    path = out / "clientes.xlsx"
    assert export(server, export_table("dim_cliente"), path, Format.XLSX) == 4
    sheets = xlsx_sheets(path)
    assert {
        name: [[cell and cell.content for cell in row] for row in rows]
        for name, rows in sheets.items()
    } == {
        "dados": [["cliente_id", "nome"], ["B"], ["a", ""]],
        "dados_2": [["cliente_id", "nome"], ["b", "Ana"], ["á", "José"]],
    }


@pytest.mark.parametrize("text", ["x" * 32_768, "😀" * 16_384, "<r>" + "&" * 9_000 + "</r>"])
def test_a_text_longer_than_a_cell_is_refused_by_row_and_column(
    server: Server, out: Path, text: str
):
    path = out / "clientes.xlsx"
    path.write_text("velho", encoding="utf-8")
    with server.connect() as connection:
        connection.execute("insert into carteira.dim_cliente values ('c', %s)", [text])
    with pytest.raises(
        MiranteError, match="na linha cliente_id = c, o texto da coluna nome não cabe"
    ):
        export(server, export_table("dim_cliente"), path, Format.XLSX)
    assert os.listdir(out) == ["clientes.xlsx"]
    assert path.read_text(encoding="utf-8") == "velho"


def test_a_text_as_long_as_a_cell_is_kept(server: Server, out: Path):
    path = out / "clientes.xlsx"
    text = "x" * 32_765 + "😀"
    with server.connect() as connection:
        connection.execute("update carteira.dim_cliente set nome = %s", [text])
    export(server, export_table("dim_cliente"), path, Format.XLSX)
    assert xlsx_sheets(path)["dados"][1][1] == Cell("inlineStr", text, "")


@pytest.mark.parametrize(
    ("value", "kind"),
    [("numeric 'NaN'", "numeric(9, 2)"), ("date 'infinity'", "date")],
)
def test_parquet_refuses_a_value_that_its_type_has_no_place_for(
    server: Server, out: Path, value: str, kind: str
):
    with server.connect() as connection:
        connection.execute(
            f"create table vendas.tudo as select {value}::{kind} as x"  # type: ignore[arg-type]
        )
    with pytest.raises(MiranteError, match="a coluna x tem um valor que o Parquet não guarda"):
        export(server, export_table("tudo"), out / "tudo.parquet", Format.PARQUET)
    assert os.listdir(out) == []
    # As the message says: csv takes it. So does a workbook, as text.
    assert export(server, export_table("tudo"), out / "tudo.csv", Format.CSV) == 1
    assert export(server, export_table("tudo"), out / "tudo.xlsx", Format.XLSX) == 1
    cell = xlsx_sheets(out / "tudo.xlsx")["dados"][1][0]
    assert cell
    assert [cell.content] == csv_cells(out / "tudo.csv")[1]


@pytest.mark.parametrize("kind", FORMATS)
def test_an_empty_table_gives_its_header(server: Server, out: Path, kind: Format):
    path = out / f"vazia.{kind}"
    assert export(server, export_table("cartoes.quarentena"), path, kind) == 0
    if kind is Format.CSV:
        assert csv_cells(path) == [["linha", "motivo"]]
    elif kind is Format.XLSX:
        (row,) = xlsx_sheets(path)["dados"]
        assert [cell and cell.content for cell in row] == ["linha", "motivo"]
    else:
        schema = pa.schema([("linha", pa.int32()), ("motivo", pa.string())])
        table = pq.read_table(path)
        assert table.schema == schema
        assert table.num_rows == 0
