"""Pages of messages from their templates, numbers as Brazilians write them.

Here: the template engine and its filters. Not here: what is told (whoever renders), nor the
looks (`templates/`).
"""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parent / "templates"
_SWAP = str.maketrans(",.", ".,")


def render(template: str, titulo: str, resumo: str, **values: Any) -> str:
    """Return a message's HTML page; texts in it can't become markup.

    Args:
        template: the file's name without `.html.j2`.
        titulo: the headline.
        resumo: one or two sentences; mail programs show them beside the subject.
        values: what the template shows besides.
    """
    page = _environment().get_template(f"{template}.html.j2")
    return page.render(titulo=titulo, resumo=resumo, **values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= {
        "inteiro": as_integer,
        "reais": as_money,
        "percentual": as_percentage,
        "valor": as_value,
    }
    return environment


def as_integer(number: int) -> str:
    """`1.234`."""
    return f"{number:,}".translate(_SWAP)


def as_money(amount: Decimal | None) -> str:
    """`1.234,50`; a dash where nothing is known."""
    return "–" if amount is None else f"{amount:,.2f}".translate(_SWAP)


def as_percentage(share: Decimal | float | None) -> str:
    """`95,0 %` of 0.95; a dash where nothing is known."""
    return "–" if share is None else f"{share * 100:.1f} %".translate(_SWAP)


def as_value(text: str | None) -> str:
    """A case's value: money where it is a number, else the text as it came."""
    if text is None:
        return "–"
    try:
        amount = Decimal(text)
    except ArithmeticError:
        return text
    return as_money(amount) if amount.is_finite() else text
