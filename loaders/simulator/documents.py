"""CPFs and CNPJs with right check digits, made from numbers.

Here: the documents as functions of their bodies. Not here: whose they are (`population`).
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]

CPF_BODIES = 10**9
CNPJ_ROOTS = 10**8
# The first is a letter, the other seven are digits or letters.
LETTERED_ROOTS = 26 * 36**7
_BRANCH = [0, 0, 0, 1]
_CPF_WEIGHTS = (tuple(range(10, 1, -1)), tuple(range(11, 1, -1)))
_TAIL = tuple(range(9, 1, -1))
_CNPJ_WEIGHTS = ((5, 4, 3, 2, *_TAIL), (6, 5, 4, 3, 2, *_TAIL))


def cpfs(bodies: Ints) -> pl.Series:
    """Return CPFs as 11 digits.

    Args:
        bodies: the first nine digits, from 0 to below `CPF_BODIES`.
    """
    return _texts(_with_check_digits(_digits(bodies, [10] * 9), _CPF_WEIGHTS))


def cnpjs(roots: Ints) -> pl.Series:
    """Return CNPJs of head offices as 14 digits.

    Args:
        roots: the first eight digits, from 0 to below `CNPJ_ROOTS`.
    """
    return _of_head_offices(_digits(roots, [10] * 8))


def lettered_cnpjs(roots: Ints) -> pl.Series:
    """Return CNPJs of head offices with letters, as they are given out from July 2026.

    Args:
        roots: from 0 to below `LETTERED_ROOTS`.
    """
    characters = _digits(roots, [26] + [36] * 7)
    characters[:, 0] += 10
    # A letter counts as its ASCII code less 48: A is 17.
    return _of_head_offices(characters + 7 * (characters > 9))


def _of_head_offices(roots: Ints) -> pl.Series:
    branch = np.broadcast_to(np.array(_BRANCH), (len(roots), len(_BRANCH)))
    return _texts(_with_check_digits(np.column_stack([roots, branch]), _CNPJ_WEIGHTS))


def _digits(numbers: Ints, bases: list[int]) -> Ints:
    digits = np.empty((len(numbers), len(bases)), dtype=np.int64)
    for place in range(len(bases) - 1, -1, -1):
        numbers, digits[:, place] = np.divmod(numbers, bases[place])
    return digits


def _with_check_digits(body: Ints, weights: tuple[tuple[int, ...], ...]) -> Ints:
    for row in weights:
        body = np.column_stack([body, body @ np.array(row) * 10 % 11 % 10])
    return body


def _texts(values: Ints) -> pl.Series:
    joined = np.ascontiguousarray(values + 48, dtype=np.uint8).view(f"S{values.shape[1]}")
    return pl.Series(joined.ravel().tolist(), dtype=pl.Binary).cast(pl.String)
