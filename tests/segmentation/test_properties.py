"""What holds of every segmentation, whatever the clients."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.segmentation import FEATURES, Clients, Parameters, Situacao, segment
from tests.segmentation.portfolios import as_previous, shuffled, told

VALUES = {
    "nr_risco": st.sampled_from([1.0, 2.0, 7.0, 13.0, np.nan]),
    "cob_garantia": st.floats(0, 500),
    "nr_atraso": st.sampled_from([0.0, 0.0, 15.0, 400.0]),
    "vl_contrato": st.floats(0, 1e12),
    "vl_saldo": st.floats(-1e6, 1e12),
    "mod_bacen": st.sampled_from(["0203", "0202", "", "OUTROS", None]),
}


@st.composite
def clients(draw):
    n = draw(st.integers(3, 40))
    columns = {
        feature.name: np.array(
            draw(st.lists(VALUES[feature.name], min_size=n, max_size=n)),
            dtype=object if feature.is_category else np.float64,
        )
        for feature in FEATURES
    }
    return Clients(np.array([f"c{each}" for each in range(n)]), columns)


@st.composite
def parameters(draw):
    names = [feature.name for feature in FEATURES]
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    k_min = draw(st.integers(2, 3))
    return Parameters(
        features=tuple(chosen),
        max_factors=draw(st.integers(1, 5)),
        k_min=k_min,
        k_max=draw(st.integers(k_min, 5)),
        n_init=1,
        min_clients=4,
    )


# No deadline: how long it takes is the machine's affair.
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(clients(), clients(), parameters())
def test_every_segmentation_adds_up(before, now, chosen):
    first = segment(before, chosen)
    previous = as_previous(first) if first.situacao is Situacao.CONCLUIDA else None
    result = segment(now, chosen, previous)
    everybody = [*result.ids, *result.left_out_ids]
    if result.situacao is Situacao.INSUFICIENTE:
        assert result.motivo
        assert len(result.ids) == len(result.clusters) == 0
        return
    assert sorted(everybody) == sorted(now.ids)
    living = [each for each in result.clusters if each.cluster is not None]
    assert [each.cluster for each in living] == list(range(result.k))
    assert [each.size for each in living] == np.bincount(result.cluster).tolist()
    assert sum(each.share for each in living) == pytest.approx(100, abs=1e-4)
    for each in living:
        assert each.size > 0
        for shares in each.shares.values():
            assert sum(shares.values()) == pytest.approx(100, abs=1e-4)
        assert (result.stable[result.cluster == each.cluster] == each.stable).all()
    labels = [each.label for each in result.clusters]
    assert all(labels)
    assert len(set(labels)) == len(labels)
    stable = [each.stable for each in result.clusters]
    assert len(set(stable)) == len(stable)
    assert min(stable) >= 1
    assert result.scores.shape == (len(result.ids), result.factors.n_factors)
    assert result.factors.n_factors <= chosen.max_factors
    assert np.isfinite(result.scores).all()
    assert np.isfinite(result.distance).all()
    assert not np.signbit(result.scores[result.scores == 0]).any()
    assert chosen.k_min <= result.k <= chosen.k_max
    assert all(-1 <= silhouette <= 1 for silhouette in result.silhouettes.values())
    if previous is not None:
        assert sum(count for *_, count in result.migration) == len(
            set(previous.ids) | set(result.ids)
        )
        assert set(previous.centroids) <= set(stable)
    assert told(segment(shuffled(now), chosen, previous)) == told(result)
