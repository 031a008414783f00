"""Starting, finding, describing and stopping the embedded server."""

import hashlib
import os
import socket
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

import psycopg

from loaders.embedded import binaries, cluster, process
from loaders.embedded.layout import Layout, current_layout, user_name, write_private
from loaders.errors import MiranteError
from loaders.server import Server

START_TIMEOUT_S: Final = 60.0
# After a power cut the server replays up to max_wal_size before it lets anyone in.
RECOVERY_TIMEOUT_S: Final = 900.0
# Idle backends of a dead server leave at once; busy ones are not waited for.
ORPHAN_TIMEOUT_S: Final = 2.0
# Not the kernel's ephemeral range, where any outgoing connection may sit on the port.
_PORTS: Final = range(20000, 30000)
_LOG_MAX_BYTES: Final = 10 * 1024 * 1024


class _Answer(Enum):
    OURS = "ours"
    NOT_YET = "starting up, shutting down or recovering"
    NO = "nobody, or somebody else"


@dataclass(frozen=True)
class Status:
    """What there is to say about the embedded server, running or not."""

    running: bool
    server: Server
    pid: int | None
    version: str | None
    data_directory: Path
    log_file: Path
    runs_as: str


def describe() -> Server:
    """The embedded server as last known, without starting it (port 0: never started)."""
    return _server(current_layout())


def ensure_running() -> Server:
    """Find the embedded server, or start it, making its data directory the first time.

    Raises:
        MiranteError: If it cannot be started; names the cause and the log.
    """
    layout = current_layout()
    server = _server(layout)
    if _ask(layout, server) is _Answer.OURS:
        return server
    layout.make_directories()
    with layout.start_lock():
        # Another process may have started it while we waited for the lock.
        server = _server(layout)
        if _ask(layout, server) is _Answer.OURS:
            return server
        return _start(layout)


def stop() -> bool:
    """Stop the embedded server.

    Returns:
        False when it was not running.
    """
    layout = current_layout()
    if not layout.base.exists():
        return False
    layout.make_directories()
    with layout.start_lock():
        if not process.anything_alive(layout):
            return False
        if not process.end(layout):
            raise MiranteError(
                f"o servidor embutido (pid {process.postmaster_pid(layout)}) não parou."
                f" Veja {layout.log_file}."
            )
    return True


def status() -> Status:
    """Look at the embedded server without starting it."""
    layout = current_layout()
    server = _server(layout)
    running = _ask(layout, server) is _Answer.OURS
    version: str | None = None
    if running:
        with server.connect() as connection:
            version = connection.info.parameter_status("server_version")
    else:
        try:
            version = (layout.data / "PG_VERSION").read_text().strip()
        except OSError:
            version = None
    return Status(
        running=running,
        server=server,
        pid=process.postmaster_pid(layout) if running else None,
        version=version,
        data_directory=layout.data,
        log_file=layout.log_file,
        runs_as=layout.account.pw_name if layout.account else user_name(os.geteuid()),
    )


def _server(layout: Layout, port: int | None = None) -> Server:
    return Server(
        host=cluster.HOST,
        port=port or layout.read_port() or 0,
        dbname=cluster.DATABASE,
        user=cluster.USER,
        password=layout.read_password() or "",
        options={"sslmode": "disable"},  # the wheel is built without TLS
        embedded=True,
    )


def _ask(layout: Layout, server: Server) -> _Answer:
    """Connect, and see whether this is the server of our data directory.

    SCRAM proves that both sides know the password. The directory tells a copy of
    MIRANTE_HOME, which has the same port and password, from the original.
    """
    if not server.port or not server.password:
        return _Answer.NO
    try:
        with psycopg.connect(
            host=server.host,
            port=server.port,
            dbname=server.dbname,
            user=server.user,
            password=server.password,
            sslmode="disable",
            gssencmode="disable",
            # Whoever sits on that port must not be handed the password in clear.
            require_auth="scram-sha-256",
            # Somebody else on the port may never answer. Taking a slow server of ours for
            # a dead one does no harm: a start looks for its processes first.
            connect_timeout=2,
            application_name="mirante (verificação)",
            autocommit=True,
        ) as connection:
            row = connection.execute("show data_directory").fetchone()
            return _Answer.OURS if row == (str(layout.data),) else _Answer.NO
    except psycopg.Error as error:
        text = str(error)
        not_yet = ("the database system is", "not yet accepting connections", "too many clients")
        return _Answer.NOT_YET if any(words in text for words in not_yet) else _Answer.NO


def _start(layout: Layout) -> Server:
    programs = binaries.program_directory(layout)
    password = layout.read_password()
    has_data = layout.data.exists()
    if process.anything_alive(layout):
        if password is not None:
            server = _wait_for_living(layout)
            if server is not None:
                return server
        elif not process.end(layout):
            raise MiranteError(
                f"a senha do servidor embutido sumiu e ele não parou. Veja {layout.log_file}."
            )
    if has_data:
        cluster.check_version(layout)
        process.forget_dead_postmaster(layout)
    if password is None:
        password = cluster.new_password()
        if has_data:
            cluster.reset_password(layout, programs, password)
        write_private(layout.password_file, password + "\n")
    if not has_data:
        cluster.create(layout, programs, password)
    return _launch_and_wait(layout, programs)


def _wait_for_living(layout: Layout) -> Server | None:
    """Wait for a living server to let us in, or to die.

    Returns:
        The server, or None once nothing of it lives.
    """
    begin = time.monotonic()
    while process.anything_alive(layout):
        server = _server(layout, process.recorded_port(layout))
        answer = _ask(layout, server)
        if answer is _Answer.OURS:
            write_private(layout.port_file, f"{server.port}\n")
            return server
        waited = time.monotonic() - begin
        if waited > ORPHAN_TIMEOUT_S and process.postmaster_pid(layout) is None:
            process.kill_orphans(layout)
        if waited > (RECOVERY_TIMEOUT_S if answer is _Answer.NOT_YET else START_TIMEOUT_S):
            raise MiranteError(
                f"o servidor embutido está vivo (pid {process.postmaster_pid(layout)}) mas não"
                f" responde há {waited:.0f} s. Veja {layout.log_file}; `mirante db stop` o para."
            )
        time.sleep(0.05)
    return None


def _launch_and_wait(layout: Layout, programs: Path) -> Server:
    """Launch until it answers: another port if taken, again if orphans hold the memory."""
    _rotate_log(layout)
    port = layout.read_port() or _first_port(layout)
    output = ""
    for _ in range(20):
        port = _free_port(port)
        cluster.write_configuration(layout, port)
        offset = layout.log_file.stat().st_size if layout.log_file.exists() else 0
        pid = process.launch(layout, programs)
        server = _wait_for_launched(layout, pid, port)
        if server is not None:
            return server
        output = _log_since(layout, offset)
        if "Address already in use" in output:
            port += 1
        elif "pre-existing shared memory block" in output or "lock file" in output:
            time.sleep(0.5)
        else:
            break
    raise MiranteError(
        f"o servidor embutido não subiu (registro em {layout.log_file}). {cluster.explain(output)}"
    )


def _wait_for_launched(layout: Layout, pid: int, port: int) -> Server | None:
    """Wait for a server just launched; None if it ended."""
    server = _server(layout, port)
    begin = time.monotonic()
    while process.pid_is_running(pid):
        answer = _ask(layout, server)
        if answer is _Answer.OURS:
            write_private(layout.port_file, f"{port}\n")
            return server
        waited = time.monotonic() - begin
        if waited > (RECOVERY_TIMEOUT_S if answer is _Answer.NOT_YET else START_TIMEOUT_S):
            raise MiranteError(
                f"o servidor embutido não respondeu em {waited:.0f} s."
                f" Veja {layout.log_file}; `mirante db stop` o para."
            )
        time.sleep(0.02)
    return None


def _first_port(layout: Layout) -> int:
    """A port that differs between homes and is the same for one home every time."""
    digest = hashlib.sha256(os.fsencode(layout.state)).digest()
    return _PORTS[int.from_bytes(digest[:4], "big") % len(_PORTS)]


def _free_port(wanted: int) -> int:
    """The wanted port, or the next that nobody listens on."""
    candidates = [wanted, *(_PORTS[(wanted + step) % len(_PORTS)] for step in range(1, 1000))]
    for port in candidates:
        with socket.socket() as probe:
            # As Postgres binds: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((cluster.HOST, port))
            except OSError:
                continue
            return port
    raise MiranteError("não há porta livre para o servidor embutido entre 20000 e 29999.")


def _rotate_log(layout: Layout) -> None:
    """Keep the log and one before it; only while the server is down."""
    try:
        if layout.log_file.stat().st_size > _LOG_MAX_BYTES:
            layout.log_file.replace(layout.log_file.with_suffix(".log.1"))
    except FileNotFoundError:
        pass


def _log_since(layout: Layout, offset: int) -> str:
    with layout.log_file.open(encoding="utf-8", errors="replace") as log:
        log.seek(offset)
        return log.read()[-20000:]
