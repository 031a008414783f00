"""Pages of messages, and numbers as Brazilians write them."""

from decimal import Decimal
from types import SimpleNamespace

import jinja2
import pytest

from loaders.notifications.rendering import (
    as_integer,
    as_money,
    as_percentage,
    as_value,
    render,
)


def test_texts_cannot_become_markup():
    falha = SimpleNamespace(linhas=[("Job", "<script>x</script>")], erro="a <b> & c")
    page = render("falha", "Título <i>", "Resumo", falha=falha)
    assert "&lt;script&gt;" in page
    assert "a &lt;b&gt; &amp; c" in page
    assert "<script>" not in page
    assert "<i>" not in page


def test_what_a_template_lacks_is_an_error_not_a_blank():
    with pytest.raises(jinja2.UndefinedError):
        render("falha", "t", "r")


def test_numbers_are_written_as_brazilians_do():
    assert as_integer(1234567) == "1.234.567"
    assert as_money(Decimal("-1234.5")) == "-1.234,50"
    assert as_money(None) == "–"
    assert as_percentage(Decimal("0.905")) == "90,5 %"
    assert as_percentage(None) == "–"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1234.50", "1.234,50"), ("abc", "abc"), (None, "–"), ("", ""), ("NaN", "NaN")],
)
def test_a_value_is_money_where_it_is_a_number(text: str | None, shown: str):
    assert as_value(text) == shown
