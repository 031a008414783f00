"""The catalogue of the book's variables: complete, in order, in words of its own."""

import re

import yaml

from loaders.settings import PROJECT_ROOT
from tests.cartoes.seeds import colunas_do_book, rows

UNITS = {
    "vl": "BRL", "pc": "%", "rz": "razão", "fl": "booleano", "nr": "dias", "qt": "quantidade",
}  # fmt: skip
TYPES = {
    "vl": {"numeric(15, 2)"},
    "pc": {"numeric(21, 4)"},
    "rz": {"numeric(15, 4)"},
    "fl": {"boolean"},
    "qt": {"integer"},
    "nr": {"integer", "numeric(9, 2)"},
}


def test_thirty_two_variables_have_windows_and_five_have_none():
    variables = rows("book_variaveis")
    assert [int(row["nr"]) for row in variables] == list(range(1, 38))
    assert [row["fl_janela"] for row in variables] == ["true"] * 32 + ["false"] * 5
    assert len(colunas_do_book()) == 4 * 32 + 5


def test_units_and_types_follow_the_prefix_of_the_name():
    for row in rows("book_variaveis"):
        prefix = row["variavel"].split("_")[0]
        unit = "meses" if row["variavel"].startswith("qt_mes_") else UNITS[prefix]
        assert row["unidade"] == unit, row["variavel"]
        assert row["tipo"] in TYPES[prefix], row["variavel"]
        # Mean days have decimals, counted days have none.
        if prefix == "nr":
            assert ("medio" in row["variavel"]) == (row["tipo"] == "numeric(9, 2)")


def test_a_definition_names_only_variables_that_exist():
    variables = rows("book_variaveis")
    names = {row["variavel"] for row in variables} | {"dt_ref"}
    for row in variables:
        assert row["definicao"].endswith("."), row["variavel"]
        assert set(re.findall(r"[a-z]+_[a-z_]+", row["definicao"])) <= names, row["variavel"]


def test_what_may_be_null_says_so():
    for row in rows("book_variaveis"):
        prefix = row["variavel"].split("_")[0]
        mean = re.search("media$|medio|maxim|minima$", row["variavel"])
        nullable = (
            prefix in {"pc", "rz"}
            or mean is not None
            or row["variavel"] == "nr_dias_desde_ultimo_pagamento"
        )
        assert ("NULL" in row["definicao"]) == nullable, row["variavel"]


def test_the_mart_has_the_catalogues_columns_types_and_words():
    marts = PROJECT_ROOT / "models" / "marts" / "cartoes"
    models = yaml.safe_load((marts / "_cartoes__models.yml").read_text(encoding="utf-8"))["models"]
    [book] = [model for model in models if model["name"] == "book_fatura"]
    described = {column["name"]: column for column in book["columns"]}
    assert {
        name: column["data_type"]
        for name, column in described.items()
        if name not in ("dt_ref", "id_cliente")
    } == colunas_do_book()
    docs = (marts / "_book__docs.md").read_text(encoding="utf-8")
    words = dict(re.findall(r"{% docs book_(\w+) %}\n(.*)\n{% enddocs %}", docs))
    assert words == {
        row["variavel"]: f"{row['definicao']} Unidade: {row['unidade']}."
        for row in rows("book_variaveis")
    }
    for name, column in described.items():
        if name in colunas_do_book():
            variable = re.sub(r"_u\d+m$", "", name) if name not in words else name
            assert column["description"] == f"{{{{ doc('book_{variable}') }}}}", name
