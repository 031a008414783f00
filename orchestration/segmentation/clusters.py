"""Groups of clients with similar scores: how many, and who is in which.

Here: k-means for each k, silhouettes, the clusters' canonical order. Not here: which
cluster of the last run each one is (`continuity`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_chunked

from orchestration.segmentation.parameters import Parameters
from orchestration.segmentation.result import rounded

# Distances held at once while silhouettes are computed.
CHUNK_MIB = 64


@dataclass(frozen=True, eq=False)
class Clustering:
    """The chosen grouping of n clients.

    Attributes:
        labels: n, 0 to k-1, largest cluster first.
        distance: n, to the own cluster's centroid.
        silhouettes: mean silhouette for each k tried.
    """

    labels: NDArray[np.int64]
    distance: NDArray[np.float64]
    silhouettes: Mapping[int, float]

    @property
    def k(self) -> int:
        """Number of clusters."""
        return int(self.labels.max()) + 1


def cluster(scores: NDArray[np.float64], parameters: Parameters) -> Clustering | None:
    """Group clients by k-means, k by silhouette.

    Args:
        scores: n x f, rounded, so that groups do not hang on the last bits.
        parameters: which k, how many starts, the sample, the seed.

    Returns:
        The grouping; None if there are fewer distinct scores than `k_min`, or no more
        clients than clusters.
    """
    most = min(parameters.k_max, len(np.unique(scores, axis=0)), len(scores) - 1)
    partitions: dict[int, NDArray[np.int64]] = {}
    for k in range(parameters.k_min, most + 1):
        model = KMeans(n_clusters=k, n_init=parameters.n_init, random_state=parameters.seed)
        labels = model.fit(scores).labels_.astype(np.int64)
        # Where most clients are equal, k-means may find fewer clusters than asked for.
        if len(np.unique(labels)) == k:
            partitions[k] = labels
    if not partitions:
        return None
    sample = stratified_sample(
        list(partitions.values()), parameters.silhouette_sample, parameters.seed
    )
    silhouettes = dict(
        zip(
            partitions,
            mean_silhouettes(scores[sample], [labels[sample] for labels in partitions.values()]),
            strict=True,
        )
    )
    k = choose_k(silhouettes, partitions, parameters.min_cluster_share)
    labels = in_canonical_order(scores, partitions[k])
    centroids = np.stack([scores[labels == each].mean(axis=0) for each in range(k)])
    distance = np.linalg.norm(scores - centroids[labels], axis=1)
    return Clustering(labels, rounded(distance), silhouettes)


def stratified_sample(
    partitions: list[NDArray[np.int64]], size: int, seed: int
) -> NDArray[np.int64]:
    """Choose clients such that every cluster of every k has its share of them.

    Clients are sorted by their cluster in each k, the most clusters first, by chance among
    those that are together in all, and taken at equal steps: one sample serves each k.

    Args:
        partitions: for each k, n labels.
        size: clients wanted.
        seed: of the chance.

    Returns:
        Ascending positions; all of them if there are no more than wanted.
    """
    n = len(partitions[0])
    if n <= size:
        return np.arange(n)
    chance = np.random.default_rng(seed).permutation(n)
    order = np.lexsort((chance, *partitions))
    return np.sort(order[(np.arange(size) * n + n // 2) // size])


def mean_silhouettes(
    points: NDArray[np.float64], partitions: list[NDArray[np.int64]]
) -> list[float]:
    """Return the mean silhouette of each of several groupings of the same points.

    As sklearn's `silhouette_score` does for one grouping, but each distance is computed
    once for all of them.

    Args:
        points: n x f.
        partitions: n labels each.

    Returns:
        A mean for each, -1 to 1, rounded; 0 for a point alone in its cluster, and where all
        are in one (the sample may have missed one of a few clients).
    """
    members = [labels[:, None] == np.unique(labels)[None, :] for labels in partitions]
    together = np.hstack(members).astype(np.float64)

    def sums(distances: NDArray[np.float64], start: int) -> NDArray[np.float64]:
        del start
        summed: NDArray[np.float64] = distances @ together
        return summed

    to_clusters = np.vstack(
        list(pairwise_distances_chunked(points, reduce_func=sums, working_memory=CHUNK_MIB))
    )
    means: list[float] = []
    first = 0
    for own in members:
        until = first + own.shape[1]
        means.append(_mean_silhouette(to_clusters[:, first:until], own))
        first = until
    return means


def _mean_silhouette(to_clusters: NDArray[np.float64], own: NDArray[np.bool_]) -> float:
    """Return a grouping's mean silhouette.

    Args:
        to_clusters: n x k sums of a point's distances to each cluster's points.
        own: n x k, which cluster the point is in.
    """
    if own.shape[1] < 2:
        return 0.0
    sizes = own.sum(axis=0)
    own_size = sizes[np.argmax(own, axis=1)]
    inside = to_clusters[own] / np.maximum(own_size - 1, 1)
    outside = np.where(own, np.inf, to_clusters / sizes).min(axis=1)
    widest = np.maximum(inside, outside)
    each = np.divide(outside - inside, widest, out=np.zeros_like(widest), where=widest > 0)
    return float(rounded(np.where(own_size > 1, each, 0.0).mean()))


def choose_k(
    silhouettes: Mapping[int, float],
    partitions: Mapping[int, NDArray[np.int64]],
    min_share: float,
) -> int:
    """Return the k with the best silhouette, the smaller one of equals.

    A silhouette is best of all where a handful of odd clients stands apart from everybody
    else, which segments nobody: a k with a cluster below `min_share` of the clients counts
    only if all have one.
    """
    usable = [
        k
        for k, labels in partitions.items()
        if np.bincount(labels, minlength=k).min() >= min_share * len(labels)
    ]
    return min(usable or list(partitions), key=lambda k: (-silhouettes[k], k))


def in_canonical_order(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number clusters by falling size, those of one size by their centroids.

    Args:
        scores: n x f.
        labels: n, in the order in which k-means happened to find the clusters.

    Returns:
        n labels from 0.
    """
    found, sizes = np.unique(labels, return_counts=True)
    centroids = {each: rounded(scores[labels == each].mean(axis=0)).tolist() for each in found}
    order = sorted(
        range(len(found)), key=lambda position: (-sizes[position], centroids[found[position]])
    )
    rank = np.empty(int(found.max()) + 1, dtype=np.int64)
    rank[found[order]] = np.arange(len(found))
    return rank[labels]
