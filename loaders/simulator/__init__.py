"""Make data that look like the sources', faults included, from a seed.

Here: one population of people and companies, and the files each source would deliver
about them. Not here: loading. Nothing of it is anybody's: names are drawn from lists,
documents are computed. Same seed, same bytes of data.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from loaders.errors import MiranteError


def simulate_all(out: Path, clients: int, seed: int, month: str) -> Iterator[Path]:
    """Write what every source would deliver, each kind in a folder of its own below `out`.

    Args:
        out: folder, made if missing.
        clients: size of the population.
        seed: same seed, same bytes.
        month: newest month, `YYYY-MM`: of the portfolio's two positions, and of the cards'
            two years.

    Yields:
        Each file written; `defeitos.csv`, the faults of all of them, is the last.

    Raises:
        MiranteError: the month is none.
    """
    from loaders.simulator.carteira import simulate_carteira
    from loaders.simulator.cartoes import simulate_cartoes
    from loaders.simulator.defects import write_defects
    from loaders.simulator.population import make_population

    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise MiranteError(f"{month}: mês deve ser AAAA-MM, por exemplo 2026-10.") from None
    newest = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    population = make_population(clients, seed)
    positions = [first - timedelta(days=1), newest]
    defects = yield from simulate_carteira(population, out, positions, seed)
    defects += yield from simulate_cartoes(population, out, first, seed)
    listed = out / "defeitos.csv"
    write_defects(listed, defects)
    yield listed
