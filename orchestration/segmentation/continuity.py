"""Which cluster of the last run each cluster of this run is, and what became of the others.

Here: matching, the changes' names, migration, agreement. Not here: finding clusters
(`clusters`), reading the last run from the warehouse.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from orchestration.segmentation.preparation import Prepared, feature_of
from orchestration.segmentation.result import DECIMALS, Change, rounded

Centroid = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Previous:
    """The last good run of a perfil.

    Attributes:
        ids: unique clients, in any order.
        labels: the stable label of each.
        centroids: by stable label, the `centroid` of its summary; of living clusters only.
        highest_label: the highest stable label ever given in this perfil, in whatever run.

    Raises:
        ValueError: a label without centroid, above the highest or below 1, or repeated ids.
    """

    ids: NDArray[Any]
    labels: NDArray[Any]
    centroids: Mapping[int, Centroid]
    highest_label: int

    def __post_init__(self) -> None:
        """Refuse a last run that does not fit together."""
        if len(self.ids) != len(self.labels):
            raise ValueError("a execução anterior tem rótulos a mais ou a menos")
        if len(set(self.ids.tolist())) < len(self.ids):
            raise ValueError("a execução anterior repete um cliente")
        without = set(self.labels.tolist()) - set(self.centroids)
        if without:
            raise ValueError(f"segmento anterior sem centroide: {min(without)}")
        if self.centroids and min(self.centroids) < 1:
            raise ValueError(f"rótulo anterior inválido: {min(self.centroids)}")
        if self.highest_label < max(self.centroids, default=0):
            raise ValueError(f"highest_label ({self.highest_label}) é menor que um rótulo em uso")


@dataclass(frozen=True)
class Fate:
    """What a cluster is to the last run's.

    Attributes:
        stable: its label from run to run.
        change: what became of it.
        related: the label that it split from or merged into.
    """

    stable: int
    change: Change
    related: int | None = None


@dataclass(frozen=True)
class Continuity:
    """How two runs hang together.

    Attributes:
        current: for each cluster of this run, by its number.
        gone: clusters of the last run that are no more, by label.
        ari: adjusted Rand index over clients of both runs; None if there are none.
        migration: (label then, label now, clients).
    """

    current: tuple[Fate, ...]
    gone: tuple[Fate, ...]
    ari: float | None
    migration: tuple[tuple[int | None, int | None, int], ...]


def follow(
    ids: NDArray[np.str_],
    labels: NDArray[np.int64],
    centroids: Sequence[Centroid],
    prepared: Prepared,
    previous: Previous | None,
    cap: float,
) -> Continuity:
    """Give this run's clusters their stable labels.

    Args:
        ids: n clients of this run.
        labels: n cluster numbers.
        centroids: by cluster number, means of the prepared columns.
        prepared: this run's columns, whose scale measures distances.
        previous: the last good run, if there is one.
        cap: distance from which on two clusters are not the same.
    """
    if previous is None:
        first = tuple(Fate(each + 1, Change.NOVO) for each in range(len(centroids)))
        return Continuity(first, (), None, ())
    then = dict(zip(previous.ids.tolist(), map(int, previous.labels.tolist()), strict=True))
    now = dict(zip(ids.tolist(), labels.tolist(), strict=True))
    before = sorted(previous.centroids)
    apart = distances(centroids, [previous.centroids[label] for label in before], prepared)
    matches = match(apart, before, cap)
    current: list[Fate] = []
    highest = previous.highest_label
    for each in range(len(centroids)):
        if each in matches:
            current.append(Fate(matches[each], Change.MANTIDO))
            continue
        highest += 1
        origin = _most([then.get(client) for client, label in now.items() if label == each])
        if origin in matches.values():
            current.append(Fate(highest, Change.DIVIDIDO, origin))
        else:
            current.append(Fate(highest, Change.NOVO))
    gone: list[Fate] = []
    for label in (label for label in before if label not in matches.values()):
        into = _most([now.get(client) for client, old in then.items() if old == label])
        if into is None:
            gone.append(Fate(label, Change.APOSENTADO))
        else:
            gone.append(Fate(label, Change.FUNDIDO, current[into].stable))
    stable_now = {client: current[label].stable for client, label in now.items()}
    return Continuity(
        tuple(current), tuple(gone), _agreement(then, stable_now), _migration(then, stable_now)
    )


def distances(
    current: Sequence[Centroid], before: Sequence[Centroid], prepared: Prepared
) -> NDArray[np.float64]:
    """Return how far each of this run's centroids is from each of the last run's.

    In this run's standard deviations, root mean square over the columns of a feature and
    then over features, so that a category of ten values weighs as much as the saldo. A
    category's value that the last run had not (or had among OUTROS) had a share of 0; a
    feature that one of the runs has not, or that does not vary, tells nothing.

    Returns:
        a x b distances; infinite if the runs have no feature in common.
    """
    known = {feature_of(name) for centroid in before for name in centroid}
    squares: dict[str, list[NDArray[np.float64]]] = {}
    for name, scale in zip(prepared.names, prepared.scale, strict=True):
        feature = feature_of(name)
        if feature not in known or not scale > 0:
            continue
        here = np.array([centroid[name] for centroid in current])
        there = np.array([centroid.get(name, 0.0) for centroid in before])
        squares.setdefault(feature, []).append(((here[:, None] - there[None, :]) / scale) ** 2)
    if not squares:
        return np.full((len(current), len(before)), np.inf)
    by_feature = [np.mean(columns, axis=0) for columns in squares.values()]
    return rounded(np.sqrt(np.mean(by_feature, axis=0)))


def match(apart: NDArray[np.float64], labels: Sequence[int], cap: float) -> dict[int, int]:
    """Pair clusters of two runs, nearest together over all.

    Args:
        apart: a x b distances.
        labels: b, the stable labels of the last run's.
        cap: what an unpaired cluster costs; pairs from this distance on are none.

    Returns:
        Stable label by cluster number, for those that are paired.
    """
    if not apart.size:
        return {}
    rows, columns = linear_sum_assignment(np.minimum(apart, cap))
    return {
        int(row): labels[column]
        for row, column in zip(rows, columns, strict=True)
        if apart[row, column] < cap
    }


def _most(labels: list[int | None]) -> int | None:
    """Return the label that more than half have, if there is one; None is no label."""
    label, count = Counter(labels).most_common(1)[0]
    return label if 2 * count > len(labels) else None


def _agreement(then: Mapping[str, int], now: Mapping[str, int]) -> float | None:
    both = sorted(then.keys() & now.keys())
    if not both:
        return None
    score = adjusted_rand_score([then[each] for each in both], [now[each] for each in both])
    return round(float(score), DECIMALS)


def _migration(
    then: Mapping[str, int], now: Mapping[str, int]
) -> tuple[tuple[int | None, int | None, int], ...]:
    counts = Counter((then.get(client), now.get(client)) for client in then.keys() | now.keys())

    def none_last(label: int | None) -> tuple[bool, int]:
        return label is None, label or 0

    return tuple(
        (before, after, counts[before, after])
        for before, after in sorted(
            counts, key=lambda pair: (none_last(pair[0]), none_last(pair[1]))
        )
    )
