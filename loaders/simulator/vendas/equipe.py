"""Who sells: brokers, the agencies and the teams that they belong to.

Here: brokers and where they belong, day by day. Not here: what they sell (`historia`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from loaders.simulator.population import BROKERS, Population
from loaders.simulator.vendas.formas import NEVER, Days

NO_TEAM = -1
NO_AGENCY = -1
FIRST_BROKER = 801
TIMES = ("Time Alfa", "Time Ouro", "Equipe João-de-Barro", "House", "Time Norte & Sul")
IMOBILIARIAS = ("Casa & Cia Imóveis", "Horizonte Negócios", "Imobiliária São Jorge", "Prumo")
# The last two sell exactly as much as each other, so that a ranking has a tie.
TWINS = 2


@dataclass(frozen=True)
class Equipe:
    """Brokers as arrays of one length.

    Attributes:
        nome: full name, each of them once.
        documento: CPF.
        imobiliaria: index in `IMOBILIARIAS`, or `NO_AGENCY`.
        time: index in `TIMES`, or `NO_TEAM`.
        time_novo: the team after `mudanca`.
        mudanca: day on which a broker changes team, or `NEVER`.
        peso: how much they sell, as shares.
    """

    nome: list[str]
    documento: list[str]
    imobiliaria: NDArray[np.int64]
    time: NDArray[np.int64]
    time_novo: NDArray[np.int64]
    mudanca: NDArray[np.int64]
    peso: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of brokers."""
        return len(self.nome)

    @property
    def twins_from(self) -> int:
        """The id of the first broker of the tie."""
        return FIRST_BROKER + len(self) - TWINS

    def team_at(self, broker: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the teams that brokers belong to on days."""
        changed = (self.mudanca[broker] != NEVER) & (day >= self.mudanca[broker])
        return np.where(changed, self.time_novo[broker], self.time[broker])


def make_equipe(population: Population, sales: int, days: Days, seed: int) -> Equipe:
    """Draw brokers: 14 at least, one more for each 400 reservations.

    Args:
        population: who they are drawn beside.
        sales: about how many reservations they share.
        days: those of the story.
        seed: same seed, same brokers.
    """
    rng = np.random.default_rng([seed, 21])
    count = 14 + sales // 400
    # Nobody of the population: brokers do not buy.
    people = population.people(BROKERS + np.arange(3 * count + 20))
    persons = pl.DataFrame({"nome": people.nome, "documento": people.documento}).filter(
        people.pessoa_fisica
    )
    chosen = persons.unique("nome", keep="first", maintain_order=True).head(count)
    count = len(chosen)
    number = np.arange(count)
    team = number % (len(TIMES) + 1) - 1
    moved = (number % 7 == 1) & (number < count - TWINS)
    weight = 1.0 / (number + 2.0)
    weight[-TWINS:] = 0.0
    return Equipe(
        nome=chosen["nome"].to_list(),
        documento=chosen["documento"].to_list(),
        imobiliaria=np.where(number % 3 == 0, NO_AGENCY, number % len(IMOBILIARIAS)),
        time=team,
        time_novo=np.where(moved, (team + 2) % len(TIMES), team),
        mudanca=np.where(moved, days.last - 150 - rng.integers(0, 200, count), NEVER),
        peso=weight / weight.sum(),
    )
