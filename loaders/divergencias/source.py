"""What the source says now, and what of it a correction may change.

Here: which sources can be corrected, one value of theirs, what a new value must look like.
Not here: laying corrections over the source (dbt's `controladoria_corrigida`).
"""

import re
from decimal import Decimal
from typing import Final

import psycopg
from psycopg import sql

from loaders.audit.schema import audit_name
from loaders.divergencias import MART
from loaders.divergencias.states import Case, Connection, DecisionError
from loaders.settings import schema_name

# Fontes with a table whose columns have the names of the fields, as text, and a view that
# lays corrections over it.
CORRECTABLE: Final = ("controladoria",)

_LONGEST_TEXT: Final = 1000
_AMBIGUOUS: Final = re.compile(r"-?\d{1,3}(\.\d{3})+")


class ApplyError(Exception):
    """A correction could not be applied; the message says why."""


def source_table(fonte: str) -> sql.Identifier:
    """Return the table that a fonte's corrections are compared with."""
    return sql.Identifier(schema_name(MART), fonte)


def kind_of_field(connection: Connection, case: Case) -> str | None:
    """Return what a field holds (`numero`, `texto`); None if it may not be corrected."""
    if case.fonte not in CORRECTABLE:
        return None
    row = connection.execute(
        sql.SQL("select valor -> %s ->> %s from {} where chave = 'campos_corrigiveis'").format(
            audit_name("configuracoes_sistema")
        ),
        [case.fonte, case.campo],
    ).fetchone()
    return row[0] if row else None


def source_holds(connection: Connection, case: Case) -> bool:
    """Whether the source still says what the case was found with.

    Raises:
        ApplyError: the source can't be asked.
    """
    query = sql.SQL(
        "select coalesce(bool_and(to_jsonb(linhas) ->> %(campo)s is not distinct from %(valor)s),"
        " false) from {} as linhas"
        " where chave = %(chave)s"
        " and coalesce(competencia::text, '') = coalesce(%(competencia)s, '')"
    ).format(source_table(case.fonte))
    try:
        row = connection.execute(
            query,
            {
                "campo": case.campo,
                "valor": case.valor_atual,
                "chave": case.chave,
                "competencia": case.competencia,
            },
        ).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        raise ApplyError(
            f"não há {MART}.{case.fonte} para comparar; rode `mirante build`"
            f" ({error.diag.message_primary})"
        ) from None
    return bool(row and row[0])


def as_value(text: str, kind: str) -> str:
    """Return a value as corrections keep it: numbers with a point and two decimals.

    Raises:
        DecisionError: it does not fit the field.
    """
    text = text.strip()
    if kind != "numero":
        if not text or len(text) > _LONGEST_TEXT:
            raise DecisionError(f"o valor deve ter de 1 a {_LONGEST_TEXT} caracteres.")
        return text
    if _AMBIGUOUS.fullmatch(text):
        raise DecisionError(
            f"{text} pode ser lido de dois modos: escreva o ponto decimal com duas casas"
            " (1234.50) ou a vírgula (1.234,50)."
        )
    plain = text.replace(".", "").replace(",", ".") if "," in text else text
    if not re.fullmatch(r"-?\d{1,13}(\.\d{1,2})?", plain):
        raise DecisionError(
            f"{text} não é um número deste campo: até 13 dígitos e duas casas, como 1234.50."
        )
    return f"{Decimal(plain):.2f}"
