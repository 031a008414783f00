"""What clients can be segmented by, and how each feature is said in Portuguese.

Here: the features' kinds and words. Not here: how a kind becomes numbers (`preparation`),
or where a feature's values come from (`carteira.segmentacao_entrada`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """How a feature's values become columns of numbers."""

    MONEY = "money"  # signed log1p: a few clients hold most of any portfolio
    NUMBER = "number"
    ORDINAL = "ordinal"
    CATEGORY = "category"  # one column for each value that is not rare


@dataclass(frozen=True)
class Feature:
    """A property of a client.

    Attributes:
        name: as in `carteira.segmentacao_entrada`.
        kind: how its values become columns.
        noun: what an analyst calls it, lower case, without an article.
        feminine: whether adjectives agree with a feminine noun.
        logarithmic: whether its signed log1p is analysed in place of itself.
    """

    name: str
    kind: Kind
    noun: str
    feminine: bool = False
    logarithmic: bool = False

    @property
    def is_category(self) -> bool:
        """Whether its values are texts."""
        return self.kind is Kind.CATEGORY


FEATURES = (
    # 1 is AA, the best, and 13 is H.
    Feature("nr_risco", Kind.ORDINAL, "risco"),
    Feature("cob_garantia", Kind.NUMBER, "garantia", feminine=True),
    Feature("mod_bacen", Kind.CATEGORY, "modalidade", feminine=True),
    # Days: most clients have 0, a few have years. Their logarithm tells 0, 30, 90 and 360
    # apart alike; in days, the few oldest would be all that the column tells.
    Feature("nr_atraso", Kind.NUMBER, "atraso", logarithmic=True),
    Feature("vl_contrato", Kind.MONEY, "valor contratado", logarithmic=True),
    Feature("vl_saldo", Kind.MONEY, "saldo", logarithmic=True),
)
BY_NAME: Mapping[str, Feature] = MappingProxyType({feature.name: feature for feature in FEATURES})
