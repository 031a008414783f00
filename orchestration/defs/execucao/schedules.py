"""When jobs run by themselves; each is switched on by a person.

Here: the calendar of jobs. Not here: what waits for files (`inbox`), nor what a job does
(`jobs`).

A tick that is evaluated twice starts one run: Dagster knows it by its run key. What runs once
a month looks whether it did.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

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

if TYPE_CHECKING:
    # What `dg.define_asset_job` returns has no public name.
    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )

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
    context: dg.ScheduleEvaluationContext, job: str, request: Callable[[str], dg.RunRequest]
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
    month = key_of(month_before(today))
    if context.instance.get_run_records(
        dg.RunsFilter(job_name=job, tags={_MONTH_TAG: month}), limit=1
    ):
        return dg.SkipReason(f"{job} de {month} já tem a sua execução.")
    return request(month)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(TIME_ZONE).date()


def _monthly(
    name: str,
    description: str,
    job: "UnresolvedAssetJobDefinition",
    hour: int,
    request: Callable[[str], dg.RunRequest],
) -> dg.ScheduleDefinition:
    """Return a schedule that asks once for the run of the month that ended.

    Args:
        name: of the schedule.
        description: what a reader of the page is told.
        job: what runs.
        hour: of the day, in São Paulo.
        request: makes the run from the month's key.
    """

    @dg.schedule(
        name=name,
        description=description,
        job=job,
        cron_schedule=f"0 {hour} 1-{LATEST_CATCH_UP} * *",
        execution_timezone=TIME_ZONE.key,
    )
    def monthly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        return _once_from_the_first_business_day(context, job.name, request)

    return monthly


fechamento_mensal = _monthly(
    "fechamento_mensal",
    "Às 8:00 de São Paulo do primeiro dia útil do mês (seeds/feriados.csv), ou do primeiro dia "
    "em que a máquina voltar: fecha o mês que terminou.",
    fechamento,
    hour=8,
    request=lambda month: dg.RunRequest(
        run_key=f"fechamento:{month}", partition_key=month, tags={_MONTH_TAG: month}
    ),
)

segmentacao_mensal = _monthly(
    "segmentacao_mensal",
    "Às 13:00 de São Paulo do primeiro dia útil do mês, depois do fechamento: segmenta os "
    "clientes.",
    segmentacao,
    hour=13,
    request=lambda month: dg.RunRequest(run_key=f"segmentacao:{month}", tags={_MONTH_TAG: month}),
)
