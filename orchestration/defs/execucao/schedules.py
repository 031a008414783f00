"""When jobs run by themselves; each is switched on by a person.

Here: the calendar of jobs. Not here: what waits for files (`inbox`), nor what a job does
(`jobs`).

A tick that is evaluated twice starts one run: Dagster knows it by its run key. What runs once
a month looks whether it did.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

import dagster as dg

from orchestration.business_days import LATEST_CATCH_UP, first_business_day, read_holidays
from orchestration.defs.execucao.jobs import (
    divergencias,
    fechamento,
    segmentacao,
    vendas,
    vigilancia,
)
from orchestration.partitions import key_of, month_before
from orchestration.time_zone import TIME_ZONE

# Which month a schedule asked a run for.
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


def _once_from_the_first_business_day(
    context: dg.ScheduleEvaluationContext, job: str, request: Callable[[date], dg.RunRequest]
) -> dg.RunRequest | dg.SkipReason:
    """Ask for the month's run on its first business day, or on the first tick after it.

    Dagster makes up for one missed tick only, and a machine may be off on that very day: so
    each tick from then on asks whether the month has its run, however that ended.

    Args:
        context: of the tick.
        job: what runs.
        request: makes the run of the month that ended; its tags tell it from other months'.
    """
    today = _day_of(context.scheduled_execution_time)
    holidays = read_holidays()
    if max(holidays).year < today.year:
        context.log.warning(
            f"seeds/feriados.csv termina em {max(holidays).year}: em {today.year} só contam os "
            "fins de semana. Acrescente os feriados."
        )
    first = first_business_day(today, holidays)
    if today < first:
        why = f" ({holidays[today]})" if today in holidays else ""
        return dg.SkipReason(
            f"{today:%d/%m/%Y}{why} não é o primeiro dia útil do mês, que é {first:%d/%m/%Y}."
        )
    month = month_before(today)
    wanted = request(month)
    if context.instance.get_run_records(
        dg.RunsFilter(job_name=job, tags={_MONTH_TAG: key_of(month)}), limit=1
    ):
        return dg.SkipReason(f"{job} de {key_of(month)} já tem a sua execução.")
    return wanted


def _day_of(moment: datetime) -> date:
    return moment.astimezone(TIME_ZONE).date()


@dg.schedule(
    name="fechamento_mensal",
    description=(
        "Às 8:00 de São Paulo do primeiro dia útil do mês (seeds/feriados.csv), ou do primeiro dia "
        "em que a máquina voltar: fecha o mês que terminou."
    ),
    job=fechamento,
    cron_schedule=f"0 8 1-{LATEST_CATCH_UP} * *",
    execution_timezone=TIME_ZONE.key,
)
def fechamento_mensal(
    context: dg.ScheduleEvaluationContext,
) -> dg.RunRequest | dg.SkipReason:
    """Close the month that ended, on the first business day after it."""

    def close(month: date) -> dg.RunRequest:
        key = key_of(month)
        return dg.RunRequest(run_key=f"fechamento:{key}", partition_key=key, tags={_MONTH_TAG: key})

    return _once_from_the_first_business_day(context, fechamento.name, close)


@dg.schedule(
    name="segmentacao_mensal",
    description=(
        "Às 13:00 de São Paulo do primeiro dia útil do mês, depois do fechamento: segmenta os "
        "clientes."
    ),
    job=segmentacao,
    cron_schedule=f"0 13 1-{LATEST_CATCH_UP} * *",
    execution_timezone=TIME_ZONE.key,
)
def segmentacao_mensal(
    context: dg.ScheduleEvaluationContext,
) -> dg.RunRequest | dg.SkipReason:
    """Segment the clients, on the first business day of each month."""

    def segment(month: date) -> dg.RunRequest:
        key = key_of(month)
        return dg.RunRequest(run_key=f"segmentacao:{key}", tags={_MONTH_TAG: key})

    return _once_from_the_first_business_day(context, segmentacao.name, segment)
