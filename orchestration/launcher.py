"""The launcher of runs: Dagster's own, which also looks after a run's process.

Here: whether it still lives, for the daemon that watches over runs, and its end where it does
not end when it is asked to. Not here: what becomes of a run whose process died
(`dagster.yaml`).

Dagster's own code server reports a process that died. Nobody reports one that died with its
code server, as in a power cut: its run would count as running, and hold its pool, for hours.
And Dagster asks a run that takes too long to stop, counts it as ended whatever it does, and
leaves the process of one that hangs to itself, with its lock in the database.
"""

import threading
from contextlib import suppress
from typing import Any, Final

import dagster as dg
import psutil
from dagster import DagsterRun, DefaultRunLauncher
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value

# A server under load may be late with an answer; one that is gone stays so.
_MISSES: Final = 3
# For a run that is ended to let go of what it holds; dbt alone is given 25 by its resource.
_GRACE_SECONDS: Final = 60.0


class WatchedRunLauncher(DefaultRunLauncher):
    """Launches runs through the code server, and asks it for them."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Let the daemon ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Say whether the process of a run lives, as the code server that started it knows.

        Args:
            run: one that counts as running.
        """
        misses: dict[str, int] = self.__dict__.setdefault("_misses", {})
        if self._lives(run.run_id):
            misses.pop(run.run_id, None)
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        misses[run.run_id] = misses.get(run.run_id, 0) + 1
        if misses[run.run_id] < _MISSES:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "sem resposta por enquanto")
        del misses[run.run_id]
        return CheckRunHealthResult(
            WorkerStatus.NOT_FOUND, "o processo da execução não existe mais"
        )

    def terminate(self, run_id: str) -> bool:
        """Ask a run to stop, and see to it that its process does.

        It may go on for a minute. If Dagster waits for it, as for one that a person cancelled,
        it may for as long as Dagster does: a run that is not over by then but whose process is
        gone would count as one that crashed, and be started again.

        Args:
            run_id: of the run.

        Returns:
            Whether it could be asked.
        """
        worker = worker_of(self._instance, run_id)
        asked: bool = super().terminate(run_id)  # type: ignore[no-untyped-call]
        if worker is not None:
            ending = threading.Thread(
                target=self._end, args=(run_id, worker), name=f"fim de {run_id[:8]}", daemon=True
            )
            ending.start()
        return asked

    def _end(self, run_id: str, worker: psutil.Process) -> None:
        """Kill a process that is still there once its run is over and had time to go."""
        patience = self._instance.run_monitoring_cancel_timeout_seconds + 2 * _GRACE_SECONDS
        while not _gone(worker, _GRACE_SECONDS):
            patience -= _GRACE_SECONDS
            run = self._instance.get_run_by_id(run_id)
            if run is None or run.is_finished:
                kill_tree(worker)
                return
            if patience <= 0:
                return

    def _lives(self, run_id: str) -> bool:
        client = self._get_grpc_client_for_termination(run_id)  # type: ignore[no-untyped-call]
        if client is None:
            return False
        try:
            answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run_id))
        except DagsterUserCodeUnreachableError:
            return False
        return deserialize_value(answer, CanCancelExecutionResult).can_cancel


def worker_of(instance: dg.DagsterInstance, run_id: str) -> psutil.Process | None:
    """Return the process of a run, as it told of itself; None if it is not there.

    Args:
        instance: whose record to ask.
        run_id: of the run, started on this machine.
    """
    for entry in reversed(instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)):
        event = entry.dagster_event
        told = event.event_specific_data if event else None
        pid = getattr(told, "metadata", {}).get("pid")
        if event is None or pid is None or not (event.message or "").startswith("Started process"):
            continue
        with suppress(psutil.Error, ValueError):
            process = psutil.Process(int(str(pid.value)))
            # A number that was given again since belongs to somebody else.
            if process.create_time() <= entry.timestamp:
                return process
        return None
    return None


def kill_tree(process: psutil.Process) -> None:
    """Kill a process and all that it started."""
    family: list[Any] = [process]
    with suppress(psutil.Error):
        family += process.children(recursive=True)
    for each in family:
        with suppress(psutil.Error):
            each.kill()


def _gone(process: psutil.Process, seconds: float) -> bool:
    with suppress(psutil.Error):
        process.wait(seconds)
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
