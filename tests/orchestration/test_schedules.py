"""When jobs run by themselves."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from loaders.settings import PROJECT_ROOT
from orchestration import business_days
from orchestration.business_days import (
    LATEST_CATCH_UP,
    LATEST_FIRST,
    first_business_day,
    is_business_day,
    is_first_business_day,
    read_holidays,
)
from orchestration.defs.divergencias.processamento import Processamento
from orchestration.defs.execucao import schedules
from orchestration.time_zone import TIME_ZONE

SCHEDULES = {
    "vendas_periodicas": ("vendas", "0 6-22/4 * * *"),
    "divergencias_diarias": ("divergencias", "0 7 * * *"),
    "vigilancia_diaria": ("vigilancia", "30 8 * * *"),
    "fechamento_mensal": ("fechamento", "0 8 1-10 * *"),
    "segmentacao_mensal": ("segmentacao", "0 13 1-10 * *"),
}
MONTHS = [date(year, month, 1) for year in range(2015, 2041) for month in range(1, 13)]


def evaluate(
    name: str, moment: datetime, instance: dg.DagsterInstance | None = None
) -> dg.RunRequest | dg.SkipReason:
    """Let a tick be evaluated; on an instance of its own, where nothing ran yet."""
    if instance is None:
        with dg.DagsterInstance.local_temp() as empty:
            return evaluate(name, moment, empty)
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=moment)
    found = getattr(schedules, name)(context)
    assert isinstance(found, dg.RunRequest | dg.SkipReason)
    return found


def at(day: date, hour: int = 8) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=TIME_ZONE)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_runs_its_job_in_sao_paulo_once_somebody_switches_it_on(
    graph: dg.Definitions, name: str
):
    schedule = graph.resolve_schedule_def(name)
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert (schedule.job_name, schedule.cron_schedule) == SCHEDULES[name]
    assert schedule.execution_timezone == "America/Sao_Paulo"
    assert schedule.description


def test_nothing_runs_by_itself_unless_somebody_switches_it_on(graph: dg.Definitions):
    repository = graph.get_repository_def()
    assert SCHEDULES.keys() <= {schedule.name for schedule in repository.schedule_defs}
    for schedule in repository.schedule_defs:
        assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED, schedule.name
        assert schedule.execution_timezone == "America/Sao_Paulo", schedule.name
    for sensor in repository.sensor_defs:
        assert sensor.default_status is dg.DefaultSensorStatus.STOPPED, sensor.name


@given(st.dates(date(2015, 1, 1), date(2040, 12, 31)), st.sets(st.integers(0, 30)))
def test_each_month_has_one_first_business_day_and_banks_are_closed_before_it(
    day: date, closed: set[int]
):
    month = day.replace(day=1)
    holidays = read_holidays().keys() | {month + timedelta(days=number) for number in closed}
    days = [month + timedelta(days=number) for number in range(31)]
    own = [each for each in days if each.month == month.month]
    firsts = [each for each in own if is_first_business_day(each, holidays)]
    first = first_business_day(day, holidays)
    assert firsts in ([first], [])
    # None of its own only if banks were closed all month.
    assert bool(firsts) == any(is_business_day(each, holidays) for each in own)
    assert is_business_day(first, holidays)
    assert not any(is_business_day(each, holidays) for each in own if each < first)
    assert is_first_business_day(day, holidays) == (day == first)


def test_the_calendar_has_no_month_whose_first_business_day_the_cron_would_miss():
    holidays = read_holidays()
    assert max(first_business_day(month, holidays).day for month in MONTHS) <= LATEST_FIRST
    # Carnival at the beginning of March is as late as it gets.
    assert first_business_day(date(2025, 3, 1), holidays) == date(2025, 3, 5)
    assert first_business_day(date(2027, 1, 1), holidays) == date(2027, 1, 4)


def runs_of(name: str, days: Sequence[date], hour: int) -> dict[date, dg.RunRequest]:
    """Evaluate ticks one after another, each run asked for being there for the next."""
    runs = {}
    with dg.DagsterInstance.local_temp() as instance:
        for day in days:
            found = evaluate(name, at(day, hour), instance)
            if isinstance(found, dg.RunRequest):
                runs[day] = found
                instance.add_run(
                    dg.DagsterRun(
                        job_name=SCHEDULES[name][0],
                        tags=dict(found.tags),
                        status=dg.DagsterRunStatus.FAILURE,
                    )
                )
    return runs


@pytest.mark.parametrize("month", MONTHS[::19])
def test_a_month_closes_once_on_its_first_business_day(month: date):
    ticks = [month + timedelta(days=number) for number in range(LATEST_CATCH_UP)]
    runs = runs_of("fechamento_mensal", ticks, 8)
    [(day, run)] = runs.items()
    assert day == first_business_day(month, read_holidays())
    assert run.partition_key == f"{month - timedelta(days=1):%Y-%m}"
    # Evaluated again it is the same run.
    again = evaluate("fechamento_mensal", at(day))
    assert isinstance(again, dg.RunRequest)
    assert again.run_key == run.run_key == f"fechamento:{run.partition_key}"


@pytest.mark.parametrize("name", ["fechamento_mensal", "segmentacao_mensal"])
def test_a_machine_that_was_off_on_that_day_makes_up_for_it_once(name: str):
    # The first business day is the 1st.
    off_until_the_fourth = [date(2026, 12, number) for number in range(4, LATEST_CATCH_UP + 1)]
    assert list(runs_of(name, off_until_the_fourth, 8)) == [date(2026, 12, 4)]
    # The month before that had its run does not count for this one.
    both = [*(date(2026, 12, number) for number in (1, 2)), date(2027, 1, 4), date(2027, 1, 5)]
    assert list(runs_of(name, both, 8)) == [date(2026, 12, 1), date(2027, 1, 4)]


def test_a_day_that_is_not_the_first_says_why_and_which_is():
    skipped = evaluate("fechamento_mensal", at(date(2027, 1, 1)))
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == (
        "01/01/2027 (Confraternização Universal) não é o primeiro dia útil do mês, "
        "que é 04/01/2027."
    )


def test_clients_are_segmented_on_the_day_that_the_month_closes_and_later():
    run = evaluate("segmentacao_mensal", at(date(2026, 12, 1), 13))
    assert isinstance(run, dg.RunRequest)
    assert run.run_key == "segmentacao:2026-11"
    assert isinstance(evaluate("segmentacao_mensal", at(date(2027, 1, 1), 13)), dg.SkipReason)


def test_the_day_is_that_of_sao_paulo_whatever_clock_the_tick_has():
    # 22:30 of the first day of November there, a Sunday; then of the second, a holiday.
    for moment, day in (
        ("2026-11-02T01:30:00+00:00", "01/11/2026"),
        ("2026-11-03T01:30:00+00:00", "02/11/2026"),
    ):
        skipped = evaluate("fechamento_mensal", datetime.fromisoformat(moment))
        assert isinstance(skipped, dg.SkipReason)
        assert skipped.skip_message
        assert skipped.skip_message.startswith(day)


def test_holidays_are_read_when_asked_for_and_years_beyond_them_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path
):
    assert business_days.HOLIDAYS == PROJECT_ROOT / "seeds" / "feriados.csv"
    seed = tmp_path / "feriados.csv"
    seed.write_text("dt_feriado,nome\n2026-12-01,Dia da Casa\n", encoding="utf-8")
    monkeypatch.setattr(schedules, "read_holidays", lambda: read_holidays(seed))
    assert isinstance(evaluate("fechamento_mensal", at(date(2026, 12, 1))), dg.SkipReason)
    assert isinstance(evaluate("fechamento_mensal", at(date(2026, 12, 2))), dg.RunRequest)
    said: list[str] = []
    with dg.DagsterInstance.local_temp() as instance:
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=at(date(2027, 1, 1))
        )
        monkeypatch.setattr(context.log, "warning", said.append)
        schedules.fechamento_mensal(context)
    assert "termina em 2026" in said[0]


def test_the_month_close_builds_all_but_asks_no_api_and_tells_nobody(graph: dg.Definitions):
    assets = graph.resolve_asset_graph()
    chosen = graph.resolve_job_def("fechamento").asset_layer.selected_asset_keys
    left = {key.to_user_string() for key in assets.get_all_asset_keys() - chosen}
    assert {key for key in left if not key.startswith("raw_cvcrm/")} == {
        "audit/divergencias_processadas",
        "divergencias/relatorio",
        "operacao/resumo",
        "segmentacao/arquivos",
        "segmentacao/cluster_run",
        "segmentacao/cluster_run_clientes",
        "segmentacao/cluster_run_migracoes",
        "segmentacao/cluster_run_resumo",
    }
    assert not {key for key in chosen if key.path[0] == "raw_cvcrm"}
    assert {key.path[0] for key in chosen if key.path[0].startswith("raw_")} == {
        "raw_carteira", "raw_cartoes", "raw_banco", "raw_controladoria",
    }  # fmt: skip


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
