"""One row: types, the key, and the hash."""

import json
from decimal import Decimal
from typing import Any

import pytest

from loaders.cvcrm.endpoints import Endpoint
from loaders.cvcrm.rows import RowTyper, TypeChangedError, row_hash

ENDPOINT = Endpoint.model_validate(
    {
        "name": "coisas",
        "order": 1,
        "path": "/coisas",
        "key": ["id", "quando"],
        "columns": {
            "id": "bigint",
            "quando": "text",
            "valor": "decimal",
            "qt": "bigint",
            "lista": "json",
        },
    }
)


def parse(text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return parsed


def typed(text: str) -> dict[str, Any]:
    return RowTyper(ENDPOINT)(parse(text)).row


@pytest.mark.parametrize(
    ("json_value", "stored"),
    [
        ("385000.55", Decimal("385000.55")),
        ("385000", Decimal(385000)),
        ("-0.1", Decimal("-0.1")),
        ("1e3", Decimal(1000)),
        ('"9999.99"', Decimal("9999.99")),
        ('" 12 "', Decimal(12)),
        ('""', None),
        ("null", None),
    ],
)
def test_money_is_exact_whether_number_or_text(json_value: str, stored: Decimal | None):
    assert typed(f'{{"id": 1, "valor": {json_value}}}')["valor"] == stored


@pytest.mark.parametrize(
    ("column", "json_value"),
    [
        ("valor", '"1.000,00"'),
        ("valor", '"a combinar"'),
        ("valor", '"nan"'),
        ("valor", "true"),
        ("valor", "[1]"),
        ("valor", "1e40"),
        ("qt", "1.5"),
        ("qt", '"muitos"'),
        ("qt", "9223372036854775808"),
        ("quando", '{"a": 1}'),
        ("lista", '"a combinar"'),
        ("lista", "7"),
    ],
)
def test_another_type_is_refused_by_column_not_by_value(column: str, json_value: str):
    with pytest.raises(TypeChangedError) as caught:
        typed(f'{{"id": 1, "{column}": {json_value}}}')
    assert column in str(caught.value)
    assert "combinar" not in str(caught.value)
    assert "000" not in str(caught.value)


def test_an_undeclared_field_is_text_whatever_it_is():
    rows = [
        typed(f'{{"id": 1, "novo": {value}}}')["novo"]
        for value in ("1", "1.50", '"um"', "true", "[1.50,null]", '{"a": "é"}', "null", '""')
    ]
    assert rows == ["1", "1.50", "um", "true", "[1.50,null]", '{"a":"é"}', None, ""]


def test_null_parts_of_a_key_are_filled():
    one = RowTyper(ENDPOINT)(parse('{"id": null}'))
    assert one.key == (0, "")
    assert (one.row["id"], one.row["quando"]) == (0, "")


def test_an_id_as_text_is_the_same_key():
    typer = RowTyper(ENDPOINT)
    assert typer(parse('{"id": "7"}')).key == typer(parse('{"id": 7}')).key == (7, "")


def test_names_are_columns_that_meet_no_other():
    row = typed(
        '{"id": 1, "_hash": "x", "Valor": "dois", "Preço m²": 1, "1a": 2, "": 3, "nomeTabela": 4,'
        ' "_dlt_id": "y"}'
    )
    assert row["valor"] is None
    assert "_hash" not in row
    assert "_dlt_id" not in row
    assert all(name.isascii() and name[0].isalpha() for name in row)
    assert sorted(value for value in row.values() if isinstance(value, str) and value) == sorted(
        ["x", "dois", "1", "2", "3", "4", "y"]
    )


def test_what_postgres_cannot_store_is_left_out():
    row = typed('{"id": 1, "novo": "a\\u0000b\\ud800c", "lista": ["\\u0000d"]}')
    assert row["novo"] == "abc"
    assert row["lista"] == ["d"]


def test_decimals_in_lists_stay_numbers_if_they_can():
    row = typed('{"id": 1, "lista": [{"v": 12.5, "w": 0.12345678901234567890}]}')
    assert row["lista"] == [{"v": 12.5, "w": "0.12345678901234567890"}]


def test_the_hash_is_of_what_was_delivered_in_any_order():
    one, other = (
        parse('{"a": 1.50, "b": {"c": 1, "d": 2}}'),
        parse('{"b": {"d": 2, "c": 1}, "a": 1.50}'),
    )
    assert row_hash(one) == row_hash(other)
    assert row_hash(one) != row_hash(parse('{"a": 1.51, "b": {"c": 1, "d": 2}}'))
    assert row_hash(parse('{"a": null}')) != row_hash(parse('{"a": ""}')) != row_hash(parse("{}"))
