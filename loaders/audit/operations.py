"""The register of operations: what was done, by whom, how it ended.

Here: writing an operation down when it begins and when it ends, and going on where that is
not allowed. Not here: the tables and what finds the dead (`migrations`), which work is an
operation (each at the one place that all ways to it share).

An operation is alive as long as the connection that registered it: it holds a lock, and
whoever registers next marks those without one as interrupted. Recording never breaks the
work: where it fails, the logger of this module says so once.
"""

import getpass
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from loaders.audit.schema import audit_name, ensure_migrated
from loaders.errors import MiranteError, database_reason
from loaders.postgres import schema_name
from loaders.server import Server
from loaders.troubles import explained

Kind: TypeAlias = Literal[
    "carga",
    "construcao",
    "segmentacao",
    "deteccao",
    "decisao",
    "exportacao",
    "apagamento",
    "retirada",
]

_LONGEST_ERROR: Final = 2000

_log = logging.getLogger(__name__)
# Where it was said already that nothing can be recorded.
_told: set[tuple[str, str]] = set()


@dataclass
class Operation:
    """What an operation has to say for itself when it ends.

    Attributes:
        number: its row in `audit.operacoes`; None where it could not be recorded.
        rows: loaded, exported and so on; None where nothing is counted.
        error: why it failed although nothing was raised.
        details: what else there is to say.
        before: how what it changed was.
        after: how that is now.
    """

    number: int | None = None
    rows: int | None = None
    error: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


class Register:
    """The operations of one piece of work, on one connection."""

    def __init__(
        self,
        server: Server,
        connection: psycopg.Connection[tuple[Any, ...]] | None,
        session: int | None,
    ) -> None:
        """Take a connection; without one, nothing is recorded.

        Args:
            server: where.
            connection: kept open by whoever made this.
            session: of which the operations are part.
        """
        self._server = server
        self._connection = connection
        self._session = session

    @contextmanager
    def operation(
        self,
        kind: Kind,
        target: str,
        *,
        before: Mapping[str, Any] | None = None,
        silent: bool = False,
        **details: Any,
    ) -> Iterator[Operation]:
        """Record what a block does.

        Args:
            kind: of work.
            target: what it is done to.
            before: how what it changes is.
            silent: whether errors may quote what must not be kept; only their type is then.
            details: what else is known of it, as JSON.

        Yields:
            The operation, for the block to tell how it went.
        """
        told = Operation(before=before)
        told.number = self._begin(kind, target, details, before)
        try:
            yield told
        except BaseException as error:
            estado = "falhou" if isinstance(error, Exception) else "interrompida"
            # What the work said of its failure itself tells more than how it was passed on.
            reason = type(error).__name__ if silent else told.error or safe_reason(error)
            self._end(told, estado, reason)
            raise
        self._end(told, "falhou" if told.error else "concluida", told.error)

    def _begin(
        self, kind: str, target: str, details: Mapping[str, Any], before: Mapping[str, Any] | None
    ) -> int | None:
        if self._connection is None:
            return None
        try:
            row = self._connection.execute(
                sql.SQL("select {}(%s, %s, %s, %s, %s, %s)").format(
                    audit_name("registrar_operacao")
                ),
                [kind, target, who(self._server), Jsonb(dict(details)), self._session,
                 _json(before)],
            ).fetchone()  # fmt: skip
        except psycopg.Error as error:
            _tell(self._server, error)
            return None
        return row[0] if row else None

    def _end(self, operation: Operation, estado: str, error: str | None) -> None:
        if operation.number is None or self._connection is None:
            return
        query = sql.SQL("select {}(%s, %s, %s, %s, %s, %s, %s)").format(
            audit_name("finalizar_operacao")
        )
        values = [
            operation.number, estado, operation.rows, error and error[:_LONGEST_ERROR],
            Jsonb(operation.details), _json(operation.before), _json(operation.after),
        ]  # fmt: skip
        try:
            try:
                self._connection.execute(query, values)
            except psycopg.OperationalError:
                # It rests while the work goes on, which may be too long for a firewall.
                with self._server.connect() as connection:
                    connection.execute(query, values)
        except psycopg.Error as failure:
            _tell(self._server, failure)


@contextmanager
def recording(server: Server, session: int | None = None) -> Iterator[Register]:
    """Open the register, making the schema `audit` where it is missing.

    Args:
        server: where.
        session: of which the operations are part.

    Yields:
        The register; one that records nothing where this role may not.
    """
    connection: psycopg.Connection[tuple[Any, ...]] | None = None
    try:
        connection = server.connect(application_name="mirante audit")
        ensure_migrated(connection, server)
        connection.execute("set idle_session_timeout = 0")
        connection.execute(sql.SQL("select {}()").format(audit_name("marcar_interrompidas")))
    except psycopg.Error as error:
        _tell(server, error)
        if connection is not None:
            connection.close()
            connection = None
    try:
        yield Register(server, connection, session)
    finally:
        if connection is not None:
            connection.close()


@contextmanager
def operation(
    server: Server,
    kind: Kind,
    target: str,
    *,
    session: int | None = None,
    before: Mapping[str, Any] | None = None,
    silent: bool = False,
    **details: Any,
) -> Iterator[Operation]:
    """Record one operation; as `Register.operation`, with a register of its own.

    Args:
        server: where.
        kind: of work.
        target: what it is done to.
        session: of which it is part.
        before: how what it changes is.
        silent: whether errors may quote what must not be kept.
        details: what else is known of it, as JSON.

    Yields:
        The operation, for the block to tell how it went.
    """
    with (
        recording(server, session) as register,
        register.operation(kind, target, before=before, silent=silent, **details) as told,
    ):
        yield told


def who(server: Server) -> str:
    """Return who works: the operating system's user and the database's role."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        user = str(os.getuid()) if hasattr(os, "getuid") else "?"
    return f"{user}/{server.user}"


def safe_reason(error: BaseException) -> str:
    """Say why something failed, without secrets and without anybody's data."""
    if isinstance(error, MiranteError):
        return str(error)
    if not isinstance(error, Exception):
        return f"parada antes do fim ({type(error).__name__})"
    return explained(error) or f"erro inesperado ({type(error).__name__})"


def _json(value: Mapping[str, Any] | None) -> Jsonb | None:
    return None if value is None else Jsonb(dict(value))


def _tell(server: Server, error: psycopg.Error) -> None:
    """Say once what can't be recorded; the work goes on without."""
    schema = schema_name("audit")
    if (server.address, schema) in _told:
        return
    _told.add((server.address, schema))
    reason = database_reason(error) or type(error).__name__
    _log.warning(
        "Aviso: não pude registrar as operações no schema %s (Postgres: %s). O trabalho segue sem"
        " registro; `mirante check` diz o que falta.",
        schema,
        reason,
    )
