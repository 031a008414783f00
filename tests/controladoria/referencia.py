"""The three rules of the controllership in plain Python, from their definition alone.

Here: lines of one file to cases. Not here: reading files (lines are texts already), anything
of dbt. Slow and obvious on purpose.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

AMOUNTS = ("valor_bonus", "trade", "bonus_dpto", "trade_mkt_dpto")
REFERENCES = {"bonus_dpto": "valor_bonus", "trade_mkt_dpto": "trade"}
BASE = {
    "TRADE_MARKETING": Decimal("0.95"),
    "PENDENTE_VERIFICACAO": Decimal("0.5"),
    "VALIDACAO_VALORES": Decimal("0.7"),
}
Line = dict[str, str]


@dataclass(frozen=True)
class Case:
    """A case as `divergencias.fct_divergencias` shows it."""

    caso: str
    evidencia: str
    regra: str
    chave: str
    campo: str
    competencia: str | None
    valor_atual: str | None
    valor_sugerido: str | None
    confianca_base: Decimal
    fl_automatica: bool


def cases(lines: list[Line], dt_base: date) -> set[Case]:
    """Return the cases of a file's lines, in the file's order."""
    found = set()
    keys = _keys(lines)
    usual = _usual(lines)
    for line, key in zip(lines, keys, strict=True):
        for field, reference in REFERENCES.items():
            value, wanted = number(line[field]), number(line[reference])
            differs = (
                abs(value - wanted) > Decimal("0.01")
                if value is not None and wanted is not None
                else (value is None) != (wanted is None)
            )
            if line["apontamento"] == "Revisar Divergência!" and differs:
                suggested = None if wanted is None else f"{wanted:.2f}"
                found.add(_case("TRADE_MARKETING", key, field, line, suggested))
        if plain(line["bonus_utilizado"]) == "PENDENTE VERIFICACAO":
            day = line["dta_processamento"]
            days = max((dt_base - date.fromisoformat(day)).days, 0) if day else 0
            found.add(
                _case(
                    "PENDENTE_VERIFICACAO", key, "bonus_utilizado", line, more=Decimal(days) / 100
                )
            )
        for field in AMOUNTS:
            if line[field] and _cannot_be(
                number(line[field]), usual.get((line["des_modelo"], field))
            ):
                found.add(_case("VALIDACAO_VALORES", key, field, line))
    return found


def number(text: str) -> Decimal | None:
    """Return what a text is as a number, if it is one."""
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d{1,2})?", text) else None


def plain(text: str) -> str:
    """Return a text in capitals, without accents and repeated blanks."""
    letters = unicodedata.normalize("NFD", text)
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).upper().split())


def _keys(lines: list[Line]) -> list[str]:
    seen: dict[tuple[str, str], int] = defaultdict(int)
    keys = []
    for line in lines:
        invoice = line["idnfsexterno"], line["competencia"]
        seen[invoice] += 1
        suffix = f"#{seen[invoice]}" if seen[invoice] > 1 else ""
        keys.append(line["idnfsexterno"] + suffix)
    return keys


def _usual(lines: list[Line]) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    values: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for line in lines:
        for field in AMOUNTS:
            value = number(line[field])
            if value is not None and line["des_modelo"]:
                values[line["des_modelo"], field].append(value)
    usual = {}
    for key, some in values.items():
        middle = median(some)
        mad = median(abs(value - middle) for value in some)
        if len(some) >= 30 and mad > 0:
            usual[key] = middle, mad
    return usual


def _cannot_be(value: Decimal | None, usual: tuple[Decimal, Decimal] | None) -> bool:
    if value is None or value < 0 or value > 100_000:
        return True
    return usual is not None and abs(value - usual[0]) / (Decimal("1.4826") * usual[1]) > 6


def _case(
    rule: str,
    key: str,
    field: str,
    line: Line,
    suggested: str | None = None,
    more: Decimal = Decimal(0),
) -> Case:
    value = number(line[field]) if field in AMOUNTS else None
    shown = f"{value:.2f}" if value is not None else line[field] or None
    competencia = line["competencia"] or None
    return Case(
        caso=_md5(rule, key, field, competencia),
        evidencia=_md5(shown, suggested, "1"),
        regra=rule,
        chave=key,
        campo=field,
        competencia=competencia,
        valor_atual=shown,
        valor_sugerido=suggested,
        confianca_base=min(BASE[rule] + more, Decimal(1)),
        fl_automatica=rule == "TRADE_MARKETING" and suggested is not None,
    )


def _md5(*parts: str | None) -> str:
    return hashlib.md5("|".join(part or "" for part in parts).encode()).hexdigest()  # noqa: S324
