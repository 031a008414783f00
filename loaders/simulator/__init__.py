"""Make data that look like the sources', faults included, from a seed.

Here: one population of people and companies, the files each source would deliver about
them, and the truth about both: who is who, and what is wrong. Not here: loading. Nothing
of it is anybody's: names are drawn from lists, documents are computed. Same seed, same
bytes of data.
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
    CONTROLADORIA = "controladoria"


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
        Each file written; the last two are `identidades.csv`, who is who in all of them, and
        `defeitos.csv`, their faults.

    Raises:
        MiranteError: the month is none, or there are too many clients.
    """
    from loaders.simulator.banco import simulate_banco
    from loaders.simulator.carteira import simulate_carteira
    from loaders.simulator.cartoes import simulate_cartoes
    from loaders.simulator.controladoria import lines_a_month, simulate_controladoria
    from loaders.simulator.defects import Defect, write_defects
    from loaders.simulator.identities import Identities
    from loaders.simulator.population import MOST_CLIENTS, make_population
    from loaders.simulator.vendas import simulate_vendas

    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise MiranteError(f"{month}: mês deve ser AAAA-MM, por exemplo 2026-10.") from None
    newest = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if clients > MOST_CLIENTS:
        raise MiranteError(f"{clients} clientes são demais: no máximo {MOST_CLIENTS}.")
    out.mkdir(parents=True, exist_ok=True)
    population = make_population(clients, seed)
    defects: list[Defect] = []
    with Identities(out / "identidades.csv") as identities:
        if Source.CARTEIRA in sources:
            positions = [first - timedelta(days=1), newest]
            defects += yield from simulate_carteira(population, out, positions, seed, identities)
        if Source.CARTOES in sources:
            defects += yield from simulate_cartoes(
                population, out, first, seed, card_months, identities
            )
        if Source.VENDAS in sources:
            defects += yield from simulate_vendas(
                population, out, first, seed, identities=identities
            )
        if Source.BANCO in sources:
            defects += yield from simulate_banco(population, out, first, seed, identities)
        if Source.CONTROLADORIA in sources:
            defects += yield from simulate_controladoria(out, first, seed, lines_a_month(clients))
    yield identities.path
    listed = out / "defeitos.csv"
    write_defects(listed, defects)
    yield listed
