"""Who has an account at the bank, and the file that says so.

Here: the bank's clients, some of the population and some who are in no other source, as
arrays of what their transactions follow, and their lines, a chunk at a time: the bank's
order is a function too, so that nothing is kept of the others. Not here: what they did
(`bank_movements`), files and faults (`banco`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from loaders.simulator.chance import Chance
from loaders.simulator.identities import Documento, whole
from loaders.simulator.names import all_professions
from loaders.simulator.population import BANK_STRANGERS, People, Population, Traits

Ints = NDArray[np.int64]

MONTHS = 14
_SHARE = 0.55
_STRANGERS = 0.15
_FEWEST_STRANGERS = 3
_HOMONYMS = 0.02
# To find somebody with an account takes two or three.
_ATTEMPTS = 16
_STATES = {
    "São Paulo": 24, "Minas Gerais": 12, "Paraná": 12, "Santa Catarina": 11,
    "Rio Grande do Sul": 10, "Rio de Janeiro": 8, "Bahia": 7, "Goiás": 6, "Mato Grosso": 5,
    "Pernambuco": 3, "Ceará": 2,
}  # fmt: skip
# What is done to a document in the file, and what must come of it.
WHOLE, WITHOUT_ZEROS, INVALID, MISSING = range(4)
DOCUMENT_FAULTS = {
    WITHOUT_ZEROS: ("perdeu os zeros (número)", "documento com os zeros"),
    INVALID: ("dígito verificador errado", "mantido e marcado"),
    MISSING: ("em branco", "cliente sem vínculo com outras fontes"),
}
_AS_IT_STANDS = [Documento.INTEIRO, Documento.SEM_ZEROS, Documento.INVALIDO, Documento.AUSENTE]


@dataclass(frozen=True)
class BankClients:
    """What transactions follow, as arrays of one length.

    Attributes:
        pessoa_fisica: whether it is a person.
        renda: monthly income, cents.
        salario: whether a salary comes in each month.
        dia: day on which it comes, from 0.
        fixo: share of the income that goes into fixed payments.
        servicos: how many services are paid.
        debitos: how many direct debits there are.
        compras: card purchases a month, in the mean.
        gasto: share of the income that goes into them.
        inicio: month of the first transaction, from 0; `MONTHS` for clients without any.
    """

    pessoa_fisica: NDArray[np.bool_]
    renda: Ints
    salario: NDArray[np.bool_]
    dia: Ints
    fixo: NDArray[np.float64]
    servicos: Ints
    debitos: Ints
    compras: NDArray[np.float64]
    gasto: NDArray[np.float64]
    inicio: Ints

    def __len__(self) -> int:
        """Return the number of clients."""
        return len(self.renda)


def accounts(population: Population, size: int, seed: int) -> Iterator[Ints]:
    """Yield who has an account, some at a time, in the order of the bank's numbers.

    The bank counts its clients in an order of its own: a number says nothing of who has
    it in the portfolio, though it looks the same there. A share of the population has an
    account, and some strangers have one.

    Args:
        population: who; its documents are theirs at the bank too.
        size: how many of all who may have an account are looked at at a time.
        seed: same seed, same clients.

    Yields:
        Numbers of people, as of the population.
    """
    ours = len(population)
    total = ours + max(_FEWEST_STRANGERS, int(_STRANGERS * ours))
    chance = Chance(seed, 30)
    for start in range(0, total, size):
        place = np.arange(start, min(start + size, total))
        place = chance.shuffled("order", place, total)
        stranger = place >= ours
        number = np.where(stranger, BANK_STRANGERS + place - ours, place)
        yield number[stranger | _has_account(chance, number)]


def _has_account(chance: Chance, number: Ints) -> NDArray[np.bool_]:
    return chance.uniform("account", number) < _SHARE


def names_at_bank(population: Population, people: People, seed: int) -> pl.Series:
    """Return the clients' names: a few strangers have that of somebody else at the bank.

    Args:
        population: who may be in other sources too.
        people: clients of the bank.
        seed: same seed, same names.
    """
    chance = Chance(seed, 30)
    number = people.numero
    # The first strangers always, for a small bank to have some.
    candidate = np.flatnonzero(
        people.pessoa_fisica
        & (number >= BANK_STRANGERS)
        & ((chance.uniform("namesake", number) < _HOMONYMS) | (number < BANK_STRANGERS + 5))
    )
    names = people.nome
    for attempt in range(_ATTEMPTS):
        other = chance.integers(f"of whom: {attempt}", number[candidate], len(population))
        fits = _has_account(chance, other) & population.traits(other).pessoa_fisica
        names = names.scatter(candidate[fits], population.names_of(other[fits]))
        candidate = candidate[~fits]
    return names


def make_clients(traits: Traits, seed: list[int]) -> BankClients:
    """Draw what clients' transactions follow.

    Args:
        traits: of some clients.
        seed: of these, and of how incomes differ by profession, which all share.
    """
    rng = np.random.default_rng(seed)
    count = len(traits)
    person = traits.pessoa_fisica
    kind = rng.random(count)
    late = rng.integers(1, MONTHS, count)
    return BankClients(
        pessoa_fisica=person,
        renda=_incomes(traits, seed[0], rng),
        salario=person & (rng.random(count) < 0.78),
        dia=rng.choice([0, 4, 4, 4, 9, 19, 27], count),
        fixo=0.04 + 0.35 * rng.beta(2, 4, count) + 0.012 * traits.risco,
        servicos=rng.integers(1, 4, count),
        debitos=rng.integers(0, 3, count),
        compras=np.where(person, rng.gamma(2.0, 2.6, count), rng.gamma(2.0, 1.2, count)) + 0.3,
        gasto=np.where(person, rng.uniform(0.10, 0.45, count), rng.uniform(0.01, 0.06, count)),
        inicio=np.select([kind < 0.04, kind < 0.16], [MONTHS, late], default=0),
    )


def _incomes(traits: Traits, seed: int, rng: np.random.Generator) -> Ints:
    """Return monthly incomes in cents, which differ by profession too."""
    level = np.random.default_rng([seed, 33]).lognormal(0, 0.35, len(all_professions()))
    of_job = np.where(traits.pessoa_fisica, level[traits.cargo], 1.0)
    renda = traits.renda * of_job * rng.lognormal(0, 0.12, len(traits))
    cents: Ints = (np.clip(renda, 300, 9_000_000) * 100).astype(np.int64)
    return cents


def client_ids(numbers: Ints) -> pl.Series:
    """Return what the bank calls its clients.

    Args:
        numbers: of the clients, from 1.
    """
    return pl.Series(numbers).cast(pl.String).str.zfill(7)


def client_lines(
    people: People, names: pl.Series, clients: BankClients, first: int, at: date, seed: list[int]
) -> tuple[pl.DataFrame, Ints]:
    """Lay out clients as the columns of their file.

    Args:
        people: who they are.
        names: what they are called.
        clients: how they live.
        first: the bank's number of the first.
        at: the day of the export.
        seed: same seed, same lines.

    Returns:
        The lines, and of each what was done to its document.
    """
    rng = np.random.default_rng(seed)
    count = len(clients)
    born = people.nascimento.astype("datetime64[D]")
    years = (np.datetime64(at, "M") - born.astype("datetime64[M]")).astype(np.int64) // 12
    states = pl.Series(list(_STATES))[
        rng.choice(len(_STATES), count, p=np.array(list(_STATES.values())) / sum(_STATES.values()))
    ]
    declared = rng.random(count)
    documents, done = _documents(people.documento, rng)
    lines = pl.DataFrame(
        {
            "cliente_id": client_ids(np.arange(first, first + count)),
            "nombre": names,
            "edad": pl.Series(years).cast(pl.String),
            "nacimiento": born,
            "provincia": states,
            "ingresos_mensuales": np.where(declared < 0.06, 0, clients.renda),
            "documento": documents,
        }
    )
    # Of those without an income most have a blank, the others 0.
    is_person, is_known = pl.Series(clients.pessoa_fisica), pl.Series(declared >= 0.04)
    has_state = pl.Series(rng.random(count) >= 0.02)
    return lines.with_columns(
        pl.when(is_person).then(pl.col("edad", "nacimiento")),
        pl.when(is_known).then(pl.col("ingresos_mensuales")),
        pl.when(has_state).then(pl.col("provincia")),
    ), done


def _documents(documents: pl.Series, rng: np.random.Generator) -> tuple[pl.Series, Ints]:
    """Spoil some documents as exports do."""
    kind = rng.random(len(documents))
    loses = documents.str.contains(r"^0\d+$").to_numpy()
    done = np.select(
        [kind < 0.02, kind < 0.03, loses & (kind < 0.5)],
        [MISSING, INVALID, WITHOUT_ZEROS],
        default=WHOLE,
    )
    wrong = (documents.str.tail(1).cast(pl.Int64) + 1) % 10
    return (
        pl.select(
            pl.when(pl.Series(done == WITHOUT_ZEROS))
            .then(documents.str.strip_chars_start("0"))
            .when(pl.Series(done == INVALID))
            .then(documents.str.head(-1) + wrong.cast(pl.String))
            .when(pl.Series(done == WHOLE))
            .then(documents)
        ).to_series(),
        done,
    )


def documents_at_bank(people: People, done: Ints) -> pl.Series:
    """Tell how clients' documents stand in their file.

    Args:
        people: the clients.
        done: as of `client_lines`.
    """
    as_it_stands = pl.Series(_AS_IT_STANDS, dtype=pl.String).gather(done)
    return pl.select(
        pl.when(pl.Series(done == WHOLE)).then(whole(people.documento)).otherwise(as_it_stands)
    ).to_series()
