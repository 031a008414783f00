"""The user's own server: reaching it, refusing it, what the role may do."""

import os
import subprocess
from pathlib import Path

import pytest

from loaders.embedded import binaries
from loaders.embedded.layout import current_layout
from loaders.errors import MiranteError
from loaders.postgres import ensure_can_create, resolve_server
from loaders.server import Server
from tests.loaders.helpers import free_port, mirante, plain_server, version_rewriting_proxy

OLD_PROGRAMS = [Path(f"/usr/lib/postgresql/{major}/bin") for major in (15, 14, 13)]


def test_a_role_with_only_create_on_its_database_is_enough(user_server: Server):
    server = resolve_server()
    assert not server.embedded
    assert (server.dbname, server.user) == (user_server.dbname, user_server.user)
    ensure_can_create(server, ["raw_cartoes", "cartoes"])
    with server.connect() as connection:
        connection.execute("create schema raw_cartoes create table t (x int)")


def test_every_form_of_the_address_reaches_the_server(user_server: Server):
    server = resolve_server()
    assert server.options == {}
    query = "select current_user"
    for command, environment in (
        (["psql", server.dsn(), "-Atc", query], {}),
        (["psql", "-Atc", query], server.env()),
    ):
        result = subprocess.run(
            [str(_programs() / command[0]), *command[1:]],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout.strip() == user_server.user
    assert _dlt_user(server) == user_server.user


def test_the_url_alone_reaches_the_server(user_server: Server, monkeypatch: pytest.MonkeyPatch):
    for name in user_server.env():
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", user_server.dsn() + "?sslmode=disable")
    server = resolve_server()
    assert server.password == user_server.password
    assert server.options == {"sslmode": "disable"}
    assert server.env()["PGSSLMODE"] == "disable"
    assert _dlt_user(server) == user_server.user


def test_a_service_and_its_pass_file_are_resolved_for_tools_that_know_neither(
    user_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in user_server.env():
        monkeypatch.delenv(name)
    services, passwords = tmp_path / "services", tmp_path / "pgpass"
    services.write_text(
        f"[armazem]\nhost={user_server.host}\nport={user_server.port}\n"
        f"dbname={user_server.dbname}\nuser={user_server.user}\n"
    )
    password = user_server.password.replace("\\", "\\\\").replace(":", "\\:")
    passwords.write_text(f"*:*:*:*:{password}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGSERVICE", "armazem")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    server = resolve_server()
    assert server.env() == user_server.env()


def test_a_role_without_create_is_told_the_missing_grant(
    user_server: Server, embedded_server: Server
):
    with embedded_server.connect() as connection:
        connection.execute(
            f'revoke create on database "{user_server.dbname}" from "{user_server.user}"'
        )
    with pytest.raises(MiranteError, match="GRANT CREATE ON DATABASE") as caught:
        ensure_can_create(resolve_server(), ["cartoes"])
    assert "cartoes" in str(caught.value)


def test_schemas_that_exist_and_are_owned_need_no_create(
    user_server: Server, embedded_server: Server
):
    with user_server.connect() as connection:
        connection.execute("create schema cartoes")
    with embedded_server.connect() as connection:
        connection.execute(
            f'revoke create on database "{user_server.dbname}" from "{user_server.user}"'
        )
    ensure_can_create(resolve_server(), ["cartoes"])


def test_a_schema_of_somebody_else_is_named(user_server: Server, embedded_server: Server):
    superuser = Server(
        embedded_server.host, embedded_server.port, user_server.dbname, embedded_server.user,
        embedded_server.password,
    )  # fmt: skip
    with superuser.connect() as connection:
        connection.execute("create schema alheio")
    with pytest.raises(MiranteError, match="alheio"):
        ensure_can_create(resolve_server(), ["alheio", "cartoes"])


def test_an_older_server_is_refused_by_its_reported_version(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    with version_rewriting_proxy(user_server.port, "15.17") as port:
        monkeypatch.setenv("PGPORT", str(port))
        monkeypatch.setenv("PGSSLMODE", "disable")
        monkeypatch.setenv("PGGSSENCMODE", "disable")
        with pytest.raises(MiranteError, match=rf"127\.0\.0\.1:{port} é PostgreSQL 15\.17;.* 16"):
            resolve_server()


def test_a_real_older_server_is_refused(monkeypatch: pytest.MonkeyPatch):
    programs = next((path for path in OLD_PROGRAMS if (path / "initdb").exists()), None)
    if programs is None:
        pytest.skip("no PostgreSQL older than 16 is installed")
    with plain_server(programs) as (_, port):
        monkeypatch.setenv("PGHOST", "127.0.0.1")
        monkeypatch.setenv("PGPORT", str(port))
        monkeypatch.setenv("PGUSER", "mirante")
        monkeypatch.setenv("PGDATABASE", "postgres")
        with pytest.raises(MiranteError, match=r"é PostgreSQL 1\d\.\d+; o Mirante"):
            resolve_server()


def test_a_socket_directory_as_host_works_for_psycopg_psql_and_dlt(
    embedded_home: Path, monkeypatch: pytest.MonkeyPatch
):
    with plain_server(_programs()) as (directory, port):
        monkeypatch.setenv("PGHOST", str(directory))
        monkeypatch.setenv("PGPORT", str(port))
        monkeypatch.setenv("PGUSER", "mirante")
        monkeypatch.setenv("PGDATABASE", "postgres")
        server = resolve_server()
        assert server.is_socket
        assert "PGPASSWORD" not in server.env()
        with server.connect() as connection:
            row = connection.execute("select inet_server_addr()").fetchone()
            assert row == (None,)
        assert _dlt_user(server) == "mirante"
        result = subprocess.run(
            [str(_programs() / "psql"), server.dsn(), "-Atc", "select 1"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert result.stdout.strip() == "1"


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"PGPASSWORD": "s3gredo-errado"}, "PGPASSWORD"),
        ({"PGDATABASE": "nao_existe"}, "PGDATABASE"),
        ({"PGHOST": "nao.existe.invalid"}, "PGHOST"),
        ({"PGPORT": "FREE"}, "ninguém atende"),
        ({"DATABASE_URL": "http://u:s3gredo-errado@h/b"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u:s3gredo-errado@127.0.0.1:1/b"}, "ninguém atende"),
        ({"MIRANTE_SCHEMA_PREFIX": "s3gredo-errado"}, "MIRANTE_SCHEMA_PREFIX"),
        ({"PGSSLMODE": "require"}, "PGSSLMODE"),
    ],
)
def test_failures_say_what_to_do_and_never_the_password(
    user_server: Server, changes: dict[str, str], advice: str
):
    changes = {k: str(free_port()) if v == "FREE" else v for k, v in changes.items()}
    result = mirante("db", "url", **changes)
    assert result.returncode == 1
    assert advice in result.stderr
    assert "s3gredo" not in result.stderr + result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "url", ["http://u:s3gredo-errado@h/b", "postgresql://u:s3gredo-errado@127.0.0.1:1/b"]
)
def test_the_password_stays_out_of_the_traceback_too(url: str):
    result = mirante("--debug", "db", "url", DATABASE_URL=url)
    assert "Traceback" in result.stderr
    assert "s3gredo" not in result.stderr


def test_the_address_without_its_password_can_be_shown():
    server = Server("h", 5432, "b", "u", "s3gredo")
    assert server.dsn_masked() == "postgresql://u:***@h:5432/b"
    assert "s3gredo" not in repr(server)


def test_ipv6_hosts_are_bracketed():
    assert Server("::1", 5432, "b", "u").dsn() == "postgresql://u@[::1]:5432/b"


def _programs() -> Path:
    return binaries.program_directory(current_layout())


def _dlt_user(server: Server) -> str:
    """Connect as dlt does: psycopg2, from the native representation."""
    import psycopg2

    credentials = server.dlt_credentials()
    assert credentials.is_resolved()
    connection = psycopg2.connect(credentials.to_native_representation())
    try:
        cursor = connection.cursor()
        cursor.execute("select current_user")
        row = cursor.fetchone()
        assert row is not None
        return str(row[0])
    finally:
        connection.close()
