"""A run that hangs is ended with its process, and what it held is free again."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest
import yaml
from dagster._core.test_utils import (
    create_run_for_test,
    create_test_daemon_workspace_context,
    instance_for_test,
)
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import PythonFileTarget
from dagster._daemon.monitoring.run_monitoring import monitor_started_run

from loaders.locks import advisory_lock
from loaders.server import Server
from loaders.serving.home import TEMPLATE
from orchestration import launcher

# It holds the build's lock, has a process of its own, and does not hear that it is to stop.
HUNG = """
import os, subprocess, time
from pathlib import Path
import dagster as dg
from loaders.locks import advisory_lock
from loaders.postgres import resolve_server

@dg.op
def hangs():
    with advisory_lock(resolve_server(), "build"):
        child = subprocess.Popen(["/bin/sleep", "600"])
        told = Path(os.environ["MIRANTE_TEST_TOLD"])
        told.with_suffix(".new").write_text(f"{os.getpid()} {child.pid}")
        told.with_suffix(".new").rename(told)
        while True:
            try:
                time.sleep(600)
            except BaseException:
                pass

@dg.job(tags={"dagster/max_runtime": "1"}, executor_def=dg.in_process_executor)
def hung():
    hangs()
"""


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.1)


@pytest.fixture
def workspace(
    user_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WorkspaceProcessContext]:
    """A code server of its own, on an instance as `mirante up` configures it."""
    monkeypatch.setenv("MIRANTE_TEST_TOLD", str(tmp_path / "told"))
    code = tmp_path / "hung.py"
    code.write_text(HUNG, encoding="utf-8")
    target = PythonFileTarget(str(code), attribute=None, working_directory=None, location_name="x")
    with (
        instance_for_test(overrides=yaml.safe_load(TEMPLATE.read_text())) as instance,
        create_test_daemon_workspace_context(target, instance) as workspace,
    ):
        yield workspace


@pytest.mark.slow
def test_a_hung_run_leaves_neither_process_nor_lock(
    workspace: WorkspaceProcessContext,
    user_server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(launcher, "_GRACE_SECONDS", 1.0)
    instance = workspace.instance
    context = workspace.create_request_context()
    [repository] = context.get_code_location("x").get_repositories().values()
    job = repository.get_full_job("hung")
    run = create_run_for_test(
        instance,
        job_name="hung",
        tags={"dagster/max_runtime": "1"},
        remote_job_origin=job.get_remote_origin(),
        job_code_origin=job.get_python_origin(),
    )
    instance.launch_run(run.run_id, context)
    until((tmp_path / "told").exists)
    processes = [psutil.Process(int(pid)) for pid in (tmp_path / "told").read_text().split()]
    assert launcher.worker_of(instance, run.run_id) == processes[0]
    time.sleep(1.1)

    record = instance.get_run_record_by_id(run.run_id)
    assert record
    monitor_started_run(instance, workspace, record, logging.getLogger("test"))  # type: ignore[arg-type]
    ended = instance.get_run_by_id(run.run_id)
    assert ended
    assert ended.status is dg.DagsterRunStatus.FAILURE
    until(lambda: not any(alive(each) for each in processes))
    with advisory_lock(user_server, "build", on_wait=pytest.fail):
        pass


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
