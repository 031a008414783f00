"""The truth about who is who: which records of the sources are one person or company.

Here: the list that a linkage of the sources is measured against. Not here: the faults of
other columns (`defects`), linking.
"""

from enum import StrEnum
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray


class Documento(StrEnum):
    """How a record's document stands in its source, the best of its lines."""

    INTEIRO = "inteiro"
    ALFANUMERICO = "alfanumérico"
    SEM_ZEROS = "sem zeros"
    INVALIDO = "inválido"
    AUSENTE = "ausente"


def whole(documents: pl.Series) -> pl.Series:
    """Tell how documents stand where nothing was done to them."""
    lettered = documents.str.contains("[A-Z]")
    return pl.select(
        pl.when(lettered)
        .then(pl.lit(Documento.ALFANUMERICO.value))
        .otherwise(pl.lit(Documento.INTEIRO.value))
    ).to_series()


class Identities:
    """The list in the making; a context manager.

    Sources come one after another, each one's records in the order of their ids.
    """

    def __init__(self, path: Path) -> None:
        """Begin the list, over whatever was there."""
        self.path = path
        self._file = path.open("wb")
        self._file.write(b"fonte,registro,pessoa,documento\n")

    def __enter__(self) -> Self:
        """Return the list, to be closed in the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def add(
        self,
        fonte: str,
        registro: pl.Series,
        numero: NDArray[np.int64],
        documento: pl.Series | Documento,
    ) -> None:
        """Append records.

        Args:
            fonte: the source.
            registro: what the source calls them.
            numero: who they are in truth; one number a person or company over all sources.
            documento: a `Documento` each, or the same for all.
        """
        if isinstance(documento, Documento):
            documento = pl.Series([documento.value]).new_from_index(0, len(registro))
        pl.DataFrame(
            {
                "fonte": pl.Series([fonte]).new_from_index(0, len(registro)),
                "registro": registro,
                "pessoa": numero + 1,
                "documento": documento,
            }
        ).write_csv(self._file, include_header=False)
