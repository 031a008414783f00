"""The launcher of runs: Dagster's own, which also says whether a run's process still lives.

Here: that question, for the daemon that watches over runs. Not here: what becomes of a run
whose process died (`dagster.yaml`).

Dagster's own code server reports a process that died. Nobody reports one that died with its
code server, as in a power cut: its run would count as running, and hold its pool, for hours.
"""

from typing import Final

from dagster import DagsterRun, DefaultRunLauncher
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value

# A server under load may be late with an answer; one that is gone stays so.
_MISSES: Final = 3


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

    def _lives(self, run_id: str) -> bool:
        client = self._get_grpc_client_for_termination(run_id)  # type: ignore[no-untyped-call]
        if client is None:
            return False
        try:
            answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run_id))
        except DagsterUserCodeUnreachableError:
            return False
        return deserialize_value(answer, CanCancelExecutionResult).can_cancel
