"""What an analyst reads of a cluster: its figures, and a label in plain Portuguese.

Here: means, medians, shares, centroids, labels. Not here: colours and plots (`plots`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from orchestration.segmentation.catalogue import BY_NAME
from orchestration.segmentation.clients import Clients
from orchestration.segmentation.preparation import Prepared, column_name, feature_of
from orchestration.segmentation.result import rounded

# Distance from the mean of all clients, in standard deviations, from which words are used.
NOTICEABLE = 0.25
HIGH = 0.75
VERY_HIGH = 1.5
# A modality is named where it is this much more frequent than among all clients.
NOTICEABLE_SHARE = 0.2
SAID_FIRST = 3


def centroids(prepared: Prepared, labels: NDArray[np.int64]) -> list[dict[str, float]]:
    """Return each cluster's mean of every prepared column, by cluster number."""
    return [
        dict(
            zip(
                prepared.names,
                rounded(prepared.values[labels == each].mean(axis=0)).tolist(),
                strict=True,
            )
        )
        for each in range(int(labels.max()) + 1)
    ]


def means_and_medians(
    clients: Clients, features: Sequence[str], inside: NDArray[np.bool_]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the numeric features' means and medians over some clients, in their own units."""
    numeric = [name for name in features if not BY_NAME[name].is_category]
    values = {name: clients.columns[name][inside] for name in numeric}
    return (
        {name: float(rounded(column.mean())) for name, column in values.items()},
        {name: float(rounded(np.median(column))) for name, column in values.items()},
    )


def value_shares(prepared: Prepared, inside: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    """Return by category how many of some clients have each value, 0-100, none omitted."""
    shares: dict[str, dict[str, float]] = {}
    for name, grouped in prepared.categories.items():
        values = np.unique(grouped.astype(np.str_)).tolist()
        shares[name] = {
            value: float(rounded(100.0 * (grouped[inside] == value).mean())) for value in values
        }
    return shares


def distinct_labels(
    prepared: Prepared, described: Sequence[tuple[int, Mapping[str, float]]]
) -> list[str]:
    """Put clusters into words, no two alike.

    Args:
        prepared: this run's columns: what is usual.
        described: the stable label and the centroid of each cluster.

    Returns:
        A label each: what sets the cluster apart most, more of it where two would be alike,
        and the stable label where words do not do.
    """
    phrases = [_phrases(prepared, centroid) for _, centroid in described]
    said = [min(SAID_FIRST, len(each)) for each in phrases]

    def labels() -> list[str]:
        return [
            ", ".join(each[:count]) or "perfil médio"
            for each, count in zip(phrases, said, strict=True)
        ]

    while True:
        current = labels()
        more = [
            position
            for position, label in enumerate(current)
            if current.count(label) > 1 and said[position] < len(phrases[position])
        ]
        if not more:
            break
        for position in more:
            said[position] += 1
    return [
        f"{label} (segmento {stable})" if current.count(label) > 1 else label
        for label, (stable, _) in zip(current, described, strict=True)
    ]


def _phrases(prepared: Prepared, centroid: Mapping[str, float]) -> list[str]:
    """Say what sets a centroid apart from the mean, most striking first."""
    usual = prepared.values.mean(axis=0)
    found: list[tuple[float, int, str]] = []
    for position, (name, scale) in enumerate(zip(prepared.names, prepared.scale, strict=True)):
        feature = BY_NAME[feature_of(name)]
        if not scale > 0 or name not in centroid:
            continue
        difference = centroid[name] - usual[position]
        apart = difference / scale
        if feature.is_category:
            if difference >= NOTICEABLE_SHARE:
                value = name.removeprefix(column_name(feature.name, ""))
                found.append((abs(apart), position, f"{feature.noun} {value}"))
        elif abs(apart) >= NOTICEABLE:
            found.append((abs(apart), position, f"{feature.noun} {_how(apart, feature.feminine)}"))
    return [
        phrase for _, _, phrase in sorted(found, key=lambda each: (-round(each[0], 6), each[1]))
    ]


def _how(apart: float, feminine: bool) -> str:
    """Say how far from the mean, `apart` in standard deviations."""
    if abs(apart) < HIGH:
        return "acima da média" if apart > 0 else "abaixo da média"
    stem = "alt" if apart > 0 else "baix"
    word = stem + ("a" if feminine else "o")
    return f"muito {word}" if abs(apart) >= VERY_HIGH else word
