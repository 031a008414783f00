"""Real Postgres servers for every test, and none of the developer's own.

Nothing here is shared between processes of one run (`pytest -n`): each has its own
MIRANTE_HOME, hence its own server, and its own folder for what dbt writes.

`embedded_home` is the session's MIRANTE_HOME; `embedded_server` the server in it;
`user_server` a fresh database and a limited role on that server, named by PG*.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import hypothesis
import pytest
from psycopg import sql

from loaders import embedded
from loaders.embedded.layout import current_layout
from loaders.server import Server
from loaders.settings import dbt_target

# What a developer has set may neither reach a test nor be reached by one.
_OWN = ("PG", "MIRANTE_", "CVCRM_", "SMTP_", "NOTIFICATION_", "SLACK_")


def pytest_configure(config: pytest.Config) -> None:
    """Give dbt a folder of this process's own, before anything imports the graph.

    It starts as `make setup` left the developer's, so that nothing is parsed anew.
    """
    # A machine that is busy with something else makes no property false.
    hypothesis.settings.register_profile(
        "mirante", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("mirante")
    made = dbt_target()
    folder = tempfile.TemporaryDirectory(prefix="mirante-dbt-")
    config.add_cleanup(folder.cleanup)
    for name in ("manifest.json", "partial_parse.msgpack"):
        if (made / name).exists():
            shutil.copy(made / name, folder.name)
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    patch.setenv("DBT_TARGET_PATH", folder.name)
    patch.setenv("DBT_LOG_PATH", folder.name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first: the short ones then fill up both processes."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the developer's server, `.env` and MIRANTE_HOME from all tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_OWN) or name == "DATABASE_URL":
                patch.delenv(name)
        patch.setenv("MIRANTE_ENV_FILE", os.devnull)
        patch.setenv("MIRANTE_TEST_FSYNC", "off")
        patch.setenv("MIRANTE_HOME", str(tmp_path_factory.mktemp("home") / "mirante"))
        yield


@pytest.fixture(autouse=True)
def _environment_as_found(_own_environment: None) -> Iterator[None]:
    """Take back what a test sets: a build leaves its server's PG* for dbt to find."""
    with mock.patch.dict(os.environ):
        yield


@contextmanager
def temporary_home(home: Path) -> Iterator[Path]:
    """Use a MIRANTE_HOME, and leave neither its server nor its data behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_HOME", str(home))
        layout = current_layout()
        try:
            yield home
        finally:
            patch.setenv("MIRANTE_HOME", str(home))
            embedded.stop()
            shutil.rmtree(layout.base, ignore_errors=True)


@pytest.fixture(scope="session")
def embedded_home(_own_environment: None) -> Iterator[Path]:
    """The session's MIRANTE_HOME, its server running."""
    with temporary_home(Path(os.environ["MIRANTE_HOME"])) as home:
        embedded.ensure_running()
        yield home


@pytest.fixture
def embedded_server(embedded_home: Path) -> Server:
    """The session's server, as its superuser."""
    return embedded.ensure_running()


@pytest.fixture
def user_server(embedded_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A user's server: PG* name a new database and a role with CREATE on it, no more."""
    name = f"cliente_{secrets.token_hex(4)}"
    # Everything that must be escaped somewhere: URL, shell, libpq, YAML.
    password = f"s3gredo@/:%?#& '\"$ç{secrets.token_hex(4)}"
    with embedded_server.connect() as connection:
        connection.execute(
            sql.SQL("create role {} login nosuperuser nocreatedb password {}").format(
                sql.Identifier(name), sql.Literal(password)
            )
        )
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("grant create on database {0} to {0}").format(sql.Identifier(name))
        )
    server = Server(
        host=embedded_server.host,
        port=embedded_server.port,
        dbname=name,
        user=name,
        password=password,
    )
    for variable, value in server.env().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("MIRANTE_PII_KEY", secrets.token_hex(32))
    yield server
    with embedded_server.connect() as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
