"""`mirante db` and `mirante env`, as a person or a program at the terminal uses them."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from loaders.privacy.keys import session_options
from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from tests.conftest import temporary_home
from tests.loaders.helpers import mirante


@pytest.fixture(scope="module")
def _module_home(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with temporary_home(tmp_path_factory.mktemp("cli") / "casa") as home:
        yield home


@pytest.fixture
def own_home(_module_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIRANTE_HOME", str(_module_home))
    return _module_home


def evaluated(output: str) -> dict[str, str]:
    """What a shell has after `eval "$(mirante env)"`."""
    script = f"{output}\nenv -0"
    result = subprocess.run(
        ["/bin/sh", "-c", script], env={}, capture_output=True, text=True, check=True
    )
    pairs = (line.split("=", 1) for line in result.stdout.split("\0") if line)
    return {name: value for name, value in pairs if name.startswith(("PG", "MIRANTE"))}


def test_url_starts_the_server_status_sees_it_and_stop_ends_it(own_home: Path):
    assert "no ar: " in mirante("db", "status").stdout.lower()
    assert json.loads(mirante("db", "status", "--json").stdout)["running"] is False
    url = mirante("db", "url")
    assert url.returncode == 0
    found = json.loads(mirante("db", "status", "--json").stdout)
    assert found["mode"] == "embedded"
    assert found["running"] is True
    assert found["version"].startswith("18")
    assert f":{found['port']}/" in url.stdout
    for _ in range(2):
        assert mirante("db", "start").returncode == 0
    assert "desligado" in mirante("db", "stop").stdout
    again = mirante("db", "stop")
    assert again.returncode == 0
    assert "já estava" in again.stdout


def test_a_shell_with_mirante_env_still_means_the_embedded_server(own_home: Path):
    variables = evaluated(mirante("env").stdout)
    assert json.loads(mirante("db", "status", "--json", **variables).stdout)["mode"] == "embedded"
    assert "desligado" in mirante("db", "stop", **variables).stdout
    assert mirante("db", "url", **variables).returncode == 0


def test_on_a_users_server_there_is_nothing_to_start_or_stop(user_server: Server):
    for command, words in (("start", "não há o que ligar"), ("stop", "não há o que desligar")):
        result = mirante("db", command)
        assert result.returncode == 0
        assert words in result.stdout
    found = json.loads(mirante("db", "status", "--json").stdout)
    assert found["mode"] == "own"
    assert found["running"] is True
    assert (found["database"], found["user"]) == (user_server.dbname, user_server.user)
    assert mirante("db", "url").stdout.strip() == user_server.dsn()


def test_status_of_a_silent_server_is_an_answer_not_a_failure(user_server: Server):
    result = mirante("db", "status", "--json", PGPASSWORD="s3gredo-errado")
    assert result.returncode == 0
    found = json.loads(result.stdout)
    assert found["running"] is False
    assert "PGPASSWORD" in found["problem"]
    assert "s3gredo" not in result.stdout


def test_env_is_quoted_for_the_shell(user_server: Server):
    output = mirante("env", MIRANTE_SCHEMA_PREFIX="ana_").stdout
    assert evaluated(output) == {
        **user_server.env(),
        "PGOPTIONS": session_options(SecretStr(os.environ["MIRANTE_PII_KEY"])),
        "MIRANTE_HOME": os.environ["MIRANTE_HOME"],
        "MIRANTE_SCHEMA_PREFIX": "ana_",
    }
    assert all(len(shlex.split(line)) == 2 for line in output.splitlines())


@pytest.mark.parametrize("arguments", [["nada"], ["db", "nada"], ["db", "url", "--x"], ["db"]])
def test_wrong_usage_exits_with_2_in_portuguese(arguments: list[str]):
    result = mirante(*arguments)
    assert result.returncode == 2
    assert "Uso" in result.stdout + result.stderr
    assert "Usage" not in result.stdout + result.stderr
    assert "No such" not in result.stderr


def test_an_unexpected_error_shows_its_class_and_none_of_its_data():
    script = (
        "import sys; sys.argv = ['mirante', *{args!r}, 'quebra']\n"
        "from loaders import cli\n"
        "@cli.app.command()\n"
        "def quebra() -> None:\n"
        "    raise ValueError('cpf 52998224725')\n"
        "cli.main()\n"
    )
    for args, shown in (([], False), (["--debug"], True)):
        result = _python(script.format(args=args))
        assert result.returncode == 1
        assert "ValueError" in result.stderr
        assert ("52998224725" in result.stderr) == shown
        assert ("Traceback" in result.stderr) == shown


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_an_error_of_the_database_shows_its_message_without_rows(user_server: Server, driver: str):
    script = (
        "import sys; sys.argv = ['mirante', 'quebra']\n"
        "from loaders import cli\n"
        "@cli.app.command()\n"
        "def quebra() -> None:\n"
        f"    import {driver}\n"
        f"    connection = {driver}.connect({user_server.dsn()!r})\n"
        "    connection.cursor().execute(STATEMENT)\n"
        "STATEMENT = {statement!r}\n"
        "cli.main()\n"
    )
    duplicate = (
        "create temp table p (cpf text primary key);"
        "insert into p values ('52998224725'), ('52998224725')"
    )
    result = _python(script.format(statement=duplicate))
    assert "p_pkey" in result.stderr
    assert "52998224725" not in result.stderr
    result = _python(script.format(statement="select 'cpf 52998224725'::int"))
    assert "invalid input syntax" in result.stderr
    assert "52998224725" not in result.stderr


def test_the_dbt_profile_renders_in_an_empty_environment():
    profile = yaml.safe_load((PROJECT_ROOT / "profiles.yml").read_text())
    output = profile["mirante"]["outputs"][profile["mirante"]["target"]]
    assert "env_var('PGHOST', '127.0.0.1')" in output["host"]
    assert output["port"].endswith("| as_number }}")


def _python(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, env={**os.environ}, timeout=60, check=False,
    )  # fmt: skip
