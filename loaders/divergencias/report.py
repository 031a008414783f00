"""The report of a day's divergences: what is new, what waits, what was decided.

Here: the figures, the workbook that goes with them, and the message. Not here: how it looks
(`notifications/templates`), nor how it travels (`notifications`).

Data flow: schema `audit` -> `Report` -> `Message` -> whatever ways out are configured.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from loaders.audit.schema import audit_name
from loaders.errors import MiranteError
from loaders.notifications import Attachment, Delivery, Message, deliver
from loaders.notifications.rendering import as_integer, as_money, as_percentage, render
from loaders.server import Server
from loaders.settings import schema_name

# More make an e-mail that nobody reads; the workbook has them all.
MOST_SHOWN: Final = 30
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Lower bounds of confidence, and what each band is called.
_BANDS: Final = (
    (Decimal("0.95"), "95 % ou mais"),
    (Decimal("0.80"), "80 a 95 %"),
    (Decimal("0"), "menos de 80 %"),
)

# Cases found on the day, for the first time or anew, whatever became of them since.
_FOUND: Final = """
    select distinct eventos.caso
    from {eventos} as eventos
    where
        eventos.para_estado = 'detectada'
        and (eventos.quando at time zone 'America/Sao_Paulo')::date = %(dia)s
"""


@dataclass(frozen=True)
class Rule:
    """What a rule has open and found on the day."""

    regra: str
    descricao: str
    severidade: str
    novas: int
    abertas: int
    diferenca: Decimal | None
    confianca: Decimal | None


@dataclass(frozen=True)
class Band:
    """How many cases have a confidence in a range."""

    nome: str
    novas: int
    abertas: int


@dataclass(frozen=True)
class Item:
    """One open case found on the day."""

    caso: str
    regra: str
    chave: str
    campo: str
    competencia: str | None
    valor_atual: str | None
    valor_sugerido: str | None
    confianca: Decimal


@dataclass(frozen=True)
class Report:
    """A day's divergences.

    Attributes:
        dia: the day, in America/Sao_Paulo.
        novas: open cases found on it.
        abertas: cases that wait for somebody, of any day.
        aplicadas: corrections applied on it.
        revertidas: corrections undone on it.
        regras: rules with an open case.
        faixas: open cases by confidence.
        itens: the surest new ones, `MOST_SHOWN` at most.
    """

    dia: date
    novas: int
    abertas: int
    aplicadas: int
    revertidas: int
    regras: Sequence[Rule]
    faixas: Sequence[Band]
    itens: Sequence[Item]

    @property
    def numeros(self) -> list[tuple[str, int]]:
        """The figures at the top, each with what it counts."""
        return [
            ("novas", self.novas),
            ("abertas", self.abertas),
            ("aplicadas no dia", self.aplicadas),
            ("revertidas no dia", self.revertidas),
        ]

    @property
    def restantes(self) -> int:
        """How many new ones are in the workbook only."""
        return self.novas - len(self.itens)

    @property
    def titulo(self) -> str:
        """The headline."""
        return f"Divergências de {self.dia:%d/%m/%Y}"

    @property
    def resumo(self) -> str:
        """The report in one sentence."""
        if not self.abertas:
            return "Nenhuma divergência espera por decisão."
        return (
            f"{as_integer(self.novas)} divergência(s) nova(s); "
            f"{as_integer(self.abertas)} espera(m) por decisão ao todo."
        )


def read_report(server: Server, day: date) -> Report:
    """Read a day's report.

    Args:
        server: where.
        day: in America/Sao_Paulo.

    Raises:
        MiranteError: nothing was ever processed there.
    """
    with server.connect(autocommit=False) as connection:
        try:
            return _read(connection, day)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            raise MiranteError(_NEVER_PROCESSED) from None


_NEVER_PROCESSED: Final = (
    "ainda não há divergências processadas: rode `mirante divergencias processar`."
)


def _read(connection: psycopg.Connection[Any], day: date) -> Report:
    rules = _query(
        connection,
        Rule,
        day,
        """
        select
            abertas.regra,
            coalesce(max(regras.descricao), '') as descricao,
            max(abertas.severidade) as severidade,
            count(novas.caso) as novas,
            count(*) as abertas,
            sum(
                case
                    when
                        pg_input_is_valid(abertas.valor_atual, 'numeric')
                        and pg_input_is_valid(abertas.valor_sugerido, 'numeric')
                        then abs(
                            abertas.valor_sugerido::numeric - abertas.valor_atual::numeric
                        )
                end
            ) as diferenca,
            avg(abertas.confianca) as confianca
        from {abertas} as abertas
        left join novas on abertas.caso = novas.caso
        left join {regras} as regras on abertas.regra = regras.regra
        group by abertas.regra
        order by novas desc, abertas desc, abertas.regra
        """,
    )
    bands = []
    above = None
    for lower, name in _BANDS:
        (counted,) = _query(
            connection,
            Band,
            day,
            """
            select
                %(nome)s as nome,
                count(novas.caso) as novas,
                count(*) as abertas
            from {abertas} as abertas
            left join novas on abertas.caso = novas.caso
            where
                abertas.confianca >= %(de)s
                and (%(ate)s::numeric is null or abertas.confianca < %(ate)s)
            """,
            nome=name,
            de=lower,
            ate=above,
        )
        bands.append(counted)
        above = lower
    items = _query(
        connection,
        Item,
        day,
        """
        select
            abertas.caso,
            abertas.regra,
            abertas.chave,
            abertas.campo,
            abertas.competencia,
            abertas.valor_atual,
            abertas.valor_sugerido,
            abertas.confianca
        from {abertas} as abertas
        inner join novas on abertas.caso = novas.caso
        order by abertas.confianca desc, abertas.regra, abertas.chave, abertas.campo, abertas.caso
        limit %(limite)s
        """,
        limite=MOST_SHOWN,
    )
    [decided] = connection.execute(
        sql.SQL(
            """
            select
                count(*) filter (where para_estado = 'aplicada'),
                count(*) filter (where para_estado = 'revertida')
            from {}
            where (quando at time zone 'America/Sao_Paulo')::date = %s
            """
        ).format(audit_name("divergencias_eventos")),
        [day],
    ).fetchall()
    return Report(
        dia=day,
        novas=sum(rule.novas for rule in rules),
        abertas=sum(rule.abertas for rule in rules),
        aplicadas=decided[0],
        revertidas=decided[1],
        regras=rules,
        faixas=bands,
        itens=items,
    )


def _query(
    connection: psycopg.Connection[Any], kind: type[Any], day: date, query: str, **values: Any
) -> list[Any]:
    """Run a query on the open cases (`abertas`) and those of the day (`novas`)."""
    text = sql.SQL("with novas as (" + _FOUND + ")" + query).format(
        abertas=audit_name("vw_divergencias_abertas"),
        eventos=audit_name("divergencias_eventos"),
        regras=sql.Identifier(schema_name("referencia"), "divergencia_regras"),
    )
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(text, {"dia": day, **values}).fetchall()


def send_report(server: Server, day: date) -> tuple[Report, tuple[Delivery, ...]]:
    """Send a day's report with all open cases as a workbook, or keep both as files.

    Args:
        server: where.
        day: in America/Sao_Paulo.

    Returns:
        The report, and what became of each way out.

    Raises:
        MiranteError: nothing was ever processed, or a variable of the way out is wrong.
    """
    report = read_report(server, day)
    stem = f"divergencias-{day:%Y-%m-%d}"
    with tempfile.TemporaryDirectory(prefix="mirante-") as folder:
        workbook = Path(folder) / f"{stem}.xlsx"
        _write_open_cases(server, workbook)
        return report, deliver(report_message(report, workbook), stem)


def _write_open_cases(server: Server, path: Path) -> None:
    from loaders.exports.xlsx_files import export_xlsx

    query = sql.SQL(
        """
        select
            caso, regra, severidade, fonte, chave, campo, competencia, valor_atual,
            valor_sugerido, confianca, estado,
            primeira_deteccao at time zone 'America/Sao_Paulo' as primeira_deteccao,
            ultima_deteccao at time zone 'America/Sao_Paulo' as ultima_deteccao
        from {}
        """
    ).format(audit_name("vw_divergencias_abertas"))
    with server.connect(autocommit=False) as connection:
        export_xlsx(connection, query, path, ["regra", "chave", "campo", "competencia", "caso"])


def report_message(report: Report, workbook: Path) -> Message:
    """Return a report as a message.

    Args:
        report: the figures.
        workbook: all open cases.
    """
    lines = [
        f"{rule.regra}: {as_integer(rule.novas)} nova(s), {as_integer(rule.abertas)} aberta(s), "
        f"diferença R$ {as_money(rule.diferenca)}, confiança {as_percentage(rule.confianca)}"
        for rule in report.regras
    ]
    advice = 'Para decidir: mirante divergencias aprovar CASO, ou rejeitar CASO --motivo "...".'
    return Message(
        f"{report.titulo}: {as_integer(report.novas)} nova(s), "
        f"{as_integer(report.abertas)} aberta(s)",
        "\n".join([report.resumo, *lines, *([advice] if report.abertas else [])]),
        render("divergencias", report.titulo, report.resumo, relatorio=report),
        (Attachment(workbook, XLSX),),
    )
