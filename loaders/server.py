"""One Postgres server and database, and the forms in which each tool wants it named.

Here: a value object. Not here: deciding which server it is (`postgres`), nor running
one (`embedded`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import psycopg
from psycopg.pq import Conninfo

if TYPE_CHECKING:
    from dlt.destinations.impl.postgres.configuration import PostgresCredentials

# dlt refuses credentials without a password; peer, trust and certificate logins have none.
_NO_PASSWORD: Final = "sem-senha"  # noqa: S105

APPLICATION_NAME: Final = "mirante"


@dataclass(frozen=True)
class Server:
    """Where to connect, with everything libpq would have looked up already looked up.

    Attributes:
        host: Name or address, or the directory of a Unix socket.
        port: TCP port, or the socket's number.
        dbname: Database.
        user: Role.
        password: Empty when the server asks for none.
        options: Further libpq parameters by their libpq name, such as `sslmode`.
        embedded: Whether Mirante runs this server itself.
    """

    host: str
    port: int
    dbname: str
    user: str
    password: str = field(default="", repr=False)
    options: dict[str, str] = field(default_factory=dict, repr=False)
    embedded: bool = False

    @property
    def is_socket(self) -> bool:
        """Whether the host is the directory of a Unix socket (or an abstract one)."""
        return self.host.startswith(("/", "@"))

    @property
    def address(self) -> str:
        """`host:port/database`, for people to read."""
        return f"{self.host}:{self.port}/{self.dbname}"

    def dsn(self) -> str:
        """The connection URL, with the password. For programs, never for logs."""
        return self._url(self.password)

    def dsn_masked(self) -> str:
        """The connection URL with the password hidden."""
        return self._url("***" if self.password else "", safe="*")

    def _url(self, password: str, safe: str = "") -> str:
        login = quote(self.user, safe="") + (f":{quote(password, safe=safe)}" if password else "")
        # quote() turns a socket directory into %2Frun%2F..., which libpq decodes.
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        query = f"?{urlencode(self.options, quote_via=quote)}" if self.options else ""
        return f"postgresql://{login}@{host}:{self.port}/{quote(self.dbname, safe='')}{query}"

    def env(self) -> dict[str, str]:
        """The PG* variables that lead psql, dbt and any libpq program to this server."""
        variables = {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGDATABASE": self.dbname,
            "PGUSER": self.user,
        }
        if self.password:
            variables["PGPASSWORD"] = self.password
        names = {
            option.keyword.decode(): option.envvar.decode()
            for option in Conninfo.get_defaults()
            if option.envvar
        }
        variables |= {names[key]: value for key, value in self.options.items() if key in names}
        return variables

    def connect(
        self, *, autocommit: bool = True, application_name: str = APPLICATION_NAME
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection.

        Args:
            autocommit: Whether each statement is its own transaction.
            application_name: What others see in pg_stat_activity.

        Raises:
            psycopg.OperationalError: If the server cannot be reached.
        """
        parameters = {
            # Long loads leave a connection silent, and firewalls drop silent ones.
            "keepalives_idle": "60",
            "connect_timeout": "15",
            **self.options,
            "host": self.host,
            "port": str(self.port),
            "dbname": self.dbname,
            "user": self.user,
            "application_name": application_name,
        }
        if self.password:
            parameters["password"] = self.password
        return psycopg.connect("", autocommit=autocommit, **parameters)  # type: ignore[arg-type]

    def dlt_credentials(self) -> PostgresCredentials:
        """Credentials for `dlt.destinations.postgres`.

        dlt writes the host into a URL unescaped and insists on a password, so a socket
        directory is percent-encoded (libpq decodes it) and a missing password gets a
        placeholder that no server asks for.
        """
        from dlt.destinations.impl.postgres.configuration import PostgresCredentials

        credentials = PostgresCredentials()
        credentials.host = quote(self.host, safe="") if self.is_socket else self.host
        credentials.port = self.port
        credentials.database = self.dbname
        credentials.username = self.user
        credentials.password = self.password or _NO_PASSWORD
        credentials.query = {"application_name": APPLICATION_NAME, **self.options}
        if "connect_timeout" in self.options:
            credentials.connect_timeout = int(self.options["connect_timeout"])
        credentials.resolve()
        return credentials
