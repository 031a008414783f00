"""What may become of a case: the guards that every move asks, in one place.

Here: a case as it is now, whether an action is allowed, writing it as an event. Not here:
the rules themselves: they are rows of `audit.transicoes_divergencia`, to which a trigger
holds whoever writes events, psql too.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from loaders.audit import DATASET
from loaders.audit.schema import audit_name
from loaders.errors import MiranteError
from loaders.locks import lock_key
from loaders.settings import schema_name

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]


class Action(StrEnum):
    """What is done to a case."""

    DETECTAR = "detectar"
    OBSOLETAR = "obsoletar"
    SILENCIAR = "silenciar"
    APROVAR = "aprovar"
    APLICAR = "aplicar"
    FALHAR = "falhar"
    REJEITAR = "rejeitar"
    REVERTER = "reverter"
    REABRIR = "reabrir"


class State(StrEnum):
    """How a case is."""

    DETECTADA = "detectada"
    APROVADA = "aprovada"
    REJEITADA = "rejeitada"
    APLICADA = "aplicada"
    FALHA = "falha"
    REVERTIDA = "revertida"
    OBSOLETA = "obsoleta"


class Mode(StrEnum):
    """Who does it: a person, or the detection and what follows from it."""

    HUMANO = "humano"
    AUTOMATICO = "automatico"


# What one does about a case in a state, for whoever tried something else.
_WAY_OUT: Final = {
    State.REJEITADA: "Para decidir de novo: mirante divergencias reabrir.",
    State.APLICADA: "Para desfazer: mirante divergencias reverter.",
    State.APROVADA: "Ela espera um valor: mirante divergencias aprovar --valor.",
    State.OBSOLETA: "A fonte já não a tem; volta sozinha se a fonte a tiver de novo.",
}


class DecisionError(MiranteError):
    """A decision that can't be; the message says why and what can."""


@dataclass(frozen=True)
class Case:
    """A case as it is now.

    Attributes:
        nr_evento: number of its last event.
        estado: where that left it.
        decidido_por: who decided last; None if nobody did.
    """

    caso: str
    evidencia: str
    regra: str
    fonte: str
    chave: str
    campo: str
    competencia: str | None
    valor_atual: str | None
    valor_sugerido: str | None
    nr_evento: int
    estado: str
    decidido_por: str | None
    decidido_em: datetime | None


@dataclass(frozen=True)
class Author:
    """Who moves cases, and as part of what.

    Attributes:
        quem: user and role.
        modo: a person, or not.
        sessao: of `processar`, if it is part of one.
        operacao: in the register.
    """

    quem: str
    modo: Mode
    sessao: int | None = None
    operacao: int | None = None


def lock_cases(connection: Connection, *, alone: bool) -> None:
    """Keep detections and decisions apart until the transaction ends.

    Args:
        connection: in a transaction.
        alone: a detection, which moves all cases; decisions go beside one another.
    """
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    connection.execute(
        sql.SQL("select set_config('lock_timeout', '0', true), {}(%s)").format(
            sql.Identifier(function)
        ),
        [lock_key("divergencias", schema_name(DATASET))],
    )


def lock_field(connection: Connection, case: Case) -> None:
    """Keep corrections of one field one after another, for each to see the last one."""
    field = "|".join((case.fonte, case.chave, case.campo, case.competencia or ""))
    connection.execute(
        "select pg_advisory_xact_lock(%s)", [lock_key(f"campo {field}", schema_name(DATASET))]
    )


def read_case(connection: Connection, caso: str) -> Case:
    """Return a case, and hold it until the transaction ends.

    Raises:
        DecisionError: there is none.
    """
    # First the lock, then the look: what another one did meanwhile is seen.
    held = connection.execute(
        sql.SQL("select 1 from {} where caso = %s for update").format(
            audit_name("divergencias_processadas")
        ),
        [caso],
    ).fetchone()
    if held is None:
        raise DecisionError(
            f"não conheço o caso {caso}. Veja os casos em `mirante divergencias listar`."
        )
    query = sql.SQL(
        """
        select
            processadas.caso, eventos.evidencia, processadas.regra, processadas.fonte,
            processadas.chave, processadas.campo, processadas.competencia,
            processadas.valor_atual, processadas.valor_sugerido, eventos.nr_evento,
            eventos.para_estado as estado, decisao.quem as decidido_por,
            decisao.quando as decidido_em
        from {processadas} as processadas
        cross join lateral (
            select evidencia, nr_evento, para_estado
            from {eventos}
            where caso = processadas.caso
            order by nr_evento desc
            limit 1
        ) as eventos
        left join lateral (
            select quem, quando
            from {eventos}
            where caso = processadas.caso and acao not in ('detectar', 'obsoletar', 'silenciar')
            order by nr_evento desc
            limit 1
        ) as decisao on true
        where processadas.caso = %s
        """
    ).format(
        processadas=audit_name("divergencias_processadas"),
        eventos=audit_name("divergencias_eventos"),
    )
    with connection.cursor(row_factory=class_row(Case)) as cursor:
        case = cursor.execute(query, [caso]).fetchone()
    assert case is not None  # noqa: S101 - a case is recorded with its first event
    return case


def check(
    connection: Connection, case: Case, action: Action, mode: Mode, reason: str | None
) -> State:
    """Return where an action would lead.

    Raises:
        DecisionError: it is not allowed to this author in this state, or lacks its reason.
    """
    row = connection.execute(
        sql.SQL(
            "select para_estado, modos, exige_motivo from {} where acao = %s and de_estado = %s"
        ).format(audit_name("transicoes_divergencia")),
        [action, case.estado],
    ).fetchone()
    if row is None or mode not in row[1]:
        raise DecisionError(
            f"não se pode {action} o caso {case.caso}: está {_as_it_is(case)}."
            f" {_WAY_OUT.get(State(case.estado), '')}".rstrip()
        )
    if row[2] and not (reason or "").strip():
        raise DecisionError(f"{action} exige um motivo: diga --motivo.")
    return State(row[0])


def _as_it_is(case: Case) -> str:
    by = f" por {case.decidido_por}" if case.decidido_por else ""
    when = f" em {case.decidido_em.astimezone():%d/%m/%Y %H:%M}" if case.decidido_em else ""
    return f"{case.estado} (decidida{by}{when})" if by or when else case.estado


def move(
    connection: Connection,
    case: Case,
    action: Action,
    author: Author,
    reason: str | None = None,
    correction: int | None = None,
) -> Case:
    """Write an event, if it is allowed.

    Returns:
        The case after it.

    Raises:
        DecisionError: it is not allowed, or somebody else was first.
    """
    target = check(connection, case, action, author.modo, reason)
    try:
        connection.execute(
            sql.SQL(
                "insert into {} (caso, nr_evento, acao, de_estado, para_estado, evidencia, quem,"
                " motivo, modo, sessao_id, operacao_id, correcao_id)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            ).format(audit_name("divergencias_eventos")),
            [
                case.caso, case.nr_evento + 1, action, case.estado, target, case.evidencia,
                author.quem, reason, author.modo, author.sessao, author.operacao, correction,
            ],
        )  # fmt: skip
    except psycopg.errors.UniqueViolation:
        raise DecisionError(
            f"outra pessoa decidiu o caso {case.caso} ao mesmo tempo. Veja como ficou e repita."
        ) from None
    return Case(**{**vars(case), "nr_evento": case.nr_evento + 1, "estado": str(target)})
