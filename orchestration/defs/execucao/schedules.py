"""When jobs run by themselves; each is switched on by a person.

Here: the calendar of jobs. Not here: what waits for files (`inbox`), nor what a job does
(`jobs`).

A tick that is evaluated twice starts one run: Dagster knows it by its run key.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

import dagster as dg

from orchestration.business_days import LATEST_FIRST, first_business_day, read_holidays
from orchestration.defs.execucao.jobs import (
    divergencias,
    fechamento,
    segmentacao,
    vendas,
    vigilancia,
)
from orchestration.partitions import key_of, month_before
from orchestration.time_zone import TIME_ZONE

# Which month a run is of that has no partition.
_MONTH_TAG: Final = "mirante/mes"

vendas_periodicas = dg.ScheduleDefinition(
    name="vendas_periodicas",
    description="Às 6, 10, 14, 18 e 22 horas de São Paulo: lê do CVCRM o que mudou e constrói.",
    job=vendas,
    cron_schedule="0 6-22/4 * * *",
    execution_timezone=TIME_ZONE.key,
)

divergencias_diarias = dg.ScheduleDefinition(
    name="divergencias_diarias",
    description="Todo dia às 7:00 de São Paulo; o que registra é uma sessão DAILY_AUTO.",
    job=divergencias,
    cron_schedule="0 7 * * *",
    execution_timezone=TIME_ZONE.key,
)

vigilancia_diaria = dg.ScheduleDefinition(
    name="vigilancia_diaria",
    description="Todo dia às 8:30 de São Paulo: o que está atrasado, e o resumo do dia.",
    job=vigilancia,
    cron_schedule="30 8 * * *",
    execution_timezone=TIME_ZONE.key,
)


def _on_the_first_business_day(
    context: dg.ScheduleEvaluationContext, request: Callable[[date], dg.RunRequest]
) -> dg.RunRequest | dg.SkipReason:
    """Ask for a run on the month's first business day, and say on other days when it is.

    Args:
        context: of the tick.
        request: makes the run of the month that ended.
    """
    today = _day_of(context.scheduled_execution_time)
    holidays = read_holidays()
    if max(holidays).year < today.year:
        context.log.warning(
            f"seeds/feriados.csv termina em {max(holidays).year}: em {today.year} só contam os "
            "fins de semana. Acrescente os feriados."
        )
    first = first_business_day(today, holidays)
    if today == first:
        return request(month_before(today))
    why = f" ({holidays[today]})" if today in holidays else ""
    return dg.SkipReason(
        f"{today:%d/%m/%Y}{why} não é o primeiro dia útil do mês, que é {first:%d/%m/%Y}."
    )


def _day_of(moment: datetime) -> date:
    return moment.astimezone(TIME_ZONE).date()


@dg.schedule(
    name="fechamento_mensal",
    description=(
        "Às 8:00 de São Paulo do primeiro dia útil do mês (seeds/feriados.csv): fecha o mês que "
        "terminou."
    ),
    job=fechamento,
    cron_schedule=f"0 8 1-{LATEST_FIRST} * *",
    execution_timezone=TIME_ZONE.key,
)
def fechamento_mensal(
    context: dg.ScheduleEvaluationContext,
) -> dg.RunRequest | dg.SkipReason:
    """Close the month that ended, on the first business day after it."""

    def close(month: date) -> dg.RunRequest:
        key = key_of(month)
        return dg.RunRequest(run_key=f"fechamento:{key}", partition_key=key)

    return _on_the_first_business_day(context, close)


@dg.schedule(
    name="segmentacao_mensal",
    description=(
        "Às 13:00 de São Paulo do primeiro dia útil do mês, depois do fechamento: segmenta os "
        "clientes."
    ),
    job=segmentacao,
    cron_schedule=f"0 13 1-{LATEST_FIRST} * *",
    execution_timezone=TIME_ZONE.key,
)
def segmentacao_mensal(
    context: dg.ScheduleEvaluationContext,
) -> dg.RunRequest | dg.SkipReason:
    """Segment the clients, on the first business day of each month."""

    def segment(month: date) -> dg.RunRequest:
        key = key_of(month)
        return dg.RunRequest(run_key=f"segmentacao:{key}", tags={_MONTH_TAG: key})

    return _on_the_first_business_day(context, segment)
