"""The example workflow of docs/examples, run step by step as its runner would."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from tests.loaders.files import query

pytestmark = pytest.mark.slow

EXAMPLE = PROJECT_ROOT / "docs" / "examples" / "pull_request.yml"
PREFIX = "ci_7_"
CHANGED = "models/marts/carteira/dim_agencia.sql"


def run(folder: Path, command: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["/bin/bash", "-e", "-c", command],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the files of this one, on a branch beside `origin/main`."""
    listed = subprocess.run(
        ["/usr/bin/env", "git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    folder = tmp_path / "repo"
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT_ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT_ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    git = "git -c user.name=eu -c user.email=eu@example.com"
    run(
        folder,
        f"git init -q . && git add -A && {git} commit -qm base"
        " && git update-ref refs/remotes/origin/main HEAD"
        f" && echo '-- changed' >> {CHANGED} && {git} commit -qam change",
        dict(os.environ),
    )
    return folder


def schemas(server: Server, like: str) -> set[str]:
    return {
        name
        for (name,) in query(
            server, f"select nspname::text from pg_namespace where nspname like '{like}'", ""
        )
    }


def tables(server: Server, schema: str) -> set[str]:
    return {
        name
        for (name,) in query(
            server,
            "select table_name::text from information_schema.tables"
            f" where table_schema = '{schema}'",
            "",
        )
    }


def test_the_example_builds_what_changed_and_clears_away(user_server: Server, checkout: Path):
    workflow: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    steps = {
        step["name"]: step["run"] for step in workflow["jobs"]["modified"]["steps"] if "run" in step
    }
    names = list(steps)
    assert names[0] == "Install"
    environment = {
        **os.environ,
        # What is installed is another checkout.
        "PYTHONPATH": str(checkout),
        "DBT_TARGET_PATH": str(checkout / "target"),
        "DBT_LOG_PATH": str(checkout / "logs"),
    }
    # With `dim_cliente`, whose test asks what changed.
    production = ".venv/bin/mirante build --select"
    production += " +segmentacao_entrada +vw_carteira_por_agencia +dim_cliente"
    run(checkout, f"{production} --exclude-resource-type test", environment)
    before = tables(user_server, "carteira")
    environment |= {"MIRANTE_SCHEMA_PREFIX": PREFIX, "BASE": "origin/main"}
    for name in names[1:-1]:
        run(checkout, steps[name], environment)
    # What changed and what reads it; what it reads is production's.
    assert tables(user_server, f"{PREFIX}carteira") == {
        "dim_agencia",
        "segmentacao_entrada",
        "vw_carteira_por_agencia",
    }
    assert tables(user_server, f"{PREFIX}intermediate") == {"int_carteira__contratos_perfilados"}
    assert not tables(user_server, f"{PREFIX}staging")
    run(checkout, steps[names[-1]], environment)
    assert schemas(user_server, f"{PREFIX}%") == set()
    assert tables(user_server, "carteira") == before


def test_production_is_not_cleared_away(user_server: Server):
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "run-operation", "drop_schemas"],
        cwd=PROJECT_ROOT,
        env={**os.environ, **user_server.env(), "DBT_PROFILES_DIR": str(PROJECT_ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode
    assert "apagaria os schemas de produção" in done.stdout
