"""The people and companies that every simulated source speaks of.

Here: identities and traits of clients, as arrays. Not here: what they bought or owe
(one module a source). Later sources draw the same population from the same seed, so
that one person turns up in several of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from faker.providers.job.pt_BR import Provider as Jobs
from faker.providers.person.pt_BR import Provider as Persons
from numpy.typing import NDArray

Texts = NDArray[np.str_]

PERFIS = np.array(["PF VAREJO", "PF ALTA RENDA", "PRODUTOR RURAL", "PJ MICRO", "PJ MEDIA"])
_PERFIL_WEIGHTS = [0.52, 0.10, 0.14, 0.18, 0.06]
# How grades fall off: most clients are good.
GRADES = np.array(["AA", "A", "BB", "B", "CC", "C", "DD", "D", "EE", "E", "F", "G", "H"])
_GRADE_WEIGHTS = [0.12, 0.28, 0.08, 0.18, 0.05, 0.10, 0.03, 0.06, 0.02, 0.03, 0.02, 0.01, 0.02]


@dataclass(frozen=True)
class Traits:
    """What behaviour follows, as arrays of one length; row i is client i everywhere.

    Attributes:
        cliente_id: the client's number, text.
        pessoa_fisica: whether it is a person.
        nascimento: date of birth, or of foundation.
        perfil: profile.
        sexo: F, M; "" for companies.
        risco: rank of the client's grade in `GRADES`, which behaviour follows.
        renda: gross monthly income, BRL.
    """

    cliente_id: Texts
    pessoa_fisica: NDArray[np.bool_]
    nascimento: NDArray[np.datetime64]
    perfil: Texts
    sexo: Texts
    risco: NDArray[np.int64]
    renda: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of clients."""
        return len(self.cliente_id)


@dataclass(frozen=True)
class Population(Traits):
    """Clients with who they are, which takes most of the memory.

    Attributes:
        documento: CPF (11) or CNPJ (14 characters), without punctuation.
        nome: full name or company name.
        profissao: profession; "" for companies.
    """

    documento: Texts
    nome: Texts
    profissao: Texts


def make_traits(clients: int, seed: int) -> Traits:
    """Draw a population without names and documents: the same clients as `make_population`'s.

    Args:
        clients: how many.
        seed: same seed, same clients.

    Returns:
        Arrays of length `clients`.
    """
    return _draw_traits(np.random.default_rng(seed), clients)


def make_population(clients: int, seed: int | Sequence[int]) -> Population:
    """Draw a population.

    Args:
        clients: how many.
        seed: same seed, same population; a larger one begins with other people.

    Returns:
        Arrays of length `clients`.
    """
    rng = np.random.default_rng(seed)
    traits = _draw_traits(rng, clients)
    person = traits.pessoa_fisica
    cpf = make_cpf(rng, clients)
    return Population(
        **vars(traits),
        documento=np.where(person, cpf, make_cnpj(rng, clients)),
        nome=np.where(person, _person_names(rng, traits.sexo), _company_names(rng, clients)),
        profissao=np.where(person, _professions(rng, clients), ""),
    )


def _draw_traits(rng: np.random.Generator, clients: int) -> Traits:
    perfil = rng.choice(PERFIS, size=clients, p=_PERFIL_WEIGHTS)
    pessoa_fisica = ~np.char.startswith(perfil, "PJ")
    sexo = np.where(pessoa_fisica, rng.choice(["F", "M"], size=clients), "")
    risco = rng.choice(len(GRADES), size=clients, p=_GRADE_WEIGHTS)
    renda_scale = np.select(
        [perfil == "PF ALTA RENDA", perfil == "PJ MICRO", perfil == "PJ MEDIA"],
        [22_000.0, 60_000.0, 900_000.0],
        default=4_500.0,
    )
    spread = rng.lognormal(0.0, 0.5, clients) * (1.3 - 0.05 * risco)
    renda = np.asarray(renda_scale * spread, dtype=np.float64).round(2)
    first_day = np.datetime64("1945-01-01")
    return Traits(
        cliente_id=np.char.zfill((np.arange(clients) + 1).astype(str), 7),
        pessoa_fisica=pessoa_fisica,
        nascimento=first_day + rng.integers(0, 60 * 365, clients).astype("timedelta64[D]"),
        perfil=perfil,
        sexo=sexo,
        risco=risco,
        renda=renda,
    )


def _person_names(rng: np.random.Generator, sexo: Texts) -> Texts:
    def pick(names: Any) -> Texts:
        return rng.choice(np.array(list(names)), size=len(sexo))

    first = np.where(sexo == "F", pick(Persons.first_names_female), pick(Persons.first_names_male))
    return np.char.add(
        np.char.add(np.char.add(first, " "), np.char.add(pick(Persons.last_names), " ")),
        pick(Persons.last_names),
    )


def _company_names(rng: np.random.Generator, count: int) -> Texts:
    owners = np.char.add(rng.choice(np.array(list(Persons.last_names)), size=count), " ")
    trades = np.array(["Comércio", "Transportes", "Agropecuária", "Construções", "Alimentos"])
    suffixes = np.array([" Ltda.", " S.A.", " ME", " EPP"])
    return np.char.add(np.char.add(owners, rng.choice(trades, count)), rng.choice(suffixes, count))


def all_professions() -> Texts:
    """Return every profession that a client may have, in order."""
    return np.array(sorted(set(Jobs.jobs)))


def _professions(rng: np.random.Generator, count: int) -> Texts:
    jobs = all_professions()
    rng.shuffle(jobs)
    jobs = jobs[:520]
    # A few professions hold most people, as everywhere.
    weights = 1.0 / np.arange(1, len(jobs) + 1)
    return rng.choice(jobs, size=count, p=weights / weights.sum())


def make_cpf(rng: np.random.Generator, count: int) -> Texts:
    """Draw CPFs with right check digits, as 11 digits."""
    return _with_check_digits(rng.integers(0, 10, (count, 9)), [range(10, 1, -1), range(11, 1, -1)])


def make_cnpj(rng: np.random.Generator, count: int, lettered_share: float = 0.05) -> Texts:
    """Draw CNPJs with right check digits, as 14 characters; some with letters."""
    tail = list(range(9, 1, -1))
    body = rng.integers(0, 10, (count, 12))
    body[:, 8:12] = [0, 0, 0, 1]
    # A letter counts as its ASCII code less 48: A is 17.
    lettered = rng.random(count) < lettered_share
    body[lettered, :8] = rng.integers(17, 43, (int(lettered.sum()), 8))
    return _with_check_digits(body, [[5, 4, 3, 2, *tail], [6, 5, 4, 3, 2, *tail]])


def _with_check_digits(body: NDArray[np.int64], weights: list[Any]) -> Texts:
    for row in weights:
        digit = (body @ np.array(list(row))) * 10 % 11 % 10
        body = np.column_stack([body, digit])
    characters = (body + 48).astype(np.uint8).view("S1").astype("U1")
    joined = characters[:, 0]
    for column in characters.T[1:]:
        joined = np.char.add(joined, column)
    return joined
