"""Whether the schema `audit` is there and at its newest migration, and making it so.

Here: asking cheaply, and running alembic under a lock. Not here: the migrations
(`migrations`), and what a command does that may not make it (`operations`).

Data flow: Server -> a psycopg connection -> SQLAlchemy -> alembic, all in one transaction:
an upgrade is there as a whole or not at all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from loaders.audit import DATASET
from loaders.locks import lock_key
from loaders.postgres import schema_name
from loaders.server import Server

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

# The newest migration. A constant, for most commands to ask without importing alembic,
# which takes longer than all that they have to record.
NEWEST: Final = "0003"

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def audit_name(name: str) -> sql.Identifier:
    """Return a table, view or function of the schema `audit`."""
    return sql.Identifier(schema_name(DATASET), name)


def migration(connection: psycopg.Connection[Any]) -> str | None:
    """Return the migration that the schema is at; None if it is not there.

    Raises:
        psycopg.errors.InsufficientPrivilege: this role may not look into the schema.
    """
    query = sql.SQL("select version_num from {}").format(audit_name("alembic_version"))
    try:
        row = connection.execute(query).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    return str(row[0]) if row else None


def ensure_audit(server: Server) -> None:
    """Create the schema, or bring it to its newest migration; cheap when it is there.

    Args:
        server: where.

    Raises:
        psycopg.Error: the server's user may not, or the server failed.
    """
    with server.connect() as connection:
        ensure_migrated(connection, server)


def ensure_migrated(connection: psycopg.Connection[Any], server: Server) -> None:
    """Do as `ensure_audit` does, asking on a connection that is open already."""
    # A newer one was made by a newer Mirante, which keeps what this one needs.
    if (migration(connection) or "") < NEWEST:
        upgrade(server)


def upgrade(server: Server, revision: str = "head") -> None:
    """Run the migrations up to one.

    Args:
        server: where.
        revision: alembic's name of it; the newest by default.
    """
    from alembic import command

    _migrate(server, lambda config: command.upgrade(config, revision))


def downgrade(server: Server, revision: str) -> None:
    """Take migrations back, with all that their tables hold.

    Args:
        server: where.
        revision: alembic's name of the one to end at; `base` for none.
    """
    from alembic import command

    _migrate(server, lambda config: command.downgrade(config, revision))


def _migrate(server: Server, work: Callable[["Config"], None]) -> None:
    from alembic.config import Config

    from loaders.privacy.roles import close_audit

    schema = schema_name(DATASET)
    with _sqlalchemy(server) as connection:
        driver: Any = connection.connection.driver_connection
        # Two that begin at once would make the same tables.
        driver.execute(
            "select set_config('lock_timeout', '0', true), pg_advisory_xact_lock(%s)",
            [lock_key(DATASET, schema)],
        )
        if driver.execute("select to_regnamespace(%s)", [f'"{schema}"']).fetchone() == (None,):
            driver.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
        # Functions keep this path. Not named, anybody's temporary tables would come first.
        driver.execute(
            "select set_config('search_path', quote_ident(%s) || ', pg_temp', true)", [schema]
        )
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        # The separator of `version_locations` has no default that does not warn.
        config.set_main_option("path_separator", "os")
        config.attributes |= {"connection": connection, "schema": schema}
        work(config)
        # Rights that were to hold for whatever is made here hold for the rules too by now.
        close_audit(driver)


@contextmanager
def _sqlalchemy(server: Server) -> Iterator["Connection"]:
    """Open a connection as alembic wants it, and commit it at the end."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: server.connect(autocommit=False),
        poolclass=NullPool,
    )
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise error.orig or error from None
