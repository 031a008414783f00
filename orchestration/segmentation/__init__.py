"""Segmentation of the clients of one perfil: factor analysis, then k-means on the scores.

Here: the pure algorithm, arrays in, a result out, the same bytes for the same input. Not
here: where clients come from and where the result goes (`orchestration.segmenting`), files, the
clock. One call is one perfil:

    clients -> `preparation` (units, one column a category) -> `factors` (how many, loadings,
    scores) -> `clusters` (k, members) -> `continuity` (which cluster of the last run is which)
    -> `description` (what an analyst reads) -> `Segmentation`

`plots` draws a result; it is not imported here, as matplotlib takes its time.
"""

from orchestration.segmentation.algorithm import segment
from orchestration.segmentation.catalogue import FEATURES, Feature, Kind
from orchestration.segmentation.clients import Clients
from orchestration.segmentation.continuity import Previous
from orchestration.segmentation.parameters import Parameters
from orchestration.segmentation.result import (
    Change,
    ClusterSummary,
    FactorModel,
    Segmentation,
    Situacao,
)

__all__ = [
    "FEATURES",
    "Change",
    "Clients",
    "ClusterSummary",
    "FactorModel",
    "Feature",
    "Kind",
    "Parameters",
    "Previous",
    "Segmentation",
    "Situacao",
    "segment",
]
