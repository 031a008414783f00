"""From clients to columns of numbers that can be compared with each other.

Here: logarithms, limits for extremes, one column a category's value, standardisation. Not
here: who takes part (`clients`), what is analysed with the columns (`factors`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestration.segmentation.catalogue import BY_NAME, Feature
from orchestration.segmentation.clients import Clients
from orchestration.segmentation.parameters import Parameters

OTHERS = "OUTROS"
MISSING = "SEM VALOR"
OF_VALUE = "="
# Of each tail, left out when a column's usual mean and deviation are taken: else a single
# extreme among few clients widens the very limit that should hold it.
TRIMMED = 0.01


@dataclass(frozen=True, eq=False)
class Prepared:
    """Columns of n clients.

    Attributes:
        values: n x q, every column in its prepared unit: logarithms, shares (0 or 1), or
            the feature's own unit, extremes limited.
        names: q, the feature's name, or `feature=value` for a category.
        categories: by category, n values with rare ones as OUTROS.
        analysed: positions of the p columns that the factor analysis takes.
        dropped: names of columns that do not vary.
        reference: names of columns that those of the same category tell already.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    categories: dict[str, NDArray[Any]]
    analysed: tuple[int, ...]
    dropped: tuple[str, ...]
    reference: tuple[str, ...]

    @property
    def scale(self) -> NDArray[np.float64]:
        """Standard deviation of each column, q; 0 for those that do not vary."""
        deviation: NDArray[np.float64] = self.values.std(axis=0)
        deviation[[name in self.dropped for name in self.names]] = 0.0
        return deviation

    def standardised(self) -> NDArray[np.float64]:
        """Return the analysed columns with mean 0 and deviation 1, n x p."""
        chosen = self.values[:, self.analysed]
        standardised: NDArray[np.float64] = (chosen - chosen.mean(axis=0)) / chosen.std(axis=0)
        return standardised


def prepare(clients: Clients, parameters: Parameters) -> Prepared:
    """Make the columns of the chosen features.

    Args:
        clients: n of them, ordered, none with a missing number.
        parameters: which features, which limits.

    Returns:
        The columns, in the order of the catalogue and then of the values' texts.
    """
    columns: list[NDArray[np.float64]] = []
    names: list[str] = []
    categories: dict[str, NDArray[Any]] = {}
    reference: list[str] = []
    for feature in (BY_NAME[name] for name in parameters.features):
        if not feature.is_category:
            columns.append(limited(in_unit(feature, clients.columns[feature.name]), parameters))
            names.append(feature.name)
            continue
        grouped = group_rare(clients.columns[feature.name], parameters.rare_share)
        categories[feature.name] = grouped
        values, counts = np.unique(grouped.astype(np.str_), return_counts=True)
        untold = _untold(values, counts, parameters.rare_share)
        for value in values.tolist():
            columns.append((grouped == value).astype(np.float64))
            names.append(column_name(feature.name, value))
            if value in untold:
                reference.append(names[-1])
    constant = [name for name, column in zip(names, columns, strict=True) if not _varies(column)]
    return Prepared(
        values=np.column_stack(columns),
        names=tuple(names),
        categories=categories,
        analysed=tuple(
            position
            for position, name in enumerate(names)
            if name not in constant and name not in reference
        ),
        dropped=tuple(constant),
        reference=tuple(name for name in reference if name not in constant),
    )


def column_name(feature: str, value: str) -> str:
    """Name the column of a category's value."""
    return f"{feature}{OF_VALUE}{value}"


def feature_of(column: str) -> str:
    """Return the feature that a prepared column is of."""
    return column.split(OF_VALUE, 1)[0]


def in_unit(feature: Feature, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a numeric feature in its prepared unit.

    A negative saldo (a client in credit) is as far below 0 as the positive one is above.
    """
    if not feature.logarithmic:
        return values
    logarithm: NDArray[np.float64] = np.sign(values) * np.log1p(np.abs(values)) + 0.0
    return logarithm


def limited(values: NDArray[np.float64], parameters: Parameters) -> NDArray[np.float64]:
    """Bring extremes to the limit, so that no single client is a cluster of its own.

    Args:
        values: n, finite.
        parameters: `winsor` says how far a value may be.

    Returns:
        n, each at most `winsor` deviations from the mean; both are of the values without
        the `TRIMMED` tails, or of all if the rest is all the same.
    """
    cut = max(1, int(TRIMMED * len(values)))
    usual = np.sort(values)[cut:-cut]
    if not usual.size or not _varies(usual):
        usual = values
    reach = parameters.winsor * usual.std()
    return np.clip(values, usual.mean() - reach, usual.mean() + reach)


def group_rare(values: NDArray[Any], rare_share: float) -> NDArray[Any]:
    """Put the rare values of a category together.

    Args:
        values: n objects, str or None; an empty text is a missing one.
        rare_share: values that fewer than this share of the clients have are rare.

    Returns:
        n texts; a missing value is a value as any other, and may be rare too.
    """
    texts = np.array([text or MISSING for text in values.tolist()], dtype=object)
    known, counts = np.unique(texts.astype(np.str_), return_counts=True)
    rare = set(known[counts < rare_share * len(texts)].tolist())
    return np.array([OTHERS if text in rare else text for text in texts], dtype=object)


def _untold(values: NDArray[Any], counts: NDArray[Any], rare_share: float) -> set[str]:
    """Choose the values of a category that get no column in the analysis.

    With a column for each, any one is exactly what the others leave, and a factor model of
    such columns has no solution. The most frequent value is left out; and OUTROS, if all
    rare values together are rare still, as its few clients would be dozens of deviations
    from the mean.
    """
    chosen = {str(values[np.argmax(counts)])}
    chosen |= {
        OTHERS
        for value, count in zip(values, counts, strict=True)
        if value == OTHERS and count < rare_share * counts.sum()
    }
    return chosen


def _varies(values: NDArray[np.float64]) -> bool:
    """Say whether values differ by more than a float's last bits."""
    return bool(np.ptp(values) > 1e-9 * max(1.0, float(np.abs(values).max())))
