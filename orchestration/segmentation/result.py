"""What a segmentation tells.

Here: the result's types. Not here: computing or storing them. Floats are rounded to
`DECIMALS`, as the last bits of a float depend on the machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

DECIMALS = 6


class Situacao(StrEnum):
    """Whether there are clusters."""

    CONCLUIDA = "concluida"
    INSUFICIENTE = "insuficiente"


class Change(StrEnum):
    """What became of a cluster since the last run."""

    NOVO = "novo"
    MANTIDO = "mantido"
    DIVIDIDO = "dividido"
    FUNDIDO = "fundido"
    APOSENTADO = "aposentado"


@dataclass(frozen=True, eq=False)
class FactorModel:
    """How columns and factors hang together.

    Attributes:
        columns: p names, in the order of the rows of `loadings`.
        loadings: p x f correlations of columns with varimax factors; factors by falling
            explained variance, the strongest loading of each positive.
        uniquenesses: p shares (0-1) of a column's variance that no factor tells.
        eigenvalues: p, of the correlation matrix, falling.
        random_eigenvalues: p, the 95th percentile of those of as many clients with
            independent columns.
        n: clients that it was fitted on.
    """

    columns: tuple[str, ...]
    loadings: NDArray[np.float64]
    uniquenesses: NDArray[np.float64]
    eigenvalues: NDArray[np.float64]
    random_eigenvalues: NDArray[np.float64]
    n: int

    @property
    def n_factors(self) -> int:
        """Number of factors, f."""
        return int(self.loadings.shape[1])


@dataclass(frozen=True)
class ClusterSummary:
    """A cluster of this run, or one of the last run that is gone.

    Attributes:
        stable: its number from run to run, 1 or more, never given again.
        cluster: its number in this run; None if it is gone.
        change: what became of it.
        related: `stable` of the cluster that it split from, or that it merged into.
        size: clients; 0 if it is gone.
        share: of the segmented clients, 0-100.
        means: by numeric feature, in its own unit; empty if it is gone.
        medians: likewise.
        shares: by category, then by its value (rare ones as OUTROS), 0-100; empty if gone.
        centroid: mean of each prepared column, in its prepared unit; what the next run's
            `Previous` takes. That of the last run if it is gone.
        label: plain Portuguese, distinct among the run's summaries.
    """

    stable: int
    cluster: int | None
    change: Change
    related: int | None
    size: int
    share: float
    means: Mapping[str, float]
    medians: Mapping[str, float]
    shares: Mapping[str, Mapping[str, float]]
    centroid: Mapping[str, float]
    label: str


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The result of a run for one perfil; arrays of clients are by ascending id.

    If `situacao` is insuficiente, there are no segmented clients: arrays have length 0,
    `factors` and `k` are None and all else is empty, except who was left out.

    Attributes:
        situacao: whether there are clusters.
        motivo: why not, in Portuguese; None if there are.
        ids: n segmented clients.
        cluster: n, 0 to k-1, largest cluster first.
        stable: n, the cluster's number from run to run.
        scores: n x f factor scores.
        distance: n, to the centroid of the client's cluster, in the scores' space.
        left_out_ids: clients without a value in a chosen numeric feature.
        left_out_reason: why, for each of them, in Portuguese.
        dropped: prepared columns that are equal for all clients.
        reference: columns of categories that the analysis does without, as the others of
            the category tell them.
        factors: the factor model.
        silhouettes: mean silhouette for each k tried.
        k: the chosen one.
        clusters: those of this run by `cluster`, then those that are gone by `stable`.
        ari: adjusted Rand index over clients that are in both runs; None without any.
        migration: (label in the last run, label now, clients), by label, None last: a client
            that was not there, or is not any more. Empty without a last run.
        compared: whether there was a last run to compare with.
    """

    situacao: Situacao
    motivo: str | None
    ids: NDArray[np.str_]
    cluster: NDArray[np.int64]
    stable: NDArray[np.int64]
    scores: NDArray[np.float64]
    distance: NDArray[np.float64]
    left_out_ids: NDArray[np.str_]
    left_out_reason: NDArray[Any]
    dropped: tuple[str, ...]
    reference: tuple[str, ...]
    factors: FactorModel | None
    silhouettes: Mapping[int, float]
    k: int | None
    clusters: tuple[ClusterSummary, ...]
    ari: float | None
    migration: tuple[tuple[int | None, int | None, int], ...]
    compared: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the analysed columns, p."""
        return () if self.factors is None else self.factors.columns


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to `DECIMALS`, without -0.0."""
    return np.round(values, DECIMALS) + 0.0
