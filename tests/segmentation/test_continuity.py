"""Labels from run to run: they keep their meaning, and what changed is said."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from orchestration.segmentation import Change, Clients, Parameters, Previous, segment
from orchestration.segmentation.continuity import match
from tests.segmentation.portfolios import (
    a_month_later,
    as_previous,
    changed,
    joined,
    majority,
    portfolio,
    shuffled,
)

FAST = Parameters(n_init=4)
ABOUT = {group: portfolio(240, seed=20 + group, groups=(group,), prefix=f"g{group}_")[0]
         for group in range(4)}  # fmt: skip


def of_groups(*groups: int) -> Clients:
    return joined(*(ABOUT[group] for group in groups))


def group_of(ids):
    return np.array([int(each[1]) for each in ids])


def by_change(result):
    return {summary.stable: summary.change for summary in result.clusters}


@pytest.fixture(scope="module")
def four():
    return segment(of_groups(0, 1, 2, 3), FAST)


@pytest.fixture(scope="module")
def without_the_last():
    return segment(of_groups(0, 1, 2), FAST)


def test_a_first_run_counts_its_labels_from_one_and_compares_nothing(four):
    assert sorted(summary.stable for summary in four.clusters) == [1, 2, 3, 4]
    assert {summary.change for summary in four.clusters} == {Change.NOVO}
    assert (four.ari, four.migration, four.compared) == (None, (), False)


def test_the_same_clients_keep_their_labels_and_agree_wholly(four):
    again = segment(shuffled(of_groups(0, 1, 2, 3)), FAST, as_previous(four))
    assert again.stable.tolist() == four.stable.tolist()
    assert set(by_change(again).values()) == {Change.MANTIDO}
    assert again.ari == 1.0
    assert {(before, after) for before, after, _ in again.migration} == {
        (label, label) for label in (1, 2, 3, 4)
    }


def test_a_label_means_the_same_clients_a_month_later(four):
    entered = portfolio(60, seed=9, prefix="e")[0]
    later = segment(joined(a_month_later(of_groups(0, 1, 2, 3)), entered), FAST, as_previous(four))
    assert set(by_change(later).values()) == {Change.MANTIDO}
    for group in range(4):
        known = np.char.startswith(later.ids, f"g{group}_")
        assert majority(later.stable[known], np.zeros(known.sum()), 0) == majority(
            four.stable, group_of(four.ids), group
        )
    assert later.ari > 0.95


def test_migration_counts_who_stayed_entered_and_left(four):
    clients = of_groups(0, 1, 2, 3)
    entered = portfolio(40, seed=9, prefix="e")[0]
    stayed = clients.take(np.arange(len(clients)) % 10 != 0)
    later = segment(joined(stayed, entered), FAST, as_previous(four))
    assert sum(count for *_, count in later.migration) == len(clients) + 40
    assert sum(count for before, _, count in later.migration if before is None) == 40
    assert sum(count for _, after, count in later.migration if after is None) == 96
    then = dict(zip(four.ids, four.stable, strict=True))
    now = dict(zip(later.ids, later.stable, strict=True))
    for before, after, count in later.migration:
        assert count == sum(
            then.get(each) == before and now.get(each) == after for each in then | now
        )
    both = [each for each in then if each in now]
    assert later.ari == pytest.approx(
        adjusted_rand_score([then[each] for each in both], [now[each] for each in both]), abs=1e-6
    )


def test_labels_keep_their_meaning_in_resamples_of_the_clients(four):
    clients = of_groups(0, 1, 2, 3)
    for seed in range(3):
        drawn = np.random.default_rng(seed).choice(len(clients), len(clients))
        resample = Clients(
            np.array([f"{clients.ids[each]}_{at}" for at, each in enumerate(drawn)]),
            {name: column[drawn] for name, column in clients.columns.items()},
        )
        result = segment(resample, FAST, as_previous(four))
        assert set(by_change(result).values()) == {Change.MANTIDO}
        for group in range(4):
            assert majority(result.stable, group_of(result.ids), group) == majority(
                four.stable, group_of(four.ids), group
            )


def test_clients_of_a_kind_not_seen_before_are_a_new_cluster(without_the_last):
    result = segment(of_groups(0, 1, 2, 3), FAST, as_previous(without_the_last))
    fresh = majority(result.stable, group_of(result.ids), 3)
    assert fresh == 4
    assert by_change(result)[4] is Change.NOVO
    assert [change for change in by_change(result).values()].count(Change.MANTIDO) == 3


def test_a_cluster_whose_clients_all_left_is_retired_and_still_described(four):
    result = segment(of_groups(0, 1, 2), FAST, as_previous(four))
    lost = majority(four.stable, group_of(four.ids), 3)
    gone = result.clusters[-1]
    assert (gone.stable, gone.change, gone.cluster, gone.size, gone.related) == (
        lost,
        Change.APOSENTADO,
        None,
        0,
        None,
    )
    assert gone.centroid == next(each.centroid for each in four.clusters if each.stable == lost)
    assert "risco" in gone.label


def test_a_retired_label_is_not_given_again(four):
    without = segment(of_groups(0, 1, 2), FAST, as_previous(four))
    back = segment(of_groups(0, 1, 2, 3), FAST, as_previous(without, highest=4))
    assert majority(back.stable, group_of(back.ids), 3) == 5


def test_a_cluster_whose_clients_became_like_another_has_merged_into_it(four):
    clients = of_groups(0, 1, 2, 3)
    alike = {name: column.copy() for name, column in clients.columns.items()}
    groups = group_of(clients.ids)
    for column in alike.values():
        column[groups == 3] = column[groups == 2]
    result = segment(changed(clients, **alike), FAST, as_previous(four))
    vanished = majority(four.stable, group_of(four.ids), 3)
    kept = majority(four.stable, group_of(four.ids), 2)
    merged = next(each for each in result.clusters if each.stable == vanished)
    assert (merged.change, merged.related, merged.cluster) == (Change.FUNDIDO, kept, None)
    assert by_change(result)[kept] is Change.MANTIDO


def test_clients_who_became_unlike_their_cluster_have_split_from_it(without_the_last):
    clients = of_groups(0, 1, 2)
    origin = majority(without_the_last.stable, group_of(without_the_last.ids), 2)
    parted = np.flatnonzero(group_of(clients.ids) == 2)[:100]
    columns = {name: column.copy() for name, column in clients.columns.items()}
    for name, column in columns.items():
        column[parted] = ABOUT[3].columns[name][:100]
    result = segment(changed(clients, **columns), FAST, as_previous(without_the_last))
    split = next(each for each in result.clusters if each.change is Change.DIVIDIDO)
    assert (split.stable, split.related) == (4, origin)
    assert by_change(result)[origin] is Change.MANTIDO
    assert split.size == pytest.approx(100, abs=5)


def test_one_known_client_among_new_ones_is_no_split(without_the_last):
    clients = of_groups(0, 1, 2, 3)
    parted = np.flatnonzero(group_of(clients.ids) == 2)[:1]
    columns = {name: column.copy() for name, column in clients.columns.items()}
    for name, column in columns.items():
        column[parted] = ABOUT[3].columns[name][:1]
    result = segment(changed(clients, **columns), FAST, as_previous(without_the_last))
    fresh = next(each for each in result.clusters if each.stable == 4)
    assert (fresh.change, fresh.related) == (Change.NOVO, None)


def test_one_client_who_stayed_is_no_merger(four):
    clients = of_groups(0, 1, 2)
    kept = np.flatnonzero(group_of(four.ids) == 3)[:1]
    known = four.ids[kept][0]
    stayed = Clients(
        np.append(clients.ids[1:], known),
        {name: np.append(column[1:], column[:1]) for name, column in clients.columns.items()},
    )
    result = segment(stayed, FAST, as_previous(four))
    lost = majority(four.stable, group_of(four.ids), 3)
    gone = next(each for each in result.clusters if each.stable == lost)
    assert (gone.change, gone.related) == (Change.APOSENTADO, None)


def test_matching_is_the_cheapest_over_all_pairs_and_not_beyond_the_cap():
    apart = np.array([[0.1, 0.2], [0.2, 0.9]])
    assert match(apart, [7, 8], cap=1.0) == {0: 8, 1: 7}
    assert match(np.array([[0.1, 0.7], [0.7, 0.7]]), [7, 8], cap=0.6) == {0: 7}
    assert match(np.array([[0.6]]), [7], cap=0.6) == {}


def test_features_that_only_one_run_has_do_not_keep_clusters_apart(four):
    clients = of_groups(0, 1, 2, 3)
    names = ("nr_risco", "cob_garantia", "nr_atraso", "vl_contrato")
    fewer = segment(
        clients, Parameters(n_init=4, features=names, k_min=4, k_max=4), as_previous(four)
    )
    assert set(by_change(fewer).values()) == {Change.MANTIDO}
    assert set(by_change(segment(clients, FAST, as_previous(fewer))).values()) == {Change.MANTIDO}


def test_runs_without_a_common_feature_have_no_common_clusters(four):
    size = segment(of_groups(0, 1, 2, 3), Parameters(n_init=4, features=("vl_saldo",)))
    risk = segment(
        of_groups(0, 1, 2, 3), Parameters(n_init=4, features=("nr_risco",)), as_previous(size)
    )
    assert Change.MANTIDO not in by_change(risk).values()
    assert min(risk.stable) == len(size.clusters) + 1


def test_an_insufficient_run_retires_nothing(four):
    few = segment(of_groups(0).take(np.arange(10)), FAST, as_previous(four))
    assert (few.clusters, few.migration, few.compared) == ((), (), True)


@pytest.mark.parametrize(
    ("ids", "labels", "centroids", "highest", "message"),
    [
        (["a"], [2], {1: {}}, 2, "sem centroide: 2"),
        (["a"], [1], {1: {}, 3: {}}, 2, "highest_label"),
        (["a", "a"], [1, 1], {1: {}}, 1, "repete"),
        (["a"], [1, 1], {1: {}}, 1, "a mais ou a menos"),
        (["a"], [0], {0: {}}, 1, "inválido"),
    ],
)
def test_a_last_run_that_does_not_fit_together_is_refused(ids, labels, centroids, highest, message):
    with pytest.raises(ValueError, match=message):
        Previous(np.array(ids), np.array(labels), centroids, highest)
