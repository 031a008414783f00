"""What the developer builds: projects, their blocks and units, and price tables.

Here: what there is, since when, at what price. Not here: who buys it (`historia`).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loaders.simulator.vendas.formas import NEVER, Days

Ints = NDArray[np.int64]

FIRST_UNIT = 5001
UNITS_A_BLOCK = 80
UNITS_A_FLOOR = 4
# The window's first month, counted from the month of the first day.
WINDOW = 3
# Months between the stages of a project, and between its price tables.
_STAGE_MONTHS = 5
_TABLE_MONTHS = 6
_SHORTEST_LIFE = 45
# Units that lists of columns are made of at a time: bounds memory.
_SLICE = 10_000

# Name, initials, city, months from the window's first to the launch, share of the units,
# price level, listed by the endpoint of active projects.
_PROJECTS = (
    ("Edifício Aurora", "AUR", "Campinas", -2, 0.17, 1.00, False),
    ("Residencial Vila & Campo", "RVC", "Sorocaba", -1, 0.16, 0.85, True),
    ("Parque das Araras", "PDA", "Cuiabá", 1, 0.15, 0.90, True),
    ("Jardim Ipê", "JIP", "Goiânia", 3, 0.12, 1.05, False),
    ("Condomínio São Bento", "CSB", "Ribeirão Preto", 6, 0.13, 1.30, True),
    ("Torre Horizonte", "THO", "Campinas", 9, 0.12, 1.60, True),
    ("Vivenda do Cerrado", "VCE", "Cuiabá", 13, 0.09, 0.88, True),
    ("Praça d'Água", "PAG", "Sorocaba", 18, 0.06, 1.15, True),
)
# Kind, private area in hundredths of m2, base price in cents.
TIPOLOGIAS = (
    ("2 quartos", 46_50, 218_345_67),
    ("2 quartos com suíte", 54_25, 268_900_00),
    ("3 quartos", 72_38, 415_780_50),
    ("Studio", 27_80, 198_450_00),
    ("Cobertura", 118_00, 889_990_90),
)
_TIPOLOGIA_SHARES = [0.42, 0.27, 0.18, 0.10, 0.03]


@dataclass(frozen=True)
class Empreendimento:
    """A project.

    Attributes:
        id: of the API.
        nome: name.
        sigla: initials.
        cidade: city.
        lancamento: day of launch.
        entrega: day when keys are handed over.
        listado: whether the endpoint of active projects has it.
        tabelas: first days of its price tables.
        alta: what a new price table adds, share.
    """

    id: int
    nome: str
    sigla: str
    cidade: str
    lancamento: int
    entrega: int
    listado: bool
    tabelas: tuple[int, ...]
    alta: float

    def tabela_id(self, tabela: int) -> int:
        """Return the id of a price table, by its place in `tabelas`."""
        return self.id * 100 + tabela + 1

    def tabela_nome(self, tabela: int) -> str:
        """Return the name of a price table."""
        return f"Tabela {self.sigla} {tabela + 1:02d}"


@dataclass(frozen=True)
class Bloco:
    """A block of a stage of a project."""

    id: int
    nome: str
    etapa_id: int
    etapa: str
    projeto: int
    lancamento: int


@dataclass(frozen=True)
class Estoque:
    """Projects, blocks, and units as arrays of one length.

    Attributes:
        projetos: all of them.
        blocos: all of them.
        bloco: index of a unit's block.
        projeto: index of its project.
        nome: its number in the block.
        andar: floor.
        tipologia: index in `TIPOLOGIAS`.
        base: price of the project's first table, cents.
        lancamento: day on which it came on sale.
        bloqueio: day on which it was withdrawn before anybody wanted it, or `NEVER`.
    """

    projetos: tuple[Empreendimento, ...]
    blocos: tuple[Bloco, ...]
    bloco: Ints
    projeto: Ints
    nome: NDArray[np.str_]
    andar: Ints
    tipologia: Ints
    base: Ints
    lancamento: Ints
    bloqueio: Ints

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.bloco)

    def table_at(self, unit: Ints, day: Ints) -> Ints:
        """Return the price table that holds for units on days: its place in the project's."""
        table = np.zeros(len(unit), dtype=np.int64)
        for index, project in enumerate(self.projetos):
            chosen = self.projeto[unit] == index
            place = np.searchsorted(np.array(project.tabelas), day[chosen], side="right") - 1
            table[chosen] = np.maximum(place, 0)
        return table

    def price(self, unit: Ints, table: Ints) -> Ints:
        """Return prices of units in price tables, cents."""
        rise = np.array([project.alta for project in self.projetos])[self.projeto[unit]]
        return np.round(self.base[unit] * (1 + rise) ** table).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Unidade:
    """A unit by itself.

    Attributes:
        indice: its place in `Estoque`.
        bloco: its block.
        projeto: its project.
        nome: its number in the block.
        andar: floor.
        tipologia: index in `TIPOLOGIAS`.
        lancamento: day on which it came on sale.
        tabela: the price table that held on that day, by its place in the project's.
        precos: its price in each table of the project, cents.
    """

    indice: int
    bloco: Bloco
    projeto: Empreendimento
    nome: str
    andar: int
    tipologia: int
    lancamento: int
    tabela: int
    precos: tuple[int, ...]


def unidades(estoque: Estoque) -> Iterator[Unidade]:
    """Yield all units."""
    for start in range(0, len(estoque), _SLICE):
        yield from _some_unidades(estoque, np.arange(start, min(start + _SLICE, len(estoque))))


def _some_unidades(estoque: Estoque, every: Ints) -> Iterator[Unidade]:
    tables = max(len(project.tabelas) for project in estoque.projetos)
    prices = zip(
        *(estoque.price(every, np.full(len(every), table)).tolist() for table in range(tables)),
        strict=True,
    )
    columns = (
        every.tolist(),
        estoque.bloco[every].tolist(),
        estoque.nome[every].tolist(),
        estoque.andar[every].tolist(),
        estoque.tipologia[every].tolist(),
        estoque.lancamento[every].tolist(),
        estoque.table_at(every, estoque.lancamento[every]).tolist(),
        prices,
    )
    for index, number, name, floor, kind, launch, table, values in zip(*columns, strict=True):
        block = estoque.blocos[number]
        project = estoque.projetos[block.projeto]
        own = values[: len(project.tabelas)]
        yield Unidade(index, block, project, name, floor, kind, launch, table, own)


def make_estoque(units: int, days: Days, seed: int) -> Estoque:
    """Draw projects, blocks and units.

    Args:
        units: about how many.
        days: those of the story.
        seed: same seed, same stock.
    """
    rng = np.random.default_rng([seed, 20])
    projects = tuple(_project(number, days, rng) for number in range(len(_PROJECTS)))
    blocks: list[Bloco] = []
    sizes: list[int] = []
    for index, project in enumerate(projects):
        wanted = max(8, round(units * _PROJECTS[index][4]))
        stages = _stages(project, index, days)
        for stage, launch in enumerate(stages):
            left = math.ceil(wanted / len(stages))
            number = 0
            while left > 0:
                number += 1
                sizes.append(min(left, UNITS_A_BLOCK))
                left -= UNITS_A_BLOCK
                stage_id = project.id * 10 + stage + 1
                blocks.append(
                    Bloco(
                        len(blocks) + 301, f"Bloco {stage + 1}{number:02d}", stage_id,
                        f"Etapa {stage + 1}", index, launch,
                    )
                )  # fmt: skip
    block = np.repeat(np.arange(len(blocks)), sizes)
    place = np.concatenate([np.arange(size) for size in sizes])
    project_of = np.array([each.projeto for each in blocks])[block]
    count = len(block)
    floor = place // UNITS_A_FLOOR + 1
    kind = rng.choice(len(TIPOLOGIAS), count, p=_TIPOLOGIA_SHARES)
    level = np.array([each[5] for each in _PROJECTS])[project_of]
    price = np.array([each[2] for each in TIPOLOGIAS])[kind] * level * (1 + 0.004 * floor)
    launched = np.array([each.lancamento for each in blocks])[block]
    withheld = rng.random(count) < 0.02
    # Two at least, however few there are.
    withheld[rng.choice(count, 2, replace=False)] = True
    return Estoque(
        projetos=projects,
        blocos=tuple(blocks),
        bloco=block,
        projeto=project_of,
        nome=(floor * 100 + place % UNITS_A_FLOOR + 1).astype("U4"),
        andar=floor,
        tipologia=kind,
        base=np.round(price).astype(np.int64),
        lancamento=launched,
        bloqueio=np.where(withheld, launched, NEVER),
    )


def _project(number: int, days: Days, rng: np.random.Generator) -> Empreendimento:
    name, initials, city, month, _, _, listed = _PROJECTS[number]
    launch = days.month(WINDOW + month, 5 + number)
    tables = [launch]
    while (start := days.month(WINDOW + month + _TABLE_MONTHS * len(tables))) <= days.last:
        tables.append(start)
    return Empreendimento(
        number + 11, name, initials, city, launch, days.month(WINDOW + month + 36), listed,
        tuple(tables), float(np.round(rng.uniform(0.02, 0.05), 3)),
    )  # fmt: skip


def _stages(project: Empreendimento, number: int, days: Days) -> list[int]:
    month = WINDOW + _PROJECTS[number][3]
    later = (days.month(month + _STAGE_MONTHS * stage, 12) for stage in (1, 2))
    return [project.lancamento, *(day for day in later if day <= days.last - _SHORTEST_LIFE)]
