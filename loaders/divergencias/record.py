"""What a detection makes of the cases that dbt found: new, seen again, changed, gone.

Here: one transaction of set-based SQL, for a hundred thousand cases take seconds. Not here:
finding them (dbt), what is allowed (a trigger holds these events to it too), deciding.

Seen with the evidence that its state is about, a case changes nothing but when it was seen
last and how sure it is. With another evidence it is a new question, unless that one was
rejected before: then it is rejected again, for somebody to reopen. What is open and was not
found any more, or was found otherwise, is obsolete.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import psycopg
from psycopg import sql

from loaders.audit.schema import audit_name
from loaders.divergencias import DATES, FOUND, INTERMEDIATE, MART
from loaders.divergencias.states import Author, Connection, lock_cases
from loaders.errors import MiranteError
from loaders.postgres import table_exists
from loaders.server import Server
from loaders.settings import schema_name

# What a case is remembered by; what of the mart is live, or of a person, is not.
_COLUMNS: Final = (
    "evidencia", "regra", "versao_regra", "severidade", "fonte", "chave", "campo",
    "competencia", "valor_atual", "valor_sugerido", "confianca_base", "fl_automatica",
    "dt_processamento",
)  # fmt: skip


@dataclass(frozen=True)
class Window:
    """Which days of a fonte a detection looks at, both ends included; None is open."""

    inicio: date | None
    fim: date | None


@dataclass(frozen=True)
class Recorded:
    """What a detection did.

    Attributes:
        encontradas: cases in the windows.
        novas: of these, never seen before.
        redetectadas: known, and open again.
        silenciadas: in the windows, with an evidence that was decided upon before.
        obsoletas: were open, and are not there any more or not like that.
        nao_registradas: found, of any day, and never recorded: no window has held them yet.
        janelas: the days looked at, by fonte.
    """

    encontradas: int
    novas: int
    redetectadas: int
    silenciadas: int
    obsoletas: int
    nao_registradas: int
    janelas: Mapping[str, Window]

    def counts(self) -> dict[str, int]:
        """Return the counts alone."""
        return {name: value for name, value in asdict(self).items() if name != "janelas"}


_FOUND: Final = """
create temporary table encontrados on commit drop as
select
    *,
    dt_processamento is null
    or (
        dt_processamento >= coalesce(inicio, '-infinity')
        and dt_processamento <= coalesce(fim, 'infinity')
    ) as na_janela
from (
    select
        caso,
        {columns},
        case when %(dadas)s then %(inicio)s::date else dt_base - 1 end as inicio,
        case when %(dadas)s then %(fim)s::date else dt_base end as fim
    from (
        select
            *,
            coalesce(
                %(dt_base)s::date,
                case when fonte = %(fonte_das_linhas)s then %(dt_linhas)s::date end,
                max(dt_processamento) over (partition by fonte)
            ) as dt_base
        from {found}
    ) as datados
) as achados
"""

_WINDOWS: Final = """
select distinct fonte, inicio, fim
from encontrados
order by fonte
"""

_NEW_CASES: Final = """
insert into {processadas} (
    caso, {columns}, primeira_deteccao, ultima_deteccao, sessao_id
)
select caso, {columns}, transaction_timestamp(), transaction_timestamp(), %(sessao)s::bigint
from encontrados
where na_janela
on conflict (caso) do nothing
"""

# Each case that was found or is open, as it stands before this detection.
_CASES: Final = """
create temporary table situacao on commit drop as
select
    *,
    fl_pergunta and not fl_rejeitada as fl_detectada,
    fl_pergunta and fl_rejeitada as fl_silenciada
from (
    select
        coalesce(encontrados.caso, ultimo.caso) as caso,
        ultimo.nr_evento,
        ultimo.para_estado as estado,
        ultimo.evidencia as evidencia_anterior,
        encontrados.evidencia,
        -- What is open is followed whatever the window: else a case that changed would be gone.
        coalesce(ultimo.para_estado in ('detectada', 'aprovada', 'falha'), false)
        and encontrados.evidencia is distinct from ultimo.evidencia as fl_obsoleta,
        encontrados.evidencia is not null
        and (
            ultimo.para_estado is null
            or ultimo.para_estado = 'obsoleta'
            or encontrados.evidencia is distinct from ultimo.evidencia
        ) as fl_pergunta,
        -- What was applied or reverted is decided only while the case is still about it: a
        -- correction that stood on in silence could not be undone.
        coalesce(decisao.acao = 'rejeitar', false) as fl_rejeitada
    from (
        select distinct on (caso) caso, nr_evento, para_estado, evidencia
        from {eventos}
        order by caso, nr_evento desc
    ) as ultimo
    full join encontrados on ultimo.caso = encontrados.caso
    left join (
        select distinct on (caso, evidencia) caso, evidencia, acao
        from {eventos}
        where acao in ('rejeitar', 'reabrir')
        order by caso, evidencia, nr_evento desc
    ) as decisao
        on encontrados.caso = decisao.caso
        and encontrados.evidencia = decisao.evidencia
    where
        encontrados.na_janela
        or (
            ultimo.para_estado in ('detectada', 'aprovada', 'falha')
            and encontrados.evidencia is distinct from ultimo.evidencia
        )
) as casos
"""

_EVENTS: Final = """
insert into {eventos} (
    caso, nr_evento, acao, de_estado, para_estado, evidencia, quem, motivo, modo,
    sessao_id, operacao_id
)
select
    caso, nr_evento + 1, 'obsoletar', estado, 'obsoleta', evidencia_anterior, %(quem)s,
    case
        when evidencia is null then 'a fonte já não a tem'
        else 'a fonte ou a regra mudou'
    end,
    'automatico', %(sessao)s::bigint, %(operacao)s::bigint
from situacao
where fl_obsoleta
union all
select
    caso,
    coalesce(nr_evento, 0) + case when fl_obsoleta then 2 else 1 end,
    case when fl_silenciada then 'silenciar' else 'detectar' end,
    case when fl_obsoleta then 'obsoleta' else estado end,
    case when fl_silenciada then 'rejeitada' else 'detectada' end,
    evidencia, %(quem)s,
    case when fl_silenciada then 'esta evidência já foi rejeitada' end,
    'automatico', %(sessao)s::bigint, %(operacao)s::bigint
from situacao
where fl_pergunta
"""

# Of every day: what waits grows surer. The columns tell of the evidence that the state is
# about, so not of one that was found out of the window and not asked.
_SEEN: Final = """
update {processadas} as processadas
set
    {assignments},
    ultima_deteccao = transaction_timestamp(),
    sessao_id = case
        when encontrados.na_janela then %(sessao)s::bigint else processadas.sessao_id
    end
from encontrados
left join situacao on encontrados.caso = situacao.caso
where
    processadas.caso = encontrados.caso
    and (situacao.caso is null or situacao.estado is not null)
    and (
        coalesce(situacao.fl_pergunta, false)
        or processadas.evidencia = encontrados.evidencia
    )
"""

_COUNTS: Final = """
select
    (select count(*) from encontrados where na_janela),
    count(*) filter (where estado is null),
    count(*) filter (where fl_detectada and estado is not null),
    count(*) filter (
        where
            evidencia is not null
            and not fl_detectada
            and (fl_rejeitada or estado in ('rejeitada', 'aplicada', 'revertida'))
    ),
    count(*) filter (where fl_obsoleta),
    (
        select count(*)
        from encontrados
        where not exists (
            select 1 from {processadas} as processadas where processadas.caso = encontrados.caso
        )
    )
from situacao
"""


def record(
    server: Server,
    author: Author,
    window: Window | None = None,
    dt_base: date | None = None,
) -> Recorded:
    """Write down what dbt found, all or nothing.

    Args:
        server: where.
        author: the session and its operation.
        window: the days to look at, in all fontes; by default the 24 hours before dt_base.
        dt_base: the day at which all windows end; by default the newest that each fonte
            has lines of.

    Raises:
        MiranteError: there is nothing to read yet.
    """
    with server.connect(autocommit=False) as connection:
        lock_cases(connection, alone=True)
        try:
            return _record(connection, author, window, dt_base)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise MiranteError(
                f"não há {schema_name(MART)}.{FOUND} para ler: carregue a controladoria e rode"
                f" `mirante build` ({error.diag.message_primary})."
            ) from None


def _newest_line(connection: Connection) -> date | None:
    """Return the newest day of the lines themselves: most lines have no case."""
    schema, table = schema_name(INTERMEDIATE), DATES
    if not table_exists(connection, schema, table):
        return None
    row = connection.execute(
        sql.SQL("select max(dt_base) from {}").format(sql.Identifier(schema, table))
    ).fetchone()
    return row[0] if row else None


def _record(
    connection: Connection, author: Author, window: Window | None, dt_base: date | None
) -> Recorded:
    names = {
        "found": sql.Identifier(schema_name(MART), FOUND),
        "processadas": audit_name("divergencias_processadas"),
        "eventos": audit_name("divergencias_eventos"),
        "columns": sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)),
        "assignments": sql.SQL(", ").join(
            sql.SQL("{0} = encontrados.{0}").format(sql.Identifier(name)) for name in _COLUMNS
        ),
    }
    values: dict[str, Any] = {
        "dadas": window is not None,
        "inicio": window and window.inicio,
        "fim": window and window.fim,
        "dt_base": dt_base,
        "dt_linhas": _newest_line(connection),
        "fonte_das_linhas": "controladoria",
        "quem": author.quem,
        "sessao": author.sessao,
        "operacao": author.operacao,
    }

    def run(statement: str) -> psycopg.Cursor[tuple[Any, ...]]:
        return connection.execute(sql.SQL(statement).format(**names), values)

    run(_FOUND)
    windows = {fonte: Window(inicio, fim) for fonte, inicio, fim in run(_WINDOWS)}
    run("alter table encontrados add primary key (caso)")
    run("analyze encontrados")
    run(_CASES)
    run("analyze situacao")
    run(_NEW_CASES)
    run(_EVENTS)
    run(_SEEN)
    row = run(_COUNTS).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    # A first detection fills empty tables: what is read next must not be planned for those.
    run("analyze {processadas}")
    run("analyze {eventos}")
    connection.commit()
    found, new, again, silent, obsolete, missed = row
    return Recorded(found, new, again, silent, obsolete, missed, windows)
