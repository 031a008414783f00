"""What one look at something says.

Here: the row. Not here: what is looked at (the siblings), how rows are shown
(`commands/check.py`).
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """How something is."""

    OK = "ok"
    # Worth knowing; nothing is broken.
    AVISO = "aviso"
    FALHA = "falha"


@dataclass(frozen=True)
class Finding:
    """One row.

    Attributes:
        nome: what was looked at.
        estado: how it is.
        detalhe: what was found.
        fazer: what to do about it; empty if nothing.
    """

    nome: str
    estado: State
    detalhe: str
    fazer: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return what a program may read."""
        return {name: str(value) for name, value in asdict(self).items()}


def moment(when: datetime | None) -> str:
    """Return a moment as people here write it, in the machine's time zone."""
    return f"{when.astimezone():%d/%m/%Y %H:%M}" if when else "nunca"


def days(span: timedelta | None) -> str:
    """Return a span in hours where it is short, else in days."""
    if span is None:
        return "?"
    if span < timedelta(days=2):
        return f"{span.total_seconds() / 3600:.0f} h"
    return f"{span.days} dias"
