"""Waiting for a month's files: when to look, look again, and tell.

Here: what one tick decides for one source, from what the ticks before left. Not here: what
came (`loaders.expected`), nor the sensor and the message (`defs/execucao/esperados`).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from orchestration.partitions import key_of, month_before

# After the first look that finds nothing. Files that come late mostly do so the same morning.
LOOK_AGAIN: Final = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2))


class Stage(StrEnum):
    """How far the waiting for a month is."""

    WAITING = "esperando"
    OVERDUE = "atrasado"
    CAME = "chegou"
    TOLD = "avisado"


@dataclass(frozen=True)
class Wait:
    """What is remembered of a source from tick to tick.

    Attributes:
        month: the month that is owed, `2026-10`.
        stage: how far it is.
        looks: how often it was looked for in vain.
        next_look: seconds since 1970 before which nobody looks again.
    """

    month: str
    stage: Stage = Stage.WAITING
    looks: int = 0
    next_look: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do about the month."""
        return self.stage in (Stage.CAME, Stage.TOLD)


def wait_for(before: Wait | None, now: datetime) -> Wait:
    """Return the waiting as a tick finds it: a new month begins anew."""
    month = key_of(month_before(now.date()))
    return before if before is not None and before.month == month else Wait(month)


def due_date(day: int, today: date) -> date:
    """Return by when the month before must be there."""
    return today.replace(day=day)


def is_time(wait: Wait, day: int, now: datetime) -> bool:
    """Whether to look: the day is over, and so is the pause since the last look.

    Args:
        wait: of the source.
        day: the day of the month by which it must be there, itself included.
        now: in the time zone that days are counted in.
    """
    return (
        not wait.is_over
        and now.date() > due_date(day, now.date())
        and now.timestamp() >= wait.next_look
    )


def found(wait: Wait) -> Wait:
    """Remember that the month came."""
    return replace(wait, stage=Stage.CAME)


def not_found(wait: Wait, now: datetime) -> Wait:
    """Remember a look in vain; after the last one the month is overdue."""
    if wait.looks >= len(LOOK_AGAIN):
        return replace(wait, stage=Stage.OVERDUE)
    pause = LOOK_AGAIN[wait.looks]
    return replace(wait, looks=wait.looks + 1, next_look=(now + pause).timestamp())


def told(wait: Wait) -> Wait:
    """Remember that somebody was told."""
    return replace(wait, stage=Stage.TOLD)


def remembered(cursor: str | None) -> dict[str, Wait]:
    """Read what a tick left in a cursor; nothing if it was written by somebody else."""
    try:
        return {
            str(source): Wait(
                str(wait["month"]),
                Stage(wait["stage"]),
                int(wait["looks"]),
                float(wait["next_look"]),
            )
            for source, wait in json.loads(cursor or "{}").items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def cursor_of(waits: Mapping[str, Wait]) -> str:
    """Write what the next tick is to remember."""
    return json.dumps({source: asdict(wait) for source, wait in waits.items()})
