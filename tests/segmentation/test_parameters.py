"""Parameters: what is refused, in whose words, and what is kept of them."""

import json
from dataclasses import asdict

import pytest

from orchestration.segmentation import FEATURES, Parameters


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"features": ("renda",)}, "variável desconhecida em features: renda"),
        ({"features": ()}, "ao menos uma variável"),
        ({"features": "vl_saldo"}, "ao menos uma variável"),
        ({"features": ("vl_saldo", "vl_saldo")}, "repete"),
        ({"max_factors": 0}, "max_factors deve ficar entre 1 e 5: 0"),
        ({"max_factors": 6}, "max_factors"),
        ({"k_min": 1}, "k_min deve ser no mínimo 2"),
        ({"k_min": 5, "k_max": 4}, r"k_min \(5\) é maior que k_max \(4\)"),
        ({"k_max": 21}, "k_max"),
        ({"k_max": 4.0}, "k_max deve ser um número inteiro"),
        ({"n_init": 0}, "n_init"),
        ({"n_init": True}, "n_init deve ser um número inteiro"),
        ({"seed": -1}, "seed"),
        ({"silhouette_sample": 99}, "silhouette_sample"),
        ({"min_clients": 2}, "min_clients"),
        ({"rare_share": 0.5}, "rare_share"),
        ({"rare_share": float("nan")}, "rare_share"),
        ({"match_cap": 0.0}, "match_cap"),
        ({"match_cap": float("nan")}, "match_cap"),
        ({"winsor": 0.5}, "winsor"),
        ({"winsor": float("inf")}, "winsor"),
        ({"winsor": 1e308}, "winsor"),
        ({"match_cap": float("inf")}, "match_cap"),
        ({"min_cluster_share": -0.1}, "min_cluster_share"),
    ],
)
def test_an_impossible_parameter_is_refused_by_its_name(wrong, message):
    with pytest.raises(ValueError, match=message):
        Parameters(**wrong)


def test_all_features_are_chosen_by_default():
    assert Parameters().features == tuple(feature.name for feature in FEATURES)


def test_parameters_survive_json():
    chosen = Parameters(features=("vl_saldo", "nr_risco"), k_max=4)
    kept = json.loads(json.dumps(asdict(chosen)))
    assert Parameters(**{**kept, "features": tuple(kept["features"])}) == chosen
