"""The month that a source owes: the setting, and what counts as its coming."""

from datetime import UTC, date, datetime

import pytest

from loaders.errors import MiranteError
from loaders.expected import MONTHLY, expected_days, missing_entities
from loaders.manifest import KnownFile
from loaders.settings import PROJECT_ROOT

MONTH = date(2026, 10, 1)
SINCE = datetime(2026, 11, 1, 3, tzinfo=UTC)
BEFORE, AFTER = datetime(2026, 10, 31, 12, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)


def known(name: str, entity: str, moment: datetime = AFTER) -> KnownFile:
    return KnownFile(name, "0" * 64, entity, moment, "acrescenta", 1)


def test_days_are_read_with_blanks_and_nobody_waits_by_default(monkeypatch: pytest.MonkeyPatch):
    assert expected_days() == {}
    monkeypatch.setenv("MIRANTE_EXPECTED_DAYS", " carteira = 5,cartoes=3 , controladoria=10,")
    assert expected_days() == {"carteira": 5, "cartoes": 3, "controladoria": 10}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("cartoes", "escreva fonte=dia"),
        ("cartoes=três", "escreva fonte=dia"),
        ("cartoes=3;banco=4", "escreva fonte=dia"),
        ("boletos=3", "boletos: as fontes são carteira, cartoes, banco, controladoria"),
        ("cartoes=0", "cartoes: o dia deve ir de 1 a 25"),
        ("cartoes=31", "cartoes: o dia deve ir de 1 a 25"),
        ("cartoes=3,cartoes=4", "cartoes: está duas vezes"),
    ],
)
def test_a_value_that_can_not_be_used_says_why(
    value: str, said: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_EXPECTED_DAYS", value)
    with pytest.raises(MiranteError, match="MIRANTE_EXPECTED_DAYS") as caught:
        expected_days()
    assert said in str(caught.value)


def test_the_example_of_the_settings_is_one_that_works(monkeypatch: pytest.MonkeyPatch):
    text = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
    [line] = [line for line in text.splitlines() if "MIRANTE_EXPECTED_DAYS=" in line]
    monkeypatch.setenv("MIRANTE_EXPECTED_DAYS", line.partition("=")[2])
    assert expected_days().keys() == MONTHLY.keys()


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ([], ["faturas", "pagamentos"]),
        ([known("tb_faturas_202610.csv", "faturas", BEFORE)], ["pagamentos"]),
        ([known("tb_faturas_202609.csv", "faturas")], ["faturas", "pagamentos"]),
        (
            [known("tb_faturas_202610.csv", "faturas"), known("hist.csv", "pagamentos", AFTER)],
            [],
        ),
        ([known("hist.csv", "pagamentos", BEFORE)], ["faturas", "pagamentos"]),
    ],
)
def test_a_month_came_by_its_name_or_without_one_since_it_ended(
    files: list[KnownFile], missing: list[str]
):
    assert missing_entities(MONTHLY["cartoes"], files, MONTH, SINCE) == missing


def test_what_comes_when_somebody_writes_it_is_not_owed():
    came = [known("transacciones_202610.csv", "transacciones")]
    assert missing_entities(MONTHLY["banco"], came, MONTH, SINCE) == []
    assert missing_entities(MONTHLY["carteira"], [known("c.csv", "categorias")], MONTH, SINCE) == [
        "contratos"
    ]


def test_every_source_owes_tables_of_its_own():
    for monthly in MONTHLY.values():
        entities = {contract.entity for contract in monthly.source().contracts}
        assert set(monthly.entities) <= entities
