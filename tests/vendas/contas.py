"""Figures as Postgres rounds them, sums of what is known, and the calendar.

Here: what any table of the reference computes with. Not here: what it computes
(`referencia`, `oferta`).
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

Celula = Decimal | int | str | bool | date | None
Registro = dict[str, Celula]
T = TypeVar("T")

SEM_EMPREENDIMENTO = "Sem Empreendimento"
VENDIDA, BLOQUEADA = 3, 4
MESES = 24
CENTAVOS, PERCENTUAL = 2, 4


def arredondado(valor: Fraction | Decimal | int, casas: int) -> Decimal:
    """Round as Postgres rounds a numeric: halves away from zero."""
    escalado = abs(Fraction(valor)) * 10**casas
    inteira = int(escalado)
    if escalado - inteira >= Fraction(1, 2):
        inteira += 1
    return Decimal(-inteira if valor < 0 else inteira).scaleb(-casas)


def razao(
    acima: Decimal | Fraction | int | None, abaixo: Decimal | int | None, casas: int
) -> Decimal | None:
    """Divide; None where something is not known or the divisor is 0."""
    if acima is None or not abaixo:
        return None
    return arredondado(Fraction(acima) / Fraction(abaixo), casas)


def positivo(valor: Decimal | None) -> bool:
    return valor is not None and valor > 0


def por_cento(parte: Decimal | int | None, todo: Decimal | int | None) -> Decimal | None:
    return razao(None if parte is None else 100 * Fraction(parte), todo, PERCENTUAL)


def soma(valores: Iterable[Decimal | None]) -> Decimal | None:
    """Sum what is known; None where nothing is."""
    conhecidos = [valor for valor in valores if valor is not None]
    return sum(conhecidos, Decimal(0)) if conhecidos else None


def media(valores: Iterable[Decimal | None]) -> Decimal | None:
    conhecidos = [valor for valor in valores if valor is not None]
    return razao(sum(conhecidos, Decimal(0)), len(conhecidos), CENTAVOS)


def mes_de(dia: date) -> date:
    return dia.replace(day=1)


def somar_meses(primeiro: date, meses: int) -> date:
    """Go from one first of a month to another."""
    quantos = primeiro.year * 12 + primeiro.month - 1 + meses
    return date(quantos // 12, quantos % 12 + 1, 1)


def ano_antes(dia: date) -> date:
    """The same day a year before; 29 February -> 28 February."""
    try:
        return dia.replace(year=dia.year - 1)
    except ValueError:
        return dia.replace(year=dia.year - 1, day=28)


def primeiro_conhecido(*valores: T | None) -> T | None:
    return next((valor for valor in valores if valor is not None), None)
