"""Load the sales API: one endpoint after another, each for itself.

Here: the order, the lock, what is read of each endpoint, and what becomes of one that
fails. Not here: reading (`reading`), dlt (`landing`), how it is told (`commands`,
`orchestration/`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import psycopg

from loaders.audit.operations import Register, recording
from loaders.cvcrm import DATASET, cargas, tables
from loaders.cvcrm.cargas import CARGAS, Carga, History, Modo, Plan, Situacao
from loaders.cvcrm.endpoints import Endpoint
from loaders.cvcrm.problems import ApiError, Problem
from loaders.cvcrm.rows import TypeChangedError
from loaders.errors import MiranteError
from loaders.locks import advisory_lock, lock_holder
from loaders.postgres import Server, ensure_can_create, schema_name

if TYPE_CHECKING:
    from loaders.cvcrm.client import Client, Pace
    from loaders.cvcrm.known import KnownRows
    from loaders.cvcrm.reading import Reading
    from loaders.cvcrm.settings import CvcrmSettings

# What a tenant gets for an endpoint that it does not have.
_NOT_THERE: Final = frozenset({403, 404, 405})


@dataclass(frozen=True)
class EndpointResult:
    """What became of one endpoint, ready to be told; holds nothing of its rows.

    Attributes:
        endpoint: its raw table.
        defasado: there are rows, and they are older than this try.
        ultima_carga: start of the last reading whose rows are stored.
        seconds: how long it took.
        problem: why it could not be read, if it is the API's doing.
    """

    endpoint: str
    situacao: Situacao
    modo: Modo
    desde: date | None
    qt_informada: int
    qt_lida: int
    qt_gravada: int
    mensagem: str | None
    defasado: bool
    ultima_carga: datetime | None
    seconds: float = 0.0
    problem: Problem | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what a program may read."""
        return {
            "endpoint": self.endpoint,
            "situacao": str(self.situacao),
            "modo": str(self.modo),
            "desde": self.desde and self.desde.isoformat(),
            "qt_informada": self.qt_informada,
            "qt_lida": self.qt_lida,
            "qt_gravada": self.qt_gravada,
            "mensagem": self.mensagem,
            "defasado": self.defasado,
            "ultima_carga": self.ultima_carga and self.ultima_carga.isoformat(),
        }


@dataclass(frozen=True)
class Watcher:
    """What to call while a load goes on.

    Attributes:
        on_start: told the endpoint before it is read.
        on_page: told after each page how many rows were seen, and how many there are.
        on_retry: told of a failure that is tried again, and in how many seconds.
        on_wait: told who holds the source's lock, if one has to wait.
    """

    on_start: Callable[[str], None] = lambda endpoint: None
    on_page: Callable[[int, int], None] = lambda read, total: None
    on_retry: Callable[[Problem, float], None] = lambda problem, seconds: None
    on_wait: Callable[[str], None] = lambda holder: None


@dataclass(frozen=True)
class CvcrmSource:
    """The sales API as a source of raw tables."""

    endpoints: Sequence[Endpoint]
    dataset: str = DATASET
    # The table that says what landed.
    manifest: str = field(default=CARGAS)

    @property
    def schema(self) -> str:
        """The raw schema's real name."""
        return schema_name(self.dataset)

    def chosen(self, names: Sequence[str]) -> list[Endpoint]:
        """Return the endpoints of these tables, in the order of their loads; all for none.

        Raises:
            MiranteError: there is no such endpoint; names those that there are.
        """
        known = {endpoint.name for endpoint in self.endpoints}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise MiranteError(
                f"endpoint desconhecido: {', '.join(unknown)}. Existem:"
                f" {', '.join(endpoint.name for endpoint in self.endpoints)}."
            )
        return [each for each in self.endpoints if not names or each.name in names]

    def ensure_tables(self, server: Server) -> None:
        """Create the source's raw tables where they are missing or older than the endpoints."""
        with server.connect() as connection:
            if not self._lacks_tables(connection):
                return
        # A load at work may be making them.
        with advisory_lock(server, self._lock), server.connect() as connection:
            self._ensure_tables(server, connection)

    def lock_holder(self, server: Server) -> str | None:
        """Say which load is at work, None if none is."""
        return lock_holder(server, self._lock)

    def histories(self, server: Server) -> dict[str, History]:
        """Return how the readings of each endpoint went, by raw table."""
        with server.connect() as connection:
            return cargas.histories(connection, self.schema)

    def load(
        self,
        server: Server,
        *,
        full: bool = False,
        only: Sequence[str] = (),
        watcher: Watcher | None = None,
        pace: "Pace | None" = None,
        settings: "CvcrmSettings | None" = None,
    ) -> Iterator[EndpointResult]:
        """Load endpoints in their order; one that fails does not stop the others.

        Args:
            server: where to.
            full: read everything, without filter.
            only: raw tables; all by default.
            watcher: told how it goes on.
            pace: between requests; the settings' by default.
            settings: of the API; by default those of the environment and `.env`.

        Yields:
            One result an endpoint.

        Raises:
            MiranteError: a setting is missing, or Postgres failed.
        """
        from loaders.cvcrm.client import Client
        from loaders.cvcrm.settings import cvcrm_settings

        watcher = watcher or Watcher()
        endpoints = self.chosen(only)
        client = Client(settings or cvcrm_settings(), pace=pace, on_wait=watcher.on_retry)
        ensure_can_create(server, [self.schema, f"{self.schema}_staging"])
        with (
            advisory_lock(server, self._lock, on_wait=watcher.on_wait),
            server.connect() as connection,
            recording(server) as register,
        ):
            # It rests while the API is waited for, which may be long.
            connection.execute("set idle_session_timeout = 0")
            self._ensure_tables(server, connection)
            run = _Run(self, server, connection, client, watcher, full, register)
            for endpoint in endpoints:
                watcher.on_start(endpoint.name)
                yield run.load(endpoint)
            run.record_failures()

    def _ensure_tables(self, server: Server, connection: psycopg.Connection[Any]) -> None:
        from loaders.cvcrm import landing

        if self._lacks_tables(connection):
            landing.ensure_tables(server, self.endpoints)

    def _lacks_tables(self, connection: psycopg.Connection[Any]) -> bool:
        return tables.lacks_tables(connection, self.schema, self.endpoints)

    @property
    def _lock(self) -> str:
        return f"load {self.dataset}"


class _Run:
    """The endpoints of one call, one after another, under the source's lock."""

    def __init__(
        self,
        source: CvcrmSource,
        server: Server,
        connection: psycopg.Connection[Any],
        client: "Client",
        watcher: Watcher,
        full: bool,
        register: Register,
    ) -> None:
        self._schema = source.schema
        self._server = server
        self._connection = connection
        self._client = client
        self._watcher = watcher
        self._full = full
        self._register = register
        self._histories = cargas.histories(connection, source.schema)
        self._failures: list[Carga] = []

    def load(self, endpoint: Endpoint) -> EndpointResult:
        """Load one endpoint, or say why not; registered as an operation either way."""
        last = cargas.of(self._histories, endpoint).last_stored
        with self._register.operation("carga", f"{DATASET}.{endpoint.name}") as operation:
            result = self._load(endpoint)
            told = result.as_dict()
            operation.rows = result.qt_gravada
            operation.details = {
                name: told[name]
                for name in ("situacao", "modo", "desde", "qt_informada", "qt_lida")
            }
            operation.before = {"ultima_carga": last and last.isoformat()}
            operation.after = {"ultima_carga": told["ultima_carga"]}
            if result.situacao is Situacao.ERRO:
                operation.error = result.mensagem or str(result.situacao)
        return result

    def _load(self, endpoint: Endpoint) -> EndpointResult:
        from loaders.cvcrm import landing
        from loaders.cvcrm.known import KnownRows
        from loaders.cvcrm.reading import Reading

        began = perf_counter()
        history = cargas.of(self._histories, endpoint)
        started = cargas.start_time(self._connection, self._schema)
        known = KnownRows(self._connection, self._schema, endpoint)
        plan = self._plan(endpoint, history, known, started)
        reading = Reading(self._client, endpoint, plan, known, self._watcher.on_page)

        def finish(situacao: Situacao | None = None, message: str | None = None) -> Carga:
            if situacao is None:
                situacao = Situacao.OK if reading.is_complete else Situacao.INCOMPLETA
                message = None if reading.is_complete else _missed(reading)
            return Carga(
                endpoint=endpoint.name,
                iniciada_em=started,
                terminada_em=self._now(),
                modo=plan.modo,
                desde=plan.desde,
                situacao=situacao,
                qt_informada=reading.qt_informada,
                qt_lida=reading.qt_lida,
                qt_gravada=reading.qt_gravada if situacao.stored else 0,
                mensagem=message,
            )

        problem = None
        try:
            carga = landing.land(self._server, reading, finish)
        except MiranteError as error:
            if not landing.is_alive(self._connection):
                # No endpoint can land, so none is asked.
                raise
            problem = _problem(reading.failure)
            carga = finish(_outcome(endpoint, problem), _message(endpoint, reading, error))
            self._failures.append(carga)
        return self._result(carga, history, problem, perf_counter() - began)

    def _plan(
        self, endpoint: Endpoint, history: History, known: "KnownRows", now: datetime
    ) -> Plan:
        if self._full:
            return cargas.EVERYTHING
        newest = known.newest_reference()
        return cargas.plan(endpoint, history, newest, now, self._client.settings)

    def _now(self) -> datetime:
        row = self._connection.execute("select clock_timestamp()").fetchone()
        assert row is not None  # noqa: S101 - a select without FROM always has its row
        moment: datetime = row[0]
        return moment

    def _result(
        self, carga: Carga, history: History, problem: Problem | None, seconds: float
    ) -> EndpointResult:
        stored = carga.situacao.stored
        return EndpointResult(
            endpoint=carga.endpoint,
            situacao=carga.situacao,
            modo=carga.modo,
            desde=carga.desde,
            qt_informada=carga.qt_informada,
            qt_lida=carga.qt_lida,
            qt_gravada=carga.qt_gravada,
            mensagem=carga.mensagem,
            defasado=not stored and history.last_stored is not None,
            ultima_carga=carga.iniciada_em if stored else history.last_stored,
            seconds=seconds,
            problem=problem,
        )

    def record_failures(self) -> None:
        """Store the tries that brought nothing."""
        from loaders.cvcrm import landing

        if self._failures:
            landing.record(self._server, self._failures)


def _problem(failure: Exception | None) -> Problem | None:
    return failure.problem if isinstance(failure, ApiError) else None


def _outcome(endpoint: Endpoint, problem: Problem | None) -> Situacao:
    if problem is not None and may_lack(endpoint, problem):
        return Situacao.INDISPONIVEL
    return Situacao.ERRO


def may_lack(endpoint: Endpoint, problem: Problem) -> bool:
    """Say whether a failure means no more than that a tenant lacks what it may lack."""
    return endpoint.optional and problem.status in _NOT_THERE


def _message(endpoint: Endpoint, reading: "Reading", error: MiranteError) -> str:
    """Return why an endpoint failed, in one line without its name."""
    failure = reading.failure
    if isinstance(failure, ApiError):
        return str(failure)
    if isinstance(failure, TypeChangedError):
        return (
            f"{failure}: a carga deste endpoint foi recusada. Confira com o suporte do CVCRM; se"
            f" o tipo mudou mesmo, corrija loaders/cvcrm/endpoints/{endpoint.name}.yml."
        )
    return str(error).removeprefix(f"{endpoint.name}: ")


def _missed(reading: "Reading") -> str:
    return (
        f"o CVCRM informa {reading.qt_informada} linhas e vieram {reading.qt_lida} diferentes,"
        " lidas duas vezes; as que vieram foram gravadas e a próxima carga lê o mesmo de novo."
    )
