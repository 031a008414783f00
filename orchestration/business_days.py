"""The first business day of a month, by the calendar that the book goes by.

Here: the holidays of the seed, and the question. Not here: what runs on that day
(`defs/execucao/schedules`), nor the days of invoices (dbt, `int_cartoes__dias_uteis`).
"""

import csv
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from loaders.settings import PROJECT_ROOT

HOLIDAYS: Final = PROJECT_ROOT / "seeds" / "feriados.csv"
# A weekend and Carnival's two days at most stand before it; the tests ask every month that
# the seed knows.
LATEST_FIRST: Final = 7
# What runs on that day runs on a later one if the machine was off.
LATEST_CATCH_UP: Final = 10
_SATURDAY: Final = 5


def read_holidays(path: Path = HOLIDAYS) -> dict[date, str]:
    """Return the bank holidays and their names.

    Args:
        path: of the seed, `dt_feriado,nome`.

    Raises:
        OSError: it can't be read.
        ValueError: a day is no date.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return {date.fromisoformat(row["dt_feriado"]): row["nome"] for row in csv.DictReader(file)}


def is_business_day(day: date, holidays: Collection[date]) -> bool:
    """Whether banks are open: no Saturday, no Sunday, no holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def first_business_day(month: date, holidays: Collection[date]) -> date:
    """Return the first business day of a month.

    Args:
        month: any day of it.
        holidays: days without banking.
    """
    day = month.replace(day=1)
    while not is_business_day(day, holidays):
        day += timedelta(days=1)
    return day


def is_first_business_day(day: date, holidays: Collection[date]) -> bool:
    """Whether a day is its month's first business day."""
    return day == first_business_day(day, holidays)
