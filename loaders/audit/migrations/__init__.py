"""Alembic's migrations of the schema `audit`; each is a module and two files of SQL.

Here: how a migration runs its SQL. Not here: who calls it, and when (`loaders.audit.schema`).

The files name no schema: `search_path` leads to it, and functions keep it
(`set search_path from current`), so that several prefixes live on one server.
"""

from importlib.resources import files

from alembic import op


def run_sql(name: str) -> None:
    """Run one file of SQL on the migration's connection.

    Args:
        name: of the file in `versions`, without its extension.
    """
    text = files(__package__).joinpath("versions", f"{name}.sql").read_text(encoding="utf-8")
    # The driver's own connection: SQLAlchemy would take `:name` for a parameter.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None  # noqa: S101 - a migration runs on an open connection
    driver.execute(text)
