"""The month in a file's name: Python and SQL must read the same one."""

from datetime import date
from typing import Any

import pytest

from loaders.building import ready_to_build, run_dbt
from loaders.cartoes import file_month
from loaders.server import Server

NAMES = {
    "tb_faturas_202409.csv": date(2024, 9, 1),
    "tb_faturas_202409_corrigida.csv": date(2024, 9, 1),
    "TB_FATURAS_201512.CSV": date(2015, 12, 1),
    "tb_pagamentos_199901 (2).csv": date(1999, 1, 1),
    "tb_202409_202410.csv": date(2024, 9, 1),
    "_202409": date(2024, 9, 1),
    "tb_fatura_202409v2.csv": date(2024, 9, 1),
    "tb_fatura_20240901_202410.csv": date(2024, 10, 1),
    "tb_fatura_20240901_20240902000000.csv": None,
    "tb_fatura.csv": None,
    "tb_faturas.csv": None,
    "tb_faturas_202413.csv": None,
    "tb_faturas_202400.csv": None,
    "tb_faturas_189901.csv": None,
    "tb_faturas_210001.csv": None,
    "tb_faturas202409.csv": None,
    "tb_faturas-202409.csv": None,
    "tb_faturas_2024-09.csv": None,
    "tb_faturas_2024091.csv": None,
    "tb_faturas_20240.csv": None,
    "": None,
}


@pytest.mark.parametrize(("name", "month"), NAMES.items())
def test_the_month_is_six_digits_after_an_underline_and_no_more(name: str, month: date | None):
    assert file_month(name) == month


def test_dbt_reads_the_same_month(user_server: Server, capfd: Any):
    inline = (
        "select {{ file_month('nome') }} from unnest(array['@'])"
        " with ordinality as lista (nome, n) order by n"
    )
    with ready_to_build(user_server):
        assert run_dbt(["--quiet", "compile", "--inline", inline])
    out = capfd.readouterr().out
    query = out[out.index("select") :].replace("array['@']", "%s::text[]")
    # What is left of the text has no other parameter.
    assert query.count("%") == 1
    with user_server.connect() as connection:
        found = [month for (month,) in connection.execute(query, [list(NAMES)]).fetchall()]
    assert dict(zip(NAMES, found, strict=True)) == NAMES
