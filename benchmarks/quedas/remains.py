"""What a kill must leave nothing of, once the work was done again.

Here: sessions and locks of the dead, operations that never ended, intermediate files. Not
here: tables and their rows (`contents`).
"""

import time
from collections.abc import Iterator

from benchmarks.quedas.world import World

_PATIENCE_S = 5.0
_SESSIONS = """
    select application_name from pg_stat_activity
    where
        datname = current_database()
        and pid != pg_backend_pid()
        and backend_type = 'client backend'
"""
_LOCKS = """
    select classid::text || '/' || objid::text from pg_locks
    where
        locktype = 'advisory'
        and pid != pg_backend_pid()
        and database = (select oid from pg_database where datname = current_database())
"""
_OPERATIONS = """
    select tipo || ' ' || alvo from audit.operacoes where estado = 'em_andamento'
"""


def remains(world: World) -> list[str]:
    """Name what is left; sessions and locks get a moment to go."""
    ends = time.monotonic() + _PATIENCE_S
    while (left := list(_in_the_database(world))) and time.monotonic() < ends:
        time.sleep(0.05)
    return left + [
        f"file {path.relative_to(world.home)}"
        for path in sorted((world.home / "scratch").rglob("*"))
        if path.is_file()
    ]


def _in_the_database(world: World) -> Iterator[str]:
    with world.connect() as connection:
        for what, query in (
            ("session", _SESSIONS),
            ("lock", _LOCKS),
            ("operation", _OPERATIONS),
        ):
            for (name,) in connection.execute(query).fetchall():
                yield f"{what} {name}"
