"""The time zone that runs are planned and told in, and the time that it is there."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

TIME_ZONE: Final = ZoneInfo("America/Sao_Paulo")


def now() -> datetime:
    """Return the time of what decides by the clock; tests move it here."""
    return datetime.now(TIME_ZONE)
