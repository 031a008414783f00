"""The whole story in one value, and each reservation of it with all that rows quote.

Here: what the layouts of the API's rows are made from. Not here: drawing it (`historia`
and its like), laying out rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from loaders.simulator.population import Population
from loaders.simulator.vendas.equipe import (
    FIRST_BROKER,
    IMOBILIARIAS,
    NO_AGENCY,
    NO_TEAM,
    TIMES,
    Equipe,
    make_equipe,
)
from loaders.simulator.vendas.estoque import (
    FIRST_UNIT,
    WINDOW,
    Bloco,
    Empreendimento,
    Estoque,
    make_estoque,
)
from loaders.simulator.vendas.falhas import Falhas, make_falhas, overpay
from loaders.simulator.vendas.financas import Financas, make_financas
from loaders.simulator.vendas.formas import CLOSES, NEVER, OPENS, Days
from loaders.simulator.vendas.historia import (
    FIRST_RESERVA,
    RESERVAS_A_UNIT,
    Fim,
    Historia,
    Ints,
    make_historia,
)

Row = dict[str, Any]

MONTHS = 24
FIRST_CLIENT = 700_001
_SHARE_MARRIED = 0.2
_SECONDS, _LUCKS = 4, 6
# Reservations that lists of columns are made of at a time: bounds memory.
_SLICE = 10_000


class Nota(NamedTuple):
    """A fault of a row: column, what is wrong, what must come of it."""

    coluna: str
    defeito: str
    resultado: str


class Linha(NamedTuple):
    """A row of a table, and its faults."""

    tabela: str
    row: Row
    notas: tuple[Nota, ...] = ()


Linhas = Iterator[Linha]


@dataclass(frozen=True)
class Mundo:
    """The parts of the story; reservation i is row i of `historia` and of `financas`."""

    seed: int
    days: Days
    population: Population
    estoque: Estoque
    equipe: Equipe
    historia: Historia
    financas: Financas
    falhas: Falhas


@dataclass(frozen=True, slots=True)
class Pessoa:
    """A client as buyer."""

    id: int
    nome: str
    documento: str
    fisica: bool
    sexo: str | None
    idade: int | None
    renda: int
    email: str


@dataclass(frozen=True, slots=True)
class Negocio:
    """A reservation, with the names of all that it is about.

    Days are counted, and `NEVER` where there is none; money is cents. `segundos`, since
    offices open, are the times of reservation, end, undoing, and of what follows; `sorte` are
    numbers between 0 and 1, to vary what depends on nothing.
    """

    indice: int
    id: int
    unidade: int
    unidade_id: int
    unidade_nome: str
    tipologia: int
    bloco: Bloco
    projeto: Empreendimento
    comprador: Pessoa
    conjuge: Pessoa | None
    corretor_id: int
    corretor: str
    imobiliaria_id: int
    imobiliaria: str | None
    time_id: int
    time: str | None
    cadastro: int
    fim: Fim
    dia: int
    distrato: int
    segundos: list[int]
    sorte: list[float]
    tabela: int
    vgv: int
    contrato: int
    financiamento: int
    fgts: int
    subsidio: int

    @property
    def vendido(self) -> bool:
        """Whether it became a sale, also one that was undone."""
        return self.fim is Fim.VENDA

    @property
    def desfeito(self) -> bool:
        """Whether the sale was undone."""
        return self.distrato != NEVER

    @property
    def ativo(self) -> bool:
        """Whether it stands, as a sale or as an open reservation."""
        return not self.desfeito and self.fim not in (Fim.VENCIDA, Fim.CANCELADA)


def make_mundo(population: Population, newest: date, seed: int, reservas: int) -> Mundo:
    """Draw a developer's last two years.

    Args:
        population: whose clients buy.
        newest: first day of the newest month.
        seed: same seed, same story.
        reservas: about how many reservations.
    """
    last = (newest + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    year, month = divmod(newest.year * 12 + newest.month - 1 - (MONTHS - 1 + WINDOW), 12)
    days = Days(date(year, month + 1, 1), last)
    estoque = make_estoque(round(reservas / RESERVAS_A_UNIT), days, seed)
    equipe = make_equipe(population, reservas, days, seed)
    historia = make_historia(population, estoque, equipe, days, seed)
    financas = make_financas(population, estoque, equipe, historia, seed)
    falhas = make_falhas(historia, estoque, equipe, seed)
    overpay(financas, falhas)
    return Mundo(seed, days, population, estoque, equipe, historia, financas, falhas)


def deals(mundo: Mundo) -> Iterator[Negocio]:
    """Yield all reservations in the order in which they were made."""
    estoque, historia, financas = mundo.estoque, mundo.historia, mundo.financas
    agencies = mundo.equipe.imobiliaria.tolist()
    names = mundo.equipe.nome
    for start in range(0, len(historia), _SLICE):
        piece = slice(start, start + _SLICE)
        units = historia.unidade[piece]
        rng = np.random.default_rng([mundo.seed, 28, start])
        columns = (
            units.tolist(),
            estoque.nome[units].tolist(),
            estoque.tipologia[units].tolist(),
            estoque.bloco[units].tolist(),
            _people(mundo, historia.comprador[piece]),
            # Who is married buys with somebody of the same population.
            _people(mundo, (historia.comprador[piece] + 1) % len(mundo.population)),
            historia.corretor[piece].tolist(),
            historia.time[piece].tolist(),
            historia.cadastro[piece].tolist(),
            historia.fim[piece].tolist(),
            historia.dia[piece].tolist(),
            historia.distrato[piece].tolist(),
            rng.integers(0, CLOSES - OPENS, (len(units), _SECONDS)).tolist(),
            rng.random((len(units), _LUCKS)).tolist(),
            financas.tabela[piece].tolist(),
            financas.vgv[piece].tolist(),
            financas.contrato[piece].tolist(),
            financas.financiamento[piece].tolist(),
            financas.fgts[piece].tolist(),
            financas.subsidio[piece].tolist(),
        )
        for number, values in enumerate(zip(*columns, strict=True), start=start):
            unit, name, kind, block, buyer, other, broker, team, *dates, luck = values[:14]
            made, end, day, undone, seconds = dates
            agency = agencies[broker]
            married = buyer.fisica and other.fisica and luck[0] < _SHARE_MARRIED
            yield Negocio(
                number, FIRST_RESERVA + number, unit, FIRST_UNIT + unit, name, kind,
                estoque.blocos[block], estoque.projetos[estoque.blocos[block].projeto],
                buyer, other if married else None, FIRST_BROKER + broker, names[broker],
                agency + 1, IMOBILIARIAS[agency] if agency != NO_AGENCY else None,
                team + 1, TIMES[team] if team != NO_TEAM else None,
                made, Fim(end), day, undone, seconds, luck, *values[14:],
            )  # fmt: skip


def _people(mundo: Mundo, clients: Ints) -> list[Pessoa]:
    today = mundo.days.first + timedelta(days=mundo.days.last)
    people = mundo.population.people(clients)
    columns = (
        clients.tolist(),
        people.nome,
        people.documento,
        people.pessoa_fisica.tolist(),
        people.sexo,
        people.nascimento.astype("datetime64[D]").tolist(),
        people.renda.tolist(),
    )
    return [
        Pessoa(
            FIRST_CLIENT + number, name, document, person, sex or None,
            (today - born).days * 4 // 1461 if person else None, round(income * 100),
            f"cliente{number + 1}@example.com",
        )
        for number, name, document, person, sex, born, income in zip(*columns, strict=True)
    ]  # fmt: skip
