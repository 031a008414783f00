"""The seed of bank holidays, recomputed; Easter from the church's tables, not a formula."""

from datetime import date, timedelta

import pytest

from tests.cartoes.seeds import feriados, rows

# The Paschal full moon by golden number, valid from 1900 to 2199.
PASCHAL_MOONS = (
    (4, 14), (4, 3), (3, 23), (4, 11), (3, 31), (4, 18), (4, 8), (3, 28), (4, 16), (4, 5),
    (3, 25), (4, 13), (4, 2), (3, 22), (4, 10), (3, 30), (4, 17), (4, 7), (3, 27),
)  # fmt: skip
FIXED = {
    (1, 1): "Confraternização Universal",
    (4, 21): "Tiradentes",
    (5, 1): "Dia do Trabalho",
    (9, 7): "Independência do Brasil",
    (10, 12): "Nossa Senhora Aparecida",
    (11, 2): "Finados",
    (11, 15): "Proclamação da República",
    (12, 25): "Natal",
}
FROM_EASTER = {
    -48: "Carnaval (segunda-feira)",
    -47: "Carnaval (terça-feira)",
    -2: "Sexta-feira Santa",
    60: "Corpus Christi",
}


def easter(year: int) -> date:
    """The Sunday after the Paschal full moon; a moon on a Sunday waits for the next one."""
    day = date(year, *PASCHAL_MOONS[year % 19]) + timedelta(days=1)
    while day.isoweekday() != 7:
        day += timedelta(days=1)
    return day


def test_the_seed_is_the_whole_calendar_and_nothing_else():
    expected = {}
    for year in range(2015, 2041):
        for (month, day), name in FIXED.items():
            expected[date(year, month, day)] = name
        for offset, name in FROM_EASTER.items():
            expected[easter(year) + timedelta(days=offset)] = name
        if year >= 2024:
            expected[date(year, 11, 20)] = "Consciência Negra"
    listed = [(date.fromisoformat(row["dt_feriado"]), row["nome"]) for row in rows("feriados")]
    assert listed == sorted(expected.items())


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2015-02-16", "Carnaval (segunda-feira)"),
        ("2016-05-26", "Corpus Christi"),
        ("2018-03-30", "Sexta-feira Santa"),
        ("2019-03-05", "Carnaval (terça-feira)"),
        ("2023-06-08", "Corpus Christi"),
        ("2024-02-12", "Carnaval (segunda-feira)"),
        ("2024-03-29", "Sexta-feira Santa"),
        ("2024-11-20", "Consciência Negra"),
        ("2025-06-19", "Corpus Christi"),
        ("2026-02-17", "Carnaval (terça-feira)"),
        ("2038-04-23", "Sexta-feira Santa"),
        ("2040-12-25", "Natal"),
    ],
)
def test_holidays_that_calendars_in_print_agree_on(day: str, name: str):
    assert {"dt_feriado": day, "nome": name} in rows("feriados")


@pytest.mark.parametrize(
    "day",
    ["2023-11-20", "2022-12-31", "2024-02-14", "2026-01-25"],
    ids=["before the law of 2023", "no holiday", "Ash Wednesday", "of one city only"],
)
def test_days_that_are_not_bank_holidays_by_the_definition(day: str):
    assert date.fromisoformat(day) not in feriados()
