"""What people decide about cases: approve, reject, revert, reopen.

Here: one decision, one transaction, and a batch of them item by item. Not here: what is
allowed (`states`), what the source says (`source`).

Data flow of each item: the idempotency key -> an operation of the register -> the case, held
-> its events and correction -> the answer under the key, in the same transaction.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from loaders.audit import DATASET
from loaders.audit.operations import Register, recording, who
from loaders.audit.schema import audit_name, ensure_audit
from loaders.divergencias import MART
from loaders.divergencias.source import ApplyError, as_value, kind_of_field, source_holds
from loaders.divergencias.states import (
    Action,
    Author,
    Case,
    Connection,
    DecisionError,
    Mode,
    State,
    check,
    lock_cases,
    lock_field,
    move,
    read_case,
)
from loaders.errors import MiranteError, database_reason
from loaders.locks import lock_key
from loaders.privacy.documents import mentions_document
from loaders.privacy.roles import TRANSFORMER
from loaders.server import Server
from loaders.settings import schema_name

_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Decided:
    """What became of one item.

    Attributes:
        caso: which case.
        ok: whether what was asked for is so now.
        estado: how the case is now; None if there is no such case.
        mensagem: for a person.
    """

    caso: str
    ok: bool
    estado: str | None
    mensagem: str

    def as_dict(self) -> dict[str, Any]:
        """Return what a program may read."""
        return asdict(self)


@dataclass(frozen=True)
class Request:
    """What is asked about every item of a batch.

    Attributes:
        action: approve, reject, revert or reopen.
        value: to correct to, instead of what the rule suggests.
        reason: why.
        key: under which the answers are kept; the same key again gets the same answers.
    """

    action: Action
    value: str | None = None
    reason: str | None = None
    key: str | None = None

    def identity(self, cases: Sequence[str]) -> dict[str, Any]:
        """Return what tells this request from another one."""
        return {
            "acao": str(self.action),
            "valor": self.value,
            "motivo": self.reason,
            "casos": sorted(set(cases)),
        }


def decide(server: Server, request: Request, cases: Sequence[str]) -> list[Decided]:
    """Decide about cases, each for itself: a bad one fails alone.

    Args:
        server: where.
        request: what is asked.
        cases: ids; one named twice is decided once.

    Returns:
        One answer a case, in their order.

    Raises:
        MiranteError: nothing can be decided here, the key was another request's, or the
            reason names somebody's document.
    """
    if request.reason and mentions_document(request.reason):
        raise MiranteError(
            "o motivo tem um CPF ou CNPJ, e o que se escreve aqui fica para sempre. Diga-o sem o"
            " documento."
        )
    ready(server)
    cases = list(dict.fromkeys(cases))
    # Whatever else was typed, a document too, must not get into the register.
    known = [caso for caso in cases if _ID.fullmatch(caso)]
    with recording(server) as register:
        return [
            _one(server, register, request, caso, known)
            if _ID.fullmatch(caso)
            else Decided(
                caso, False, None,
                "não é um caso: são 32 algarismos de 0 a f, como `mirante divergencias listar`"
                " os mostra.",
            )
            for caso in cases
        ]  # fmt: skip


def ready(server: Server) -> None:
    """Make sure that decisions can be kept.

    Raises:
        MiranteError: this role may not make or change the schema `audit`.
    """
    try:
        ensure_audit(server)
    except psycopg.Error as error:
        raise MiranteError(
            f"as divergências são guardadas no schema {schema_name(DATASET)}, e {server.user} não"
            f" pode usá-lo (Postgres: {database_reason(error) or type(error).__name__}). Veja"
            " `mirante check`."
        ) from None


def _one(
    server: Server, register: Register, request: Request, caso: str, cases: Sequence[str]
) -> Decided:
    with server.connect(autocommit=False) as connection:
        pedido = request.identity(cases)
        if request.key and (known := _answered(connection, request.key, caso, pedido)):
            return known
        with register.operation("decisao", caso, acao=str(request.action)) as operation:
            author = Author(who(server), Mode.HUMANO, operacao=operation.number)
            try:
                with connection.transaction():
                    lock_cases(connection, alone=False)
                    case = read_case(connection, caso)
                    lock_field(connection, case)
                    operation.before = {"estado": case.estado}
                    answer = _ACTIONS[request.action](connection, case, request, author)
            except DecisionError as error:
                answer = Decided(caso, False, _state(connection, caso), str(error))
            except psycopg.Error as error:
                # What a trigger or a type refused; our own guards should have been first.
                told = database_reason(error) or type(error).__name__
                answer = Decided(caso, False, _state(connection, caso), f"recusado: {told}")
            operation.after = {"estado": answer.estado} | _correction(connection, operation.number)
            operation.error = None if answer.ok else answer.mensagem
            if request.key:
                connection.execute(
                    sql.SQL(
                        "insert into {} (chave, caso, pedido, resposta) values (%s, %s, %s, %s)"
                    ).format(audit_name("chaves_idempotencia")),
                    [request.key, caso, Jsonb(pedido), Jsonb(answer.as_dict())],
                )
            connection.commit()
    return answer


def _answered(
    connection: Connection, key: str, caso: str, pedido: dict[str, Any]
) -> Decided | None:
    """Return what was answered under a key, having waited for whoever is answering."""
    connection.execute(
        "select pg_advisory_xact_lock(%s)",
        [lock_key(f"chave {key}", schema_name(DATASET))],
    )
    rows = connection.execute(
        sql.SQL("select caso, pedido, resposta from {} where chave = %s").format(
            audit_name("chaves_idempotencia")
        ),
        [key],
    ).fetchall()
    if any(json.dumps(row[1], sort_keys=True) != json.dumps(pedido, sort_keys=True)
           for row in rows):  # fmt: skip
        raise MiranteError(
            f"a chave de idempotência {key} já foi usada em outro pedido; use uma nova."
        )
    return next((Decided(**row[2]) for row in rows if row[0] == caso), None)


def _state(connection: Connection, caso: str) -> str | None:
    row = connection.execute(
        sql.SQL(
            "select para_estado from {} where caso = %s order by nr_evento desc limit 1"
        ).format(audit_name("divergencias_eventos")),
        [caso],
    ).fetchone()
    return row[0] if row else None


def _correction(connection: Connection, operation: int | None) -> dict[str, Any]:
    """Return the values that an operation corrected, for the register."""
    row = connection.execute(
        sql.SQL("select campo, valor_anterior, valor_novo from {} where operacao_id = %s").format(
            audit_name("correcoes")
        ),
        [operation],
    ).fetchone()
    if row is None:
        return {}
    return {"campo": row[0], "valor_anterior": row[1], "valor_novo": row[2]}


def _approve(connection: Connection, case: Case, request: Request, author: Author) -> Decided:
    kind = kind_of_field(connection, case)
    if request.value is not None:
        if kind is None:
            raise DecisionError(
                f"o campo {case.campo} de {case.fonte} não está entre os que podem ser corrigidos"
                " (audit.configuracoes_sistema, campos_corrigiveis)."
            )
        value: str | None = as_value(request.value, kind)
        if value == case.valor_atual:
            raise DecisionError(f"a fonte já diz {value}; não há o que corrigir.")
    else:
        value = case.valor_sugerido if kind else None
    # What was approved before waits for its value only.
    if case.estado != State.APROVADA or value is None:
        case = move(connection, case, Action.APROVAR, author, request.reason)
    if value is None or kind is None:
        return Decided(
            case.caso, True, case.estado,
            "aprovada; não há valor sugerido, então nada foi corrigido (aprovar --valor corrige)"
            if kind else f"aprovada; {case.campo} não é um campo que se corrige",
        )  # fmt: skip
    return apply(connection, case, value, author, request.reason)


def apply(
    connection: Connection, case: Case, value: str, author: Author, reason: str | None = None
) -> Decided:
    """Correct an approved case, or say in its log why not.

    Args:
        connection: in a transaction.
        case: approved.
        value: to correct to.
        author: who.
        reason: why.

    Returns:
        How it ended: applied, obsolete as the source says something else now, or failed.
    """
    try:
        with connection.transaction():
            if not source_holds(connection, case):
                case = move(
                    connection, case, Action.OBSOLETAR,
                    Author(author.quem, Mode.AUTOMATICO, author.sessao, author.operacao),
                    "a fonte já não tem o valor em que o caso se baseia",
                )  # fmt: skip
                return Decided(
                    case.caso, False, case.estado,
                    "a fonte mudou desde a detecção: o caso ficou obsoleto. Rode `mirante"
                    " divergencias processar`.",
                )  # fmt: skip
            correction = _correct(connection, case, value, author, reason)
            case = move(connection, case, Action.APLICAR, author, reason, correction)
    except DecisionError:
        raise
    except psycopg.errors.InsufficientPrivilege as error:
        # Who may not is no fault of the case, which somebody else can still decide.
        raise DecisionError(
            f"falta direito para aplicar ({database_reason(error)}). Peça a quem administra o"
            f' servidor: GRANT "{schema_name(TRANSFORMER)}" TO quem decide, ou USAGE no schema'
            f" {schema_name(MART)} e SELECT nas suas tabelas. O caso ficou como estava."
        ) from None
    except (ApplyError, psycopg.Error) as error:
        told = str(error) if isinstance(error, ApplyError) else database_reason(error)
        told = told or type(error).__name__
        case = move(connection, case, Action.FALHAR, author, told)
        return Decided(case.caso, False, case.estado, f"não pôde ser aplicada: {told}")
    return Decided(
        case.caso, True, case.estado,
        f"aplicada: {case.campo} de {case.valor_atual or 'vazio'} para {value}",
    )  # fmt: skip


def _correct(
    connection: Connection, case: Case, value: str, author: Author, reason: str | None
) -> int:
    row = connection.execute(
        sql.SQL(
            "insert into {} (caso, evidencia, regra, fonte, chave, campo, competencia,"
            " valor_anterior, valor_novo, motivo, corrigido_por, operacao_id)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning correcao_id"
        ).format(audit_name("correcoes")),
        [
            case.caso, case.evidencia, case.regra, case.fonte, case.chave, case.campo,
            case.competencia, case.valor_atual, value, reason, author.quem, author.operacao,
        ],
    ).fetchone()  # fmt: skip
    assert row is not None  # noqa: S101 - an insert returns its row
    return int(row[0])


def _reject(connection: Connection, case: Case, request: Request, author: Author) -> Decided:
    case = move(connection, case, Action.REJEITAR, author, request.reason)
    return Decided(case.caso, True, case.estado, "rejeitada; fica em silêncio até a fonte mudar")


def _reopen(connection: Connection, case: Case, request: Request, author: Author) -> Decided:
    case = move(connection, case, Action.REABRIR, author, request.reason)
    return Decided(case.caso, True, case.estado, "reaberta")


def _revert(connection: Connection, case: Case, request: Request, author: Author) -> Decided:
    if case.estado == State.REVERTIDA:
        return Decided(case.caso, True, case.estado, "já estava revertida; nada mudou")
    check(connection, case, Action.REVERTER, author.modo, request.reason)
    query = sql.SQL(
        """
        select correcoes.correcao_id, posteriores.caso
        from {vigentes} as correcoes
        left join {vigentes} as posteriores
            on correcoes.fonte = posteriores.fonte
            and correcoes.chave = posteriores.chave
            and correcoes.campo = posteriores.campo
            and correcoes.competencia is not distinct from posteriores.competencia
            and correcoes.correcao_id < posteriores.correcao_id
        where correcoes.caso = %s
        order by posteriores.correcao_id desc
        limit 1
        """
    ).format(vigentes=audit_name("vw_correcoes_vigentes"))
    row = connection.execute(query, [case.caso]).fetchone()
    assert row is not None  # noqa: S101 - what is applied has its correction
    correction, standing = row
    if standing is not None:
        raise DecisionError(
            f"há uma correção posterior de {case.campo} da mesma linha, a do caso {standing}:"
            " reverta aquela primeiro."
        )
    case = move(connection, case, Action.REVERTER, author, request.reason, correction)
    return Decided(case.caso, True, case.estado, f"revertida: {case.campo} volta ao da fonte")


_ACTIONS: Final = {
    Action.APROVAR: _approve,
    Action.REJEITAR: _reject,
    Action.REVERTER: _revert,
    Action.REABRIR: _reopen,
}
