"""A sensor that waits for each source's month, looks again, and tells once that it is missing.

Here: the sensor. Not here: when to look (`orchestration.expected_months`), what came and the
days (`loaders.expected`), the message (`loaders.notifications.missing`).
"""

from datetime import datetime, time
from typing import Final

import dagster as dg
import psycopg

from loaders.errors import MiranteError
from loaders.expected import MONTHLY, expected_days, missing_entities
from loaders.notifications import arrived, deliver
from loaders.notifications.missing import MissingMonth, missing_month_message
from loaders.postgres import resolve_server
from loaders.settings import inbox
from orchestration import expected_months, time_zone
from orchestration.expected_months import Stage, Wait
from orchestration.partitions import month_of
from orchestration.telling import log_deliveries
from orchestration.time_zone import TIME_ZONE

_EVERY_SECONDS: Final = 600


@dg.sensor(
    name="meses_esperados",
    minimum_interval_seconds=_EVERY_SECONDS,
    description=(
        "Depois do dia combinado (MIRANTE_EXPECTED_DAYS), procura o mês passado de cada fonte; se "
        "não veio, procura de novo três vezes em intervalos crescentes e então avisa uma vez."
    ),
)
def meses_esperados(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Look for the months that are due, and tell of those that did not come."""
    now = time_zone.now()
    before = expected_months.remembered(context.cursor)
    try:
        days = expected_days()
    except MiranteError as error:
        context.log.error(str(error))
        return dg.SkipReason(str(error))
    if not days:
        return dg.SkipReason("MIRANTE_EXPECTED_DAYS não diz de ninguém por quem esperar.")
    waits = {}
    said = []
    for source, day in days.items():
        wait = expected_months.wait_for(before.get(source), now)
        if expected_months.is_time(wait, day, now):
            try:
                wait = _look(context, source, day, wait, now)
            except MiranteError as error:
                # A look that could not be taken is none.
                context.log.warning(f"{source}: {error}")
            except psycopg.Error as error:
                context.log.warning(f"{source}: o Postgres falhou ({type(error).__name__}).")
        waits[source] = wait
        said.append(f"{source} {wait.month}: {wait.stage}, até o dia {day}")
    context.update_cursor(expected_months.cursor_of(waits))
    return dg.SkipReason("; ".join(said) + ".")


def _look(
    context: dg.SensorEvaluationContext, source: str, day: int, wait: Wait, now: datetime
) -> Wait:
    monthly = MONTHLY[source]
    missing = missing_entities(
        monthly,
        monthly.source().known_files(resolve_server()),
        month_of(wait.month),
        datetime.combine(now.date().replace(day=1), time(), TIME_ZONE),
    )
    if not missing:
        return expected_months.found(wait)
    wait = expected_months.not_found(wait, now)
    if wait.stage is not Stage.OVERDUE:
        context.log.info(f"{source} {wait.month}: falta {', '.join(missing)}; procuro de novo.")
        return wait
    message = missing_month_message(
        MissingMonth(
            source,
            month_of(wait.month),
            expected_months.due_date(day, now.date()),
            now.date(),
            str(inbox() / monthly.folder),
            missing,
        )
    )
    deliveries = deliver(message, f"falta-{source}-{wait.month}")
    log_deliveries(context.log, deliveries)
    return expected_months.told(wait) if arrived(deliveries) else wait
