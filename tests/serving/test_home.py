"""DAGSTER_HOME and where runs are kept: what is made, what is respected, what is secret."""

from pathlib import Path

import psycopg
import pytest
import yaml
from sqlalchemy import create_engine, inspect, text

from loaders.server import Server
from loaders.serving import storage
from loaders.serving.home import TEMPLATE, dagster_home, prepare_home
from loaders.serving.storage import choose_storage, storage_url

LINES = "storage:\n  postgres: x\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIRANTE_HOME", str(tmp_path))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return tmp_path / "dagster"


def test_the_home_is_made_below_mirantes_own_unless_one_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    made = prepare_home("")
    assert (made.folder, made.edited) == (home, False)
    assert yaml.safe_load((home / "dagster.yaml").read_text()) == yaml.safe_load(
        TEMPLATE.read_text()
    )
    monkeypatch.setenv("DAGSTER_HOME", str(home.parent / "outro"))
    assert dagster_home() == home.parent / "outro"


def test_a_generated_file_follows_the_template_and_an_edited_one_stays(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    prepare_home("")
    newer = tmp_path / "modelo.yaml"
    newer.write_text("telemetry:\n  enabled: false\n")
    monkeypatch.setattr("loaders.serving.home.TEMPLATE", newer)
    assert not prepare_home(LINES).edited
    path = home / "dagster.yaml"
    assert path.read_text().endswith("enabled: false\n" + LINES)
    for edited in (path.read_text() + "# meu\n", "\n".join(path.read_text().splitlines()[2:])):
        path.write_text(edited)
        assert prepare_home(LINES).edited
        assert path.read_text() == edited


def test_what_make_dev_once_copied_is_nobodys_own(home: Path):
    home.mkdir()
    (home / "dagster.yaml").write_text(
        "# The instance that `make dev` uses; copied to DAGSTER_HOME once, edit it there.\n"
        "telemetry:\n  enabled: false\nnux:\n  enabled: false\nconcurrency:\n  pools:\n"
        "    # One at a time in each pool: two builds on one schema clash.\n"
        "    default_limit: 1\n"
    )
    assert not prepare_home(LINES).edited
    assert (home / "dagster.yaml").read_text().endswith(LINES)


@pytest.fixture
def with_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if dagster-postgres were installed; nothing here imports it."""
    monkeypatch.setattr(storage, "find_spec", lambda name: object())


@pytest.mark.usefixtures("with_package")
def test_runs_go_to_a_schema_of_the_same_postgres_and_nothing_to_another(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", "ana_")
    chosen = choose_storage(user_server)
    assert chosen.in_postgres
    assert "schema ana_dagster" in chosen.told
    engine = create_engine(chosen.variables["MIRANTE_DAGSTER_URL"])
    with engine.begin() as connection:
        connection.execute(text("create table runs ()"))
        assert inspect(connection).get_table_names() == ["runs"]
    engine.dispose()
    with user_server.connect() as plain:
        found = plain.execute(
            "select schemaname from pg_tables where tablename = 'runs'"
        ).fetchall()
    assert found == [("ana_dagster",)]
    # Nothing secret where it is kept or shown; the password has everything to be escaped.
    assert user_server.password not in chosen.lines + chosen.told + repr(chosen)
    assert choose_storage(user_server).in_postgres


@pytest.mark.usefixtures("with_package")
def test_a_role_that_may_make_no_schema_keeps_runs_in_sqlite_and_says_why(
    user_server: Server, embedded_server: Server
):
    with embedded_server.connect() as connection:
        connection.execute(
            f'revoke create on database "{user_server.dbname}" from "{user_server.user}"'  # type: ignore[call-overload]
        )
    chosen = choose_storage(user_server)
    assert not chosen.in_postgres
    assert not chosen.variables
    assert "SQLite" in chosen.told
    assert "GRANT CREATE ON DATABASE" in chosen.told


def test_without_the_package_runs_are_kept_in_sqlite(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(storage, "find_spec", lambda name: None)
    assert choose_storage(user_server).told.startswith("SQLite")
    with user_server.connect() as connection:
        assert connection.execute("select to_regnamespace('dagster')").fetchone() == (None,)


def test_options_of_the_users_own_stay_and_sockets_are_found():
    server = Server("/run/pg", 5433, "dw", "ana", "s@nha", {"options": "-c a.b=1"})
    engine = create_engine(storage_url(server, "dagster"))
    _, given = engine.dialect.create_connect_args(engine.url)
    assert given["options"] == "-c a.b=1 -csearch_path=dagster"
    assert (given["host"], given["port"], given["dbname"]) == ("/run/pg", "5433", "dw")
    assert given["password"] == "s@nha"
    assert psycopg.conninfo.make_conninfo(**given)
