"""The same input gives the same bytes: in any order, in any process."""

import hashlib
import os
import subprocess
import sys

import numpy as np

from orchestration.segmentation import Parameters, segment
from orchestration.segmentation.plots import clusters_plot, loadings_plot, silhouette_plot
from tests.segmentation.portfolios import (
    a_month_later,
    as_previous,
    portfolio,
    shuffled,
    told,
)

PARAMETERS = Parameters(n_init=4, silhouette_sample=1000)


def digest() -> str:
    """Return a hash of two runs of 1 500 clients, their plots and their input."""
    clients, _ = portfolio(1500)
    first = segment(clients, PARAMETERS)
    second = segment(a_month_later(clients), PARAMETERS, as_previous(first))
    parts = [told(first).encode(), told(second).encode()]
    parts += [plot(first) for plot in (silhouette_plot, loadings_plot, clusters_plot)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def test_another_process_with_other_threads_gives_the_same_bytes():
    code = "from tests.segmentation.test_determinism import digest; print(digest())"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1"}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == digest()


def test_the_order_of_rows_does_not_matter():
    clients, _ = portfolio(600)
    for seed in range(2):
        assert told(segment(shuffled(clients, seed), PARAMETERS)) == told(
            segment(clients, PARAMETERS)
        )


def test_the_order_in_which_features_are_chosen_does_not_matter():
    clients, _ = portfolio(200)
    names = ("vl_saldo", "nr_risco", "nr_atraso")
    assert told(segment(clients, Parameters(features=names))) == told(
        segment(clients, Parameters(features=names[::-1]))
    )


def test_the_order_of_the_last_run_does_not_matter():
    clients, _ = portfolio(400)
    first = segment(clients, PARAMETERS)
    given = as_previous(first)
    turned = type(given)(
        given.ids[::-1],
        given.labels[::-1],
        dict(reversed(given.centroids.items())),
        given.highest_label,
    )
    later = a_month_later(clients)
    assert told(segment(later, PARAMETERS, given)) == told(segment(later, PARAMETERS, turned))


def test_global_chance_is_neither_used_nor_touched():
    clients, _ = portfolio(100)
    np.random.seed(1)
    before = np.random.get_state()[1].tolist()
    first = told(segment(clients, PARAMETERS))
    assert np.random.get_state()[1].tolist() == before
    np.random.seed(2)
    assert told(segment(clients, PARAMETERS)) == first
