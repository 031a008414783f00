"""The month that each source owes: by which day, and whether it came.

Here: the setting, and the question put to the manifest. Not here: who asks and how often
(`orchestration/defs/execucao/esperados`), nor the message (`loaders.notifications.missing`).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pydantic import field_validator

from loaders import banco, carteira, cartoes, controladoria
from loaders.file_loads import FileSource
from loaders.manifest import KnownFile
from loaders.settings import EnvironmentSettings, read_settings

# Every month has days after it, to look again and to tell.
_LAST_DAY: Final = 25


@dataclass(frozen=True)
class Monthly:
    """A source that delivers by the month.

    Attributes:
        folder: of the inbox.
        source: whose files they are.
        entities: the tables that a month brings, all of them. A bank's clients come when they
            change, and categories when somebody writes some: neither is owed.
    """

    folder: str
    source: Callable[[], FileSource]
    entities: tuple[str, ...]


MONTHLY: Final[Mapping[str, Monthly]] = {
    "carteira": Monthly("carteira", carteira.source, ("contratos",)),
    "cartoes": Monthly("cartoes", cartoes.source, ("faturas", "pagamentos")),
    "banco": Monthly("banco", banco.source, ("transacciones",)),
    "controladoria": Monthly("controladoria", controladoria.source, ("bonus",)),
}


class ExpectedSettings(EnvironmentSettings):
    """By which day of the month the month before must be there. Empty: nobody waits."""

    MIRANTE_EXPECTED_DAYS: str | None = None

    @field_validator("MIRANTE_EXPECTED_DAYS")
    @classmethod
    def _every_part_is_a_source_and_a_day(cls, listed: str | None) -> str | None:
        _parse(listed or "")
        return listed

    @property
    def days(self) -> dict[str, int]:
        """The day of each source that somebody waits for."""
        return _parse(self.MIRANTE_EXPECTED_DAYS or "")


def _parse(listed: str) -> dict[str, int]:
    days: dict[str, int] = {}
    for part in filter(None, (each.strip() for each in listed.split(","))):
        found = re.fullmatch(r"(\w+)\s*=\s*(\d{1,2})", part)
        if found is None:
            raise ValueError(f"{part!r}: escreva fonte=dia, separados por vírgula (cartoes=3)")
        source, day = found[1], int(found[2])
        if source not in MONTHLY:
            raise ValueError(f"{source}: as fontes são {', '.join(MONTHLY)}")
        if not 1 <= day <= _LAST_DAY:
            raise ValueError(f"{source}: o dia deve ir de 1 a {_LAST_DAY}")
        if source in days:
            raise ValueError(f"{source}: está duas vezes")
        days[source] = day
    return days


def expected_days() -> dict[str, int]:
    """Read by which day each source owes the month before.

    Raises:
        MiranteError: the variable can't be used; says why.
    """
    return read_settings(ExpectedSettings).days


def missing_entities(
    monthly: Monthly, known: Iterable[KnownFile], month: date, since: datetime
) -> list[str]:
    """Return what of a month has not come.

    A file whose name carries a month is of that month; one without, such as a position or a
    whole history, counts if it was loaded since the month ended.

    Args:
        monthly: the source.
        known: its files that landed completely.
        month: first day of the month that is owed.
        since: when the month after it began.
    """
    came = {
        each.entidade
        for each in known
        if (
            each.carregado_em >= since
            if (named := cartoes.file_month(each.arquivo)) is None
            else named == month
        )
    }
    return [entity for entity in monthly.entities if entity not in came]
