"""What rules may decide alone: sure cases of automatic rules, approved and applied.

Here: which cases, and all of them in a few statements. Not here: one case (`decide`), which
also takes over where the statements fail, so that one bad case does not hold back the rest.
"""

import logging
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

import psycopg
from psycopg import sql

from loaders.audit.schema import audit_name
from loaders.divergencias.decide import Decided, apply
from loaders.divergencias.source import CORRECTABLE, source_table
from loaders.divergencias.states import (
    Action,
    Author,
    Connection,
    DecisionError,
    Mode,
    State,
    lock_cases,
    lock_field,
    move,
    read_case,
)
from loaders.errors import database_reason
from loaders.server import Server

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Automatic:
    """How many cases ended how; `falhas` also counts those that stayed as they were."""

    aprovadas: int = 0
    aplicadas: int = 0
    obsoletas: int = 0
    falhas: int = 0


_CHOSEN: Final = """
create temporary table escolhidos on commit drop as
select
    abertas.*,
    eventos.nr_evento,
    null::boolean as fl_na_fonte
from {abertas} as abertas
inner join (
    select caso, max(nr_evento) as nr_evento from {eventos} group by caso
) as eventos on abertas.caso = eventos.caso
inner join {configuracoes} as minima on minima.chave = 'confianca_minima_automatica'
inner join {configuracoes} as campos on campos.chave = 'campos_corrigiveis'
where
    abertas.estado = 'detectada'
    and abertas.sessao_id = %(sessao)s::bigint
    and abertas.fl_automatica
    and abertas.confianca >= (minima.valor #>> '{{}}')::numeric
    and abertas.valor_sugerido is not null
    and abertas.fonte = any(%(fontes)s)
    and campos.valor -> abertas.fonte ->> abertas.campo is not null
"""

_IN_SOURCE: Final = """
update escolhidos
set fl_na_fonte = exists (
    select 1
    from {source} as linhas
    where
        linhas.chave = escolhidos.chave
        and coalesce(linhas.competencia::text, '') = coalesce(escolhidos.competencia, '')
        and to_jsonb(linhas) ->> escolhidos.campo is not distinct from escolhidos.valor_atual
)
where escolhidos.fonte = %(fonte)s
"""

_APPROVED: Final = """
insert into {eventos} (
    caso, nr_evento, acao, de_estado, para_estado, evidencia, quem, modo, sessao_id, operacao_id
)
select
    caso, nr_evento + 1, 'aprovar', 'detectada', 'aprovada', evidencia, %(quem)s, 'automatico',
    %(sessao)s::bigint, %(operacao)s::bigint
from escolhidos
"""

_OBSOLETE: Final = """
insert into {eventos} (
    caso, nr_evento, acao, de_estado, para_estado, evidencia, quem, motivo, modo, sessao_id,
    operacao_id
)
select
    caso, nr_evento + 2, 'obsoletar', 'aprovada', 'obsoleta', evidencia, %(quem)s,
    'a fonte já não tem o valor em que o caso se baseia', 'automatico', %(sessao)s::bigint,
    %(operacao)s::bigint
from escolhidos
where not fl_na_fonte
"""

_APPLIED: Final = """
with novas as (
    insert into {correcoes} (
        caso, evidencia, regra, fonte, chave, campo, competencia, valor_anterior, valor_novo,
        motivo, corrigido_por, operacao_id
    )
    select
        caso, evidencia, regra, fonte, chave, campo, competencia, valor_atual, valor_sugerido,
        'regra automática', %(quem)s, %(operacao)s::bigint
    from escolhidos
    where fl_na_fonte
    returning correcao_id, caso
)

insert into {eventos} (
    caso, nr_evento, acao, de_estado, para_estado, evidencia, quem, modo, sessao_id, operacao_id,
    correcao_id
)
select
    escolhidos.caso, escolhidos.nr_evento + 2, 'aplicar', 'aprovada', 'aplicada',
    escolhidos.evidencia, %(quem)s, 'automatico', %(sessao)s::bigint, %(operacao)s::bigint,
    novas.correcao_id
from novas
inner join escolhidos on novas.caso = escolhidos.caso
"""


def decide_alone(server: Server, author: Author) -> Automatic:
    """Approve and apply the sure cases that a session saw.

    Args:
        server: where.
        author: the session and its operation.
    """
    author = replace(author, modo=Mode.AUTOMATICO)
    try:
        with server.connect(autocommit=False) as connection:
            lock_cases(connection, alone=True)
            outcome = _all_at_once(connection, author)
            connection.commit()
            return outcome
    except psycopg.Error:
        with server.connect(autocommit=False) as connection:
            cases = [caso for (caso,) in _choose(connection, author)]
            connection.rollback()
        return _one_by_one(server, author, cases)


def _names() -> dict[str, sql.Identifier]:
    return {
        "abertas": audit_name("vw_divergencias_abertas"),
        "eventos": audit_name("divergencias_eventos"),
        "correcoes": audit_name("correcoes"),
        "configuracoes": audit_name("configuracoes_sistema"),
    }


def _choose(connection: Connection, author: Author) -> list[tuple[str]]:
    connection.execute(
        sql.SQL(_CHOSEN).format(**_names()),
        {"sessao": author.sessao, "fontes": list(CORRECTABLE)},
    )
    connection.execute("analyze escolhidos")
    return connection.execute("select caso from escolhidos order by caso").fetchall()


def _all_at_once(connection: Connection, author: Author) -> Automatic:
    if not _choose(connection, author):
        return Automatic()
    values = {"quem": author.quem, "sessao": author.sessao, "operacao": author.operacao}
    for fonte in CORRECTABLE:
        connection.execute(sql.SQL(_IN_SOURCE).format(source=source_table(fonte)), {"fonte": fonte})
    counts = [
        connection.execute(sql.SQL(statement).format(**_names()), values).rowcount
        for statement in (_APPROVED, _APPLIED, _OBSOLETE)
    ]
    return Automatic(*counts)


def _one_by_one(server: Server, author: Author, cases: list[str]) -> Automatic:
    ends: Counter[str | None] = Counter()
    broken = 0
    for caso in cases:
        try:
            with server.connect(autocommit=False) as connection, connection.transaction():
                end = _one(connection, author, caso)
        except DecisionError as error:
            # A person was first, or it is not for this role to apply.
            _log.warning("o caso %s não foi decidido: %s", caso, error)
        except psycopg.Error as error:
            broken += 1
            told = database_reason(error) or type(error).__name__
            _log.warning("o caso %s ficou como estava: %s", caso, told)
        else:
            ends[end.estado] += 1
    return Automatic(
        ends.total(),
        ends[State.APLICADA],
        ends[State.OBSOLETA],
        ends[State.FALHA] + broken,
    )


def _one(connection: Connection, author: Author, caso: str) -> Decided:
    lock_cases(connection, alone=False)
    case = read_case(connection, caso)
    lock_field(connection, case)
    case = move(connection, case, Action.APROVAR, author)
    assert case.valor_sugerido is not None  # noqa: S101 - only such are chosen
    return apply(connection, case, case.valor_sugerido, author, "regra automática")
