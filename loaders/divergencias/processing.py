"""A run of `mirante divergencias processar`: build, record, and decide what may be decided.

Here: the session, and the order of things. Not here: each of them (`record`, `automatic`),
who starts it and when (the command, Dagster).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from json import dumps
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from loaders.audit.operations import recording, safe_reason, who
from loaders.audit.schema import audit_name
from loaders.building import BUILD_LOCK, quiet_dbt, ready_to_build
from loaders.divergencias import FOUND, MART
from loaders.divergencias.automatic import Automatic, decide_alone
from loaders.divergencias.decide import ready
from loaders.divergencias.record import Recorded, Window, record
from loaders.divergencias.states import Author, Mode
from loaders.errors import MiranteError
from loaders.locks import advisory_lock
from loaders.postgres import table_exists
from loaders.server import Server
from loaders.settings import schema_name

# What dbt builds before: the source, what finds divergences in it and in others, what the
# audit knows.
SELECTION: Final = (
    "source:raw_controladoria+",
    "divergencia_regras+",
    "path:models/staging/auditoria+",
    "path:models/intermediate/divergencias+",
)
# The first time: also what rules read of sources that were never built.
FIRST_SELECTION: Final = ("+path:models/marts/divergencias",)
# Who is whose client takes in all sources, and waits for the next whole build.
IDENTITY: Final = "int_cliente_360__registros_reunidos+"


class Kind(StrEnum):
    """Why a session was started."""

    DAILY_AUTO = "DAILY_AUTO"
    MANUAL_RUN = "MANUAL_RUN"
    REPROCESSING = "REPROCESSING"


@dataclass(frozen=True)
class Processed:
    """What a session did.

    Attributes:
        sessao: its number.
        modo: `manual` only detects; `auto` decides what may be decided.
        recorded: what the detection did.
        automatic: what was decided; nothing in `manual`.
    """

    sessao: int
    modo: str
    recorded: Recorded
    automatic: Automatic

    def counts(self) -> dict[str, int]:
        """Return the counts of detection and decisions."""
        decided = asdict(self.automatic)
        counts = self.recorded.counts()
        return counts | decided | {"obsoletas": counts["obsoletas"] + decided["obsoletas"]}

    def as_dict(self) -> dict[str, Any]:
        """Return what a program may read."""
        return {
            "sessao": self.sessao,
            "modo": self.modo,
            "janelas": _as_json(self.recorded.janelas),
            **self.counts(),
        }


def process(
    server: Server,
    *,
    auto: bool = False,
    kind: Kind | None = None,
    window: Window | None = None,
    dt_base: date | None = None,
    build: Callable[[list[str]], bool] | None = quiet_dbt,
    on_step: Callable[[str], None] = lambda step: None,
) -> Processed:
    """Build what finds divergences, record them, and in auto decide what may be decided.

    Args:
        server: where.
        auto: whether rules may decide alone.
        kind: of session; by default by whether a window is given.
        window: the days to look at; by default the 24 hours before dt_base.
        dt_base: the day that stands for today in the models and ends the default window; None:
            as they find it.
        build: runs dbt, and says whether it succeeded; None: it was built just now.
        on_step: told what is being done, in Portuguese.

    Raises:
        MiranteError: the build failed, or nothing can be recorded here.
    """
    ready(server)
    modo = "auto" if auto else "manual"
    kind = kind or (Kind.REPROCESSING if window else Kind.MANUAL_RUN)
    session = _begin(server, kind, modo, dt_base)
    try:
        with (
            recording(server, session) as register,
            register.operation("deteccao", "divergencias", modo=modo) as operation,
        ):
            author = Author(who(server), Mode.AUTOMATICO, session, operation.number)
            with _alone(server, on_step, session if build else None):
                if build:
                    on_step("Construindo (dbt build)")
                    _build(server, build, dt_base)
                on_step("Registrando o que foi encontrado")
                recorded = record(server, author, window, dt_base)
            automatic = Automatic()
            if auto:
                on_step("Aprovando e aplicando o que as regras permitem")
                automatic = decide_alone(server, author)
            processed = Processed(session, modo, recorded, automatic)
            operation.rows = recorded.encontradas
            operation.after = processed.counts()
            _end(server, session, "concluida", processed=processed)
    except BaseException as error:
        estado = "falhou" if isinstance(error, Exception) else "interrompida"
        _end(server, session, estado, error=safe_reason(error))
        raise
    return processed


def _alone(
    server: Server, on_step: Callable[[str], None], session: int | None
) -> AbstractContextManager[object]:
    """Let nobody else build meanwhile; with a session, be ready to build as part of it."""

    def on_wait(holder: str) -> None:
        on_step(f"Esperando: {holder}")

    if session is None:
        return advisory_lock(server, BUILD_LOCK, on_wait=on_wait)
    return ready_to_build(server, on_wait, session=session)


def _build(server: Server, build: Callable[[list[str]], bool], dt_base: date | None) -> None:
    for arguments in _builds(server, dt_base):
        if not build(arguments):
            raise MiranteError(
                "a construção das divergências não passou, e nada foi registrado. Rode"
                f" `mirante {' '.join(arguments)}` para ver por quê."
            )


def _builds(server: Server, dt_base: date | None) -> list[list[str]]:
    """Return what dbt is to be run with, one after the other."""
    with server.connect() as connection:
        known = table_exists(connection, schema_name(MART), FOUND)
    first = [] if known else [_arguments(FIRST_SELECTION)]
    if dt_base is None:
        return first or [_arguments(SELECTION)]
    # The day dates cards and sales too, and must not reach what they are built from.
    variables = dumps({"dt_base": dt_base.isoformat()})
    return [*first, [*_arguments(SELECTION), "--vars", variables]]


def _arguments(selection: Sequence[str]) -> list[str]:
    return ["build", "--select", *selection, "--exclude", IDENTITY]


def _begin(server: Server, kind: Kind, modo: str, dt_base: date | None) -> int:
    with server.connect() as connection:
        row = connection.execute(
            sql.SQL(
                "insert into {} (tipo, modo, quem, dt_base) values (%s, %s, %s, %s)"
                " returning sessao_id"
            ).format(audit_name("sessoes_processamento")),
            [kind, modo, who(server), dt_base],
        ).fetchone()
    assert row is not None  # noqa: S101 - an insert returns its row
    return int(row[0])


def _end(
    server: Server,
    session: int,
    estado: str,
    *,
    processed: Processed | None = None,
    error: str | None = None,
) -> None:
    try:
        with server.connect() as connection:
            connection.execute(
                sql.SQL(
                    "update {} set estado = %s, terminada_em = clock_timestamp(), erro = %s,"
                    " janelas = %s, contagens = %s where sessao_id = %s"
                ).format(audit_name("sessoes_processamento")),
                [
                    estado,
                    error,
                    Jsonb(_as_json(processed.recorded.janelas)) if processed else None,
                    Jsonb(processed.counts()) if processed else None,
                    session,
                ],
            )
    except psycopg.Error:
        # What broke the session matters more; the next operation finds this one dead.
        if error is None:
            raise


def _as_json(windows: Mapping[str, Window]) -> dict[str, dict[str, str | None]]:
    return {
        fonte: {
            "inicio": window.inicio.isoformat() if window.inicio else None,
            "fim": window.fim.isoformat() if window.fim else None,
        }
        for fonte, window in windows.items()
    }
