"""What is alive: finding, launching and ending the server's processes.

A pid proves nothing: it may linger after a power cut and belong to another program by
then. The server's processes therefore hold a flock for as long as one of them lives,
which the kernel releases even on SIGKILL, and which is seen from other containers too.
"""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil

from loaders.embedded.cluster import server_environment
from loaders.embedded.layout import Layout, try_flock
from loaders.errors import MiranteError


def anything_alive(layout: Layout) -> bool:
    """Whether a process of this data directory's server lives (even an orphan)."""
    return _alive_lock_is_held(layout) or postmaster_pid(layout) is not None


def postmaster_pid(layout: Layout) -> int | None:
    """The pid of the server on our data directory, judged by its command line."""
    recorded = _pid_file_line(layout, 0)
    if recorded is not None and _is_our_postmaster(layout, recorded):
        return recorded
    return next((pid for pid in psutil.pids() if _is_our_postmaster(layout, pid)), None)


def recorded_port(layout: Layout) -> int | None:
    """The port in postmaster.pid, which the running server wrote itself."""
    return _pid_file_line(layout, 3)


def launch(layout: Layout, programs: Path) -> int:
    """Start the server, detached, logging to `server.log`.

    Returns:
        Its pid.
    """
    alive = os.open(layout.alive_file, os.O_RDWR | os.O_CREAT, 0o600)
    log = os.open(layout.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if not try_flock(alive):
            raise MiranteError("já há um servidor embutido vivo neste diretório de dados.")
        # Through a shell that ends at once: as a child of ours a killed server would
        # stay a zombie for as long as we live, and its pid would look alive.
        result = subprocess.run(
            [
                "/bin/sh",
                "-c",
                '"$@" </dev/null >&2 & echo $!',
                "sh",
                str(programs / "postgres"),
                "-D",
                str(layout.data),
                "-c",
                f"config_file={layout.config_file}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd="/",
            env=server_environment(),
            umask=0o077,
            start_new_session=True,
            pass_fds=(alive,),
            check=True,
            **layout.run_as,
        )
        return int(result.stdout)
    finally:
        os.close(alive)
        os.close(log)


def forget_dead_postmaster(layout: Layout) -> None:
    """Remove a postmaster.pid that no living server wrote.

    Postgres itself refuses to start when that pid belongs to any process of the same
    user. Call only when `anything_alive` is False. A pid that nobody has is left to
    Postgres, which then also looks for orphans in shared memory.
    """
    pid = _pid_file_line(layout, 0)
    if pid is not None and psutil.pid_exists(pid):
        (layout.data / "postmaster.pid").unlink(missing_ok=True)


def end(layout: Layout, timeout_s: float = 60.0) -> bool:
    """Stop the server: politely, then by an immediate shutdown (it recovers later).

    Returns:
        Whether all its processes are gone.
    """
    for number in (signal.SIGINT, signal.SIGQUIT):
        pid = postmaster_pid(layout)
        if pid is None:
            kill_orphans(layout)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if wait_until_dead(layout, timeout_s):
            return True
    return False


def kill_orphans(layout: Layout) -> None:
    """Kill backends that outlived their server.

    One in the middle of a long computation does not notice that the server died, and
    keeps the data directory from being started for as long as that takes. What it has
    not committed is lost either way. Call only when no postmaster lives.
    """
    for orphan in psutil.process_iter():
        try:
            # A backend's command line is only a title; its directory is the data's.
            if orphan.name() == "postgres" and orphan.cwd() == str(layout.data):
                orphan.kill()
        except psutil.Error:
            continue


def wait_until_dead(layout: Layout, timeout_s: float) -> bool:
    """Wait for the last process to go."""
    deadline = time.monotonic() + timeout_s
    while anything_alive(layout):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def pid_is_running(pid: int) -> bool:
    """Whether a process is there and not merely unreaped."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _alive_lock_is_held(layout: Layout) -> bool:
    try:
        descriptor = os.open(layout.alive_file, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not try_flock(descriptor)
    finally:
        os.close(descriptor)


def _is_our_postmaster(layout: Layout, pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        command = process.cmdline()
        return (
            len(command) > 2
            and Path(command[0]).name == "postgres"
            and str(layout.data) in command[1:]
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.Error:
        return False


def _pid_file_line(layout: Layout, line: int) -> int | None:
    try:
        return int((layout.data / "postmaster.pid").read_text().splitlines()[line])
    except (OSError, ValueError, IndexError):
        return None
