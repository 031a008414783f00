"""Clusters: planted ones found again, silhouettes as sklearn's, the choice of k."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

from orchestration.segmentation import Parameters, segment
from orchestration.segmentation.clusters import (
    choose_k,
    cluster,
    in_canonical_order,
    mean_silhouettes,
    stratified_sample,
)
from tests.segmentation.portfolios import portfolio


@pytest.fixture
def scattered():
    chance = np.random.default_rng(4)
    return chance.normal(size=(700, 2)) + 4 * chance.integers(0, 3, (700, 1))


@pytest.mark.parametrize("n", [60, 600, 4000])
def test_planted_clusters_are_found_again(n):
    clients, group = portfolio(n)
    result = segment(clients)
    assert result.k == 4
    assert adjusted_rand_score(group, result.cluster) > 0.97


def test_silhouettes_equal_those_of_sklearn(scattered):
    chance = np.random.default_rng(1)
    partitions = [chance.integers(0, k, len(scattered)) for k in (2, 3, 7)]
    partitions.append((scattered[:, 0] > 4).astype(np.int64))
    expected = [silhouette_score(scattered, labels) for labels in partitions]
    assert mean_silhouettes(scattered, partitions) == pytest.approx(expected, abs=1e-6)


def test_a_point_alone_in_its_cluster_has_the_silhouette_that_sklearn_gives_it():
    points = np.array([[0.0], [1.0], [1.5], [9.0]])
    labels = np.array([0, 0, 0, 1])
    assert mean_silhouettes(points, [labels]) == pytest.approx(
        [silhouette_score(points, labels)], abs=1e-6
    )


def test_equal_points_have_silhouettes():
    points = np.repeat([[0.0], [5.0]], 20, axis=0)
    assert mean_silhouettes(points, [np.repeat([0, 1], 20)]) == [1.0]


def test_points_of_one_cluster_have_no_silhouette():
    points = np.array([[0.0], [1.0], [1.5]])
    assert mean_silhouettes(points, [np.zeros(3, dtype=np.int64)]) == [0.0]


def test_distances_of_many_points_are_computed_in_pieces():
    chance = np.random.default_rng(0)
    points = chance.normal(size=(3500, 2))
    labels = chance.integers(0, 3, 3500)
    assert mean_silhouettes(points, [labels]) == pytest.approx(
        [silhouette_score(points, labels)], abs=1e-6
    )


def test_a_sample_has_its_share_of_every_cluster_of_every_k():
    chance = np.random.default_rng(0)
    partitions = [chance.integers(0, k, 30_000) ** 2 for k in (2, 4, 6)]
    sample = stratified_sample(partitions, 10_000, seed=1)
    assert len(np.unique(sample)) == 10_000
    for labels in partitions:
        for label in np.unique(labels):
            assert (labels[sample] == label).sum() == pytest.approx(
                (labels == label).sum() / 3, abs=25
            )


def test_a_sampled_silhouette_is_near_that_of_all_clients():
    clients, _ = portfolio(3000)
    whole = segment(clients, Parameters(silhouette_sample=3000))
    part = segment(clients, Parameters(silhouette_sample=1000))
    assert part.k == whole.k
    for k, silhouette in whole.silhouettes.items():
        assert part.silhouettes[k] == pytest.approx(silhouette, abs=0.03)


def test_every_k_tried_has_its_silhouette():
    result = segment(portfolio(200)[0], Parameters(k_min=3, k_max=5))
    assert sorted(result.silhouettes) == [3, 4, 5]


def test_of_equal_silhouettes_the_smaller_k_is_chosen():
    partitions = {2: np.repeat([0, 1], 6), 3: np.repeat([0, 1, 2], 4)}
    assert choose_k({2: 0.5, 3: 0.5}, partitions, 0.02) == 2
    assert choose_k({2: 0.5, 3: 0.6}, partitions, 0.02) == 3


def test_a_k_with_a_tiny_cluster_is_chosen_only_if_all_have_one():
    tiny, even = np.array([0] * 99 + [1]), np.array([0, 1, 2, 2] * 25)
    assert choose_k({2: 0.9, 3: 0.4}, {2: tiny, 3: even}, 0.02) == 3
    assert choose_k({2: 0.9}, {2: tiny}, 0.02) == 2


def test_clusters_are_numbered_by_size_whatever_order_they_were_found_in(scattered):
    labels = (scattered[:, 0] > 2).astype(np.int64) + (scattered[:, 0] > 6)
    expected = in_canonical_order(scattered, labels)
    assert (np.diff(np.bincount(expected)) <= 0).all()
    for other in ([2, 0, 1], [1, 2, 0], [2, 1, 0]):
        assert (in_canonical_order(scattered, np.array(other)[labels]) == expected).all()


def test_no_more_clusters_than_distinct_scores():
    scores = np.repeat([[0.0], [1.0], [7.0]], 30, axis=0)
    found = cluster(scores, Parameters())
    assert found is not None
    assert sorted(found.silhouettes) == [2, 3]
    assert found.k == 3
    assert cluster(np.zeros((30, 1)), Parameters()) is None


def test_distance_is_to_the_centroid_of_the_own_cluster():
    result = segment(portfolio(300)[0])
    for each in range(result.k):
        members = result.scores[result.cluster == each]
        np.testing.assert_allclose(
            result.distance[result.cluster == each],
            np.linalg.norm(members - members.mean(axis=0), axis=1),
            atol=1e-6,
        )
