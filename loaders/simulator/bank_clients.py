"""Who has an account at the bank, and the file that says so.

Here: the bank's clients, some of the population and some who are in no other source, as
arrays of what their transactions follow, and their lines, a chunk at a time. Not here:
what they did (`bank_movements`), files and faults (`banco`).
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from loaders.simulator.population import Population, Texts, all_professions, make_population

MONTHS = 14
_SHARE = 0.55
_STRANGERS = 0.15
_HOMONYMS = 0.02
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


@dataclass(frozen=True)
class BankClients:
    """What transactions follow, as arrays of one length; client i has the number i + 1.

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
    renda: NDArray[np.int64]
    salario: NDArray[np.bool_]
    dia: NDArray[np.int64]
    fixo: NDArray[np.float64]
    servicos: NDArray[np.int64]
    debitos: NDArray[np.int64]
    compras: NDArray[np.float64]
    gasto: NDArray[np.float64]
    inicio: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of clients."""
        return len(self.renda)

    def chunk(self, start: int, size: int) -> "BankClients":
        """Return consecutive clients."""
        cut = slice(start, start + size)
        return BankClients(**{name: values[cut] for name, values in vars(self).items()})


@dataclass(frozen=True)
class Members:
    """Who the bank's clients are.

    Attributes:
        population: who may be in other sources too.
        strangers: who may not.
        place: of each client, its place among both, the strangers after the population.
    """

    population: Population
    strangers: Population
    place: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of clients."""
        return len(self.place)

    def take(self, trait: str, cut: slice = slice(None)) -> NDArray[np.generic]:
        """Return a trait of consecutive clients."""
        place, count = self.place[cut], len(self.population)
        ours: NDArray[np.generic] = getattr(self.population, trait)
        others: NDArray[np.generic] = getattr(self.strangers, trait)
        return np.where(
            place < count,
            ours[np.minimum(place, count - 1)],
            others[np.maximum(place - count, 0)],
        )


def make_members(population: Population, seed: int) -> Members:
    """Give accounts to a share of the population and to some strangers.

    The bank counts its clients in an order of its own: a number says nothing of who has
    it in the portfolio, though it looks the same there. A few strangers have the name of
    somebody else.

    Args:
        population: who; its documents are theirs at the bank too.
        seed: same seed, same clients.
    """
    rng = np.random.default_rng([seed, 30])
    holders = np.flatnonzero(rng.random(len(population)) < _SHARE)
    count = max(3, int(_STRANGERS * len(population)))
    strangers = make_population(count, [seed, 31])
    own_people = holders[population.pessoa_fisica[holders]]
    people = np.flatnonzero(strangers.pessoa_fisica)
    shared = min(max(2, int(_HOMONYMS * count)), len(people), len(own_people))
    nome = strangers.nome.astype(np.result_type(strangers.nome, population.nome))
    nome[people[:shared]] = population.nome[rng.choice(own_people, shared, replace=False)]
    place = np.concatenate([holders, len(population) + np.arange(count)])
    return Members(population, replace(strangers, nome=nome), rng.permutation(place))


def make_clients(members: Members, seed: int) -> BankClients:
    """Draw what the clients' transactions follow.

    Args:
        members: who they are.
        seed: same seed, same habits.
    """
    rng = np.random.default_rng([seed, 32])
    count = len(members)
    person = np.asarray(members.take("pessoa_fisica"), dtype=np.bool_)
    grade = np.asarray(members.take("risco"), dtype=np.int64)
    kind = rng.random(count)
    late = rng.integers(1, MONTHS, count)
    return BankClients(
        pessoa_fisica=person,
        renda=_incomes(members, seed),
        salario=person & (rng.random(count) < 0.78),
        dia=rng.choice([0, 4, 4, 4, 9, 19, 27], count),
        fixo=0.04 + 0.35 * rng.beta(2, 4, count) + 0.012 * grade,
        servicos=rng.integers(1, 4, count),
        debitos=rng.integers(0, 3, count),
        compras=np.where(person, rng.gamma(2.0, 2.6, count), rng.gamma(2.0, 1.2, count)) + 0.3,
        gasto=np.where(person, rng.uniform(0.10, 0.45, count), rng.uniform(0.01, 0.06, count)),
        inicio=np.select([kind < 0.04, kind < 0.16], [MONTHS, late], default=0),
    )


def _incomes(members: Members, seed: int) -> NDArray[np.int64]:
    """Return monthly incomes in cents, which differ by profession too."""
    jobs = all_professions()
    level = np.random.default_rng([seed, 33]).lognormal(0, 0.35, len(jobs))
    of_job = pl.Series(np.asarray(members.take("profissao"))).replace_strict(
        jobs.tolist(), level.tolist(), default=1.0, return_dtype=pl.Float64
    )
    own = np.random.default_rng([seed, 34]).lognormal(0, 0.12, len(members))
    renda = np.asarray(members.take("renda"), dtype=np.float64) * of_job.to_numpy() * own
    cents: NDArray[np.int64] = (np.clip(renda, 300, 9_000_000) * 100).astype(np.int64)
    return cents


def client_ids(numbers: NDArray[np.int64]) -> pl.Series:
    """Return what the bank calls its clients.

    Args:
        numbers: of the clients, from 1.
    """
    return pl.Series(numbers).cast(pl.String).str.zfill(7)


def client_lines(
    members: Members, clients: BankClients, start: int, size: int, at: date, seed: int
) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """Lay out consecutive clients as the columns of their file.

    Args:
        members: who all clients are.
        clients: all of them.
        start: the first, from 0.
        size: how many, if there are as many.
        at: the day of the export.
        seed: same seed, same lines.

    Returns:
        The lines, and of each what was done to its document.
    """
    cut = slice(start, start + size)
    rng = np.random.default_rng([seed, 35, start])
    person = clients.pessoa_fisica[cut]
    count = len(person)
    born = np.asarray(members.take("nascimento", cut), dtype="datetime64[D]")
    years = (np.datetime64(at, "M") - born.astype("datetime64[M]")).astype(np.int64) // 12
    states = pl.Series(list(_STATES))[
        rng.choice(len(_STATES), count, p=np.array(list(_STATES.values())) / sum(_STATES.values()))
    ]
    declared = rng.random(count)
    documents, done = _documents(np.asarray(members.take("documento", cut), dtype=np.str_), rng)
    lines = pl.DataFrame(
        {
            "cliente_id": client_ids(np.arange(start, start + count) + 1),
            "nombre": np.asarray(members.take("nome", cut)),
            "edad": pl.Series(years).cast(pl.String),
            "nacimiento": born,
            "provincia": states,
            "ingresos_mensuales": np.where(declared < 0.06, 0, clients.renda[cut]),
            "documento": documents,
        }
    )
    # Of those without an income most have a blank, the others 0.
    is_person, is_known = pl.Series(person), pl.Series(declared >= 0.04)
    has_state = pl.Series(rng.random(count) >= 0.02)
    return lines.with_columns(
        pl.when(is_person).then(pl.col("edad", "nacimiento")),
        pl.when(is_known).then(pl.col("ingresos_mensuales")),
        pl.when(has_state).then(pl.col("provincia")),
    ), done


def _documents(whole: Texts, rng: np.random.Generator) -> tuple[pl.Series, NDArray[np.int64]]:
    """Spoil some documents as exports do."""
    kind = rng.random(len(whole))
    digits = np.char.isdigit(whole)
    done = np.select(
        [kind < 0.02, kind < 0.03, np.char.startswith(whole, "0") & digits & (kind < 0.5)],
        [MISSING, INVALID, WITHOUT_ZEROS],
        default=WHOLE,
    )
    texts = pl.Series(whole)
    wrong = (texts.str.tail(1).cast(pl.Int64) + 1) % 10
    return (
        pl.select(
            pl.when(pl.Series(done == WITHOUT_ZEROS))
            .then(texts.str.strip_chars_start("0"))
            .when(pl.Series(done == INVALID))
            .then(texts.str.head(-1) + wrong.cast(pl.String))
            .when(pl.Series(done == WHOLE))
            .then(texts)
        ).to_series(),
        done,
    )
