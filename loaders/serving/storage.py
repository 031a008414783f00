"""Where Dagster keeps its runs, events and schedules: the same Postgres, else SQLite.

Here: the choice, the schema, and the address in the form that SQLAlchemy reads. Not here: the
file that names it (`home`).

The address has a password, so `dagster.yaml` only names the variable that has it.
"""

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Final
from urllib.parse import quote, urlencode

from psycopg import sql

from loaders.errors import MiranteError
from loaders.postgres import ensure_can_create, schema_name
from loaders.server import Server

SCHEMA: Final = "dagster"
URL_VARIABLE: Final = "MIRANTE_DAGSTER_URL"
_POSTGRES: Final = f"""\
storage:
  postgres:
    postgres_url:
      env: {URL_VARIABLE}
"""


@dataclass(frozen=True)
class Storage:
    """Where runs are kept.

    Attributes:
        told: the place, for people.
        lines: of `dagster.yaml`; none for SQLite, Dagster's default.
        variables: what the processes need to reach it; secret.
    """

    told: str
    lines: str = ""
    variables: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def in_postgres(self) -> bool:
        """Whether it is the Postgres that has the data too."""
        return bool(self.lines)


def choose_storage(server: Server) -> Storage:
    """Make the schema and choose it; choose SQLite where that is not allowed.

    Args:
        server: the one that has the data.
    """
    schema = schema_name(SCHEMA)
    if find_spec("dagster_postgres") is None:
        return Storage("SQLite em DAGSTER_HOME (falta o pacote dagster-postgres)")
    try:
        ensure_can_create(server, [schema])
    except MiranteError as error:
        return Storage(f"SQLite em DAGSTER_HOME ({error})")
    with server.connect() as connection:
        # `if not exists` asks for the right to create first, also of whoever owns it already.
        if not connection.execute(
            "select 1 from pg_namespace where nspname = %s", [schema]
        ).fetchone():
            connection.execute(
                sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
            )
    return Storage(
        f"Postgres, schema {schema} de {server.address}",
        _POSTGRES,
        {URL_VARIABLE: storage_url(server, schema)},
    )


def storage_url(server: Server, schema: str) -> str:
    """Return the address of a schema as SQLAlchemy and psycopg2 read it, with the password.

    Args:
        server: the server.
        schema: the only one on the path, so that nothing lands in another.
    """
    options = f"{server.options.get('options', '')} -csearch_path={schema}".strip()
    query = {**server.options, "options": options, "application_name": "mirante dagster"}
    login = quote(server.user, safe="") + (
        f":{quote(server.password, safe='')}" if server.password else ""
    )
    if server.is_socket:
        # SQLAlchemy decodes no host.
        place = ""
        query |= {"host": server.host, "port": str(server.port)}
    else:
        host = f"[{server.host}]" if ":" in server.host else server.host
        place = f"{host}:{server.port}"
    database = quote(server.dbname, safe="")
    return f"postgresql+psycopg2://{login}@{place}/{database}?{urlencode(query, quote_via=quote)}"
