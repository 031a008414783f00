"""The summary of a day: what was done, what failed, and what is not as it should be.

Here: the figures and the message. Not here: how it looks (`notifications/templates`), how it
travels (`notifications`), when it is sent (`orchestration/defs/alertas/resumo`).

Data flow: `audit.operacoes` and `loaders.checks` -> `Summary` -> `Message` -> whatever ways
out are configured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from loaders.audit.schema import audit_name
from loaders.checks import Finding, State, findings
from loaders.notifications import Delivery, Message, deliver
from loaders.notifications.rendering import as_integer, render
from loaders.server import Server

DAY = timedelta(days=1)
# More make an e-mail that nobody reads.
MOST_SHOWN = 20


@dataclass(frozen=True)
class Work:
    """One kind of operation, all of them together.

    Attributes:
        tipo: as `audit.operacoes` has it.
        qt_concluida: how many ended well.
        qt_falhou: how many failed or died.
        qt_andando: how many are at work.
        qt_linhas: rows of those that ended well.
    """

    tipo: str
    qt_concluida: int
    qt_falhou: int
    qt_andando: int
    qt_linhas: int


@dataclass(frozen=True)
class Mishap:
    """One operation that failed or died; `erro` has nobody's data."""

    quando: datetime
    tipo: str
    alvo: str
    erro: str | None


@dataclass(frozen=True)
class Summary:
    """What there is to tell of the day before a moment.

    Attributes:
        ate: that moment, in the time zone that readers live in.
        trabalhos: what was done, a kind each; None where the register can't be read, of
            which one of the `achados` tells.
        falhas: what failed, the newest first, at most `MOST_SHOWN`.
        achados: rows of `mirante check` that are not as they should be.
    """

    ate: datetime
    trabalhos: Sequence[Work] | None
    falhas: Sequence[Mishap]
    achados: Sequence[Finding]

    @property
    def numeros(self) -> list[tuple[str, int]]:
        """What stands in large figures."""
        works = self.trabalhos or ()
        return [
            ("operações concluídas", sum(work.qt_concluida for work in works)),
            ("falharam", sum(work.qt_falhou for work in works)),
            ("linhas carregadas", sum(work.qt_linhas for work in works if work.tipo == "carga")),
            ("pedem atenção", len(self.achados)),
        ]

    @property
    def frase(self) -> str:
        """All of it in one sentence."""
        done, failed, rows, attention = (number for _, number in self.numeros)
        if self.trabalhos is None:
            sentence = "Não há registro do que rodou"
        elif not (done or failed):
            sentence = "Nada rodou nas últimas 24 horas"
        else:
            sentence = (
                f"Nas últimas 24 horas, operações concluídas: {as_integer(done)}, com falha:"
                f" {as_integer(failed)}, linhas carregadas: {as_integer(rows)}"
            )
        calls = {0: "nada pede", 1: "1 item pede"}.get(attention, f"{attention} itens pedem")
        return f"{sentence}; {calls} atenção."


def summarize(server: Server, until: datetime) -> Summary:
    """Look at the day before a moment.

    Args:
        server: where.
        until: the moment, with a time zone, in which moments are told.

    Raises:
        psycopg.Error: the server failed.
    """
    since = until - DAY
    work = sql.SQL(
        "select tipo,"
        " count(*) filter (where estado = 'concluida')::int as qt_concluida,"
        " count(*) filter (where estado in ('falhou', 'interrompida'))::int as qt_falhou,"
        " count(*) filter (where estado = 'em_andamento')::int as qt_andando,"
        " coalesce(sum(qt_linhas) filter (where estado = 'concluida'), 0)::bigint as qt_linhas"
        " from {} where iniciada_em >= %s and iniciada_em < %s group by tipo order by tipo"
    ).format(audit_name("operacoes"))
    failed = sql.SQL(
        "select iniciada_em as quando, tipo, alvo, erro from {}"
        " where estado in ('falhou', 'interrompida') and iniciada_em >= %s and iniciada_em < %s"
        " order by operacao_id desc limit %s"
    ).format(audit_name("operacoes"))
    achados = [row for row in findings(probe=False) if row.estado is not State.OK]
    with server.connect() as connection:
        try:
            works = connection.cursor(row_factory=class_row(Work)).execute(work, [since, until])
            mishaps = connection.cursor(row_factory=class_row(Mishap)).execute(
                failed, [since, until, MOST_SHOWN]
            )
        except (
            psycopg.errors.UndefinedTable,
            psycopg.errors.InvalidSchemaName,
            psycopg.errors.InsufficientPrivilege,
        ):
            return Summary(until, None, (), achados)
        return Summary(
            until,
            works.fetchall(),
            [_local(mishap, until) for mishap in mishaps.fetchall()],
            achados,
        )


def _local(mishap: Mishap, until: datetime) -> Mishap:
    return Mishap(mishap.quando.astimezone(until.tzinfo), mishap.tipo, mishap.alvo, mishap.erro)


def summary_message(summary: Summary) -> Message:
    """Return the message about a day."""
    subject = f"Mirante: resumo de {summary.ate:%d/%m/%Y}"
    lines = [
        summary.frase,
        *(
            f"{work.tipo}: {work.qt_concluida} concluídas, {work.qt_falhou} com falha,"
            f" {as_integer(work.qt_linhas)} linhas"
            for work in summary.trabalhos or ()
        ),
        *(
            f"Falhou {mishap.quando:%d/%m %H:%M} {mishap.tipo} {mishap.alvo}: {mishap.erro or '?'}"
            for mishap in summary.falhas
        ),
        *(
            f"{row.estado}: {row.nome}: {row.detalhe}" + (f" -> {row.fazer}" if row.fazer else "")
            for row in summary.achados
        ),
    ]
    return Message(subject, "\n".join(lines), render("resumo", subject, summary.frase, dia=summary))


def send_summary(server: Server, until: datetime) -> tuple[Summary, tuple[Delivery, ...]]:
    """Send the summary of the day before a moment.

    Args:
        server: where.
        until: the moment, with a time zone.

    Returns:
        The summary, and what became of each way out.

    Raises:
        psycopg.Error: the server failed.
        MiranteError: a variable of messages can't be used.
    """
    summary = summarize(server, until)
    return summary, deliver(summary_message(summary), f"resumo-{until:%Y-%m-%d}")
