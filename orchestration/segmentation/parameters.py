"""What an analyst may choose about a segmentation, and what is refused.

Here: defaults with their reasons, and limits. Not here: what the parameters do.
"""

import math
from dataclasses import dataclass

from orchestration.segmentation.catalogue import BY_NAME, FEATURES

MAX_FACTORS = 5
MAX_K = 20
# In standard deviations: no value is further off, and no square of it overflows.
MAX_LIMIT = 1e6


@dataclass(frozen=True)
class Parameters:
    """The choices of a run; `dataclasses.asdict` of it is JSON.

    Attributes:
        features: names of the catalogue; their order does not matter.
        max_factors: most factors, 1 to 5.
        k_min: fewest clusters tried, at least 2.
        k_max: most clusters tried.
        n_init: starts of k-means for each k, of which the best is kept.
        seed: of all that is drawn at random.
        silhouette_sample: clients that silhouettes are computed on, if there are more.
        min_clients: fewest clients that are segmented at all.
        rare_share: values of a category that fewer clients than this share have are one
            value, OUTROS.
        match_cap: how far a cluster's centroid may move and still be the same cluster, in
            standard deviations, root mean square over features.
        winsor: values further from the mean than this many standard deviations, both of the
            middle 98 %, count as that far.
        min_cluster_share: a k that leaves a cluster with less than this share of the clients
            is only chosen if every k does.

    Raises:
        ValueError: a value is not possible; in Portuguese, naming the parameter.
    """

    features: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
    max_factors: int = 3
    k_min: int = 2
    k_max: int = 6
    n_init: int = 20
    seed: int = 2026
    silhouette_sample: int = 10_000
    min_clients: int = 25
    rare_share: float = 0.02
    # A month later, 105 clusters of 32 planted portfolios were at most 0.24 from where they
    # had been (0.41 if a quarter of their clients had changed); the nearest other cluster
    # was at least 0.69 away.
    match_cap: float = 0.6
    # Without the limit, one saldo of 10^15 among 30 clients changed everybody's cluster;
    # without the share, one among 200 was a cluster by itself. Either alone was not enough.
    winsor: float = 4.0
    min_cluster_share: float = 0.02

    def __post_init__(self) -> None:
        """Refuse what cannot be meant, before any work."""
        object.__setattr__(self, "features", self._known_features())
        self._require_integers()
        self._require_finite()
        if not 1 <= self.max_factors <= MAX_FACTORS:
            raise ValueError(f"max_factors deve ficar entre 1 e {MAX_FACTORS}: {self.max_factors}")
        if self.k_min < 2:
            raise ValueError(f"k_min deve ser no mínimo 2: {self.k_min}")
        if self.k_min > self.k_max:
            raise ValueError(f"k_min ({self.k_min}) é maior que k_max ({self.k_max})")
        if self.k_max > MAX_K:
            raise ValueError(f"k_max deve ser no máximo {MAX_K}: {self.k_max}")
        if self.n_init < 1:
            raise ValueError(f"n_init deve ser no mínimo 1: {self.n_init}")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"seed deve ficar entre 0 e {2**32 - 1}: {self.seed}")
        if self.silhouette_sample < 100:
            raise ValueError(f"silhouette_sample deve ser no mínimo 100: {self.silhouette_sample}")
        if self.min_clients <= self.k_min:
            raise ValueError(
                f"min_clients ({self.min_clients}) deve ser maior que k_min ({self.k_min})"
            )
        if not 0 <= self.rare_share < 0.5:
            raise ValueError(f"rare_share deve ficar entre 0 e 0,5: {self.rare_share}")
        if not self.match_cap > 0:
            raise ValueError(f"match_cap deve ser positivo: {self.match_cap}")
        if not self.winsor >= 1:
            raise ValueError(f"winsor deve ser no mínimo 1: {self.winsor}")
        if not 0 <= self.min_cluster_share < 0.5:
            raise ValueError(
                f"min_cluster_share deve ficar entre 0 e 0,5: {self.min_cluster_share}"
            )

    def _known_features(self) -> tuple[str, ...]:
        """Return the chosen features in the catalogue's order.

        The order decides ties, and sums of floats; the same choice must be the same run.
        """
        if isinstance(self.features, str) or not self.features:
            raise ValueError(f"features deve listar ao menos uma variável: {self.features!r}")
        unknown = [name for name in self.features if name not in BY_NAME]
        if unknown:
            raise ValueError(
                f"variável desconhecida em features: {', '.join(map(str, unknown))};"
                f" as conhecidas são {', '.join(BY_NAME)}"
            )
        if len(set(self.features)) < len(self.features):
            raise ValueError(f"features repete uma variável: {', '.join(self.features)}")
        return tuple(name for name in BY_NAME if name in self.features)

    def _require_finite(self) -> None:
        for name in ("rare_share", "match_cap", "winsor", "min_cluster_share"):
            value = getattr(self, name)
            if not math.isfinite(value) or abs(value) > MAX_LIMIT:
                raise ValueError(f"{name} deve ser um número de até {MAX_LIMIT:g}: {value}")

    def _require_integers(self) -> None:
        for name in (
            "max_factors",
            "k_min",
            "k_max",
            "n_init",
            "seed",
            "silhouette_sample",
            "min_clients",
        ):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise ValueError(f"{name} deve ser um número inteiro: {value!r}")
