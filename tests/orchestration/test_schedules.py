"""When jobs run by themselves."""

import dagster as dg
import pytest
from pydantic import ValidationError

from orchestration.defs.divergencias.processamento import Processamento


def test_divergences_run_at_seven_in_sao_paulo_once_somebody_switches_it_on(
    graph: dg.Definitions,
):
    schedule = graph.resolve_schedule_def("divergencias_diarias")
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert schedule.job_name == "divergencias"
    assert (schedule.cron_schedule, schedule.execution_timezone) == (
        "0 7 * * *",
        "America/Sao_Paulo",
    )


@pytest.mark.parametrize(
    "days",
    [
        {"data_inicio": "2026-10-02", "data_fim": "2026-10-01"},
        {"data_inicio": "ontem"},
        {"dt_base": "31/10/2026"},
    ],
)
def test_days_that_are_none_or_out_of_order_are_refused(days: dict[str, str]):
    with pytest.raises(ValidationError):
        Processamento(**days)
