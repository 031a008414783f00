"""Run dbt on the server that Mirante uses, one build at a time.

Here: what must stand before dbt starts (raw tables, environment, lock), dbt in this
process, and the rows that a failed test names. Not here: models (`models/`), nor what
the command prints around it (`commands/build.py`).
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import sql

from loaders import sources
from loaders.audit.operations import Operation, recording
from loaders.cluster_runs import tables as cluster_runs
from loaders.errors import MiranteError
from loaders.locks import advisory_lock
from loaders.postgres import Server, ensure_can_create, schema_name
from loaders.privacy.keys import pii_key, session_options, without_key
from loaders.privacy.roles import INNER, OPEN, PII, ensure_roles
from loaders.settings import PROJECT_ROOT, dbt_target, load_settings
from loaders.troubles import Trouble, told_clearly, trouble_in

MAX_ROWS_NAMED = 20
# Who writes what dbt builds, or what dbt reads of our own, holds it.
BUILD_LOCK = "build"
# Where dbt writes (dbt_project.yml); checked before it starts, for a clear refusal.
SCHEMAS = (*INNER, *OPEN, *PII)


@dataclass(frozen=True)
class FailedTest:
    """A data test that failed and keeps its rows, for a person to find them.

    Attributes:
        name: the test's name in dbt.
        failures: how many rows failed.
        columns: names of the columns.
        rows: the first rows; tests that keep rows select no personal data.
    """

    name: str
    failures: int
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def dbt_environment(server: Server) -> dict[str, str]:
    """Return the variables that `profiles.yml` and the project read.

    Raises:
        MiranteError: there is no key to hash documents with.
    """
    return {
        **server.env(),
        "PGOPTIONS": session_options(pii_key(server), server.options.get("options", "")),
        "MIRANTE_SCHEMA_PREFIX": load_settings().MIRANTE_SCHEMA_PREFIX,
        "DBT_PROFILES_DIR": str(PROJECT_ROOT),
        "DBT_PROJECT_DIR": str(PROJECT_ROOT),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # Unit tests try the models' logic on made rows, which is the same at every build:
        # they are for CI (`dbt test --select test_type:unit`), and take longer than it.
        "DBT_EXCLUDE_RESOURCE_TYPES": os.environ.get("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test"),
    }


@contextmanager
def ready_to_build(
    server: Server,
    on_wait: Callable[[str], None] = lambda holder: None,
    *,
    session: int | None = None,
) -> Iterator[Operation]:
    """Hold the build's lock with everything in place that dbt expects.

    Sources that have delivered nothing get empty raw tables, so that any subset builds.

    Args:
        server: where to build.
        on_wait: told who builds at the moment, if one has to wait.
        session: of divergences, of which the build is part.

    Yields:
        The build as it is registered; dbt's results in this process are noted by themselves.
    """
    environment = dbt_environment(server)
    with told_clearly("a construção não começou"):
        ensure_can_create(server, [schema_name(name) for name in SCHEMAS])
    with (
        told_clearly("a construção não terminou"),
        advisory_lock(server, BUILD_LOCK, on_wait=on_wait),
        recording(server, session) as register,
        register.operation("construcao", "dbt") as operation,
    ):
        for source in sources.all_sources():
            source.ensure_tables(server)
        cluster_runs.ensure_tables(server)
        ensure_roles(server)
        os.environ.update(environment)
        _results().unlink(missing_ok=True)
        try:
            yield operation
        finally:
            # dbt alone needs the key; what this process starts later must not have it.
            os.environ["PGOPTIONS"] = without_key(environment["PGOPTIONS"])
            note_results(operation, _results())


def note_results(operation: Operation, path: Path) -> None:
    """Tell an operation what dbt built and what failed, from what dbt wrote of its run.

    Args:
        operation: the build.
        path: of `run_results.json`; nothing is told if it is not there, or was cut off.
    """
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    results = [
        each
        for each in written["results"]
        # Hooks of the project are no nodes of anybody's.
        if not each["unique_id"].startswith("operation.") or each["status"] != "success"
    ]
    counts = Counter(str(each["status"]) for each in results)
    failed = sorted(
        each["unique_id"]
        for each in results
        if each["status"] in ("error", "fail", "runtime error")
    )
    operation.after = {"nos": dict(counts), "com_erro": failed[:MAX_ROWS_NAMED]}
    if failed:
        operation.error = f"{len(failed)} nó(s) com erro: {', '.join(failed[:MAX_ROWS_NAMED])}"


def run_dbt(arguments: Sequence[str]) -> bool:
    """Run dbt in this process and say whether all of it succeeded.

    Args:
        arguments: as on dbt's own command line, the verb first.

    Raises:
        MiranteError: dbt did not get as far as building.
    """
    from dbt.cli.main import dbtRunner

    # A run that ends before it writes its results must not be told by the last one's.
    _results().unlink(missing_ok=True)
    result = dbtRunner().invoke(list(arguments))
    if result.exception is not None:
        trouble = trouble_in([str(result.exception)])
        if trouble is not None:
            raise trouble.as_error("o dbt parou antes de construir")
        # The project does not parse, or dbt does not know an argument: dbt's own words.
        raise MiranteError(f"o dbt parou antes de construir: {result.exception}")
    return result.success


def trouble_of_build(path: Path | None = None) -> Trouble | None:
    """Return the trouble of server or disk that nodes of a run failed by, if it has a name.

    Args:
        path: of `run_results.json`; that of the run in this process by default.
    """
    try:
        nodes = json.loads((path or _results()).read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        return None
    return trouble_in(each.get("message") or "" for each in nodes if each["status"] == "error")


def _results() -> Path:
    return dbt_target() / "run_results.json"


def _manifest() -> Path:
    return dbt_target() / "manifest.json"


def failed_tests(server: Server) -> list[FailedTest]:
    """Return the failed tests of the last run that keep their rows, with the rows."""
    if not _results().exists():
        return []
    results = json.loads(_results().read_text(encoding="utf-8"))
    manifest = json.loads(_manifest().read_text(encoding="utf-8"))
    found = []
    with server.connect() as connection:
        for result in results["results"]:
            node = manifest["nodes"].get(result["unique_id"], {})
            keeps_rows = node.get("config", {}).get("store_failures")
            if result["status"] not in ("fail", "warn") or not keeps_rows:
                continue
            cursor = connection.execute(
                sql.SQL("select * from {} order by 1 limit {}").format(
                    sql.Identifier(node["schema"], node["alias"]), MAX_ROWS_NAMED
                )
            )
            columns = tuple(column.name for column in cursor.description or ())
            rows = tuple(tuple(row) for row in cursor.fetchall())
            found.append(FailedTest(node["name"], result["failures"], columns, rows))
    return found


def quiet_dbt(arguments: Sequence[str]) -> bool:
    """Run dbt as `run_dbt` does, showing warnings and errors only."""
    return run_dbt(["--quiet", "--no-use-colors", *arguments])


def row_counts(server: Server) -> list[tuple[str, int]]:
    """Return the rows of every table of marts, history and seeds of the last build."""
    manifest = json.loads(_manifest().read_text(encoding="utf-8"))
    tables = sorted(
        (node["schema"], node["alias"])
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("seed", "snapshot")
        or (node["resource_type"] == "model" and "marts" in node["fqn"])
    )
    counts = []
    with server.connect() as connection:
        for table in tables:
            row = connection.execute(
                sql.SQL("select count(*) from {}").format(sql.Identifier(*table))
            ).fetchone()
            counts.append((".".join(table), row[0] if row else 0))
    return counts
