"""What happens to each unit: reservations that lapse, are cancelled or become sales.

Here: who reserves which unit when, and what comes of it. Not here: money (`financas`),
rows of the API (`cadastros`, `negocios`, `parcelas`, `contatos`).

A unit has one reservation at a time; it is free again when that ends, also by a distrato.
Time is counted in demand: a day of November is worth two of January.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from loaders.simulator.population import Population
from loaders.simulator.vendas.equipe import TWINS, Equipe
from loaders.simulator.vendas.estoque import WINDOW, Estoque
from loaders.simulator.vendas.formas import NEVER, Days

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FIRST_RESERVA = 20_001
# Reservations of a unit, all in all: what their number is derived from.
RESERVAS_A_UNIT = 1.12
_BY_MONTH = [0.55, 0.70, 1.00, 0.95, 1.05, 0.90, 0.85, 1.00, 1.05, 1.10, 1.45, 1.30]
# Months of the window in which a project sells nothing, by its index.
SILENT = {1: (14,), 2: (10, 11), 5: (18,)}
_LEAP_DAY = date(2024, 2, 29)
_LEAP_SALES = 2
_SHARE_RUSH = 0.4
_RECENT_DISTRATOS = 3
_FEWEST_OPEN = 5
_SHARE_COMPANIES = 0.04
# Of four clients one is a company: to find one takes four or five.
_ATTEMPTS = 100
# How long the endpoint of sales goes on to show a cancelled one as active, days.
SHOWN_AFTER = 20


class Fim(IntEnum):
    """How a reservation ends, or stands."""

    VENDA = 0
    VENCIDA = 1
    CANCELADA = 2
    RESERVADA = 3
    EM_PROCESSO = 4


@dataclass
class Historia:
    """Reservations as arrays of one length, by the time they were made.

    Attributes:
        unidade: index of the unit.
        comprador: index of the buyer in the population.
        corretor: index of the broker.
        time: index of the team at the sale, else at the reservation.
        cadastro: day on which it was made.
        fim: `Fim`.
        dia: day of the end, else of the last step.
        distrato: day on which the sale was undone, or `NEVER`.
    """

    unidade: Ints
    comprador: Ints
    corretor: Ints
    time: Ints
    cadastro: Ints
    fim: Ints
    dia: Ints
    distrato: Ints

    def __len__(self) -> int:
        """Return the number of reservations."""
        return len(self.unidade)

    @property
    def vendida(self) -> Flags:
        """Those that became a sale, also if it was undone later."""
        return np.asarray(self.fim == Fim.VENDA)

    @property
    def ativa(self) -> Flags:
        """Those that are not over, sales that stand among them."""
        over = np.isin(self.fim, (Fim.VENCIDA, Fim.CANCELADA))
        return np.asarray((self.distrato == NEVER) & ~over)


def make_historia(
    population: Population, estoque: Estoque, equipe: Equipe, days: Days, seed: int
) -> Historia:
    """Draw the reservations of all units, up to the newest day.

    Args:
        population: whose clients buy.
        estoque: what there is.
        equipe: who sells it.
        days: those of the story.
        seed: same seed, same story.
    """
    rng = np.random.default_rng([seed, 22])
    unit, made, end, day, undone = _rounds(estoque, days, rng)
    order = np.lexsort((unit, made))
    unit, made, end, day, undone = (each[order] for each in (unit, made, end, day, undone))
    count = len(unit)
    _plant_open(made, end, day, undone)
    _plant_leap_day(made, end, day, ~np.isin(estoque.projeto[unit], list(SILENT)), days)
    _plant_recent_distratos(end, day, undone, days, rng)
    buyer = _buyers(population, count, rng)
    broker = rng.choice(len(equipe), count, p=equipe.peso)
    sold = end == Fim.VENDA
    standing = np.flatnonzero(sold & (undone == NEVER) & (day > days.last - 300))
    _plant_twins(broker, standing, estoque.base[unit[standing]], len(equipe))
    return Historia(
        unidade=unit,
        comprador=buyer,
        corretor=broker,
        time=equipe.team_at(broker, np.where(sold, day, made)),
        cadastro=made,
        fim=end,
        dia=day,
        distrato=undone,
    )


def _buyers(population: Population, count: int, rng: np.random.Generator) -> Ints:
    """Draw who buys: people, and a few companies, if there are any."""
    buyer = rng.integers(0, len(population), count)
    is_company = rng.random(count) < _SHARE_COMPANIES
    wrong = np.arange(count)
    for _ in range(_ATTEMPTS):
        wrong = wrong[population.traits(buyer[wrong]).pessoa_fisica == is_company[wrong]]
        buyer[wrong] = rng.integers(0, len(population), len(wrong))
    return buyer


def _rounds(estoque: Estoque, days: Days, rng: np.random.Generator) -> tuple[Ints, ...]:
    """Let every free unit wait for its next reservation, again and again."""
    demand = _demand(days)
    silent = _silent_months(days)
    waiting = np.flatnonzero(estoque.bloqueio == NEVER)
    free = estoque.lancamento[waiting]
    found: list[tuple[Ints, ...]] = []
    while len(waiting):
        count = len(waiting)
        first = free == estoque.lancamento[waiting]
        rush = first & (rng.random(count) < _SHARE_RUSH)
        mean = np.select([rush, first], [25.0, 330.0], default=60.0)
        made = np.searchsorted(demand, demand[free] + rng.exponential(mean)) + 1
        kept = made <= days.last
        waiting, made = waiting[kept], made[kept]
        count = len(waiting)
        end = rng.choice([Fim.VENDA, Fim.VENCIDA, Fim.CANCELADA], count, p=[0.74, 0.15, 0.11])
        end = end.astype(np.int64)
        day = made + np.where(end == Fim.VENCIDA, rng.integers(4, 11, count),
                              rng.integers(4, 36, count))  # fmt: skip
        day = _without_silent(end, day, estoque.projeto[waiting], silent, rng)
        still = day > days.last
        end, day = np.where(still, Fim.RESERVADA, end), np.where(still, made, day)
        sold = end == Fim.VENDA
        undone = np.where(
            sold & (rng.random(count) < 0.10), day + rng.integers(40, 320, count), NEVER
        )
        undone = np.where(undone > days.last, NEVER, undone)
        found.append((waiting, made, end, day, undone))
        again = (~still & ~sold) | (undone != NEVER)
        free = (np.where(sold, undone + 3, day + 1))[again]
        waiting = waiting[again]
        inside = free <= days.last
        waiting, free = waiting[inside], free[inside]
    return tuple(np.concatenate(each) for each in zip(*found, strict=True))


def _demand(days: Days) -> NDArray[np.float64]:
    dates = np.datetime64(days.first) + np.arange(days.last + 1)
    month = dates.astype("datetime64[M]").astype(np.int64) % 12
    return np.cumsum(np.array(_BY_MONTH)[month])


def _silent_months(days: Days) -> list[tuple[int, int, int]]:
    """Return project, first day, and first day after, of months without a sale."""
    return [
        (project, days.month(WINDOW + month), days.month(WINDOW + month + 1))
        for project, months in SILENT.items()
        for month in months
    ]


def _without_silent(
    end: Ints,
    day: Ints,
    project: Ints,
    silent: list[tuple[int, int, int]],
    rng: np.random.Generator,
) -> Ints:
    """Put off the sales of silent months; two of them may follow one upon another."""
    for which, first, after in silent:
        late = (end == Fim.VENDA) & (project == which) & (day >= first) & (day < after)
        day = np.where(late, after + rng.integers(0, 6, len(day)), day)
    return day


def _plant_open(made: Ints, end: Ints, day: Ints, undone: Ints) -> None:
    """See that some reservations are open, however few there are, and of both kinds."""
    missing = max(0, _FEWEST_OPEN - int((end == Fim.RESERVADA).sum()))
    sold = np.flatnonzero((end == Fim.VENDA) & (undone == NEVER))
    latest = sold[np.argsort(day[sold], kind="stable")][len(sold) - missing :]
    end[latest], day[latest] = Fim.RESERVADA, made[latest]
    end[np.flatnonzero(end == Fim.RESERVADA)[::2]] = Fim.EM_PROCESSO


def _plant_leap_day(made: Ints, end: Ints, day: Ints, candidates: Flags, days: Days) -> None:
    leap = days.number(_LEAP_DAY)
    if not days.month(WINDOW) <= leap <= days.last:
        return
    sold = np.flatnonzero(candidates & (end == Fim.VENDA) & (made < leap))
    nearest = sold[np.argsort(np.abs(day[sold] - leap), kind="stable")][:_LEAP_SALES]
    day[nearest] = leap


def _plant_recent_distratos(
    end: Ints, day: Ints, undone: Ints, days: Days, rng: np.random.Generator
) -> None:
    old = np.flatnonzero((end == Fim.VENDA) & (undone == NEVER) & (day < days.last - 60))
    chosen = rng.choice(old, min(_RECENT_DISTRATOS, len(old)), replace=False)
    undone[chosen] = days.last - 2 - rng.integers(0, SHOWN_AFTER - 5, len(chosen))


def _plant_twins(broker: Ints, standing: Ints, price: Ints, brokers: int) -> None:
    """Give a sale each, the two that cost most nearly the same, to the last brokers."""
    order = np.argsort(price, kind="stable")
    first = int(np.argmin(np.diff(price[order]) / price[order][1:]))
    broker[standing[order[first : first + TWINS]]] = brokers - 1 - np.arange(TWINS)
