"""What the bank's clients did in a month.

Here: salaries, fixed payments, purchases and the rest as tables, a chunk of clients at a
time. Not here: who the clients are (`bank_clients`), files and faults (`banco`).

Amounts are whole cents; what is spent is positive, and so is what comes in: the type says
which. Only refunds are negative.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from loaders.simulator.bank_clients import BankClients

TYPES = (
    "ingreso_sueldo", "pago_servicio", "debito_automatico", "compra_tarjeta", "transferencia",
    "extraccion_cajero",
)  # fmt: skip
SALARY, SERVICE, DEBIT, PURCHASE, TRANSFER, CASH = range(len(TYPES))
# No metric knows them; they are kept all the same.
UNKNOWN_TYPES = ("comision", "ajuste_contable", "rendimiento")
# What is spent by card from January to December, against the mean.
_SEASON = np.array([0.95, 0.90, 0.96, 0.97, 1.02, 1.0, 0.98, 0.97, 0.96, 1.0, 1.10, 1.35])
_SERVICES = (("Luz do Vale", "energía"), ("Águas da Serra", "agua"), ("Fibra Sul", "internet"))
_DEBITS = (("Seguros Farol", "seguro"), ("Escola Girassol", "educación"))
_SHOPS = (
    ("Mercado Boa Vista", "supermercado"), ("Mercado Estrela", "supermercado"),
    ("Posto Ipê", "combustible"), ("Padaria Lua", "alimentación"),
    ("Cantina da Praça", "restaurante"), ("Farmácia Aroeira", "salud"),
    ("Loja Jacarandá", "indumentaria"), ("Viagens Horizonte", "viajes"),
    ("Casa e Prego", "hogar"), ("Livraria Pitanga", "educación"),
)  # fmt: skip
_WEIGHTS = np.array([18, 14, 14, 12, 12, 9, 8, 3, 6, 4]) / 100
_PLACES = (*_SERVICES, *_DEBITS, *_SHOPS)
_FIRST_DEBIT, _FIRST_SHOP = len(_SERVICES), len(_SERVICES) + len(_DEBITS)
_NOWHERE = len(_PLACES)
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class _Part:
    """Transactions of one sort; arrays of one length.

    Attributes:
        who: client of the chunk.
        kind: index in `TYPES`, and then in `UNKNOWN_TYPES`.
        second: of the month.
        cents: amount.
        place: index in `_PLACES`, or `_NOWHERE`.
    """

    who: NDArray[np.int64]
    kind: NDArray[np.int64]
    second: NDArray[np.int64]
    cents: NDArray[np.int64]
    place: NDArray[np.int64]


class _Month:
    """Draws a month of a chunk of clients, one sort of transaction after another."""

    def __init__(
        self, clients: BankClients, first: np.datetime64, number: int, rng: np.random.Generator
    ) -> None:
        self.clients = clients
        self.rng = rng
        month = first.astype("datetime64[M]")
        self.seconds = int(((month + 1).astype("datetime64[s]") - first).astype(np.int64))
        self.season = float(_SEASON[month.astype(np.int64) % 12])
        self.is_open = clients.inicio <= number
        # Months in which somebody spends nothing, though the salary comes.
        self.spends = self.is_open & (rng.random(len(clients)) >= 0.05)

    def part(
        self,
        who: NDArray[np.int64],
        kind: int | NDArray[np.int64],
        second: NDArray[np.int64],
        cents: NDArray[np.float64],
        place: int | NDArray[np.int64] = _NOWHERE,
    ) -> _Part:
        return _Part(
            who,
            np.broadcast_to(kind, who.shape),
            second,
            np.rint(cents).astype(np.int64),
            np.broadcast_to(place, who.shape),
        )

    def day(self, day: NDArray[np.int64] | int, count: int) -> NDArray[np.int64]:
        """Return a moment of a day of the month, from 0; every month has 28."""
        moment: NDArray[np.int64] = day * _DAY_SECONDS + self.rng.integers(
            6 * 3600, 20 * 3600, count
        )
        return moment

    def any_time(self, count: int) -> NDArray[np.int64]:
        return self.rng.integers(0, self.seconds, count)

    def times(self, mean: NDArray[np.float64] | float) -> NDArray[np.int64]:
        """Return clients who spend, each as many times as it does something."""
        often = self.rng.poisson(mean, len(self.clients)) * self.spends
        return np.repeat(np.arange(len(self.clients)), often)

    def salaries(self) -> _Part:
        who = np.flatnonzero(self.is_open & self.clients.salario)
        cents = self.clients.renda[who] * self.rng.normal(1, 0.015, len(who))
        return self.part(who, SALARY, self.day(self.clients.dia[who], len(who)), cents)

    def fixed(self, kind: int, slot: int) -> _Part:
        """Pay one of the services or direct debits; the latter are the same each month."""
        services, debits = self.clients.servicos, self.clients.debitos
        many = services if kind == SERVICE else debits
        who = np.flatnonzero(self.spends & (many > slot))
        each = self.clients.renda[who] * self.clients.fixo[who] / (services + debits)[who]
        if kind == SERVICE:
            each = each * self.rng.lognormal(0, 0.08, len(who))
        day = 4 + 5 * slot + 2 * kind
        place = slot if kind == SERVICE else _FIRST_DEBIT + slot
        return self.part(who, kind, self.day(day, len(who)), each, place)

    def purchases(self) -> list[_Part]:
        """Buy by card, and get some of it back later in the month."""
        who = self.times(self.clients.compras * self.season)
        mean = self.clients.renda[who] * self.clients.gasto[who] / self.clients.compras[who]
        cents = np.clip(mean * self.rng.lognormal(-0.32, 0.8, len(who)), 1_00, 900_000_00)
        shop = _FIRST_SHOP + self.rng.choice(len(_SHOPS), len(who), p=_WEIGHTS)
        bought = self.part(who, PURCHASE, self.any_time(len(who)), cents, shop)
        back = np.flatnonzero(self.rng.random(len(who)) < 0.015)
        later = bought.second[back] + self.rng.integers(3600, 9 * _DAY_SECONDS, len(back))
        refunds = self.part(
            who[back], PURCHASE, np.minimum(later, self.seconds - 1),
            -bought.cents[back].astype(np.float64), shop[back],
        )  # fmt: skip
        return [bought, refunds]

    def transfers(self) -> _Part:
        who = self.times(1.2)
        cents = self.clients.renda[who] * 0.06 * self.rng.lognormal(0, 0.9, len(who)) + 5_00
        return self.part(who, TRANSFER, self.any_time(len(who)), np.minimum(cents, 900_000_00))

    def withdrawals(self) -> _Part:
        who = self.times(np.where(self.clients.pessoa_fisica, 0.8, 0.0))
        cents = (self.rng.integers(2, 51, len(who)) * 10_00).astype(np.float64)
        return self.part(who, CASH, self.any_time(len(who)), cents)

    def others(self) -> _Part:
        who = self.times(0.06)
        kind = len(TYPES) + self.rng.integers(0, len(UNKNOWN_TYPES), len(who))
        return self.part(
            who, kind, self.any_time(len(who)), self.rng.uniform(1_00, 60_00, len(who))
        )


def move(clients: BankClients, first: np.datetime64, number: int, seed: list[int]) -> pl.DataFrame:
    """Draw a month of some clients' transactions, in the order of time.

    Args:
        clients: a chunk of them.
        first: the month's first second.
        number: the month, counted from 0.
        seed: of this month and chunk.

    Returns:
        cliente (of the chunk), fecha (to the second), tipo, monto, comercio and categoria
        (NULL where there is no merchant).
    """
    month = _Month(clients, first, number, np.random.default_rng(seed))
    parts = [
        month.salaries(),
        *(month.fixed(SERVICE, slot) for slot in range(len(_SERVICES))),
        *(month.fixed(DEBIT, slot) for slot in range(len(_DEBITS))),
        *month.purchases(),
        month.transfers(),
        month.withdrawals(),
        month.others(),
    ]
    every = {name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])}
    order = np.argsort(every["second"], kind="stable")
    every = {name: values[order] for name, values in every.items()}
    begin = first.astype("datetime64[ms]")
    return pl.DataFrame(
        {
            "cliente": every["who"],
            "fecha": begin + (every["second"] * 1000).astype("timedelta64[ms]"),
            "tipo": pl.Series([*TYPES, *UNKNOWN_TYPES])[every["kind"]],
            "monto": every["cents"],
            "comercio": pl.Series([*(name for name, _ in _PLACES), None])[every["place"]],
            "categoria": pl.Series([*(kind for _, kind in _PLACES), None])[every["place"]],
        }
    )
