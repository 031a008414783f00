"""The people and companies that every simulated source speaks of.

Here: identities and traits as functions of a number. Not here: what they bought or owe
(one module a source), how names and documents are composed (`names`, `documents`).

Nobody is kept. Whoever is asked for is drawn, the same each time, so that one person turns
up in several sources, and a population of any size takes the memory of those in use. A
larger population begins with the same people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from loaders.simulator.chance import Chance
from loaders.simulator.documents import (
    CNPJ_ROOTS,
    CPF_BODIES,
    LETTERED_ROOTS,
    cnpjs,
    cpfs,
    lettered_cnpjs,
)
from loaders.simulator.names import all_professions, company_names, person_names

Ints = NDArray[np.int64]

PERFIS = pl.Series(["PF VAREJO", "PF ALTA RENDA", "PRODUTOR RURAL", "PJ MICRO", "PJ MEDIA"])
RURAL = 2
_PERFIL_WEIGHTS = [0.52, 0.10, 0.14, 0.18, 0.06]
_FIRST_COMPANY = 3
_RENDAS = np.array([4_500.0, 22_000.0, 4_500.0, 60_000.0, 900_000.0])
# How grades fall off: most clients are good.
GRADES = pl.Series(["AA", "A", "BB", "B", "CC", "C", "DD", "D", "EE", "E", "F", "G", "H"])
_GRADE_WEIGHTS = [0.12, 0.28, 0.08, 0.18, 0.05, 0.10, 0.03, 0.06, 0.02, 0.03, 0.02, 0.01, 0.02]
_FIRST_BIRTH = np.datetime64("1945-01-01")
_BIRTHS = 60 * 365
_PROFESSIONS = 520
_SHARE_LETTERED = 0.05
_SHARE_NAMESAKES = 0.005

# Numbers of who is in no population, for the sources that have such people. Every number
# below a hundred million has a document of its own: there are no more roots of CNPJs.
MOST_CLIENTS = 5_000_000
BANK_STRANGERS = 50_000_000
CARD_STRANGERS = 60_000_000
BROKERS = 70_000_000


@dataclass(frozen=True)
class Traits:
    """What behaviour follows, as arrays of one length.

    Attributes:
        numero: who, from 0; one number a person or company, over all sources.
        pessoa_fisica: whether it is a person.
        nascimento: date of birth, or of foundation.
        perfil: profile, place in `PERFIS`.
        cargo: profession, place in `all_professions()`; -1 for companies.
        risco: rank of the client's grade in `GRADES`, which behaviour follows.
        renda: gross monthly income, BRL.
    """

    numero: Ints
    pessoa_fisica: NDArray[np.bool_]
    nascimento: NDArray[np.datetime64]
    perfil: Ints
    cargo: Ints
    risco: Ints
    renda: NDArray[np.float64]

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self.numero)


@dataclass(frozen=True)
class People(Traits):
    """Clients with who they are; texts of the same length.

    Attributes:
        cliente_id: the number that the portfolio gives, text.
        documento: CPF (11) or CNPJ (14 characters), without punctuation.
        nome: full name or company name.
        sexo: F, M; "" for companies.
        profissao: profession; "" for companies.
    """

    cliente_id: pl.Series
    documento: pl.Series
    nome: pl.Series
    sexo: pl.Series
    profissao: pl.Series


@dataclass(frozen=True)
class Population:
    """Clients, drawn when asked for; client i has the number i.

    Attributes:
        clients: how many.
        seed: same seed, same people.
    """

    clients: int
    seed: int

    def __len__(self) -> int:
        """Return the number of clients."""
        return self.clients

    def blocks(self, size: int) -> Iterator[Ints]:
        """Yield the numbers of all clients, some at a time."""
        for start in range(0, self.clients, size):
            yield np.arange(start, min(start + size, self.clients))

    def traits(self, numbers: Ints) -> Traits:
        """Draw what some are like, clients or strangers."""
        chance = self._chance
        perfil = chance.choice("perfil", numbers, _PERFIL_WEIGHTS)
        person = perfil < _FIRST_COMPANY
        risco = chance.choice("risco", numbers, _GRADE_WEIGHTS)
        spread = np.exp(0.5 * chance.normal("renda", numbers)) * (1.3 - 0.05 * risco)
        born = chance.integers("nascimento", numbers, _BIRTHS).astype("timedelta64[D]")
        # A few professions hold most people, as everywhere.
        rank = chance.choice("cargo", numbers, 1.0 / np.arange(1, _PROFESSIONS + 1))
        return Traits(
            numero=numbers,
            pessoa_fisica=person,
            nascimento=_FIRST_BIRTH + born,
            perfil=perfil,
            cargo=np.where(person, self._professions[rank], -1),
            risco=risco,
            renda=(_RENDAS[perfil] * spread).round(2),
        )

    def people(self, numbers: Ints | None = None) -> People:
        """Draw some, clients or strangers, with who they are; without numbers all clients."""
        if numbers is None:
            numbers = np.arange(self.clients)
        traits = self.traits(numbers)
        person = pl.Series(traits.pessoa_fisica)
        women = self._women(numbers)
        sex = pl.when(pl.Series(women)).then(pl.lit("F")).otherwise(pl.lit("M"))
        # Companies' are replaced; any profession will do.
        profession = all_professions().gather(np.maximum(traits.cargo, 0))
        names = person_names(self._chance, self._named_like(numbers, women), women)
        texts: dict[str, Any] = pl.select(
            cliente_id=pl.Series(numbers + 1).cast(pl.String).str.zfill(7),
            documento=pl.when(person).then(self._cpfs(numbers)).otherwise(self._cnpjs(numbers)),
            nome=pl.when(person).then(names).otherwise(company_names(self._chance, numbers)),
            sexo=pl.when(person).then(sex).otherwise(pl.lit("")),
            profissao=pl.when(person).then(profession).otherwise(pl.lit("")),
        ).to_dict()
        return People(**vars(traits), **texts)

    def names_of(self, numbers: Ints, women: NDArray[np.bool_] | None = None) -> pl.Series:
        """Return the names that people have, all of them persons."""
        return person_names(self._chance, numbers, self._women(numbers) if women is None else women)

    @property
    def _chance(self) -> Chance:
        return Chance(self.seed)

    @cached_property
    def _professions(self) -> Ints:
        """The professions that there are, by rank: places in `all_professions()`."""
        rng = np.random.default_rng([self.seed, 1])
        return rng.permutation(len(all_professions()))[:_PROFESSIONS]

    def _women(self, numbers: Ints) -> NDArray[np.bool_]:
        return self._chance.uniform("sexo", numbers) < 0.5

    def _named_like(self, numbers: Ints, women: NDArray[np.bool_]) -> Ints:
        """Return whose name each has: its own but for a few namesakes."""
        other = (self._chance.uniform("namesake of", numbers) * numbers).astype(np.int64)
        namesake = self._chance.uniform("namesake", numbers) < _SHARE_NAMESAKES
        return np.where(namesake & (women == self._women(other)), other, numbers)

    def _cpfs(self, numbers: Ints) -> pl.Series:
        return cpfs(self._chance.shuffled("cpf", numbers, CPF_BODIES))

    def _cnpjs(self, numbers: Ints) -> pl.Series:
        lettered = pl.Series(self._chance.uniform("lettered", numbers) < _SHARE_LETTERED)
        digits = cnpjs(self._chance.shuffled("cnpj", numbers, CNPJ_ROOTS))
        letters = lettered_cnpjs(self._chance.shuffled("cnpj", numbers, LETTERED_ROOTS))
        return pl.select(pl.when(lettered).then(letters).otherwise(digits)).to_series()


def make_population(clients: int, seed: int) -> Population:
    """Describe a population.

    Args:
        clients: how many.
        seed: same seed, same population; a larger one begins with the same people.
    """
    return Population(clients, seed)
