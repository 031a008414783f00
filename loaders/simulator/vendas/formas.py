"""How values look on the API's wire.

Here: dates, money and texts in the forms that each endpoint has. Not here: what they are.
"""

from datetime import date, timedelta
from html.entities import codepoint2name

from loaders.cvcrm_server.tenant import ZERO_DATE

NEVER = -1
OPENS, CLOSES = 8 * 3600, 20 * 3600
_TIMES = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(OPENS, CLOSES)]
# Instalments fall due that much later than the newest day at most.
_YEARS_AHEAD = 12


class Days:
    """Days counted from a first one, as texts; `NEVER` is no day."""

    def __init__(self, first: date, last: date) -> None:
        """Know all days from `first` to `last`, and those that instalments fall due on."""
        self.first = first
        self.last = (last - first).days
        count = self.last + 1 + _YEARS_AHEAD * 366
        self._iso = [(first + timedelta(days=number)).isoformat() for number in range(count)]

    def number(self, day: date) -> int:
        """Count a day."""
        return (day - self.first).days

    def month(self, months: int, day: int = 1) -> int:
        """Count a day of the month that comes so many months after the first day's month."""
        year, month = divmod(self.first.year * 12 + self.first.month - 1 + months, 12)
        return self.number(date(year, month + 1, day))

    def moment(self, day: int, second: int) -> str:
        """Return `2024-10-01 13:45:00`, or zeros.

        Args:
            day: counted, or `NEVER`.
            second: since offices open.
        """
        return ZERO_DATE if day == NEVER else f"{self._iso[day]} {_TIMES[second]}"

    def iso(self, day: int) -> str:
        """Return `2024-10-01`, or zeros."""
        return ZERO_DATE[:10] if day == NEVER else self._iso[day]

    def brazilian(self, day: int) -> str | None:
        """Return `01/10/2024`, or None."""
        if day == NEVER:
            return None
        year, month, rest = self._iso[day].split("-")
        return f"{rest}/{month}/{year}"


def number(cents: int) -> int | float:
    """Return money as the number that JSON has: whole ones without decimals."""
    return cents // 100 if cents % 100 == 0 else cents / 100


def decimal(cents: int) -> str:
    """Return money or an area as units have it, `9999.99`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def brazilian_decimal(cents: int) -> str:
    """Return money as custom fields have it, `1.000,00`."""
    return f"{cents / 100:,.2f}".translate(str.maketrans(",.", ".,"))


def entities(text: str) -> str:
    """Return a text as some endpoints have it, `Edif&iacute;cio`."""
    return "".join(
        f"&{codepoint2name[ord(sign)]};" if ord(sign) in codepoint2name else sign for sign in text
    )
