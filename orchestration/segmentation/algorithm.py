"""The whole segmentation of one perfil, step by step.

Here: the order of the steps, and what is too little to segment. Not here: any step.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from orchestration.segmentation.clients import Clients, missing_reasons
from orchestration.segmentation.clusters import Clustering, cluster
from orchestration.segmentation.continuity import Fate, Previous, follow
from orchestration.segmentation.description import (
    centroids,
    distinct_labels,
    means_and_medians,
    value_shares,
)
from orchestration.segmentation.factors import analyse
from orchestration.segmentation.parameters import Parameters
from orchestration.segmentation.preparation import Prepared, prepare
from orchestration.segmentation.result import (
    ClusterSummary,
    FactorModel,
    Segmentation,
    Situacao,
    rounded,
)

DEFAULTS = Parameters()

# Ids of the clients that do not take part, and why not.
LeftOut = tuple[NDArray[np.str_], NDArray[Any]]


def segment(
    clients: Clients, parameters: Parameters = DEFAULTS, previous: Previous | None = None
) -> Segmentation:
    """Segment the clients of one perfil.

    Args:
        clients: in any order.
        parameters: the analyst's choices.
        previous: the last good run of the same perfil; None for a first one.

    Returns:
        The clusters, or why there are none: the same bytes for the same arguments.

    Raises:
        ValueError: a chosen feature has no column; in Portuguese.
    """
    for name in parameters.features:
        if name not in clients.columns:
            raise ValueError(f"falta a variável {name}")
    # Threads sum floats in the order in which they happen to finish.
    with threadpool_limits(limits=1):
        return _segment(clients.in_order(), parameters, previous)


def _segment(clients: Clients, parameters: Parameters, previous: Previous | None) -> Segmentation:
    reasons = missing_reasons(clients, parameters.features)
    complete = np.array([reason is None for reason in reasons], dtype=np.bool_)
    left_out = clients.ids[~complete], reasons[~complete]
    clients = clients.take(complete)
    if len(clients) < parameters.min_clients:
        return _insufficient(
            f"{len(clients)} clientes com todos os valores; o mínimo é {parameters.min_clients}",
            left_out,
            (),
            previous,
        )
    prepared = prepare(clients, parameters)
    if not prepared.analysed:
        return _insufficient(
            "todos os clientes têm os mesmos valores", left_out, prepared.dropped, previous
        )
    factors, scores = analyse(
        prepared.standardised(),
        tuple(prepared.names[position] for position in prepared.analysed),
        parameters,
    )
    found = cluster(scores, parameters)
    if found is None:
        return _insufficient(
            f"há menos de {parameters.k_min} grupos de valores distintos",
            left_out,
            prepared.dropped,
            previous,
        )
    return _completed(clients, parameters, previous, prepared, factors, scores, found, left_out)


def _completed(
    clients: Clients,
    parameters: Parameters,
    previous: Previous | None,
    prepared: Prepared,
    factors: FactorModel,
    scores: NDArray[np.float64],
    found: Clustering,
    left_out: LeftOut,
) -> Segmentation:
    """Put together what is told of the clusters found."""
    means = centroids(prepared, found.labels)
    story = follow(clients.ids, found.labels, means, prepared, previous, parameters.match_cap)
    gone_centroids = [
        dict(previous.centroids[fate.stable]) if previous else {} for fate in story.gone
    ]
    labels = distinct_labels(
        prepared,
        [
            (fate.stable, centroid)
            for fate, centroid in zip(
                (*story.current, *story.gone), (*means, *gone_centroids), strict=True
            )
        ],
    )
    stable = np.array([fate.stable for fate in story.current], dtype=np.int64)
    return Segmentation(
        situacao=Situacao.CONCLUIDA,
        motivo=None,
        ids=clients.ids,
        cluster=found.labels,
        stable=stable[found.labels],
        scores=scores,
        distance=found.distance,
        left_out_ids=left_out[0],
        left_out_reason=left_out[1],
        dropped=prepared.dropped,
        reference=prepared.reference,
        factors=factors,
        silhouettes=found.silhouettes,
        k=found.k,
        clusters=(
            *(
                _summary(clients, parameters, prepared, found, each, fate, means[each], label)
                for each, (fate, label) in enumerate(
                    zip(story.current, labels[: found.k], strict=True)
                )
            ),
            *(
                _gone(fate, centroid, label)
                for fate, centroid, label in zip(
                    story.gone, gone_centroids, labels[found.k :], strict=True
                )
            ),
        ),
        ari=story.ari,
        migration=story.migration,
        compared=previous is not None,
    )


def _summary(
    clients: Clients,
    parameters: Parameters,
    prepared: Prepared,
    found: Clustering,
    number: int,
    fate: Fate,
    centroid: dict[str, float],
    label: str,
) -> ClusterSummary:
    inside = found.labels == number
    means, medians = means_and_medians(clients, parameters.features, inside)
    return ClusterSummary(
        stable=fate.stable,
        cluster=number,
        change=fate.change,
        related=fate.related,
        size=int(inside.sum()),
        share=float(rounded(100.0 * inside.mean())),
        means=means,
        medians=medians,
        shares=value_shares(prepared, inside),
        centroid=centroid,
        label=label,
    )


def _gone(fate: Fate, centroid: dict[str, float], label: str) -> ClusterSummary:
    return ClusterSummary(
        stable=fate.stable,
        cluster=None,
        change=fate.change,
        related=fate.related,
        size=0,
        share=0.0,
        means={},
        medians={},
        shares={},
        centroid=centroid,
        label=label,
    )


def _insufficient(
    motivo: str,
    left_out: LeftOut,
    dropped: tuple[str, ...],
    previous: Previous | None,
) -> Segmentation:
    """Say why there are no clusters; those of the last run stay what they are."""
    return Segmentation(
        situacao=Situacao.INSUFICIENTE,
        motivo=motivo,
        ids=np.array([], dtype=np.str_),
        cluster=np.array([], dtype=np.int64),
        stable=np.array([], dtype=np.int64),
        scores=np.empty((0, 0)),
        distance=np.array([], dtype=np.float64),
        left_out_ids=left_out[0],
        left_out_reason=left_out[1],
        dropped=dropped,
        reference=(),
        factors=None,
        silhouettes={},
        k=None,
        clusters=(),
        ari=None,
        migration=(),
        compared=previous is not None,
    )
