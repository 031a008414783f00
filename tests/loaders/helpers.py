"""Servers and processes that the Postgres tests start themselves."""

import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from loaders.embedded.layout import current_layout
from loaders.server import Server


def mirante(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in its own process."""
    return subprocess.run(
        [sys.executable, "-m", "loaders", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=600,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def plain_server(
    programs: Path, *, standby: bool = False, settings: Sequence[str] = ()
) -> Iterator[tuple[Path, int]]:
    """A server of any version, trusting everybody, on TCP and on a socket.

    Args:
        programs: where its programs are.
        standby: whether it is in recovery, as a replica is for as long as it is one.
        settings: further ones, as `name=value`.

    Yields:
        The socket's directory and the port.
    """
    account: pwd.struct_passwd | None = current_layout().account
    run_as: dict[str, Any] = current_layout().run_as
    # Directly under /tmp: the account must reach it, and socket paths must be short.
    directory = Path(tempfile.mkdtemp(prefix="mirante-", dir="/tmp"))
    if account is not None:
        os.chown(directory, account.pw_uid, account.pw_gid)
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    port = free_port()
    data = directory / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "mirante", "-E", "UTF8", "--auth=trust", "-N"],
        env=environment, cwd="/", capture_output=True, check=True, **run_as,
    )  # fmt: skip
    if standby:
        (data / "standby.signal").touch()
        if account is not None:
            shutil.chown(data / "standby.signal", account.pw_uid, account.pw_gid)
    process = subprocess.Popen(
        [
            programs / "postgres", "-D", data, "-p", str(port), "-F",
            "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={directory}",
            *(word for setting in settings for word in ("-c", setting)),
        ],
        env=environment, cwd="/", stderr=subprocess.DEVNULL, **run_as,
    )  # fmt: skip
    try:
        for _ in range(200):
            try:
                psycopg.connect(
                    host=str(directory), port=port, user="mirante", dbname="postgres"
                ).close()
                break
            except psycopg.Error as error:
                if "not accepting connections" in str(error):
                    break
            time.sleep(0.05)
        yield directory, port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def version_rewriting_proxy(port: int, version: str) -> Iterator[int]:
    """Relay to a server, but report another `server_version`.

    Yields:
        The port to connect to, with TLS and GSS encryption off.
    """
    listener = socket.create_server(("127.0.0.1", 0))

    def upstream_to_client(upstream: socket.socket, client: socket.socket) -> None:
        with suppress(OSError, struct.error):
            stream = upstream.makefile("rb")
            while header := stream.read(5):
                kind, length = header[:1], struct.unpack("!I", header[1:])[0]
                body = stream.read(length - 4)
                if kind == b"S" and body.startswith(b"server_version\0"):
                    body = b"server_version\0" + version.encode() + b"\0"
                client.sendall(kind + struct.pack("!I", len(body) + 4) + body)

    def client_to_upstream(client: socket.socket, upstream: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                upstream.sendall(data)
            upstream.close()

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                upstream = socket.create_connection(("127.0.0.1", port))
                for target, pair in (
                    (upstream_to_client, (upstream, client)),
                    (client_to_upstream, (client, upstream)),
                ):
                    threading.Thread(target=target, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


class CuttingProxy:
    """A way to a server that drops once a client says something.

    Attributes:
        port: where to connect to.
        cuts_at: what is said, as bytes of the protocol; None: nothing cuts.
        is_down: whether it was said. No connection is let through then.
    """

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self.port = int(self._listener.getsockname()[1])
        self.cuts_at: bytes | None = None
        self.is_down = False
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.is_down:
                    client.close()
                    continue
                upstream = socket.create_connection(("127.0.0.1", self._upstream))
                self._ends += (client, upstream)
                for pair in ((client, upstream, True), (upstream, client, False)):
                    threading.Thread(target=self._relay, args=pair, daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket, is_client: bool) -> None:
        try:
            while data := source.recv(65536):
                if is_client and self.cuts_at is not None and self.cuts_at in data:
                    self.is_down = True
                    self._drop()
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            # Reset by the one side: the other would wait for ever.
            for end in (source, target):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    @contextmanager
    def cutting_at(self, marker: bytes) -> Iterator[None]:
        """Drop once a client says something, and be there again after the block."""
        self.cuts_at = marker
        yield
        assert self.is_down, marker
        self.cuts_at, self.is_down = None, False

    def close(self) -> None:
        """Let go of everything."""
        self._drop()
        self._listener.close()


@contextmanager
def small_disk(size: str, **options: object) -> Iterator[Path]:
    """A filesystem of its own, to be filled up.

    Args:
        size: as `mount` takes it.
        options: of tmpfs.

    Yields:
        Where it is; directly under /tmp, for the server's account to reach it.
    """
    folder = Path(tempfile.mkdtemp(prefix="mirante-disco-", dir="/tmp"))
    told = ",".join(f"{name}={value}" for name, value in {"size": size, **options}.items())
    command = ["/bin/mount", "-t", "tmpfs", "-o", told, "tmpfs", str(folder)]
    # Who may not mount may not unmount either.
    mounted = Path(command[0]).exists() and not subprocess.run(command, check=False).returncode
    if not mounted:
        folder.rmdir()
        pytest.skip("no filesystem may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["/bin/umount", "-l", str(folder)], check=True)
        folder.rmdir()


def fill(folder: Path) -> Path:
    """Leave no room on a filesystem; the file that takes it is returned."""
    ballast = folder / "lastro"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return ballast


@contextmanager
def on_a_small_disk(server: Server, admin: Server, size: str) -> Iterator[Path]:
    """Keep a user's database on a filesystem of its own.

    Args:
        server: whose database moves there; it is empty again in the end.
        admin: the same server, as its superuser.
        size: of the filesystem, as `mount` takes it.

    Yields:
        Where that is.
    """
    account = current_layout().account
    owner = {"uid": account.pw_uid, "gid": account.pw_gid} if account else {}
    database, name = sql.Identifier(server.dbname), sql.Identifier(f"disco_{server.dbname}")
    with small_disk(size, mode=700, **owner) as folder, admin.connect() as connection:
        connection.execute(
            sql.SQL("create tablespace {} location {}").format(name, sql.Literal(str(folder)))
        )
        try:
            connection.execute(
                sql.SQL("alter database {} set tablespace {}").format(database, name)
            )
            yield folder
        finally:
            (folder / "lastro").unlink(missing_ok=True)
            connection.execute(sql.SQL("drop database {} with (force)").format(database))
            connection.execute(sql.SQL("drop tablespace {}").format(name))
            connection.execute(sql.SQL("create database {}").format(database))
