"""The simulated population: the same people in any part of it, plausible, and distinct."""

from collections import Counter
from statistics import median

import numpy as np
import pytest
from stdnum.br import cnpj, cpf

from loaders.simulator.chance import Chance
from loaders.simulator.population import (
    BANK_STRANGERS,
    GRADES,
    PERFIS,
    People,
    make_population,
)

CLIENTS = 20_000


@pytest.fixture(scope="module")
def people() -> People:
    return make_population(CLIENTS, 7).people()


def rows(people: People) -> list[tuple[object, ...]]:
    return list(zip(*(list(column) for column in vars(people).values()), strict=True))


def test_any_part_is_drawn_alike_and_again(people: People):
    population = make_population(CLIENTS, 7)
    numbers = np.array([19_999, 3, 3, 12_345])
    every = rows(people)
    assert rows(population.people(numbers)) == [every[number] for number in numbers]
    blocks = [row for some in population.blocks(7_000) for row in rows(population.people(some))]
    assert blocks == every


def test_a_larger_population_begins_with_the_same_people(people: People):
    assert rows(make_population(500, 7).people()) == rows(people)[:500]


def test_another_seed_gives_other_people(people: People):
    other = make_population(500, 8).people()
    assert not set(other.documento) & set(people.documento)
    assert sum(a == b for a, b in zip(other.nome, people.nome, strict=False)) < 5


def test_every_document_is_valid_and_nobody_shares_one(people: People):
    strangers = make_population(CLIENTS, 7).people(BANK_STRANGERS + np.arange(2_000))
    documents = [*people.documento, *strangers.documento]
    assert len(set(documents)) == len(documents)
    persons = [*people.pessoa_fisica, *strangers.pessoa_fisica]
    for document, person in zip(documents, persons, strict=True):
        assert (cpf if person else cnpj).is_valid(document), document
    companies = [each for each, person in zip(documents, persons, strict=True) if not person]
    lettered = [document for document in companies if not document.isdigit()]
    assert 0.03 < len(lettered) / len(companies) < 0.07
    assert any(document.startswith("0") for document in documents)


def test_some_people_share_a_name(people: People):
    persons = [name for name, sex in zip(people.nome, people.sexo, strict=True) if sex]
    namesakes = sum(count for count in Counter(persons).values() if count > 1)
    assert 0.004 < namesakes / len(persons) < 0.05
    assert all(len(name.split()) >= 3 for name in persons)


def test_profiles_grades_and_incomes_are_like_life(people: People):
    profiles = Counter(PERFIS[place] for place in people.perfil.tolist())
    assert 0.50 < profiles["PF VAREJO"] / CLIENTS < 0.54
    assert set(profiles) == set(PERFIS)
    grades = Counter(people.risco.tolist())
    assert grades.keys() == set(range(len(GRADES)))
    assert grades[1] > grades[3] > grades[12]
    income = {
        name: people.renda[people.perfil == place].tolist() for place, name in enumerate(PERFIS)
    }
    assert 4_000 < median(income["PF VAREJO"]) < 6_000
    assert median(income["PF ALTA RENDA"]) > 4 * median(income["PF VAREJO"])
    # Lognormal: half as far below the median as above it, by ratio alike.
    low, middle, high = np.quantile(income["PF VAREJO"], [0.1, 0.5, 0.9])
    assert 0.8 < (middle / low) / (high / middle) < 1.25
    jobs = Counter(people.profissao.filter(people.pessoa_fisica))
    assert len(jobs) > 400
    assert jobs.most_common(1)[0][1] > 0.1 * sum(jobs.values())
    companies = ~people.pessoa_fisica
    assert set(people.profissao.filter(companies)) == {""}
    assert set(people.sexo.filter(companies)) == {""}


@pytest.mark.parametrize("count", [1, 2, 3, 25, 1000, 99_991])
def test_a_shuffle_puts_each_in_a_place_of_its_own(count: int):
    places = Chance(1).shuffled("order", np.arange(count), count)
    assert sorted(places.tolist()) == list(range(count))
    if count > 100:
        assert abs(np.corrcoef(places, np.arange(count))[0, 1]) < 0.1


def test_draws_of_one_number_are_the_same_and_of_two_have_nothing_in_common():
    chance, numbers = Chance(1), np.arange(100_000)
    drawn = chance.normal("x", numbers)
    assert chance.normal("x", numbers[500:]).tolist() == drawn[500:].tolist()
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.std() - 1) < 0.02
    for other in (chance.normal("y", numbers), np.roll(drawn, 1), Chance(2).normal("x", numbers)):
        assert abs(np.corrcoef(drawn, other)[0, 1]) < 0.02
