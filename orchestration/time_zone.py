"""The time zone that runs are planned and told in."""

from typing import Final
from zoneinfo import ZoneInfo

TIME_ZONE: Final = ZoneInfo("America/Sao_Paulo")
