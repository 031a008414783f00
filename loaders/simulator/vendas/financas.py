"""What a reservation costs and how it is paid.

Here: contract values, and the series of instalments that add up to them. Not here: rows
of the API. All money is whole cents.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from loaders.simulator.population import Population
from loaders.simulator.vendas.equipe import TWINS, Equipe
from loaders.simulator.vendas.estoque import Estoque
from loaders.simulator.vendas.historia import Historia, Ints

# What a series is called: tenants write them as they like, and so do their people.
SERIES = {
    "ATO": ("ATO", "Ato", "ATO "),
    "SINAL": ("SINAL", "Sinal"),
    "ENTRADA": ("ENTRADA", "Entrada"),
    "MENSAIS": ("PARCELAS MENSAIS", "Parcelas Mensais", "PARCELAS  MENSAIS"),
    "SEMESTRAIS": ("SEMESTRAIS", "Semestrais"),
    "ANUAL": ("ANUAL", "Anual"),
    "FINANCIAMENTO": ("FINANCIAMENTO", "Financiamento", " FINANCIAMENTO"),
    "FGTS": ("FGTS", "Fgts"),
    "SUBSIDIO": ("SUBSÍDIO", "SUBSIDIO", "Subsídio"),
    "CUSTAS": ("CUSTAS", "Custas"),
    "DESCONTO": ("DESCONTO", "Desconto"),
}
SERIE_ID = {name: number for number, name in enumerate(SERIES, start=1)}
_SHARE_FINANCED = 0.72


class Parcelas(NamedTuple):
    """A series of equal instalments.

    Attributes:
        serie: key of `SERIES`.
        quantidade: how many.
        valor: of each, cents; a discount is negative.
        meses: months from the sale to the first.
    """

    serie: str
    quantidade: int
    valor: int
    meses: int


@dataclass
class Financas:
    """Money of reservations, cents, as arrays of one length; row i is reservation i.

    Attributes:
        tabela: price table, by its place in the project's.
        vgv: its price.
        contrato: what was agreed.
        financiamento: part that a bank pays.
        fgts: part from the buyer's severance fund.
        subsidio: part that the state pays.
    """

    tabela: Ints
    vgv: Ints
    contrato: Ints
    financiamento: Ints
    fgts: Ints
    subsidio: Ints


def make_financas(
    population: Population, estoque: Estoque, equipe: Equipe, historia: Historia, seed: int
) -> Financas:
    """Draw prices and who pays which part.

    Args:
        population: whose incomes decide on subsidies.
        estoque: for the prices.
        equipe: its last brokers sold for the same value.
        historia: the reservations.
        seed: same seed, same money.
    """
    rng = np.random.default_rng([seed, 23])
    count = len(historia)
    table = estoque.table_at(historia.unidade, historia.cadastro)
    listed = estoque.price(historia.unidade, table)
    discount = np.where(rng.random(count) < 0.55, rng.integers(0, 7, count), 0) / 100
    # Agreed values are mostly round, those of the price tables are not.
    agreed = np.round(listed * (1 - discount)).astype(np.int64)
    round_ones = rng.random(count) < 0.6
    agreed = np.where(round_ones, agreed // 100_00 * 100_00, agreed)
    twins = np.flatnonzero(historia.corretor >= len(equipe) - TWINS)
    agreed[twins] = listed[twins].min() // 1000_00 * 1000_00
    financed = rng.random(count) < _SHARE_FINANCED
    buyer = population.traits(historia.comprador)
    person = buyer.pessoa_fisica
    share = rng.integers(55, 81, count)
    fgts = np.where(financed & person & (rng.random(count) < 0.45), rng.integers(2, 9, count), 0)
    modest = person & (buyer.renda < 4_400) & (agreed < 270_000_00)
    subsidy = np.where(financed & modest & (rng.random(count) < 0.7), rng.integers(3, 9, count), 0)
    return Financas(
        tabela=table,
        vgv=listed,
        contrato=agreed,
        financiamento=np.where(financed, agreed * share // 100, 0),
        fgts=agreed * fgts // 100,
        subsidio=agreed * subsidy // 100,
    )


def plan(
    contrato: int, financiamento: int, fgts: int, subsidio: int, luck: float
) -> list[Parcelas]:
    """Lay out how a contract is paid.

    Args:
        contrato: value of the contract.
        financiamento: the bank's part.
        fgts: the fund's part.
        subsidio: the state's part.
        luck: between 0 and 1, decides on the form.

    Returns:
        Series that add up to the contract.
    """
    rows: list[Parcelas] = []
    own = contrato - financiamento - fgts - subsidio
    form = int(luck * 1_000_000)
    if form % 100 < 12:  # the developer bears the fees
        rows += [Parcelas("CUSTAS", 1, 3_200_00, 2), Parcelas("DESCONTO", 1, -3_200_00, 2)]
    elif form % 100 < 22:
        rebate = contrato // 100
        rows.append(Parcelas("DESCONTO", 1, -rebate, 0))
        own += rebate
    if own > 0:
        rows = _own_part(own, form, financiamento > 0) + rows
    elif own < 0:
        rows.append(Parcelas("DESCONTO", 1, own, 0))
    for serie, value, months in (
        ("FGTS", fgts, 2), ("SUBSIDIO", subsidio, 2), ("FINANCIAMENTO", financiamento, 3),
    ):  # fmt: skip
        if value:
            rows.append(Parcelas(serie, 1, value, months))
    return rows


def _own_part(own: int, form: int, financed: bool) -> list[Parcelas]:
    """Split what the buyer pays to the developer; the first series takes the odd cents."""
    entry = own * (15 + form // 100 % 20) // 100
    entries = (("ATO",), ("ATO", "SINAL"), ("ENTRADA",), ("SINAL", "ENTRADA"))[form // 7 % 4]
    rows = [Parcelas(serie, 1, entry // len(entries), month) for month, serie in enumerate(entries)]
    left = own - entry
    if form // 3 % 5 == 0:
        rows.append(Parcelas("ANUAL", 2, left // 10, 12))
        left -= 2 * (left // 10)
    if not financed or form // 5 % 3 == 0:
        rows.append(Parcelas("SEMESTRAIS", 4, left // 12, 6))
        left -= 4 * (left // 12)
    months = (24, 36, 48, 60)[form // 11 % 4]
    rows.append(Parcelas("MENSAIS", months, left // months, 1))
    odd = own - sum(row.quantidade * row.valor for row in rows)
    return [rows[0]._replace(valor=rows[0].valor + odd), *rows[1:]]
