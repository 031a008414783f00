"""Which reservations and units have a fault, drawn apart so that each shows alone.

Here: the choice, and the money that one of the faults needs. Not here: the spoilt rows
(the layout of each table), nor the list of faults (`loaders.simulator.defects`).
"""

from dataclasses import dataclass

import numpy as np

from loaders.simulator.vendas.equipe import TWINS, Equipe
from loaders.simulator.vendas.estoque import Estoque
from loaders.simulator.vendas.financas import Financas
from loaders.simulator.vendas.formas import NEVER
from loaders.simulator.vendas.historia import Historia

Numbers = frozenset[int]


@dataclass(frozen=True)
class Falhas:
    """Reservations, by their index, and units, by theirs, with a fault.

    Attributes:
        so_em_vendas: sales that endpoint reservas never delivers.
        valor_zero: sales of value 0.
        valor_nulo: sales without a value.
        prosoluto_negativo: the bank, the fund and the state pay more than the contract.
        serie_desconhecida: one of the series has a name that nobody knows.
        vencimento_impossivel: an instalment falls due on a day that does not exist.
        comissao_de_cancelada: undone sales whose commission is still active.
        comissao_acima: sales whose commissions are above their percentage.
        orfas: how many series of a reservation that never comes.
        preco_zero: units whose first price is 0.
        entrega_impossivel: units that are handed over on a day that does not exist.
    """

    so_em_vendas: Numbers
    valor_zero: Numbers
    valor_nulo: Numbers
    prosoluto_negativo: Numbers
    serie_desconhecida: Numbers
    vencimento_impossivel: Numbers
    comissao_de_cancelada: Numbers
    comissao_acima: Numbers
    orfas: int
    preco_zero: Numbers
    entrega_impossivel: Numbers


def make_falhas(historia: Historia, estoque: Estoque, equipe: Equipe, seed: int) -> Falhas:
    """Draw who has which fault: two of each kind at least.

    Args:
        historia: the reservations.
        estoque: the units.
        equipe: its last brokers' sales stay whole: the tie in the ranking needs them.
        seed: same seed, same faults.
    """
    rng = np.random.default_rng([seed, 24])
    each = max(2, len(historia) // 1000)
    twins = historia.corretor >= len(equipe) - TWINS
    sales = rng.permutation(np.flatnonzero(historia.vendida & historia.ativa & ~twins))
    undone = rng.permutation(np.flatnonzero(historia.distrato != NEVER))
    units = rng.permutation(len(estoque))
    kinds = iter(np.split(sales[: 7 * each], 7))

    def some() -> Numbers:
        return frozenset(next(kinds).tolist())

    return Falhas(
        so_em_vendas=some(),
        valor_zero=some(),
        valor_nulo=some(),
        prosoluto_negativo=some(),
        serie_desconhecida=some(),
        vencimento_impossivel=some(),
        comissao_de_cancelada=frozenset(undone[:each].tolist()),
        comissao_acima=some(),
        orfas=each,
        preco_zero=frozenset(units[:each].tolist()),
        entrega_impossivel=frozenset(units[each : 2 * each].tolist()),
    )


def overpay(financas: Financas, falhas: Falhas) -> None:
    """Let others pay more than the contract where that is the fault."""
    for number in falhas.prosoluto_negativo:
        contract = int(financas.contrato[number])
        financas.financiamento[number] = contract * 92 // 100
        financas.fgts[number] = contract * 8 // 100
        financas.subsidio[number] = contract * 5 // 100
