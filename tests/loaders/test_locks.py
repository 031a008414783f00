"""One holder at a time, known by name to who waits, gone with its process."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from loaders.locks import advisory_lock, lock_key
from loaders.server import Server

HOLDER = """
import sys, time
from loaders.locks import advisory_lock
from loaders.postgres import resolve_server
with advisory_lock(resolve_server(), "build"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def holder() -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock `build` until it is told or killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for_lock(server: Server) -> tuple[threading.Thread, "queue.Queue[str]"]:
    events: queue.Queue[str] = queue.Queue()

    def wait() -> None:
        with advisory_lock(server, "build", on_wait=events.put):
            events.put("acquired")

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread, events


@pytest.mark.parametrize("end", ["released", "killed"])
def test_the_second_waits_names_the_holder_and_goes_on(user_server: Server, end: str):
    with holder() as process:
        thread, events = wait_for_lock(user_server)
        description = events.get(timeout=10)
        assert f"mirante build pid {process.pid}" in description
        assert "127.0.0.1" in description
        with pytest.raises(queue.Empty):
            events.get(timeout=0.3)
        if end == "killed":
            os.kill(process.pid, signal.SIGKILL)
        else:
            process.communicate("\n", timeout=10)
        assert events.get(timeout=10) == "acquired"
        thread.join(10)


def test_other_names_and_prefixes_do_not_meet(user_server: Server):
    def fail(description: str) -> None:
        raise AssertionError(description)

    with (
        holder(),
        advisory_lock(user_server, "load", on_wait=fail),
        advisory_lock(user_server, "build", prefix="ana_", on_wait=fail),
    ):
        pass


def test_a_role_that_waits_is_not_cut_short_by_its_own_timeouts(
    user_server: Server, embedded_server: Server
):
    with embedded_server.connect() as connection:
        for name in ("statement_timeout", "lock_timeout", "idle_session_timeout"):
            connection.execute(f"alter role \"{user_server.user}\" set {name} = '100ms'")
    with advisory_lock(user_server, "build"):
        thread, events = wait_for_lock(user_server)
        assert "mirante build" in events.get(timeout=10)
        with pytest.raises(queue.Empty):
            events.get(timeout=0.5)
    assert events.get(timeout=10) == "acquired"
    thread.join(10)


def test_a_holder_under_another_role_is_described_by_what_can_be_seen(
    user_server: Server, embedded_server: Server
):
    superuser = Server(
        embedded_server.host, embedded_server.port, user_server.dbname, embedded_server.user,
        embedded_server.password,
    )  # fmt: skip
    with advisory_lock(superuser, "build"):
        thread, events = wait_for_lock(user_server)
        assert f"usuário {embedded_server.user}" in events.get(timeout=10)
    assert events.get(timeout=10) == "acquired"
    thread.join(10)


def test_keys_are_the_same_in_every_process():
    assert lock_key("build", "") == lock_key("build", "")
    assert lock_key("build", "a") != lock_key("builda", "")
    assert -(2**63) <= lock_key("build", "ana_") < 2**63
