"""Who has a card, what is billed each month and how it is paid.

Here: accounts of the population and a month's invoices and payments as tables, in which
behaviour follows the client's grade. Not here: files, their dialects and their faults.

Amounts are whole cents. An invoice is known by its account's number and a sequence that
begins at 1 and is unique within the account; ids are made of the two.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from loaders.simulator.population import CARD_STRANGERS, GRADES, Population

# Sequences 1 to 24 are the months' invoices, the next 24 those of second cards.
MONTHS = 24
CHANNELS = pl.Series(["Pix", "Boleto", "Débito automático", "Agência", "Lotérica"])
BRANDS = pl.Series(["VISA", "MASTERCARD", "ELO"])
_DAY = np.timedelta64(1, "D")
_SMALLEST_MINIMUM = 30_00
_LONGEST_DELAY = 100


@dataclass(frozen=True)
class Accounts:
    """Card accounts as arrays of one length; those of one block of clients.

    Attributes:
        primeira: how many accounts the blocks before have.
        pessoa: whose, number as of the population.
        cliente_id: whose, as the cards' systems call them.
        limite: credit limit, cents.
        conduta: 0 best to 12 worst: the grade, moved by what the grade does not know.
        bandeira: index in `BRANDS`.
        fechamento: days from the month's first to the day invoices are closed.
        prazo: days from closing to falling due.
        inicio: first month with a card, counted from 0.
        fim: last one.
    """

    primeira: int
    pessoa: NDArray[np.int64]
    cliente_id: pl.Series
    limite: NDArray[np.int64]
    conduta: NDArray[np.float64]
    bandeira: NDArray[np.int64]
    fechamento: NDArray[np.int64]
    prazo: NDArray[np.int64]
    inicio: NDArray[np.int64]
    fim: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of accounts."""
        return len(self.cliente_id)


def make_accounts(population: Population, size: int, seed: int) -> Iterator[Accounts]:
    """Give cards to some of the population, and to a few who have nothing else.

    Args:
        population: who; its order and ids are kept.
        size: of a block of clients.
        seed: same seed, same accounts.

    Yields:
        Accounts of a block; the last of all belong to nobody of the population.
    """
    ours = len(population)
    # The ids of those who have nothing else go on where the portfolio's end.
    total = ours + max(1, ours // 50)
    first = 0
    for block, start in enumerate(range(0, total, size)):
        rng = np.random.default_rng([seed, 4, block])
        place = np.arange(start, min(start + size, total))
        place = place[(place >= ours) | (rng.random(len(place)) < 0.72)]
        stranger, count = place >= ours, len(place)
        person = np.where(stranger, CARD_STRANGERS + place - ours, place)
        traits = population.traits(person)
        renda = np.where(stranger, 3_000 * rng.lognormal(0, 0.5, count), traits.renda)
        risco = np.where(stranger, rng.integers(0, len(GRADES) // 2, count), traits.risco)
        limite = np.clip(renda * rng.uniform(0.5, 1.8, count), 500, 200_000)
        late_start = rng.random(count) < 0.25
        early_end = rng.random(count) < 0.10
        yield Accounts(
            primeira=first,
            pessoa=person,
            cliente_id=pl.Series(place + 1).cast(pl.String).str.zfill(7),
            limite=(limite // 50).astype(np.int64) * 50_00,
            conduta=np.clip(risco + rng.normal(0, 1.2, count), 0, len(GRADES) - 1),
            bandeira=rng.integers(0, len(BRANDS), count),
            fechamento=rng.integers(0, 28, count),
            prazo=rng.choice([7, 10, 10, 12], count),
            inicio=np.where(late_start, rng.integers(1, MONTHS, count), 0),
            fim=np.where(early_end, rng.integers(3, MONTHS, count), MONTHS),
        )
        first += count


def bill(accounts: Accounts, first: np.datetime64, number: int, seed: list[int]) -> pl.DataFrame:
    """Close a month's invoices.

    Args:
        accounts: of a block of clients.
        first: the month's first day.
        number: the month, counted from 0.
        seed: of the month and the block; same seed, same invoices.

    Returns:
        conta, seq, data_emissao, data_vencimento, valor_fatura, valor_pagamento_minimo
        (NULL here and there).
    """
    rng = np.random.default_rng([*seed, 5])
    open_now = (accounts.inicio <= number) & (number <= accounts.fim)
    one = np.flatnonzero(open_now & (rng.random(len(accounts)) > 0.04))
    two = one[rng.random(len(one)) < 0.02]
    conta = np.concatenate([one, two])
    count = len(conta)
    use = (0.10 + 0.045 * accounts.conduta[conta]) * rng.lognormal(0, 0.45, count)
    valor = np.maximum(accounts.limite[conta] * np.minimum(use, 1.15), 1).astype(np.int64)
    kind = rng.random(count)
    valor = np.where(kind < 0.01, 0, valor)
    valor = np.where((kind >= 0.01) & (kind < 0.022), -rng.integers(5_00, 400_00, count), valor)
    # A month of hardly any use.
    valor = np.where((kind >= 0.022) & (kind < 0.03), rng.integers(5_00, 60_00, count), valor)
    # Of a small invoice the least that banks ask for is more than the invoice.
    minimo = np.where(valor > 0, np.maximum(valor * 15 // 100, _SMALLEST_MINIMUM), 0)
    emissao = first + accounts.fechamento[conta] * _DAY
    return pl.DataFrame(
        {
            "conta": conta,
            "seq": np.where(np.arange(count) < len(one), number + 1, MONTHS + number + 1),
            "data_emissao": emissao,
            "data_vencimento": emissao + accounts.prazo[conta] * _DAY,
            "valor_fatura": valor,
            "valor_pagamento_minimo": minimo,
        }
    ).with_columns(
        pl.when(pl.Series(rng.random(count) > 0.01)).then(pl.col("valor_pagamento_minimo"))
    )


def pay(
    accounts: Accounts, invoices: pl.DataFrame, first: np.datetime64, number: int, seed: list[int]
) -> pl.DataFrame:
    """Pay a month's invoices: at once, late, in part, too much, twice reversed or not at all.

    Args:
        accounts: of a block of clients.
        invoices: as of `bill`.
        first: first day of the invoices' month.
        number: the invoices' month, counted from 0.
        seed: of the month and the block; same seed, same payments.

    Returns:
        conta, seq, vez (1 to 4, unique within the invoice), data_pagamento,
        valor_pagamento, canal (index in `CHANNELS`), mes (whose file it is delivered
        in, counted from 0).
    """
    rng = np.random.default_rng([*seed, 6])
    owed = invoices.filter(pl.col("valor_fatura") > 0)
    count = len(owed)
    valor = owed["valor_fatura"].to_numpy()
    minimo = np.minimum(valor * 15 // 100 + 1, valor)
    conduta = accounts.conduta[owed["conta"].to_numpy()]
    kind = rng.random(count)
    missed = 0.01 + 0.018 * conduta
    below = missed + 0.01 + 0.008 * conduta
    partial = below + 0.04 + 0.025 * conduta
    share = rng.random(count)
    amount = np.select(
        [kind < missed, kind < below, kind < partial],
        [0, (minimo * share * 0.9).astype(np.int64), minimo + ((valor - minimo) * share / 2)],
        default=np.where(share < 0.01, valor * 11 // 10, valor),
    ).astype(np.int64)
    paid = amount > 0
    is_late = rng.random(count) < 0.05 + 0.045 * conduta
    delay = np.minimum(1 + rng.exponential(3 + 2.5 * conduta), _LONGEST_DELAY).astype(np.int64)
    early = np.where(rng.random(count) < 0.5, 0, -rng.integers(0, 9, count))
    day = owed["data_vencimento"].to_numpy() + np.where(is_late, delay, early) * _DAY
    rest = paid & (amount < valor) & (rng.random(count) < 0.35)
    rest_day = day + rng.integers(2, 40, count) * _DAY
    undone = paid & (rng.random(count) < 0.008)
    undone_day = day + rng.integers(0, 9, count) * _DAY
    again = undone & (rng.random(count) < 0.7)
    again_day = undone_day + rng.integers(0, 6, count) * _DAY
    conta, seq = owed["conta"].to_numpy(), owed["seq"].to_numpy()
    payments = pl.concat(
        pl.DataFrame(
            {
                "conta": conta[picked],
                "seq": seq[picked],
                "vez": np.full(int(picked.sum()), time, dtype=np.int64),
                "data_pagamento": when[picked],
                "valor_pagamento": value[picked],
            }
        )
        for time, (picked, when, value) in enumerate(
            [
                (paid, day, amount),
                (rest, rest_day, valor - amount),
                (undone, undone_day, -amount),
                (again, again_day, amount),
            ],
            start=1,
        )
    )
    paid_on = payments["data_pagamento"].to_numpy()
    months_later = (paid_on.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(int)
    last_days = (paid_on - paid_on.astype("datetime64[M]").astype(paid_on.dtype)) // _DAY >= 25
    posted_late = last_days & (rng.random(len(payments)) < 0.15)
    return payments.with_columns(
        canal=rng.integers(0, len(CHANNELS), len(payments)),
        # Early payments come with the invoice, never before it.
        mes=number + np.maximum(months_later, 0) + posted_late,
    )
