"""Factors: against an independent maximum-likelihood fit, and planted ones found again."""

import numpy as np
import pytest
from scipy.optimize import minimize

from orchestration.segmentation import Parameters
from orchestration.segmentation.factors import (
    PERCENTILE,
    analyse,
    identified,
    leading_above,
    parallel_analysis,
)

NAMES = tuple(f"c{each}" for each in range(9))
PLANTED = np.array(
    [
        [0.85, 0.10, 0.00],
        [0.80, 0.00, 0.10],
        [0.75, 0.20, 0.00],
        [0.70, 0.00, 0.15],
        [0.00, 0.80, 0.10],
        [0.10, 0.70, 0.00],
        [0.00, 0.65, 0.20],
        [0.00, 0.10, 0.75],
        [0.10, 0.00, 0.70],
    ]
)


def drawn(n, seed=3):
    """Return n standardised rows of the planted factors, and the factors' values."""
    chance = np.random.default_rng(seed)
    factors = chance.normal(size=(n, 3))
    own = np.sqrt(1 - (PLANTED**2).sum(axis=1))
    rows = factors @ PLANTED.T + own * chance.normal(size=(n, 9))
    return (rows - rows.mean(axis=0)) / rows.std(axis=0), factors


def jöreskog(correlations, f):
    """Fit by minimising the likelihood over uniquenesses, loadings concentrated out."""

    def weighted(uniquenesses):
        scale = 1 / np.sqrt(uniquenesses)
        values, vectors = np.linalg.eigh(correlations * scale[:, None] * scale[None, :])
        return values[::-1], vectors[:, ::-1]

    def discrepancy(uniquenesses):
        rest = weighted(uniquenesses)[0][f:]
        return np.sum(rest - np.log(rest) - 1)

    start = 0.5 / np.diag(np.linalg.inv(correlations))
    fitted = minimize(
        discrepancy,
        start,
        method="L-BFGS-B",
        bounds=[(0.005, 1)] * len(start),
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 5000},
    )
    values, vectors = weighted(fitted.x)
    return np.sqrt(fitted.x)[:, None] * vectors[:, :f] * np.sqrt(values[:f] - 1), fitted.x


def kaiser(loadings):
    """Rotate by varimax, two factors at a time, each by the angle of its closed form."""
    rotated = loadings.copy()
    p, f = rotated.shape
    for _ in range(200):
        for one in range(f):
            for two in range(one + 1, f):
                x, y = rotated[:, one].copy(), rotated[:, two].copy()
                u, v = x**2 - y**2, 2 * x * y
                above = 2 * (u @ v) - 2 * u.sum() * v.sum() / p
                below = (u**2 - v**2).sum() - (u.sum() ** 2 - v.sum() ** 2) / p
                angle = np.arctan2(above, below) / 4
                rotated[:, one] = x * np.cos(angle) + y * np.sin(angle)
                rotated[:, two] = y * np.cos(angle) - x * np.sin(angle)
    return rotated


def congruence(one, two):
    return one @ two / np.sqrt((one @ one) * (two @ two))


def test_loadings_equal_an_independent_maximum_likelihood_fit_with_varimax():
    rows, _ = drawn(800)
    model, _ = analyse(rows, NAMES, Parameters())
    loadings, uniquenesses = jöreskog(rows.T @ rows / len(rows), 3)
    rotated = kaiser(loadings)
    rotated = rotated[:, np.argsort(-(rotated**2).sum(axis=0))]
    rotated *= np.sign(rotated[np.argmax(np.abs(rotated), axis=0), range(3)])
    np.testing.assert_allclose(model.loadings, rotated, atol=2e-3)
    np.testing.assert_allclose(model.uniquenesses, uniquenesses, atol=2e-3)


def test_planted_factors_are_found_again_and_scored():
    rows, factors = drawn(3000)
    model, scores = analyse(rows, NAMES, Parameters())
    assert model.n_factors == 3
    for factor in range(3):
        assert congruence(model.loadings[:, factor], PLANTED[:, factor]) > 0.98
        assert np.corrcoef(scores[:, factor], factors[:, factor])[0, 1] > 0.8


def test_scores_are_those_of_the_regression_method():
    rows, _ = drawn(500)
    model, scores = analyse(rows, NAMES, Parameters())
    implied = model.loadings @ model.loadings.T + np.diag(model.uniquenesses)
    np.testing.assert_allclose(scores, rows @ np.linalg.solve(implied, model.loadings), atol=1e-4)


def test_no_more_factors_than_allowed():
    assert analyse(drawn(500)[0], NAMES, Parameters(max_factors=2))[0].n_factors == 2


def test_mere_noise_has_the_one_factor_that_must_be():
    rows = np.random.default_rng(11).normal(size=(400, 8))
    model, _ = analyse((rows - rows.mean(0)) / rows.std(0), NAMES[:8], Parameters())
    assert model.n_factors == 1
    assert leading_above(model.eigenvalues, model.random_eigenvalues) == 0


def test_random_eigenvalues_equal_those_of_simulated_normal_columns():
    chance = np.random.default_rng(0)
    simulated = [
        np.linalg.eigvalsh(np.corrcoef(chance.normal(size=(60, 6)), rowvar=False))[::-1]
        for _ in range(3000)
    ]
    np.testing.assert_allclose(
        parallel_analysis(60, 6, seed=1), np.percentile(simulated, PERCENTILE, axis=0), rtol=0.03
    )


def test_eigenvalues_after_the_first_below_chance_do_not_count():
    assert leading_above(np.array([2.0, 1.0, 1.5]), np.array([1.5, 1.2, 1.1])) == 1


@pytest.mark.parametrize(("p", "most"), [(3, 1), (4, 1), (5, 2), (6, 3), (8, 4), (9, 5)])
def test_no_more_factors_than_columns_can_tell_apart(p, most):
    assert identified(p) == most


def test_a_factor_about_the_values_of_one_category_alone_is_not_kept():
    chance = np.random.default_rng(2)
    n = 20_000
    value = chance.integers(0, 4, n)
    two = chance.normal(size=(n, 2))
    rows = np.column_stack(
        [two[:, each // 2] + 0.4 * chance.normal(size=n) for each in range(4)]
        + [value == each for each in range(3)]
    )
    names = ("a", "b", "c", "d", "m=1", "m=2", "m=3")
    model, _ = analyse((rows - rows.mean(0)) / rows.std(0), names, Parameters())
    assert leading_above(model.eigenvalues, model.random_eigenvalues) > 2
    assert model.n_factors == 2
    assert np.abs(model.loadings[4:]).max() < 0.1


def test_two_features_of_equal_values_give_finite_scores():
    rows, _ = drawn(300)
    doubled = np.column_stack([rows[:, :4], rows[:, 0]])
    model, scores = analyse(doubled, NAMES[:5], Parameters())
    assert np.isfinite(scores).all()
    assert model.uniquenesses.min() >= 0.005
    assert 0.5 < scores.std() < 1.5


def test_the_strongest_loading_is_positive_and_factors_come_by_variance():
    rows, _ = drawn(500)
    model, _ = analyse(-rows, NAMES, Parameters())
    explained = (model.loadings**2).sum(axis=0)
    assert (np.diff(explained) <= 0).all()
    strongest = np.argmax(np.abs(model.loadings), axis=0)
    assert (model.loadings[strongest, range(3)] > 0).all()


def test_one_column_is_its_own_factor():
    rows = drawn(50)[0][:, :1]
    model, scores = analyse(rows, ("a",), Parameters())
    assert model.loadings.tolist() == [[1.0]]
    np.testing.assert_allclose(scores, rows, atol=1e-6)


def test_of_two_columns_one_factor_is_their_principal_component():
    rows = drawn(200)[0][:, :2]
    model, scores = analyse(rows, ("a", "b"), Parameters(max_factors=1))
    r = np.mean(rows[:, 0] * rows[:, 1])
    np.testing.assert_allclose(model.loadings[:, 0], np.sqrt((1 + r) / 2), atol=1e-6)
    assert scores.std() == pytest.approx(1, abs=1e-5)
