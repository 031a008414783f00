"""Exported rows have one order, and the same rows the same bytes."""

import time
from pathlib import Path
from unittest import mock

import pytest
from psycopg import sql

from loaders.export_formats import Format
from loaders.exports.exporting import export, export_table
from loaders.exports.ordering import in_order
from loaders.exports.table import ExportTable
from loaders.server import Server
from tests.loaders.export.helpers import FORMATS
from tests.loaders.export.read_back import csv_cells


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
