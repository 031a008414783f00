"""What a run may cost: rows, seconds, and the size of the database.

Here: the limits that a person may set, and how much of each is used up. Not here: measuring
a run (`orchestration/defs/alertas/limites`), telling (`loaders.notifications`).

A limit stops nothing: a load cut off half-way costs more than it saves. It is told before
it is passed, at four fifths, and again when it is.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Final

from pydantic import Field

from loaders.server import Server
from loaders.settings import EnvironmentSettings, read_settings

NEAR: Final = 0.8
GB: Final = 1_000_000_000


class LimitSettings(EnvironmentSettings):
    """What a person may set about costs. Empty means no limit."""

    MIRANTE_LIMIT_ROWS: Annotated[int, Field(ge=1)] | None = None
    MIRANTE_LIMIT_SECONDS: Annotated[int, Field(ge=1)] | None = None
    MIRANTE_LIMIT_DATABASE_GB: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class Level(IntEnum):
    """How much of a limit is used up."""

    LONGE = 0
    PERTO = 1
    PASSOU = 2


@dataclass(frozen=True)
class Usage:
    """One thing that is limited.

    Attributes:
        nome: what, as people call it.
        valor: how much of it was used.
        limite: how much may be; None without a limit.
        unidade: of both.
    """

    nome: str
    valor: float
    limite: float | None
    unidade: str

    @property
    def nivel(self) -> Level:
        """How near the limit is."""
        if self.limite is None or self.valor < NEAR * self.limite:
            return Level.LONGE
        return Level.PERTO if self.valor <= self.limite else Level.PASSOU


def database_usage(server: Server) -> Usage:
    """Return the size of the database, and its limit."""
    with server.connect() as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    limit = limit_settings().MIRANTE_LIMIT_DATABASE_GB
    return Usage("tamanho do banco", (row[0] if row else 0) / GB, limit, "GB")


def run_usage(rows: int, seconds: float) -> list[Usage]:
    """Return what a run used of its limits.

    Args:
        rows: that it loaded.
        seconds: that it took.
    """
    settings = limit_settings()
    return [
        Usage("linhas carregadas", rows, settings.MIRANTE_LIMIT_ROWS, "linhas"),
        Usage("duração", seconds, settings.MIRANTE_LIMIT_SECONDS, "s"),
    ]


def limit_settings() -> LimitSettings:
    """Read the limits.

    Raises:
        MiranteError: a value can't be used; names the variable.
    """
    return read_settings(LimitSettings)
