"""Names of people, companies and professions, composed from places in lists.

Here: the lists, and a name for each set of places. Not here: who is called what
(`population`).
"""

import numpy as np
import polars as pl
from faker.providers.job.pt_BR import Provider as Jobs
from faker.providers.person.pt_BR import Provider as Persons
from numpy.typing import NDArray

from loaders.simulator.chance import Chance

Ints = NDArray[np.int64]

_WOMEN = pl.Series(list(Persons.first_names_female))
_MEN = pl.Series(list(Persons.first_names_male))
_FAMILIES = pl.Series(list(Persons.last_names))
_TRADES = pl.Series(["Comércio", "Transportes", "Agropecuária", "Construções", "Alimentos"])
_SUFFIXES = pl.Series(["Ltda.", "S.A.", "ME", "EPP"])
_SHARE_TWO_OWNERS = 0.5


def person_names(chance: Chance, numbers: Ints, women: NDArray[np.bool_]) -> pl.Series:
    """Return full names.

    Args:
        chance: draws them.
        numbers: one for each name.
        women: whether it is a woman's.
    """
    first = pl.select(
        pl.when(pl.Series(women))
        .then(_some(chance, "women", numbers, _WOMEN))
        .otherwise(_some(chance, "men", numbers, _MEN))
    ).to_series()
    mother = _some(chance, "mother's family", numbers, _FAMILIES)
    return first + " " + mother + " " + _some(chance, "father's family", numbers, _FAMILIES)


def company_names(chance: Chance, numbers: Ints) -> pl.Series:
    """Return names of companies, with one owner or two.

    Args:
        chance: draws them.
        numbers: one for each name.
    """
    two = pl.Series(chance.uniform("owners", numbers) < _SHARE_TWO_OWNERS)
    second = " e " + _some(chance, "second owner", numbers, _FAMILIES)
    return (
        _some(chance, "owner", numbers, _FAMILIES)
        + pl.select(pl.when(two).then(second).otherwise(pl.lit(""))).to_series()
        + " "
        + _some(chance, "trade", numbers, _TRADES)
        + " "
        + _some(chance, "suffix", numbers, _SUFFIXES)
    )


def all_professions() -> pl.Series:
    """Return every profession that a client may have, in order."""
    return pl.Series(sorted(set(Jobs.jobs)))


def _some(chance: Chance, topic: str, numbers: Ints, names: pl.Series) -> pl.Series:
    return names.gather(chance.integers(topic, numbers, len(names)))
