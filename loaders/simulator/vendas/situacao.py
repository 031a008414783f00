"""How a unit stands on the map of availability, and how it came there.

Here: the states, the one that a deal leaves its unit in, the layout of unidades/situacao.
Not here: units themselves (`cadastros`).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.simulator.vendas.formas import NEVER, Days
from loaders.simulator.vendas.historia import Fim
from loaders.simulator.vendas.mundo import Linha, Linhas, Mundo, Negocio

# The states of a unit on the map of availability.
DISPONIVEL, RESERVADA, VENDIDA, BLOQUEADA, EM_PROCESSO = 1, 2, 3, 4, 5
NOMES = {
    DISPONIVEL: "Disponível",
    RESERVADA: "Reservada",
    VENDIDA: "Vendida",
    BLOQUEADA: "Bloqueada",
    EM_PROCESSO: "Em processo",
}


class Estado(NamedTuple):
    """How a unit stands on the newest day, and since when."""

    situacao: int
    dia: int


class Estados:
    """How each unit stands, of those that ever had a deal."""

    def __init__(self, units: int) -> None:
        """Know of no deal yet."""
        self._situacao = np.zeros(units, dtype=np.int8)
        self._dia = np.zeros(units, dtype=np.int32)

    def put(self, unit: int, state: Estado) -> None:
        """Say how a deal leaves its unit."""
        self._situacao[unit], self._dia[unit] = state

    def get(self, unit: int) -> Estado:
        """Return how a unit stands."""
        situation = int(self._situacao[unit])
        return Estado(situation, int(self._dia[unit])) if situation else Estado(DISPONIVEL, NEVER)

    def free_since(self, launch: NDArray[np.int64], newest: int) -> NDArray[np.int64]:
        """Return the days since which units are free, `NEVER` where that is not before `newest`.

        Args:
            launch: of each unit, since when it is free without any deal.
            newest: day.
        """
        since = np.where(self._situacao == 0, launch, self._dia)
        free = np.isin(self._situacao, (0, DISPONIVEL)) & (since < newest)
        return np.where(free, since, NEVER)


def state_after(deal: Negocio, newest: int) -> Estado:
    """Return how a deal leaves its unit, on the newest day."""
    if deal.desfeito:
        return Estado(DISPONIVEL, deal.distrato)
    situation = {
        Fim.VENDA: VENDIDA,
        Fim.RESERVADA: RESERVADA,
        Fim.EM_PROCESSO: EM_PROCESSO,
    }.get(deal.fim, DISPONIVEL)
    return Estado(situation, min(deal.dia, newest))


def linhas_de_situacao(mundo: Mundo, deal: Negocio) -> Linhas:
    """Lay out what a deal did to its unit, step by step."""
    days = mundo.days
    steps = [(DISPONIVEL, RESERVADA, deal.cadastro, 0)]
    if deal.vendido:
        steps.append((RESERVADA, VENDIDA, deal.dia, 1))
    elif deal.fim in (Fim.VENCIDA, Fim.CANCELADA):
        steps.append((RESERVADA, DISPONIVEL, deal.dia, 1))
    elif deal.fim is Fim.EM_PROCESSO:
        steps[0] = (DISPONIVEL, EM_PROCESSO, deal.cadastro, 0)
    if deal.desfeito:
        steps.append((VENDIDA, DISPONIVEL, deal.distrato, 2))
    for before, after, day, second in steps:
        yield step(days, deal.unidade_id, (before, after), day, deal.segundos[second])


def step(days: Days, unit_id: int, states: tuple[int, int], day: int, second: int) -> Linha:
    """Lay out a step from one state to another."""
    moment = days.moment(day, second)
    row = {
        "referencia": str(unit_id), "referencia_data": moment, "idunidade": unit_id,
        "de_situacao": NOMES[states[0]], "para_situacao": NOMES[states[1]], "modificou": moment,
    }  # fmt: skip
    return Linha("unidades_situacao", row)
