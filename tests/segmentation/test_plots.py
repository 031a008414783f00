"""Plots: pictures of the result, small, without what changes from day to day."""

import struct
from io import BytesIO

import matplotlib.image
import numpy as np
import pytest

from orchestration.segmentation import Parameters, segment
from orchestration.segmentation.plots import clusters_plot, loadings_plot, silhouette_plot
from tests.segmentation.portfolios import changed, portfolio

PLOTS = (silhouette_plot, loadings_plot, clusters_plot)


@pytest.fixture(scope="module")
def many():
    return segment(portfolio(50_000)[0], Parameters(n_init=1, k_max=4, silhouette_sample=1000))


def chunks(png):
    """Return the kinds of chunks of a PNG."""
    kinds, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kinds.append(png[at + 4 : at + 8])
        at += 12 + length
    return kinds


@pytest.mark.parametrize("plot", PLOTS)
def test_a_plot_of_50_000_clients_is_a_small_picture_without_date_or_software(plot, many):
    png = plot(many)
    assert len(png) < 150_000
    assert not {b"tEXt", b"iTXt", b"zTXt", b"tIME"} & set(chunks(png))
    assert matplotlib.image.imread(BytesIO(png)).std() > 0.05


def test_every_cluster_is_drawn_in_its_colour(many):
    pixels = (matplotlib.image.imread(BytesIO(clusters_plot(many)))[..., :3] * 255).round()
    for colour in ("0072B2", "E69F00", "009E73", "CC79A7")[: many.k]:
        wanted = [int(colour[at : at + 2], 16) for at in (0, 2, 4)]
        assert (np.abs(pixels - wanted).max(axis=2) <= 2).sum() > 50


def test_one_factor_is_drawn_as_a_strip():
    result = segment(portfolio(100)[0], Parameters(n_init=2, max_factors=1))
    assert result.factors.n_factors == 1
    assert matplotlib.image.imread(BytesIO(clusters_plot(result))).std() > 0.05


def test_a_value_that_looks_like_a_formula_is_drawn_as_text():
    clients, _ = portfolio(200)
    modality = np.where(np.arange(200) % 2, "$\\x$", clients.columns["mod_bacen"])
    result = segment(changed(clients, mod_bacen=modality.astype(object)), Parameters(n_init=2))
    assert any("$" in column for column in result.columns + result.reference)
    for plot in PLOTS:
        plot(result)


def test_nothing_is_drawn_where_nothing_was_segmented():
    result = segment(portfolio(5)[0])
    for plot in PLOTS:
        with pytest.raises(ValueError, match="não há segmentos para desenhar: 5 clientes"):
            plot(result)
