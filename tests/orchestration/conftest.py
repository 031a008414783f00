"""The graph's definitions, loaded as `dagster dev` loads them."""

from pathlib import Path

import dagster as dg
import pytest

from loaders import embedded
from loaders.building import dbt_environment, quiet_dbt
from orchestration import raw_files
from orchestration.definitions import defs


@pytest.fixture(autouse=True)
def _files_rest_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs take files that a test has just written; the rule has tests of its own."""
    monkeypatch.setattr(raw_files, "REST_SECONDS", 0.0)


@pytest.fixture(scope="session")
def graph() -> dg.Definitions:
    """All definitions of the project."""
    return defs()


@pytest.fixture(scope="module")
def parsed(embedded_home: Path, request: pytest.FixtureRequest) -> None:
    """The project parsed for the server and the prefix of a job's tests, as `make dev` does.

    dbt would do it in every step of every run: Dagster has it start each from this folder,
    to which none writes back.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", request.module.PREFIX)
        for name, value in dbt_environment(embedded.ensure_running()).items():
            patch.setenv(name, value)
        assert quiet_dbt(["parse"])
