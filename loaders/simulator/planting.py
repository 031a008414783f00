"""Add faulty lines to a table, each with one fault, and say at which line of the file.

Here: copies of good lines, spoilt, among the good ones, which stay as they were: so that
each fault shows alone. Not here: what the faults of a source are (`card_faults`,
`bank_faults`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from loaders.simulator.defects import Defect

_MOST_OF_A_KIND = 100


@dataclass(frozen=True)
class Fault:
    """A kind of fault.

    Attributes:
        coluna: spoilt column.
        defeito: what is wrong, in Portuguese.
        resultado: code of the quarantine.
        change: turns good lines into bad ones, where values of the column's type can.
        text: stands in the file instead of the value, where they can't.
        repeats_key: the bad line has the key of the good one; of the two the last counts.
    """

    coluna: str
    defeito: str
    resultado: str
    change: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    text: str | None = None
    repeats_key: bool = False


@dataclass(frozen=True)
class Planted:
    """A table with faulty lines in it.

    Attributes:
        table: good and bad lines.
        spoilt: texts to write in place of values, by row and column.
        defects: the list of the faults.
    """

    table: pl.DataFrame
    spoilt: dict[tuple[int, str], str]
    defects: list[Defect]


def plant(
    table: pl.DataFrame,
    arquivo: str,
    rng: np.random.Generator,
    faults: tuple[Fault, ...],
    with_own_id: Callable[[pl.DataFrame], pl.DataFrame],
) -> Planted:
    """Copy good lines, spoil the copies, and put them at random places.

    Args:
        table: good lines, the first of their file.
        arquivo: the file's name.
        rng: draws lines and places.
        faults: the kinds, each of them planted as often.
        with_own_id: gives the copies keys that no good line has.
    """
    each = max(1, min(_MOST_OF_A_KIND, len(table) // 500))
    # Too small a month has fewer kinds; it must not have two faults in one line's copies.
    faults = faults[: len(table) // each]
    sources = rng.choice(len(table), len(faults) * each, replace=False)
    bad = []
    for number, fault in enumerate(faults):
        lines = table[sources[number * each : (number + 1) * each]]
        if not fault.repeats_key:
            lines = with_own_id(lines)
        bad.append(fault.change(lines) if fault.change else lines)
    total = len(table) + len(sources)
    taken = np.zeros(total, dtype=bool)
    places = np.sort(rng.choice(total, len(sources), replace=False))
    taken[places] = True
    order = np.empty(total, dtype=np.int64)
    order[places] = len(table) + rng.permutation(len(sources))
    order[~taken] = np.arange(len(table))
    row_of = np.empty(total, dtype=np.int64)
    row_of[order] = np.arange(total)
    spoilt: dict[tuple[int, str], str] = {}
    defects = []
    for position, source in enumerate(sources.tolist()):
        fault = faults[position // each]
        row = int(row_of[len(table) + position])
        if fault.repeats_key:
            # The last line of a key stays.
            row = min(row, int(row_of[source]))
        if fault.text is not None:
            spoilt[row, fault.coluna] = fault.text
        # Lines count from 1, and the header is one.
        defects.append(Defect(arquivo, row + 2, fault.coluna, fault.defeito, fault.resultado))
    return Planted(pl.concat([table, *bad])[order], spoilt, defects)
