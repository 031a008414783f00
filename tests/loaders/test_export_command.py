"""`mirante export`: tables as files, on a real server."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import fastexcel
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import sql

from loaders.building import quiet_dbt
from loaders.commands import export as command
from loaders.errors import MiranteError
from loaders.export_formats import Format
from loaders.exports import files, xlsx_files
from loaders.exports.exporting import export, export_table
from loaders.exports.files import replacing
from loaders.exports.marts import all_marts, find
from loaders.exports.ordering import in_order
from loaders.exports.table import ExportTable, UnknownNameError
from loaders.server import Server
from loaders.settings import PROJECT_ROOT, dbt_target
from tests.loaders.exported import Cell, csv_cells, xlsx_sheets
from tests.loaders.helpers import mirante

Node = dict[str, Any]

FORMATS = list(Format)
TEXTS = [
    "=1+1", "+55 11", "-5", "@soma", "\tx", "\rx", "a=1", "", None, "'x", " espaço ",
    'com "aspas", vírgula\ne linha\r\noutra', "Conceição Núñez", "{1,2}", "http://x.br/", "007",
    "<r><t>x</t><f>1</f></r>", "a_x0041_b", "\x01\x0b", "😀 & <b>", "\\N", "1e5", "TRUE",
]  # fmt: skip
# More digits than a number in a workbook has.
LONG_ID = 12345678901234567
EVERYTHING = """
    create table vendas.tudo (
        id bigint, texto text, curto varchar(60), vl numeric(15, 2), pc numeric(9, 4),
        livre numeric, largo numeric(30, 10), inteiro integer, pequeno smallint,
        duplo double precision, sim boolean, dia date, momento timestamp,
        instante timestamptz, dados jsonb
    )
"""


def node(name: str, schema: str, kind: str = "model", **more: Any) -> Node:
    """A node of dbt's manifest, parsed with a prefix that is not in use."""
    config = {"schema": schema, "materialized": "table", **more.pop("config", {})}
    return {
        "unique_id": f"{kind}.mirante.{name}",
        "resource_type": kind,
        "name": name,
        "alias": name.split("__")[-1],
        "schema": f"velho_{schema}",
        "fqn": ["mirante", "marts", schema, name],
        "config": config,
        "columns": {},
        "constraints": [],
        **more,
    }


def unique_test(of: Node, **arguments: Any) -> Node:
    name = "unique_combination" if "columns" in arguments else "unique"
    return {
        "unique_id": f"test.mirante.{name}_{of['name']}_{arguments}",
        "resource_type": "test",
        "config": {"schema": "falhas_de_teste"},
        "attached_node": of["unique_id"],
        "test_metadata": {"name": name, "kwargs": arguments},
    }


def write_manifest(folder: Path, nodes: list[Node]) -> None:
    folder.mkdir(exist_ok=True)
    manifest = {"nodes": {each["unique_id"]: each for each in nodes}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A parsed project: two tables of one name, one of each kind, and what is no mart."""
    everything = node("tudo", "vendas", columns={"id": {}, "texto": {}})
    primary = [{"type": "primary_key", "columns": ["cliente_id"]}]
    nodes = [
        node("dim_cliente", "carteira", constraints=primary),
        node("carteira__quarentena", "carteira"),
        node("cartoes__quarentena", "cartoes"),
        everything,
        unique_test(everything, column_name="texto"),
        unique_test(everything, column_name="id"),
        node("feriados", "referencia", kind="seed", fqn=["mirante", "feriados"]),
        node(
            "historico__contratos", "historico", kind="snapshot", fqn=["mirante", "contratos"],
            config={"unique_key": "num_contrato"},
        ),
        node("stg_x__ys", "staging", fqn=["mirante", "staging", "x", "stg_x__ys"]),
        node("sem_tabela", "carteira", config={"materialized": "ephemeral"}),
    ]  # fmt: skip
    folder = tmp_path / "target"
    write_manifest(folder, nodes)
    monkeypatch.setenv("DBT_TARGET_PATH", str(folder))
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "saida"
    folder.mkdir()
    return folder


@pytest.fixture
def server(user_server: Server, target: Path) -> Server:
    """A server with what the project has built: `dim_cliente`, `quarentena`."""
    with user_server.connect() as connection:
        connection.execute(
            """
            create schema carteira;
            create schema cartoes;
            create schema vendas;
            create table carteira.dim_cliente (cliente_id text primary key, nome text);
            insert into carteira.dim_cliente values
                ('b', 'Ana'), ('á', 'José'), ('B', null), ('a', '');
            create table cartoes.quarentena (linha integer, motivo text);
            """
        )
    return user_server


@pytest.fixture
def everything(server: Server) -> Server:
    """A server with a table of every type and of texts that are hard to keep."""
    moment = dt.datetime(2024, 2, 29, 13, 14, 15, 123000)
    rows: list[tuple[Any, ...]] = [
        (number, text, text, Decimal("-1234567.89"), Decimal("0.3000"), Decimal("1.50"),
         Decimal("12345678901234567890.0123456789"), -number, 3, -1.5e300, number % 2 == 0,
         dt.date(2024, 2, 29), moment, moment.replace(tzinfo=dt.UTC), '{"b": [1, "=1"]}')
        for number, text in enumerate(TEXTS)
    ]  # fmt: skip
    rows += [
        (LONG_ID, *(None for _ in rows[0][1:])),
        (100, "limites", "", Decimal("9999999999999.99"), Decimal("99999.9999"),
         Decimal("0.12345678901234567"), Decimal("0.0000000001"), 2**31 - 1, -(2**15), 0.1 + 0.2,
         True, dt.date(1850, 1, 1), dt.datetime(9999, 12, 31),
         dt.datetime(1900, 1, 1, tzinfo=dt.UTC),
         '"x"'),
    ]  # fmt: skip
    with server.connect() as connection:
        connection.execute(EVERYTHING)  # type: ignore[arg-type]
        connection.cursor().executemany(
            f"insert into vendas.tudo values ({', '.join(['%s'] * 15)})",  # type: ignore[arg-type]
            rows[::-1],
        )
    return server


def rows_of(server: Server, query: str) -> list[dict[str, Any]]:
    """Read a query's rows as Python has them, times in UTC."""
    with server.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            return cursor.execute(query).fetchall()  # type: ignore[arg-type]


# --- what is in the files ---------------------------------------------------------------


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


# --- order, and the same bytes ----------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_rows_give_the_same_bytes(everything: Server, out: Path, kind: Format):
    table = export_table("tudo")
    export(everything, table, out / "um", kind)
    with everything.connect() as connection:
        connection.execute(
            """
            create temp table outra as select * from vendas.tudo order by md5(id::text);
            truncate vendas.tudo;
            insert into vendas.tudo select * from outra;
            """
        )
        for setting in (
            "timezone = 'Asia/Tokyo'",
            "datestyle = 'German'",
            "extra_float_digits = 0",
        ):
            connection.execute(
                sql.SQL("alter role {} set {}").format(
                    sql.Identifier(everything.user),
                    sql.SQL(setting),  # type: ignore[arg-type]
                )
            )
    time.sleep(1.1)  # a time of day in a file would differ
    export(everything, table, out / "dois", kind)
    assert (out / "um").read_bytes() == (out / "dois").read_bytes()


@pytest.mark.parametrize("kind", FORMATS)
def test_rows_that_no_key_tells_apart_have_one_order_too(server: Server, out: Path, kind: Format):
    # 1.0 = 1.00, and json has no order at all.
    rows = ["(1.0, '[1]')", "(1.00, '[1]')", "(1.0, '[2]')", "(null, '[1]')", "(null, null)"]
    table = ExportTable("t", "t", sql.SQL("select * from vendas.iguais"), ("a",))
    for name, values in (("um", rows), ("dois", rows[::-1])):
        with server.connect() as connection:
            connection.execute("drop table if exists vendas.iguais")
            connection.execute("create table vendas.iguais (a numeric, b json)")
            connection.execute(
                f"insert into vendas.iguais values {', '.join(values)}"  # type: ignore[arg-type]
            )
        export(server, table, out / name, kind)
    assert (out / "um").read_bytes() == (out / "dois").read_bytes()


def test_texts_are_ordered_by_their_bytes_whatever_the_servers_language():
    # No server of the tests has another collation than that of bytes.
    columns = [mock.Mock(type_code=25), mock.Mock(type_code=23)]
    columns[0].name, columns[1].name = "a", "n"
    ordered = in_order(sql.SQL("select"), columns, ["n", "a"]).as_string(None)
    order = ordered.split(" order by ")[1]
    assert order == ('consulta."n", consulta."a" collate "C", (consulta.*)::text collate "C"')


def test_without_a_key_all_columns_order_the_rows(server: Server, out: Path):
    with server.connect() as connection:
        connection.execute("insert into cartoes.quarentena values (10, 'b'), (9, 'c'), (10, 'B')")
    path = out / "q.csv"
    export(server, export_table("cartoes.quarentena"), path, Format.CSV)
    assert csv_cells(path)[1:] == [["9", "c"], ["10", "B"], ["10", "b"]]


# --- which table ------------------------------------------------------------------------


def test_marts_are_models_seeds_and_snapshots_by_their_own_schema(target: Path):
    assert {mart.name: mart.key for mart in all_marts()} == {
        "carteira.dim_cliente": ("cliente_id",),
        "carteira.quarentena": (),
        "cartoes.quarentena": (),
        "vendas.tudo": ("id",),
        "referencia.feriados": (),
        "historico.contratos": ("num_contrato", "dbt_valid_from"),
    }


def test_the_project_itself_has_its_marts_by_name(tmp_path: Path):
    if not (dbt_target() / "manifest.json").exists():
        os.environ |= {"DBT_PROJECT_DIR": str(PROJECT_ROOT), "DBT_PROFILES_DIR": str(PROJECT_ROOT)}
        assert quiet_dbt(["parse"])
    assert find("dim_cliente").key == ("cliente_id",)
    assert find("book_fatura_resumo").key == ("dt_ref", "periodo")
    assert find("vw_vso_mensal").key == ("mes", "empreendimento_id")
    assert find("historico.contratos").key == ("num_contrato", "dbt_valid_from")
    assert find("carteira__quarentena").name == "carteira.quarentena"
    assert find("feriados").name == "referencia.feriados"


def test_a_name_of_several_tables_lists_them(target: Path):
    with pytest.raises(UnknownNameError, match=r"carteira\.quarentena, cartoes\.quarentena\."):
        find("quarentena")
    assert find("Cartoes.Quarentena").name == "cartoes.quarentena"


@pytest.mark.parametrize(
    ("name", "near"),
    [("dim_clientes", "carteira.dim_cliente"), ("cliente360", "cliente-360")],
)
def test_an_unknown_name_is_answered_with_near_ones(target: Path, name: str, near: str):
    with pytest.raises(UnknownNameError) as caught:
        export_table(name)
    message = str(caught.value)
    assert f"não conheço a tabela {name}." in message
    assert "mirante build" in message
    assert "Seria" in message
    assert near in message


def test_layers_below_the_marts_are_not_exported(target: Path):
    with pytest.raises(UnknownNameError):
        find("stg_x__ys")


@pytest.mark.parametrize("schema", ["", "carteira.", "ana_carteira."])
def test_the_prefix_in_use_is_read_not_the_one_of_the_manifest(
    server: Server, out: Path, monkeypatch: pytest.MonkeyPatch, schema: str
):
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", "ana_")
    with server.connect() as connection:
        connection.execute("create schema ana_carteira")
        connection.execute("create table ana_carteira.dim_cliente as select 'ana' as cliente_id")
    export(server, export_table(f"{schema}dim_cliente"), out / "c.csv", Format.CSV)
    assert csv_cells(out / "c.csv") == [["cliente_id"], ["ana"]]


# --- cliente-360 ------------------------------------------------------------------------


@pytest.fixture
def bank(user_server: Server) -> Server:
    with user_server.connect() as connection:
        connection.execute(
            """
            create schema cliente_360;
            create table cliente_360.clientes_banco (
                qt_conta integer, provincia text, nombre text, edad integer,
                ingresos_mensuales numeric(15, 2), cliente_id text primary key
            );
            create table cliente_360.metricas_bancarias (
                cliente_id text primary key, score_endeudamiento numeric(9, 4),
                ingresos_estimados numeric(15, 2), gasto_mensual_promedio numeric(15, 2),
                qt_mes integer
            );
            insert into cliente_360.clientes_banco values
                (1, 'Córdoba', 'Íñigo "Ñ" Pérez', 41, 100000, 'c2'),
                (1, '', '=cmd()', null, null, 'C1'),
                (2, null, null, 30, 0.10, 'c10');
            insert into cliente_360.metricas_bancarias values
                ('c10', 0, 1, -3, 12), ('c2', 0.3, 99, 30000, 12), ('C1', null, 2, 12.5, 3);
            """
        )
    return user_server


def test_cliente_360_joins_client_and_metrics_in_the_order_of_bytes(
    bank: Server, out: Path, monkeypatch: pytest.MonkeyPatch
):
    # Needs no manifest: its marts are known.
    monkeypatch.setenv("DBT_TARGET_PATH", str(out))
    done = mirante("export", "cliente-360", "--out", str(out / "c.csv"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "arquivo": str(out / "c.csv"),
        "linhas": 3,
        "formato": "csv",
    }
    assert (out / "c.csv").read_bytes().decode("utf-8-sig") == (
        "cliente_id,nombre,edad,provincia,ingresos_mensuales,"
        "gasto_mensual_promedio,score_endeudamiento\n"
        'C1,\'=cmd(),,"",,12.50,\n'
        "c10,,30,,0.10,-3.00,0.0000\n"
        'c2,"Íñigo ""Ñ"" Pérez",41,Córdoba,100000.00,30000.00,0.3000\n'
    )


def test_a_client_without_metrics_yet_stays(bank: Server, out: Path):
    with bank.connect() as connection:
        connection.execute("delete from cliente_360.metricas_bancarias where cliente_id = 'c2'")
    path = out / "c.parquet"
    assert export(bank, export_table("cliente-360"), path, Format.PARQUET) == 3
    assert pq.read_table(path).to_pylist()[2] == {
        "cliente_id": "c2",
        "nombre": 'Íñigo "Ñ" Pérez',
        "edad": 41,
        "provincia": "Córdoba",
        "ingresos_mensuales": Decimal("100000.00"),
        "gasto_mensual_promedio": None,
        "score_endeudamiento": None,
    }


# --- the command ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_the_extension_says_the_format(server: Server, out: Path, kind: Format):
    path = out / f"nova pasta/CLIENTES.{kind.upper()}"
    done = mirante("export", "dim_cliente", "--out", str(path))
    assert (done.returncode, done.stdout) == (0, f"{path}: 4 linhas\n"), done.stderr
    assert path.read_bytes()[:2] == {"csv": b"\xef\xbb", "xlsx": b"PK", "parquet": b"PA"}[kind]


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The command in this process, its default folder elsewhere."""
    monkeypatch.setattr(files, "FOLDER", tmp_path / "data")
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path / "data"
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("name", "kind", "file"),
    [
        ("cartoes.quarentena", None, "cartoes_quarentena.csv"),
        ("dim_cliente", Format.XLSX, "carteira_dim_cliente.xlsx"),
        ("carteira.dim_cliente", Format.PARQUET, "carteira_dim_cliente.parquet"),
    ],
)
def test_a_file_has_its_tables_name_by_default(
    server: Server, in_process: Path, name: str, kind: Format | None, file: str
):
    command.export(name, kind)
    assert os.listdir(in_process) == [file]


def test_cliente_360_goes_to_data_processed_by_default(bank: Server, in_process: Path):
    command.export("cliente-360")
    assert os.listdir(in_process) == ["cliente_360.csv"]
    assert command_default_folder() == PROJECT_ROOT / "data" / "processed"


def command_default_folder() -> Path:
    code = "from loaders.exports import FOLDER; print(FOLDER)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return Path(told.stdout.strip())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dim_cliente", "--format", "xlsx", "--out", "c.csv"], "c.csv não termina em .xlsx"),
        (["dim_cliente", "--out", "c.txt"], "c.txt não termina em .csv, .xlsx, .parquet"),
        (["dim_cliente", "--format", "csv", "--out", "c"], "c não termina em .csv"),
        (["dim_cliente", "--format", "ods"], "os possíveis são"),
        (["quarentena", "--out", "c.csv"], "carteira.quarentena, cartoes.quarentena"),
        (["dim_clientes", "--out", "c.csv"], "Seria carteira.dim_cliente"),
        ([], "falta o argumento"),
    ],
)
def test_wrong_usage_is_told_and_writes_nothing(
    server: Server,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
):
    monkeypatch.chdir(out)
    done = mirante("export", *arguments, PYTHONPATH=str(PROJECT_ROOT))
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert message in done.stderr
    assert os.listdir(out) == []


@pytest.mark.parametrize("name", ["feriados", "vendas.tudo", "cliente-360"])
def test_a_table_that_is_not_built_says_what_to_do(server: Server, out: Path, name: str):
    done = mirante("export", name, "--out", str(out / "x.csv"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "ainda não existe" in done.stderr
    assert "mirante build" in done.stderr
    assert os.listdir(out) == []


def test_a_project_never_built_says_what_to_do(
    user_server: Server, out: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DBT_TARGET_PATH", str(out))
    done = mirante("export", "dim_cliente", "--out", str(out / "x.csv"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "rode `mirante build`" in done.stderr


# --- killed, and how much memory --------------------------------------------------------


@pytest.fixture
def many(server: Server) -> Callable[[int], None]:
    def make(rows: int) -> None:
        with server.connect() as connection:
            connection.execute("drop table carteira.dim_cliente")
            connection.execute(
                sql.SQL(
                    "create table carteira.dim_cliente as select"
                    " lpad(n::text, 9, '0') as cliente_id, repeat(md5(n::text), 6) as nome,"
                    " n * 1.01::numeric(15, 2) as vl, date '2000-01-01' + n % 9000 as dia"
                    " from generate_series(1, {}) as g (n)"
                ).format(rows)
            )

    return make


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        (Format.CSV, signal.SIGINT, 130),
        (Format.CSV, signal.SIGTERM, 143),
        (Format.CSV, signal.SIGKILL, -9),
        (Format.XLSX, signal.SIGINT, 130),
        (Format.XLSX, signal.SIGKILL, -9),
        (Format.PARQUET, signal.SIGTERM, 143),
    ],
)
def test_an_export_that_is_killed_leaves_the_old_file(
    many: Callable[[int], None],
    server: Server,
    out: Path,
    kind: Format,
    number: signal.Signals,
    code: int,
):
    many(500_000)
    path = out / f"c.{kind}"
    path.write_text("velho", encoding="utf-8")
    child = subprocess.Popen(
        [sys.executable, "-m", "loaders", "export", "dim_cliente", "--out", str(path)],
        cwd=PROJECT_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while sum(file.stat().st_size for file in out.glob(".*/*")) < 100_000:
        assert child.poll() is None, "done before it could be killed"
        time.sleep(0.005)
    child.send_signal(number)
    assert child.wait(30) == code
    assert path.read_text(encoding="utf-8") == "velho"
    if number != signal.SIGKILL:
        assert os.listdir(out) == [path.name]
    # What only the killed one could have cleared away, the next one does.
    export(server, export_table("cartoes.quarentena"), path, kind)
    assert os.listdir(out) == [path.name]


def test_two_exports_to_one_path_do_not_disturb_each_other(out: Path):
    with replacing(out / "c.csv") as one:
        one.write_text("um", encoding="utf-8")
        with replacing(out / "c.csv") as two:
            two.write_text("dois", encoding="utf-8")
        assert (out / "c.csv").read_text(encoding="utf-8") == "dois"
    assert (out / "c.csv").read_text(encoding="utf-8") == "um"
    assert os.listdir(out) == ["c.csv"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_path_that_cannot_be_written_is_named(server: Server, out: Path, kind: Format):
    path = out / f"pasta.{kind}"
    (path / "cheia").mkdir(parents=True)
    with pytest.raises(MiranteError, match=r"não consegui escrever .*pasta"):
        export(server, export_table("dim_cliente"), path, kind)
    assert os.listdir(out) == [path.name]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "rows"), [("csv", 300_000), ("parquet", 300_000), ("xlsx", 90_000)]
)
def test_memory_does_not_grow_with_the_rows(
    many: Callable[[int], None], out: Path, kind: str, rows: int
):
    def peak() -> int:
        code = (
            "import resource, sys; from loaders.cli import main\n"
            "try: main()\n"
            "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "export", "dim_cliente", "--out", str(out / f"c.{kind}")],
            cwd=PROJECT_ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return int(done.stderr.splitlines()[-1]) // 1024

    many(rows // 4)
    few = peak()
    many(rows)
    # All of the rows would take some 400 MB, of the workbook's some 120.
    assert peak() < few + 50, "MB"
