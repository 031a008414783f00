"""A car brand's controllership: a workbook of bonuses a month.

Here: the workbook of each month, how it writes the competência, and which invoices come
again. Not here: the lines (`bonus_lines`), their faults (`bonus_faults`), xlsx (`workbooks`).
"""

from collections.abc import Generator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from loaders.simulator.bonus_faults import Planted, plant_bonus_faults
from loaders.simulator.bonus_lines import HEADER, RARE, make_lines
from loaders.simulator.defects import Defect
from loaders.simulator.workbooks import Workbook

MONTHS = 6
SHEET = "Bônus"
# A month has all kinds of fault, and of each model enough to say what is usual.
_FEWEST_LINES = 180
_CLIENTS_A_LINE = 5
_RESENT = 3
# By month, counted from the oldest: `AAAA-MM` is a text, and no date.
_COMPETENCIA = {1: "%d/%m/%Y", 2: "%Y-%m"}


def lines_a_month(clients: int) -> int:
    """Return how many lines a month has beside a population of some size."""
    return max(_FEWEST_LINES, clients // _CLIENTS_A_LINE)


def simulate_controladoria(
    folder: Path, newest: date, seed: int, lines: int
) -> Generator[Path, None, list[Defect]]:
    """Write the workbooks of six months.

    Args:
        folder: where to; the files come into `controladoria` below it, made if missing.
        newest: first day of the newest month.
        seed: same seed, same bytes.
        lines: of each month, about.

    Yields:
        Each file, the older months first.

    Returns:
        The planted faults: of the quarantine, and of the rules that must find them.
    """
    folder = folder / "controladoria"
    folder.mkdir(parents=True, exist_ok=True)
    defects: list[Defect] = []
    whole: pl.DataFrame | None = None
    last = np.datetime64(newest, "M")
    for number in range(MONTHS):
        first = (last - (MONTHS - 1 - number)).astype("datetime64[D]").astype(date)
        path = folder / f"controladoria_{first:%Y%m}.xlsx"
        at = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        table = make_lines(first, lines, [seed, 41, number])
        with Workbook(path, f"Bônus da competência {first:%m/%Y}", HEADER, at, SHEET) as book:
            planted = plant_bonus_faults(table, book, np.random.default_rng([seed, 42, number]))
            defects += planted.defects
            form = _COMPETENCIA.get(number)
            written = [_with_competencia(table, form)]
            if whole is not None:
                # A date is the same competência whatever the file writes it like.
                written.append(_with_competencia(_sent_again(whole), form and "%d/%m/%Y"))
            book.write(pl.concat(written), planted.spoilt)
        # Of a competência that is a text a later file would have another one.
        whole = None if form == "%Y-%m" else _untouched(table, planted)
        yield path
    return defects


def _with_competencia(table: pl.DataFrame, form: str | None) -> pl.DataFrame:
    return table if form is None else table.with_columns(pl.col("competencia").dt.to_string(form))


def _untouched(table: pl.DataFrame, planted: Planted) -> pl.DataFrame:
    """Return a few invoices of one line that nothing was put into."""
    rows = pl.Series(sorted(set(range(len(table))) - planted.rows), dtype=pl.UInt32)
    alone = table["idnfsexterno"].is_unique().gather(rows)
    return table[rows.filter(alone)].filter(pl.col("des_modelo") != RARE).head(_RESENT)


def _sent_again(lines: pl.DataFrame) -> pl.DataFrame:
    """Return invoices as a later month corrects them: two lines take the place of one."""
    halves = lines.with_columns(pl.lit("OK").alias("apontamento"))
    return pl.concat([halves, halves])
