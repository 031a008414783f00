"""How each reading of each endpoint went: the table `cargas` of the raw schema.

Here: a row of it, what all rows say of an endpoint, and what to read next by that. Not here:
who writes it (`landing`).

A row counts once dlt says that its load is complete: a success's row is written with its
data, and a kill may fall between the two.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from loaders.cvcrm.endpoints import Changes, Endpoint, Style
from loaders.cvcrm.settings import CvcrmSettings
from loaders.manifest import DLT_LOADS

if TYPE_CHECKING:
    from dlt.common.schema.typing import TColumnSchema

CARGAS = "cargas"
CARGAS_KEY = ("endpoint", "iniciada_em")
CARGAS_COLUMNS: dict[str, "TColumnSchema"] = {
    "endpoint": {"data_type": "text", "nullable": False},
    "iniciada_em": {"data_type": "timestamp", "nullable": False},
    "terminada_em": {"data_type": "timestamp", "nullable": False},
    "modo": {"data_type": "text", "nullable": False},
    "desde": {"data_type": "date"},
    "situacao": {"data_type": "text", "nullable": False},
    "qt_informada": {"data_type": "bigint", "nullable": False},
    "qt_lida": {"data_type": "bigint", "nullable": False},
    "qt_gravada": {"data_type": "bigint", "nullable": False},
    "mensagem": {"data_type": "text"},
}


class Modo(StrEnum):
    """How much of an endpoint is read."""

    COMPLETA = "completa"
    INCREMENTAL = "incremental"


class Situacao(StrEnum):
    """How a reading ended."""

    OK = "ok"
    # Rows are stored, but the API says that there are more.
    INCOMPLETA = "incompleta"
    ERRO = "erro"
    # The tenant does not have it, and need not.
    INDISPONIVEL = "indisponivel"

    @property
    def stored(self) -> bool:
        """Whether its rows are stored."""
        return self in (Situacao.OK, Situacao.INCOMPLETA)


@dataclass(frozen=True)
class Plan:
    """What to read of an endpoint.

    Attributes:
        modo: everything, or what has a reference date from `desde` on.
        desde: None for everything.
    """

    modo: Modo
    desde: date | None = None


EVERYTHING = Plan(Modo.COMPLETA)


@dataclass(frozen=True)
class Carga:
    """One reading of one endpoint: a row of the table."""

    endpoint: str
    iniciada_em: datetime
    terminada_em: datetime
    modo: Modo
    desde: date | None
    situacao: Situacao
    qt_informada: int = 0
    qt_lida: int = 0
    qt_gravada: int = 0
    mensagem: str | None = None

    def as_row(self) -> dict[str, Any]:
        """Return the row as dlt takes it."""
        return {**asdict(self), "modo": str(self.modo), "situacao": str(self.situacao)}


@dataclass(frozen=True)
class History:
    """What the table says of one endpoint.

    Attributes:
        last_good: start of the last reading that was whole.
        last_full: start of the last one of everything that was whole.
        last_stored: start of the last one whose rows are stored, whole or not.
        last_try: start of the last one, however it ended.
        last_outcome: how that one ended.
        message: what it said.
        incomplete: what was read since `last_good` and turned out not to be whole.
    """

    last_good: datetime | None = None
    last_full: datetime | None = None
    last_stored: datetime | None = None
    last_try: datetime | None = None
    last_outcome: Situacao | None = None
    message: str | None = None
    incomplete: Plan | None = None

    @property
    def is_stale(self) -> bool:
        """Whether there are rows, and a later try brought none."""
        return (
            self.last_stored is not None
            and self.last_try is not None
            and self.last_stored < self.last_try
        )


NOTHING_YET = History()

_HISTORIES = """
    with done as (
        select cargas.*
        from {cargas} as cargas
        inner join {loads} as loads
            on cargas._dlt_load_id = loads.load_id and loads.status = 0
    ),

    summed as (
        select
            endpoint,
            max(iniciada_em) filter (where situacao = 'ok') as last_good,
            max(iniciada_em) filter (where situacao = 'ok' and modo = 'completa') as last_full,
            max(iniciada_em) filter (where situacao in ('ok', 'incompleta')) as last_stored,
            max(iniciada_em) as last_try
        from done
        group by endpoint
    )

    select
        summed.endpoint,
        summed.last_good,
        summed.last_full,
        summed.last_stored,
        summed.last_try,
        last.situacao,
        last.mensagem,
        incomplete.has_full,
        incomplete.desde
    from summed
    inner join done as last
        on summed.endpoint = last.endpoint and summed.last_try = last.iniciada_em
    cross join lateral (
        select
            bool_or(done.modo = 'completa') as has_full,
            min(done.desde) as desde
        from done
        where
            done.endpoint = summed.endpoint
            and done.situacao = 'incompleta'
            and done.iniciada_em > coalesce(summed.last_good, '-infinity')
    ) as incomplete
"""


def histories(connection: psycopg.Connection[Any], schema: str) -> dict[str, History]:
    """Return what is known of each endpoint that was ever tried.

    Args:
        connection: to the server.
        schema: the raw schema's real name.

    Returns:
        By raw table; empty if nothing was ever loaded.
    """
    query = sql.SQL(_HISTORIES).format(
        cargas=sql.Identifier(schema, CARGAS), loads=sql.Identifier(schema, DLT_LOADS)
    )
    try:
        rows = connection.execute(query).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return {}
    found = {}
    for endpoint, good, full, stored, tried, outcome, message, has_full, since in rows:
        incomplete = None
        if has_full is not None:
            incomplete = EVERYTHING if has_full else Plan(Modo.INCREMENTAL, since)
        found[endpoint] = History(good, full, stored, tried, Situacao(outcome), message, incomplete)
    return found


def plan(
    endpoint: Endpoint,
    history: History,
    newest: date | None,
    now: datetime,
    settings: CvcrmSettings,
) -> Plan:
    """Decide what to read of an endpoint.

    Args:
        endpoint: which one.
        history: of its readings.
        newest: the newest reference date among the rows stored.
        now: the server's time.
        settings: how much to overlap, and how old a full reading may get.
    """
    if endpoint.style is Style.LIST or history.last_full is None or newest is None:
        return EVERYTHING
    too_old = now - history.last_full >= timedelta(hours=settings.CVCRM_FULL_EVERY_H)
    if endpoint.changes is not Changes.DATED and too_old:
        return EVERYTHING
    since = newest - timedelta(days=settings.CVCRM_OVERLAP_DAYS)
    if history.incomplete is not None:
        # Its rows are stored and moved the newest date on, past what was missed.
        if history.incomplete.desde is None:
            return EVERYTHING
        since = min(since, history.incomplete.desde)
    return Plan(Modo.INCREMENTAL, since)


def start_time(connection: psycopg.Connection[Any], schema: str) -> datetime:
    """Return the time of a reading that begins now, later than that of every one before.

    The server's clock, so that loads from two machines are in one order.
    """
    row = connection.execute(
        sql.SQL(
            "select greatest(clock_timestamp(), max(iniciada_em) + interval '1 microsecond')"
            " from {}"
        ).format(sql.Identifier(schema, CARGAS))
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    moment: datetime = row[0]
    return moment


def of(found: Mapping[str, History], endpoint: Endpoint) -> History:
    """Return an endpoint's history, an empty one if it was never tried."""
    return found.get(endpoint.name, NOTHING_YET)
