"""Cases and figures as people and programs read them.

Here: which columns, filters and order. Not here: tables on a terminal and files
(`loaders.commands.divergencias`, `loaders.exports`).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from psycopg import sql

from loaders.audit.schema import audit_name
from loaders.divergencias.decide import ready
from loaders.divergencias.states import State
from loaders.exports.table import ExportTable
from loaders.server import Server

# The names by which programs know a case.
KEYS: Final = (
    "caso", "regra", "chave", "campo", "competencia", "valor_atual", "valor_sugerido",
    "confianca", "estado",
)  # fmt: skip
# What a file says besides.
_MORE: Final = (
    "fonte", "severidade", "versao_regra", "dt_processamento", "primeira_deteccao",
    "ultima_deteccao", "decidido_por", "decidido_em",
)  # fmt: skip


@dataclass(frozen=True)
class Filter:
    """Which cases are asked for; None is all.

    Attributes:
        regra: of this rule.
        estado: in this state.
        min_confianca: at least so sure, from 0 to 1.
        limite: at most so many, the surest first.
    """

    regra: str | None = None
    estado: State | None = None
    min_confianca: float | None = None
    limite: int | None = None


def _query(wanted: Filter, columns: tuple[str, ...]) -> sql.Composed:
    conditions = [
        sql.SQL(condition).format(sql.Literal(value))
        for condition, value in (
            ("regra = {}", wanted.regra),
            ("estado = {}", wanted.estado and str(wanted.estado)),
            ("confianca >= {}", wanted.min_confianca),
        )
        if value is not None
    ]
    return sql.SQL("select {} from {} where {} order by confianca desc, caso limit {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        audit_name("vw_divergencias"),
        sql.SQL(" and ").join(conditions) if conditions else sql.SQL("true"),
        sql.Literal(wanted.limite),
    )


def cases(server: Server, wanted: Filter) -> list[dict[str, Any]]:
    """Return cases by their keys, the surest first.

    Raises:
        MiranteError: the schema `audit` can't be used here.
    """
    ready(server)
    with server.connect() as connection:
        rows = connection.execute(_query(wanted, KEYS)).fetchall()
    return [{name: _plain(value) for name, value in zip(KEYS, row, strict=True)} for row in rows]


def as_export(server: Server, wanted: Filter, columns: tuple[str, ...] = ()) -> ExportTable:
    """Return cases as a table that can be exported.

    Args:
        server: where; its schema `audit` is made if it is missing.
        wanted: which cases.
        columns: the keys and what else there is, by default.

    Raises:
        MiranteError: the schema `audit` can't be used here.
    """
    ready(server)
    return ExportTable(
        "divergencias", "divergencias", _query(wanted, columns or (*KEYS, *_MORE)), ("caso",)
    )


def metrics(server: Server) -> list[dict[str, Any]]:
    """Return how each rule does: found, decided, applied, how precise, how long people took.

    Raises:
        MiranteError: the schema `audit` can't be used here.
    """
    ready(server)
    with server.connect() as connection:
        cursor = connection.execute(
            sql.SQL("select * from {} order by regra").format(audit_name("vw_metricas_regras"))
        )
        names = [column.name for column in cursor.description or ()]
        return [
            {name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor
        ]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
