"""When jobs run by themselves; each is switched on by a person."""

import dagster as dg

from orchestration.defs.execucao.jobs import divergencias
from orchestration.time_zone import TIME_ZONE

divergencias_diarias = dg.ScheduleDefinition(
    name="divergencias_diarias",
    description="Todo dia às 7:00 de São Paulo; o que registra é uma sessão DAILY_AUTO.",
    job=divergencias,
    cron_schedule="0 7 * * *",
    execution_timezone=TIME_ZONE.key,
)
