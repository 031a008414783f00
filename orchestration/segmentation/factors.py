"""How many factors columns have, their loadings, and the clients' scores.

Here: parallel analysis and maximum-likelihood factor analysis. Not here: the columns
(`preparation`), groups of clients (`clusters`).

The model of factor analysis knows the data only by their correlations. So both steps work
on p x p matrices, in milliseconds whatever the number of clients, and lose nothing by it.
"""

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wishart
from sklearn.decomposition import FactorAnalysis
from sklearn.exceptions import ConvergenceWarning

from orchestration.segmentation.parameters import Parameters
from orchestration.segmentation.preparation import feature_of
from orchestration.segmentation.result import FactorModel, rounded

REPLICATES = 500
PERCENTILE = 95
# A column that a factor tells wholly (two features of the same values) has a uniqueness of
# 0, and its scores would follow that one column alone. R's factanal has the same bound.
LEAST_UNIQUENESS = 0.005
# Loading from which on a column counts as one that a factor is about.
SALIENT = 0.3


def analyse(
    standardised: NDArray[np.float64], columns: tuple[str, ...], parameters: Parameters
) -> tuple[FactorModel, NDArray[np.float64]]:
    """Fit the factor model and score the clients.

    Args:
        standardised: n x p, p at least 1, mean 0 and deviation 1.
        columns: their p names.
        parameters: how many factors at most; the seed.

    Returns:
        The model and the n x f scores (regression estimates). A factor that the columns
        tell little of has scores of little variance, and so little say in the clusters.
    """
    n, p = standardised.shape
    correlations = standardised.T @ standardised / n
    eigenvalues = np.linalg.eigvalsh(correlations)[::-1]
    random_eigenvalues = parallel_analysis(n, p, parameters.seed)
    wanted = min(parameters.max_factors, max(1, leading_above(eigenvalues, random_eigenvalues)))
    if p < 3:
        loadings, uniquenesses, weights = _components(correlations, min(p, parameters.max_factors))
    else:
        loadings, uniquenesses, weights = _common_factors(
            correlations, columns, min(wanted, identified(p))
        )
    order, signs = _canonical(loadings)
    model = FactorModel(
        columns=columns,
        loadings=rounded(loadings[:, order] * signs),
        uniquenesses=rounded(uniquenesses),
        eigenvalues=rounded(eigenvalues),
        random_eigenvalues=rounded(random_eigenvalues),
        n=n,
    )
    return model, rounded(standardised @ (weights[:, order] * signs))


def parallel_analysis(n: int, p: int, seed: int) -> NDArray[np.float64]:
    """Return the eigenvalues that p independent normal columns of n rows have by chance.

    The sums of squares and products of such columns are Wishart distributed with n - 1
    degrees of freedom: drawn as such, 500 replicates cost the same for 25 and for 50 000
    rows. The 95th percentile and not the mean, which half of all samples of mere noise
    exceed (Glorfeld 1995).

    Returns:
        p, falling.
    """
    generator = np.random.default_rng(seed)
    products = wishart.rvs(
        df=max(n - 1, p), scale=np.eye(p), size=REPLICATES, random_state=generator
    ).reshape(REPLICATES, p, p)
    deviations = np.sqrt(np.diagonal(products, axis1=1, axis2=2))
    correlations = products / (deviations[:, :, None] * deviations[:, None, :])
    eigenvalues = np.linalg.eigvalsh(correlations)[:, ::-1]
    return np.asarray(np.percentile(eigenvalues, PERCENTILE, axis=0), dtype=np.float64)


def leading_above(eigenvalues: NDArray[np.float64], random: NDArray[np.float64]) -> int:
    """Count the eigenvalues above their random counterparts, up to the first that is not."""
    above = eigenvalues > random
    return int(np.argmin(above)) if not above.all() else len(above)


def identified(p: int) -> int:
    """Return the most factors that p >= 3 columns can tell apart (Ledermann's bound).

    With more, the model has more parameters than the columns have correlations.
    """
    return max(f for f in range(1, p) if (p - f) ** 2 >= p + f)


def _common_factors(
    correlations: NDArray[np.float64], columns: tuple[str, ...], most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit as many factors as are common to two features or more, at least one.

    Who has one value of a category has not the others: its columns are correlated by that
    alone, and among many clients it makes a factor that is one modality, by which k-means
    then groups. Over 36 planted portfolios, the planted clusters were found with an adjusted
    Rand index of 0.74 with such factors and 0.82 without.

    Args:
        correlations: p x p.
        columns: p names.
        most: factors to begin with.

    Returns:
        As `_factors`.
    """
    features = np.array([feature_of(name) for name in columns])
    for wanted in range(most, 1, -1):
        fitted = _factors(correlations, wanted)
        salient = np.abs(fitted[0]) >= SALIENT
        if all(len(set(features[salient[:, factor]])) > 1 for factor in range(wanted)):
            return fitted
    return _factors(correlations, 1)


def _factors(
    correlations: NDArray[np.float64], wanted: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit varimax factors by maximum likelihood.

    Args:
        correlations: p x p.
        wanted: number of factors.

    Returns:
        Loadings p x f, uniquenesses p, and the p x f weights that make scores of columns.
    """
    p = len(correlations)
    # 2p rows that have exactly these correlations, and mean 0: sklearn takes rows only.
    variances, axes = np.linalg.eigh(correlations)
    root = (axes * np.sqrt(np.clip(variances, 0.0, None))) @ axes.T
    rows = np.sqrt(p) * np.vstack([root, -root])
    model = FactorAnalysis(
        n_components=wanted,
        rotation="varimax" if wanted > 1 else None,
        svd_method="lapack",
        tol=1e-9,
        max_iter=1_000,
    )
    with warnings.catch_warnings():
        # Towards a uniqueness of 0 the likelihood creeps for ever: 20 000 steps more change
        # loadings by thousandths, and the uniqueness is bounded below.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows)
    loadings: NDArray[np.float64] = model.components_.T
    uniquenesses = np.maximum(model.noise_variance_, LEAST_UNIQUENESS)
    scaled = loadings / uniquenesses[:, None]
    weights = scaled @ np.linalg.inv(np.eye(wanted) + scaled.T @ loadings)
    return loadings, uniquenesses, weights


def _components(
    correlations: NDArray[np.float64], wanted: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Stand in for factors where there are one or two columns, too few to have any.

    Returns:
        As `_factors`: each column a factor of its own, or the first principal component
        of two if only one factor is wanted.
    """
    p = len(correlations)
    if wanted == p:
        return np.eye(p), np.zeros(p), np.eye(p)
    variances, axes = np.linalg.eigh(correlations)
    loadings = axes[:, -1:] * np.sqrt(variances[-1])
    return loadings, 1.0 - (loadings**2).sum(axis=1), axes[:, -1:] / np.sqrt(variances[-1])


def _canonical(
    loadings: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Choose the factors' order and signs, which the likelihood leaves open.

    Returns:
        The order, by falling explained variance and then by the columns that load; and a
        sign for each factor in that order, by which its strongest loading is positive.
    """
    coarse = rounded(loadings)
    explained = rounded((loadings**2).sum(axis=0))
    order = np.array(
        sorted(
            range(loadings.shape[1]),
            key=lambda factor: (-explained[factor], (-np.abs(coarse[:, factor])).tolist()),
        ),
        dtype=np.int64,
    )
    strongest = np.argmax(np.abs(coarse), axis=0)
    signs = np.where(loadings[strongest, np.arange(loadings.shape[1])] < 0, -1.0, 1.0)
    return order, signs[order]
