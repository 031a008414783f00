"""One at a time: locks that live in the database and die with their holder.

Here: waiting for, and naming, whoever holds an advisory lock. Not here: which work
needs one (`mirante build` and the like).
"""

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from loaders.server import Server
from loaders.settings import load_settings

# The session's own limits would end a wait that is meant to last, and a firewall or
# idle_session_timeout the session that holds the lock.
_WAIT_FOR_EVER = (
    "select set_config(name, '0', false) from pg_settings"
    " where name in ('statement_timeout', 'lock_timeout', 'idle_session_timeout')"
)

# Both halves of the key as pg_locks shows them; objsubid 1 means one 64-bit key.
_HOLDER = """
    select
        pg_stat_activity.application_name,
        pg_stat_activity.usename::text,
        host(pg_stat_activity.client_addr),
        pg_locks.pid,
        -- a holder's last statement was taking the lock
        coalesce(pg_stat_activity.state_change, pg_stat_activity.backend_start)
    from pg_locks
    left join pg_stat_activity on pg_stat_activity.pid = pg_locks.pid
    where
        pg_locks.locktype = 'advisory'
        and pg_locks.granted
        and pg_locks.database = (select oid from pg_database where datname = current_database())
        and pg_locks.objsubid = 1
        and (pg_locks.classid::bigint << 32 | pg_locks.objid::bigint) = %s
"""


def lock_key(name: str, prefix: str) -> int:
    """The 64-bit key of a lock: the same in every process and every version of Python."""
    digest = hashlib.sha256(f"mirante\0{prefix}\0{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@contextmanager
def advisory_lock(
    server: Server,
    name: str,
    *,
    prefix: str | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold a lock of this database for the length of a block.

    The lock rests on a connection of its own, so that it ends with the process however
    that ends. Works on a direct connection, not through a pooler in transaction mode.

    Args:
        server: Whose database keeps the lock.
        name: What is locked, such as `build`.
        prefix: Schema prefix; work under different prefixes does not meet. Default: the
            one of the settings.
        on_wait: Called once with a description of the holder, in Portuguese, when the
            lock is taken already.
    """
    key = _key(name, prefix)
    # Postgres cuts application names at 63 bytes.
    label = f"mirante {name} pid {os.getpid()} host {socket.gethostname()}"[:63]
    with server.connect(application_name=label) as connection:
        connection.execute(_WAIT_FOR_EVER)
        row = connection.execute("select pg_try_advisory_lock(%s)", [key]).fetchone()
        if row != (True,):
            if on_wait is not None:
                on_wait(_describe_holder(connection, key))
            connection.execute("select pg_advisory_lock(%s)", [key])
        yield


def lock_holder(server: Server, name: str, *, prefix: str | None = None) -> str | None:
    """Say who holds a lock, without waiting for it; None if nobody does.

    Args:
        server: whose database keeps the lock.
        name: what is locked.
        prefix: as for `advisory_lock`.
    """
    with server.connect() as connection:
        return _holder(connection, _key(name, prefix))


def _key(name: str, prefix: str | None) -> int:
    return lock_key(name, load_settings().MIRANTE_SCHEMA_PREFIX if prefix is None else prefix)


def _describe_holder(connection: psycopg.Connection[Any], key: int) -> str:
    # It may be let go between the two questions.
    return _holder(connection, key) or "outro processo, que acabou de soltar a trava"


def _holder(connection: psycopg.Connection[Any], key: int) -> str | None:
    row = connection.execute(_HOLDER, [key]).fetchone()
    if row is None:
        return None
    application, user, address, pid, since = row
    who = application or "outro programa"
    # Another role's session shows neither its name nor its address to a plain role.
    details = [f"usuário {user}"] if user else []
    if address:
        details.append(f"de {address}")
    details.append(f"sessão {pid} do Postgres")
    if since is not None:
        details.append(f"desde {since.astimezone():%d/%m/%Y %H:%M:%S}")
    return f"{who} ({', '.join(details)})"
