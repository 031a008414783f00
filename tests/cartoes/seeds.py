"""The seeds that the book rests on, read as plain Python."""

import csv
from datetime import date
from decimal import Decimal
from functools import cache

from loaders.settings import PROJECT_ROOT

JANELAS = (1, 3, 6, 12)


def rows(seed: str) -> list[dict[str, str]]:
    with (PROJECT_ROOT / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def feriados() -> frozenset[date]:
    return frozenset(date.fromisoformat(row["dt_feriado"]) for row in rows("feriados"))


def colunas_do_book() -> dict[str, str]:
    """Names and SQL types of the book's columns after its key, in the catalogue's order."""
    columns = {}
    for row in rows("book_variaveis"):
        if row["fl_janela"] == "true":
            columns.update({f"{row['variavel']}_u{k}m": row["tipo"] for k in JANELAS})
        else:
            columns[row["variavel"]] = row["tipo"]
    return columns


def fits(value: object, sql_type: str) -> bool:
    """Say whether a value of the reference is one of the type, without being rounded."""
    if value is None:
        return True
    if sql_type == "boolean":
        return isinstance(value, bool)
    if sql_type == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    digits, scale = map(int, sql_type.removeprefix("numeric(").removesuffix(")").split(","))
    return (
        isinstance(value, Decimal)
        and value.as_tuple().exponent == -scale
        and abs(value) < Decimal(10) ** (digits - scale)
    )
