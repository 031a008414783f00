"""Kill a run of Dagster under `mirante up`'s processes, and wait for the one that comes after it.

Here: the webserver and the daemon, starting a run, its process, its successor. Not here: what
is compared (`contents`, `remains`).

All steps of these jobs run in the run's own process: to kill the step is to kill that. In every
second point everything is killed, as a power cut does it: webserver, daemon, code servers, the
run and its dbt; then both are started again. Dagster's looks at dead runs are closer together
than by default; nothing else of its settings is changed, and nobody but its daemon starts the
second run.
"""

import os
import re
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psutil
import requests

from benchmarks.quedas.contents import compare
from benchmarks.quedas.killing import Outcome, Truth, draw, limit
from benchmarks.quedas.points import Job, Point
from benchmarks.quedas.remains import remains
from benchmarks.quedas.world import PARTITION, World
from loaders.postgres import resolve_server
from loaders.serving.environment import parse_manifest, service_environment
from loaders.serving.home import prepare_home
from loaders.serving.processes import Services
from loaders.serving.storage import Storage

_LOOK_S = 0.1
# What Dagster needs to find the dead run and start the next, at most, besides the work.
_RESUME_S = 180.0
_SHORTER = {
    "poll_interval_seconds: 30": "poll_interval_seconds: 5",
    "free_slots_after_run_end_seconds: 60": "free_slots_after_run_end_seconds: 5",
}
_PLACE = "query { repositoriesOrError { ... on RepositoryConnection { nodes {"
_PLACE += " name location { name } } } } }"
_LAUNCH = """
mutation ($params: ExecutionParams!) {
  done: launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}
"""
_RUN = """
query ($id: ID!) {
  run: runOrError(runId: $id) {
    ... on Run { status eventConnection { events { ... on MessageEvent { message } } } }
  }
}
"""
_AFTER = """
query ($filter: RunsFilter!) {
  runs: runsOrError(filter: $filter) { ... on Runs { results { runId status } } }
}
"""
_ENDED = ("SUCCESS", "FAILURE", "CANCELED")


class Orchestra:
    """Dagster's webserver and daemon over a world."""

    def __init__(self, world: World) -> None:
        """Prepare DAGSTER_HOME and the inbox; nothing starts yet."""
        self._world = world
        self._stack = ExitStack()
        self._url = ""
        # In SQLite: the database goes back to an earlier state at each point.
        home = prepare_home("")
        path = home.folder / "dagster.yaml"
        text = path.read_text(encoding="utf-8")
        for ours, shorter in _SHORTER.items():
            text = text.replace(ours, shorter)
        path.write_text(text, encoding="utf-8")
        for folder in ("carteira", "categorias", "cartoes", "banco", "controladoria"):
            shutil.copytree(world.folder / "segunda" / folder, world.home / "inbox" / folder)
        server = resolve_server()
        self._environment = service_environment(server, Storage("SQLite"), home.folder)
        parse_manifest(server, self._environment)

    def start(self) -> None:
        """Start both, and wait for the webserver's first answer."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        services = self._stack.enter_context(Services(port, self._environment))
        services.wait_until_it_answers()
        self._url = services.url

    def stop(self) -> None:
        """Stop both."""
        self._stack.close()

    def truth(self, job: Job) -> Truth:
        """Do a job undisturbed."""
        self._world.restore(job.state)
        run = self._launch(job)
        self._process(run)
        began = time.perf_counter()
        status = self._ended(run, 600)
        seconds = time.perf_counter() - began
        if status != "SUCCESS":
            raise RuntimeError(f"{job.key}: {status}: {self._messages(run)[-3:]}")
        return Truth(seconds, self._world.contents(), {})

    def kill(self, point: Point, expected: Truth) -> Outcome:
        """Kill a job's run, wait for Dagster to make up for it, and look."""
        outcome = Outcome(point, expected.seconds)
        for moment in draw(point, expected.seconds):
            self._world.restore(point.job.state)
            outcome.moment = moment
            run = self._launch(point.job)
            if self._killed(run, moment, everything=point.wide):
                break
        else:
            raise RuntimeError(f"{point.name}: ended before it could be killed")
        self._await_successor(run, outcome)
        outcome.difference = compare(expected.contents, self._world.contents())
        outcome.left += remains(self._world)
        return outcome

    def _killed(self, run: str, moment: float, everything: bool) -> bool:
        process = self._process(run)
        time.sleep(moment)
        if self._status(run) in _ENDED or not process.is_running():
            return False
        family = process.children(recursive=True)
        if everything:
            group = os.getpgid(process.pid)
            if group == os.getpgrp():
                raise RuntimeError("the run is in this process's own group")
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
            psutil.wait_procs([process, *family], timeout=5)
            self.stop()
            self.start()
        else:
            process.kill()
        return True

    def _await_successor(self, run: str, outcome: Outcome) -> None:
        """Wait for a run that ends well; Dagster starts as many as its settings allow."""
        ends = time.monotonic() + limit(outcome.seconds) + _RESUME_S
        statuses: list[str] = []
        while time.monotonic() < ends:
            time.sleep(5 * _LOOK_S)
            of_it = {"tags": [{"key": "dagster/root_run_id", "value": run}]}
            later = self._ask(_AFTER, filter=of_it)["runs"]["results"]
            statuses = [each["status"] for each in later]
            if "SUCCESS" in statuses:
                return
        if statuses and all(status in _ENDED for status in statuses):
            outcome.failed.append(f"runs after it: {statuses}")
        else:
            outcome.stuck.append(f"run {self._status(run)}, runs after it: {statuses}")

    def _launch(self, job: Job) -> str:
        [place] = self._ask(_PLACE)["repositoriesOrError"]["nodes"]
        [name] = job.arguments
        tags = [{"key": "dagster/partition", "value": PARTITION}] if name == "cartoes" else []
        params = {
            "selector": {
                "repositoryName": place["name"],
                "repositoryLocationName": place["location"]["name"],
                "jobName": name,
            },
            "runConfigData": {},
            "executionMetadata": {"tags": tags},
        }
        done = self._ask(_LAUNCH, params=params)["done"]
        if "run" not in done:
            raise RuntimeError(f"{job.key}: {done}")
        run: str = done["run"]["runId"]
        return run

    def _process(self, run: str) -> psutil.Process:
        """Wait for a run's process to tell its number."""
        ends = time.monotonic() + 120
        while time.monotonic() < ends:
            for message in self._messages(run):
                if found := re.search(r"Started process for run \(pid: (\d+)\)", message):
                    return psutil.Process(int(found[1]))
            time.sleep(_LOOK_S)
        raise RuntimeError(f"{run} does not start: {self._messages(run)}")

    def _ended(self, run: str, seconds: float) -> str:
        ends = time.monotonic() + seconds
        while (status := self._status(run)) not in _ENDED and time.monotonic() < ends:
            time.sleep(_LOOK_S)
        return status

    def _status(self, run: str) -> str:
        status: str = self._ask(_RUN, id=run)["run"]["status"]
        return status

    def _messages(self, run: str) -> list[str]:
        events = self._ask(_RUN, id=run)["run"]["eventConnection"]["events"]
        return [event.get("message", "") for event in events]

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        with requests.Session() as session:
            # It is this machine: no proxy knows the way there.
            session.trust_env = False
            answer = session.post(
                f"{self._url}/graphql", json={"query": query, "variables": variables}, timeout=120
            ).json()
        if "errors" in answer:
            raise RuntimeError(answer["errors"][0]["message"])
        data: dict[str, Any] = answer["data"]
        return data


@contextmanager
def orchestra(world: World) -> Iterator[Orchestra]:
    """Run Dagster over a world for the length of a block."""
    dagster = Orchestra(world)
    try:
        dagster.start()
        yield dagster
    finally:
        dagster.stop()
