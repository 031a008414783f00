"""The clients of one perfil as arrays: what is accepted, and who is left out.

Here: checks of the input, and its order. Not here: changing any value (`preparation`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestration.segmentation.catalogue import BY_NAME

# The squares of larger ones, summed over all clients, might be no floats any more.
LARGEST = 1e100


@dataclass(frozen=True, eq=False)
class Clients:
    """Clients and their features, one position each, in any order.

    Attributes:
        ids: n unique texts.
        columns: n values for each feature's name: float64 with NaN where missing, or, for a
            category, objects that are str or None. More features than are analysed may be
            there.

    Raises:
        ValueError: ids repeat or are not texts, a column has another length, is no feature,
            or holds what its kind does not allow; in Portuguese.
    """

    ids: NDArray[Any]
    columns: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        """Check and bring to one type, so that all who read may rely on it."""
        texts = self.ids.tolist()
        if self.ids.ndim != 1 or not all(isinstance(text, str) for text in texts):
            raise ValueError("ids deve ser uma lista de textos, um por cliente")
        ids = np.asarray(texts, dtype=np.str_)
        if len(set(texts)) < len(texts):
            repeated = np.unique(ids, return_counts=True)
            raise ValueError(f"cliente repetido: {repeated[0][repeated[1] > 1][0]}")
        columns = {name: _checked(name, column) for name, column in self.columns.items()}
        for name, column in columns.items():
            if column.shape != ids.shape:
                raise ValueError(f"{name} tem {column.size} valores para {ids.size} clientes")
        object.__setattr__(self, "ids", ids)
        object.__setattr__(self, "columns", columns)

    def __len__(self) -> int:
        """Return the number of clients."""
        return len(self.ids)

    def take(self, positions: NDArray[Any]) -> "Clients":
        """Return the clients at some positions, or where a mask is true, in that order."""
        return Clients(
            self.ids[positions],
            {name: column[positions] for name, column in self.columns.items()},
        )

    def in_order(self) -> "Clients":
        """Return the same clients by ascending id."""
        return self.take(np.argsort(self.ids, kind="stable"))


def _checked(name: str, column: NDArray[Any]) -> NDArray[Any]:
    """Return a column as its kind has it.

    Raises:
        ValueError: no such feature, or a value that the kind does not have.
    """
    if name not in BY_NAME:
        raise ValueError(f"variável desconhecida: {name}")
    if BY_NAME[name].is_category:
        texts = column.tolist()
        if not all(text is None or isinstance(text, str) for text in texts):
            raise ValueError(f"{name} deve ter textos (ou nada)")
        as_objects = np.empty(column.shape, dtype=object)
        as_objects[:] = texts
        return as_objects
    try:
        numbers = np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} deve ter números (ou NaN)") from None
    if np.isinf(numbers).any():
        raise ValueError(f"{name} tem valor infinito")
    if (np.abs(numbers) > LARGEST).any():
        raise ValueError(f"{name} tem valor grande demais: {np.nanmax(np.abs(numbers)):g}")
    return numbers + 0.0  # -0.0 becomes 0.0, and the caller's array stays its own


def missing_reasons(clients: Clients, features: Sequence[str]) -> NDArray[Any]:
    """Say for each client why it cannot take part.

    Args:
        clients: n clients.
        features: the chosen ones; a missing category is a value like any other.

    Returns:
        n objects: None, or the reason in Portuguese, naming every feature without a value.
    """
    reasons = np.full(len(clients), None, dtype=object)
    for name in features:
        if BY_NAME[name].is_category:
            continue
        for position in np.flatnonzero(np.isnan(clients.columns[name])):
            before = reasons[position]
            reasons[position] = f"{before}, {name}" if before else f"sem valor em {name}"
    return reasons
