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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from loaders.embedded.layout import current_layout


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
def plain_server(programs: Path) -> Iterator[tuple[Path, int]]:
    """A server of any version, trusting everybody, on TCP and on a socket.

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
    process = subprocess.Popen(
        [
            programs / "postgres", "-D", data, "-p", str(port), "-F",
            "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={directory}",
        ],
        env=environment, cwd="/", stderr=subprocess.DEVNULL, **run_as,
    )  # fmt: skip
    try:
        for _ in range(200):
            with suppress(psycopg.Error):
                psycopg.connect(
                    host=str(directory), port=port, user="mirante", dbname="postgres"
                ).close()
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
