"""What an analyst reads of a cluster: figures in real units, words that fit them."""

import numpy as np
import pytest

from orchestration.segmentation import Clients, Parameters, segment
from tests.segmentation.portfolios import changed, majority, portfolio

FAST = Parameters(n_init=4)


def described(result, group, wanted):
    stable = majority(result.stable, group, wanted)
    return next(each for each in result.clusters if each.stable == stable)


def test_words_fit_the_clients_they_are_said_of():
    clients, group = portfolio(400)
    result = segment(clients, FAST)
    secured = described(result, group, 0).label
    defaulted = described(result, group, 3).label
    assert "garantia muito alta" in secured
    assert "risco alto" in defaulted
    assert "atraso alto" in defaulted


def test_means_and_medians_are_those_of_the_members_in_real_units():
    clients, group = portfolio(400)
    result = segment(clients, FAST)
    summary = described(result, group, 2)
    inside = result.cluster == summary.cluster
    for name, mean in summary.means.items():
        values = clients.columns[name][inside]
        assert mean == pytest.approx(values.mean(), abs=1e-5)
        assert summary.medians[name] == pytest.approx(np.median(values), abs=1e-5)
    modality = clients.columns["mod_bacen"][inside]
    assert summary.shares["mod_bacen"]["0401"] == pytest.approx(100 * np.mean(modality == "0401"))


def test_a_frequent_modality_is_named():
    clients, group = portfolio(400)
    only = np.where(group == 1, "0202", "0203").astype(object)
    result = segment(
        changed(clients, mod_bacen=only),
        Parameters(n_init=4, features=("mod_bacen", "nr_risco")),
    )
    labels = [each.label for each in result.clusters]
    assert any("modalidade 0202" in label for label in labels)


def test_clusters_that_words_do_not_tell_apart_have_their_number():
    column = np.repeat([0.0, 1.0, 4.0, 4.2, 4.4], 40) + np.tile(np.linspace(0, 0.01, 40), 5)
    clients = Clients(np.array([f"c{each:03d}" for each in range(200)]), {"nr_risco": column})
    labels = [
        each.label
        for each in segment(
            clients, Parameters(n_init=4, features=("nr_risco",), k_min=5, k_max=5)
        ).clusters
    ]
    assert len(set(labels)) == 5
    assert any("(segmento" in label for label in labels)


def test_the_centroid_is_in_prepared_units_and_has_every_column():
    clients, _ = portfolio(400)
    result = segment(clients, FAST)
    summary = result.clusters[0]
    inside = result.cluster == 0
    assert set(summary.centroid) == {*result.columns, *result.reference, *result.dropped}
    assert summary.centroid["vl_saldo"] == pytest.approx(
        np.log1p(clients.columns["vl_saldo"][inside]).mean(), abs=1e-6
    )
