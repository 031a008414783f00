"""Envelopes as live tenants send them, and what is no envelope."""

from typing import Any

import pytest

from loaders.cvcrm.problems import ApiError
from loaders.cvcrm.reading import page_of

ROW = {"idreserva": 1}


def envelope(**values: Any) -> dict[str, Any]:
    return {
        "pagina": 2,
        "registros": 50,
        "total_de_registros": 120,
        "total_de_paginas": 3,
        "dados": [ROW],
    } | values


def test_it_says_how_many_rows_and_pages_there_are():
    page = page_of(envelope(), 2, 50, "query")
    assert (page.rows, page.total, page.pages) == ([ROW], 120, 3)


def test_counts_may_be_texts():
    page = page_of(envelope(pagina="2", total_de_registros="120"), 2, 50, "query")
    assert page.total == 120


def test_without_a_number_of_pages_it_is_reckoned_from_the_servers_own_size():
    page = page_of(envelope(total_de_paginas=None, registros=25), 2, 50, "query")
    assert page.pages == 5


@pytest.mark.parametrize("rows", [[], None])
def test_no_rows_need_no_page_number(rows: Any):
    page = page_of({"total_de_registros": 0, "dados": rows}, 1, 50, "query")
    assert (page.rows, page.pages) == ([], 0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([ROW], "esperava um objeto"),
        ("MARIA", "esperava um objeto"),
        (None, "esperava um objeto"),
        ({"error": "MARIA"}, "sem total_de_registros"),
        (envelope(dados={"0": ROW}), "sem total_de_registros"),
        (envelope(dados=["MARIA"]), "uma linha não é um objeto"),
        (envelope(pagina=None), "sem pagina"),
        (envelope(pagina=1), "pedi a página 2 e veio a 1"),
    ],
)
def test_what_is_no_envelope_is_refused_without_its_content(answer: Any, said: str):
    with pytest.raises(ApiError) as caught:
        page_of(answer, 2, 50, "query")
    assert said in str(caught.value)
    assert "MARIA" not in str(caught.value)
    assert not caught.value.problem.passing
