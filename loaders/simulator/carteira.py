"""Positions of a loan portfolio, as an institution's system would export them.

Here: the workbook of each month and that of the categories. Not here: the contracts
(`loan_contracts`), the faults of the last month (`loan_faults`), xlsx (`workbooks`).

A block of clients is in memory at a time; the workbooks of all months are open at once, and
each block adds its lines to them. A million clients have more contracts than a sheet has
rows: they go on in another sheet, as a position is one file.
"""

from collections.abc import Generator, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import xlsxwriter

from loaders.simulator.defects import Defect
from loaders.simulator.identities import Identities
from loaders.simulator.loan_contracts import HEADER, LINHAS, make_contracts, make_position
from loaders.simulator.loan_faults import Faults, documents_in_portfolio, plant_loan_faults
from loaders.simulator.population import Population
from loaders.simulator.workbooks import Workbook

# Clients at a time: bounds memory whatever their number.
BLOCK = 20_000


def simulate_carteira(
    population: Population,
    folder: Path,
    months: Sequence[date],
    seed: int,
    identities: Identities | None = None,
) -> Generator[Path, None, list[Defect]]:
    """Write a workbook a month and the categories.

    Args:
        population: whose contracts.
        folder: where to; made if missing. The kinds of file get a folder each.
        months: days of the positions, in order. The last one has the faults.
        seed: same seed, same data.
        identities: where to list who has a good line in the last position.

    Yields:
        Each file, once all positions are written.

    Returns:
        The planted faults.
    """
    for kind in ("carteira", "categorias"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    defects: list[Defect] = []
    with ExitStack() as stack:
        books = {at: stack.enter_context(_begin(folder / "carteira", at)) for at in months}
        for block, contracts in enumerate(make_contracts(population, BLOCK, months[-1], seed)):
            for at, book in books.items():
                table, who = make_position(contracts, at, [seed, 2, block])
                faults = Faults()
                if at == months[-1]:
                    rng = np.random.default_rng([seed, 3, block])
                    # Of each kind one at least, however few clients there are.
                    faults = plant_loan_faults(table, book, rng, int(block == 0))
                    defects += faults.defects
                    if identities is not None:
                        people = contracts.people
                        some, states = documents_in_portfolio(people.documento, who, faults)
                        identities.add(
                            "carteira", people.cliente_id.gather(some), people.numero[some], states
                        )
                book.write(table, faults.spoilt)
        defects.append(_write_total(books[months[-1]]))
    for book in books.values():
        yield book.path
    categories = folder / "categorias" / "categorias.xlsx"
    write_categories(categories)
    yield categories
    return defects


_TOTAL = pl.DataFrame(
    {name: ["TOTAL GERAL" if name == HEADER[0] else None] for name in HEADER},
    schema=dict.fromkeys(HEADER, pl.String),
)


def _begin(folder: Path, at: date) -> Workbook:
    title = f"Posição da carteira em {at:%d/%m/%Y}"
    return Workbook(folder / f"carteira_{at:%Y%m}.xlsx", title, HEADER, at)


def _write_total(book: Workbook) -> Defect:
    sheet, line = book.place(book.lines)
    book.write(_TOTAL, {})
    return Defect(book.path.name, line, "", "linha de total", "LINHA_DE_TOTAL", sheet)


def write_categories(path: Path) -> None:
    """Write the categories of the credit lines, one of them left out."""
    with xlsxwriter.Workbook(path) as workbook:
        workbook.set_properties({"created": datetime(2026, 1, 1)})
        sheet = workbook.add_worksheet("Categorias")
        sheet.write_row(0, 0, ("Produto", "Categoria"))
        for position, pair in enumerate(list(LINHAS.items())[:-1], start=1):
            sheet.write_row(position, 0, pair)
