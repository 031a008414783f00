"""Make data that look like the sources', faults included, from a seed.

Here: one population of people and companies, and the files each source would deliver
about them. Not here: loading. Nothing of it is anybody's: names are drawn from lists,
documents are computed. Same seed, same bytes of data.
"""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from loaders.errors import MiranteError


class Source(StrEnum):
    """A source whose files can be simulated."""

    CARTEIRA = "carteira"
    CARTOES = "cartoes"
    VENDAS = "vendas"
    BANCO = "banco"


def simulate_all(
    out: Path,
    clients: int,
    seed: int,
    month: str,
    sources: Collection[Source] = tuple(Source),
    card_months: int = 24,
) -> Iterator[Path]:
    """Write what the sources would deliver, each kind in a folder of its own below `out`.

    Args:
        out: folder, made if missing.
        clients: size of the population.
        seed: same seed, same bytes, whatever the sources.
        month: newest month, `YYYY-MM`, of the portfolio's two positions and of all other files.
        sources: which of them.
        card_months: how many months of cards, 24 at most.

    Yields:
        Each file written; `defeitos.csv`, the faults of all of them, is the last.

    Raises:
        MiranteError: the month is none.
    """
    from loaders.simulator.banco import simulate_banco
    from loaders.simulator.carteira import simulate_carteira
    from loaders.simulator.cartoes import simulate_cartoes
    from loaders.simulator.defects import Defect, write_defects
    from loaders.simulator.population import make_population, make_traits
    from loaders.simulator.vendas import simulate_vendas

    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise MiranteError(f"{month}: mês deve ser AAAA-MM, por exemplo 2026-10.") from None
    newest = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    out.mkdir(parents=True, exist_ok=True)
    defects: list[Defect] = []
    if Source.CARTEIRA in sources:
        population = make_population(clients, seed)
        positions = [first - timedelta(days=1), newest]
        defects += yield from simulate_carteira(population, out, positions, seed)
        del population
    if Source.CARTOES in sources:
        traits = make_traits(clients, seed)
        defects += yield from simulate_cartoes(traits, out, first, seed, card_months)
    if Source.VENDAS in sources:
        population = make_population(clients, seed)
        defects += yield from simulate_vendas(population, out, first, seed)
        del population
    if Source.BANCO in sources:
        # Not kept here: it lets go of names and documents once they are written.
        bank = simulate_banco(make_population(clients, seed), out, first, seed)
        defects += yield from bank
    listed = out / "defeitos.csv"
    write_defects(listed, defects)
    yield listed
