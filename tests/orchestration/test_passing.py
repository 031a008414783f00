"""What passes by itself is tried again from the failed step; what does not is final."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml
from dagster._core.events import DagsterEvent, DagsterEventType, JobFailureData, RunFailureReason
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import WILL_RETRY_TAG
from dagster._core.test_utils import instance_for_test
from dagster._daemon.monitoring.run_monitoring import monitor_started_run
from dagster._time import get_current_timestamp

from loaders.errors import MiranteError, ServidorForaDoArError
from loaders.postgres import resolve_server
from loaders.server import Server
from loaders.serving.home import TEMPLATE
from orchestration import passing
from orchestration.launcher import WatchedRunLauncher
from orchestration.passing import passes, tried_again, was_interrupted


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "WAIT_SECONDS", 0.0)


def run(trouble: Callable[[int], None]) -> tuple[dg.ExecuteInProcessResult, list[str]]:
    """Run two steps, of which the second has trouble by the number of its try."""
    tries: list[str] = []

    @dg.op(out=dg.Out(dg.Nothing))
    def first() -> None:
        tries.append("first")

    @dg.op(ins={"start": dg.In(dg.Nothing)})
    @tried_again
    def second(context: dg.OpExecutionContext) -> Iterator[dg.Output[int]]:
        tries.append("second")
        trouble(tries.count("second"))
        yield dg.Output(1)

    @dg.job(executor_def=dg.in_process_executor)
    def both() -> None:
        second(first())

    return both.execute_in_process(raise_on_error=False), tries


def test_a_cut_connection_is_tried_again_from_the_step_that_it_cut(embedded_server: Server):
    def cut_once(number: int) -> None:
        with embedded_server.connect() as one, embedded_server.connect() as other:
            if number == 1:
                other.execute("select pg_terminate_backend(%s)", [one.info.backend_pid])
            one.execute("select 1")

    result, tries = run(cut_once)
    assert result.success
    assert tries == ["first", "second", "second"]


def test_a_server_that_is_away_is_asked_three_times(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PGPORT", "1")
    result, tries = run(lambda number: resolve_server() and None)
    assert not result.success
    assert tries == ["first"] + ["second"] * 3


@pytest.mark.parametrize(
    "error",
    [
        MiranteError("o arquivo não serve"),
        ValueError("x"),
        psycopg.errors.UniqueViolation("x"),
        psycopg.errors.DiskFull("x"),
        dg.Failure("recusado", allow_retries=False),
    ],
)
def test_what_would_be_wrong_again_is_not_tried_again(error: Exception):
    def fail(number: int) -> None:
        raise error

    result, tries = run(fail)
    assert not result.success
    assert tries == ["first", "second"]


def test_a_wrong_password_is_no_server_that_is_away(
    user_server: Server, embedded_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PGPASSWORD", "outra")
    with pytest.raises(MiranteError) as caught:
        resolve_server()
    assert not passes(caught.value)
    monkeypatch.setenv("PGPORT", "1")
    with pytest.raises(ServidorForaDoArError) as away:
        resolve_server()
    assert passes(away.value)


def test_what_caused_an_error_is_what_counts():
    outer = RuntimeError("dlt")
    outer.__cause__ = psycopg.errors.AdminShutdown("x")
    assert passes(outer)
    outer.__cause__ = psycopg.errors.UndefinedTable("x")
    assert not passes(outer)


CUT = "Database Error: server closed the connection unexpectedly"


@pytest.mark.parametrize(
    ("statuses", "interrupted"),
    [
        ([("success", None), ("error", CUT), ("skipped", None)], True),
        ([("error", CUT), ("fail", "Got 3 results, configured to fail if != 0")], False),
        ([("error", "column x does not exist")], False),
        ([("success", None)], False),
    ],
)
def test_dbt_was_interrupted_only_if_nothing_else_went_wrong(
    statuses: list[tuple[str, str | None]], interrupted: bool, tmp_path: Path
):
    results = tmp_path / "run_results.json"
    results.write_text(
        json.dumps({"results": [{"status": each, "message": told} for each, told in statuses]})
    )
    assert was_interrupted(results, CUT) is interrupted


def test_a_dbt_that_did_not_get_that_far_is_judged_by_what_it_said(tmp_path: Path):
    nothing = tmp_path / "run_results.json"
    assert was_interrupted(nothing, "connection to server at x failed: Connection refused")
    assert not was_interrupted(nothing, "Compilation Error in model x")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance as `mirante up` configures it."""
    with instance_for_test(overrides=yaml.safe_load(TEMPLATE.read_text())) as instance:
        yield instance


def failed(instance: dg.DagsterInstance, reason: RunFailureReason | None) -> str:
    """Say of a run that failed whether it will be tried again."""
    run = instance.create_run_for_job(_nothing())
    instance.report_run_failed(run, "x", JobFailureData(error=None, failure_reason=reason))
    found = instance.get_run_by_id(run.run_id)
    assert found
    return found.tags[WILL_RETRY_TAG]


def _nothing() -> dg.JobDefinition:
    @dg.job
    def nothing() -> None:
        pass

    return nothing


def test_a_run_whose_process_died_goes_on_and_one_whose_step_failed_does_not(
    instance: dg.DagsterInstance,
):
    assert failed(instance, None) == "true"
    assert failed(instance, RunFailureReason.UNEXPECTED_TERMINATION) == "true"
    assert failed(instance, RunFailureReason.STEP_FAILURE) == "false"


def started(instance: dg.DagsterInstance, ago: float, **tags: str) -> dg.RunRecord:
    """Return a run that counts as running since some seconds ago."""
    run = instance.create_run_for_job(_nothing(), tags=tags)
    begun = DagsterEvent(DagsterEventType.RUN_START.value, "nothing", message="")
    instance.report_dagster_event(begun, run.run_id, timestamp=get_current_timestamp() - ago)
    record = instance.get_run_record_by_id(run.run_id)
    assert record
    assert record.dagster_run.status is dg.DagsterRunStatus.STARTED
    return record


def watched(instance: dg.DagsterInstance, record: dg.RunRecord) -> dg.DagsterRunStatus:
    """Have the daemon look at a run once."""
    monitor_started_run(instance, None, record, logging.getLogger("test"))  # type: ignore[arg-type]
    run = instance.get_run_by_id(record.dagster_run.run_id)
    assert run
    return run.status


def test_a_hung_run_is_found_and_ended(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(WatchedRunLauncher, "_lives", lambda self, run_id: True)
    limit = instance.run_monitoring_max_runtime_seconds
    assert watched(instance, started(instance, limit - 60)) is dg.DagsterRunStatus.STARTED
    assert watched(instance, started(instance, limit + 60)) is dg.DagsterRunStatus.FAILURE
    slow = {"dagster/max_runtime": "86400"}
    assert watched(instance, started(instance, limit + 60, **slow)) is (dg.DagsterRunStatus.STARTED)


def test_the_api_may_take_longer_than_the_rest(graph: dg.Definitions):
    assert graph.resolve_job_def("vendas").tags["dagster/max_runtime"] == "86400"
    assert "dagster/max_runtime" not in graph.resolve_job_def("carteira").tags


def test_a_run_whose_process_is_gone_is_found_after_three_looks(instance: dg.DagsterInstance):
    record = started(instance, 60)
    assert isinstance(instance.run_launcher, WatchedRunLauncher)
    looks = [watched(instance, record) for _ in range(3)]
    assert looks == [dg.DagsterRunStatus.STARTED] * 2 + [dg.DagsterRunStatus.FAILURE]
    run = instance.get_run_by_id(record.dagster_run.run_id)
    assert run
    assert run.tags[WILL_RETRY_TAG] == "true"


def test_an_answer_forgets_the_looks_in_vain(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    record = started(instance, 60)
    watched(instance, record)
    watched(instance, record)
    with monkeypatch.context() as patch:
        patch.setattr(WatchedRunLauncher, "_lives", lambda self, run_id: True)
        health = instance.run_launcher.check_run_worker_health(record.dagster_run)
        assert health.status is WorkerStatus.RUNNING
    assert watched(instance, record) is dg.DagsterRunStatus.STARTED
