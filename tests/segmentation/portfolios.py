"""Portfolios with planted clusters, a month's changes to them, and a result as text."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestration.segmentation import Clients, Previous, Segmentation

MODALITIES = np.array(["0203", "0202", "0401", "1304", "0901", "0210"], dtype=object)
# Typical clients: risco, garantia, log of atraso, log of contrato, share of it still due.
ARCHETYPES = np.array(
    [
        [2, 150, 0.0, 11.5, 0.9],
        [4, 60, 0.0, 9.0, 0.6],
        [9, 30, 4.5, 9.5, 0.9],
        [12, 10, 5.8, 12.0, 0.97],
    ]
)


def portfolio(n: int, seed: int = 0, groups: tuple[int, ...] = (0, 1, 2, 3), prefix: str = "c"):
    """Return n clients of some archetypes, and the archetype of each."""
    chance = np.random.default_rng(seed)
    group = np.asarray(groups)[chance.integers(0, len(groups), n)]
    usual = ARCHETYPES[group]
    noise = chance.normal(size=(5, n))
    contract = np.exp(usual[:, 3] + 0.25 * noise[3])
    late = np.where(usual[:, 2] > 0, usual[:, 2] + 0.3 * noise[2], 0.0)
    columns = {
        "nr_risco": np.clip(np.round(usual[:, 0] + 0.5 * noise[0]), 1, 13),
        "cob_garantia": np.clip(usual[:, 1] + 8 * noise[1], 0, None),
        "nr_atraso": np.round(np.expm1(late)),
        "vl_contrato": np.round(contract, 2),
        "vl_saldo": np.round(contract * np.clip(usual[:, 4] + 0.05 * noise[4], 0.01, 1), 2),
        "mod_bacen": np.where(
            chance.random(n) < 0.6, MODALITIES[group], MODALITIES[chance.integers(0, 6, n)]
        ),
    }
    return Clients(np.array([f"{prefix}{each:06d}" for each in range(n)]), columns), group


def changed(clients: Clients, **columns: Any) -> Clients:
    """Return the same clients with other values in some columns."""
    return Clients(clients.ids, {**clients.columns, **columns})


def joined(*parts: Clients) -> Clients:
    """Return the clients of several portfolios as one."""
    return Clients(
        np.concatenate([part.ids for part in parts]),
        {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns},
    )


def shuffled(clients: Clients, seed: int = 1) -> Clients:
    """Return the same clients in another order."""
    return clients.take(np.random.default_rng(seed).permutation(len(clients)))


def a_month_later(clients: Clients, seed: int = 5) -> Clients:
    """Let a month pass: balances fall, some pay, some fall behind, some leave."""
    chance = np.random.default_rng(seed)
    clients = clients.take(chance.random(len(clients)) < 0.93)
    n = len(clients)
    late = clients.columns["nr_atraso"]
    late = np.where(late > 0, late + 30, np.where(chance.random(n) < 0.02, 15.0, 0.0))
    return changed(
        clients,
        nr_atraso=np.where(chance.random(n) < 0.02, 0.0, late),
        vl_saldo=np.round(
            clients.columns["vl_saldo"] * 0.97 * np.exp(0.04 * chance.normal(size=n)), 2
        ),
    )


def as_previous(result: Segmentation, highest: int | None = None) -> Previous:
    """Return a result as the next run gets it."""
    return Previous(
        ids=result.ids,
        labels=result.stable,
        centroids={
            summary.stable: summary.centroid
            for summary in result.clusters
            if summary.cluster is not None
        },
        highest_label=highest or max(summary.stable for summary in result.clusters),
    )


def told(result: Segmentation) -> str:
    """Return all that a result tells, as text that is equal only for equal results."""
    return json.dumps(_plain(result), sort_keys=False)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, np.ndarray):
        return [str(value.dtype.kind), list(value.shape), value.tolist()]
    if isinstance(value, Mapping):
        return [[key, _plain(each)] for key, each in value.items()]
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def majority(stable: NDArray[np.int64], group: NDArray[np.int64], wanted: int) -> int:
    """Return the label that most clients of an archetype have."""
    labels, counts = np.unique(stable[group == wanted], return_counts=True)
    return int(labels[np.argmax(counts)])
