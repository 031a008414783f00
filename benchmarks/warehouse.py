"""A warehouse of a benchmark's own: its server, what lands in it, what dbt builds of it.

Here: starting and stopping it, landing files, building models with the time that each
took. Not here: what the files hold (`cartoes_dados`) and which anchor it is compared
with (each benchmark).
"""

import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.measure import Measured, measure, server_memory

PROJECT = Path(__file__).parents[1]
_PROGRAMS = Path(sys.executable).parent
# `dbt` itself and its `postgres` do not count each other's memory.
_DBT = [str(_PROGRAMS / "dbt"), "--quiet"]


@dataclass(frozen=True)
class Built:
    """What a `dbt build` took.

    Attributes:
        whole: the command, from its start to its end; the peak is dbt's own.
        server_mb: most memory of their own that the server's processes held, MiB.
        models: seconds of each model, by name, hooks included.
        tests: seconds of all data and unit tests together.
    """

    whole: Measured
    server_mb: float
    models: dict[str, float]
    tests: float

    def of(self, names: Collection[str]) -> float:
        """Sum the seconds of some models."""
        return sum(seconds for name, seconds in self.models.items() if name in names)

    def slowest(self, count: int = 6) -> str:
        """Name the models that took longest, for people to read."""
        ranked = sorted(self.models.items(), key=lambda each: -each[1])[:count]
        return ", ".join(f"{name} {seconds:.1f}" for name, seconds in ranked)


def middle_build(builds: Sequence[Built]) -> Built:
    """Return the median of each figure."""
    return Built(
        Measured(
            statistics.median(each.whole.seconds for each in builds),
            statistics.median(each.whole.peak_mb for each in builds),
        ),
        statistics.median(each.server_mb for each in builds),
        {
            name: statistics.median(each.models.get(name, 0) for each in builds)
            for name in builds[0].models
        },
        statistics.median(each.tests for each in builds),
    )


class Warehouse:
    """A running server with its environment.

    Attributes:
        folder: for files; gone at the end.
        url: of the server, password included.
        connection: in autocommit.
        postmaster: the server's first process.
    """

    def __init__(self, folder: Path, environment: dict[str, str], url: str) -> None:
        """Connect to a server that is running."""
        self.folder = folder
        self.url = url
        self.connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)
        pid = self.one("select pg_backend_pid()")[0]
        self.postmaster = psutil.Process(pid).ppid()
        self._environment = environment

    def one(self, query: str) -> tuple[Any, ...]:
        """Return a query's only row."""
        row = self.connection.execute(query).fetchone()
        assert row is not None  # noqa: S101
        return tuple(row)

    def land(self, path: Path, source: str = "cartoes") -> Measured:
        """Land a file, or the files of a folder, in raw.

        `MIRANTE_BENCH_LAND` names a program that does it in place of `mirante load
        cartoes`: for trying models on what a loader to come will land.
        """
        command = os.environ.get("MIRANTE_BENCH_LAND", "").split()
        return measure([*(command or [str(_PROGRAMS / "mirante"), "load", source]), str(path)],
                       self._environment)  # fmt: skip

    def prepare(self, *arguments: str) -> None:
        """Build some models of sources that have delivered nothing, as `mirante build` does."""
        self.mirante("build", *arguments)

    def mirante(self, *arguments: str) -> Measured:
        """Run a command of Mirante's own."""
        return measure([str(_PROGRAMS / "mirante"), *arguments], self._environment)

    def build(self, *arguments: str) -> Built:
        """Build and test some models, and read from dbt how long each took."""
        self.connection.execute("checkpoint")
        with server_memory(self.postmaster) as peak:
            whole = measure(
                [*_DBT, "build", "--project-dir", str(PROJECT), *arguments], self._environment
            )
        results = json.loads((self.folder / "target" / "run_results.json").read_text())["results"]
        seconds: dict[str, dict[str, float]] = {}
        for result in results:
            kind, _, name = result["unique_id"].split(".", 2)
            seconds.setdefault(kind, {})[name] = result["execution_time"]
        tests = sum(sum(seconds.get(kind, {}).values()) for kind in ("test", "unit_test"))
        return Built(whole, peak(), seconds.get("model", {}), tests)

    def models(self, *selectors: str) -> set[str]:
        """List the models that some selectors mean."""
        told = subprocess.run(
            [*_DBT, "ls", "--project-dir", str(PROJECT), "--resource-type", "model",
             "--output", "name", "-s", *selectors],
            env=self._environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return set(told.stdout.split())


def _told(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


@contextmanager
def warehouse() -> Iterator[Warehouse]:
    """Start a server of its own, with the seeds in it, and throw it away at the end."""
    mirante = str(_PROGRAMS / "mirante")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "MIRANTE_HOME": f"{folder}/home",
            "MIRANTE_ENV_FILE": os.devnull,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_PROFILES_DIR": str(PROJECT),
            "DBT_TARGET_PATH": f"{folder}/target",
            "DBT_LOG_PATH": f"{folder}/logs",
        }
        data = None
        measure([mirante, "db", "start"], environment)
        try:
            url = _told([mirante, "db", "url"], environment)
            # The server and the key that documents are hashed with, as `mirante build` gives
            # them to dbt.
            for line in shlex.split(_told([mirante, "env"], environment)):
                variable, equals, value = line.partition("=")
                if equals:
                    environment[variable] = value
            # Parses too, which is then done for the commands that are timed.
            measure([*_DBT, "seed", "--project-dir", str(PROJECT)], environment)
            bank = Warehouse(folder, environment, url)
            data = Path(bank.one("show data_directory")[0])
            yield bank
        finally:
            measure([mirante, "db", "stop"], environment)
            # Root's server keeps its data outside MIRANTE_HOME.
            if data:
                shutil.rmtree(data.parent)
