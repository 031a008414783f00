"""Spoil a portfolio's lines as real exports are spoilt, and say which.

Here: the faults of a block's lines, and how its documents stand after them. Not here: how
good lines come to be (`loan_contracts`).

Lines that are to land in quarantine and lines that must be read all the same are drawn
apart, so that each fault shows alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from loaders.simulator.defects import Defect
from loaders.simulator.identities import Documento, whole
from loaders.simulator.workbooks import Value, Workbook

_SHARE = 200
_EXPONENT = "1.23E+10"
_RANKS = [Documento.INTEIRO, Documento.SEM_ZEROS, Documento.INVALIDO]


@dataclass
class Faults:
    """Faults of a block's lines.

    Attributes:
        spoilt: values to write in place of the lines', by row and column.
        rejected: rows that land in quarantine.
        defects: the list of the faults.
    """

    spoilt: dict[tuple[int, str], Value] = field(default_factory=dict)
    rejected: list[int] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)


class _Planter:
    """Plants one kind of fault after another, each on lines of its own."""

    def __init__(self, table: pl.DataFrame, book: Workbook, rng: np.random.Generator) -> None:
        self.found = Faults()
        self._table, self._book = table, book
        self._order = rng.permutation(len(table))

    def take(self, count: int, fitting: pl.Series | None = None) -> list[int]:
        """Take lines that no other fault has, fewer if there are not as many."""
        fits = np.ones(len(self._order), dtype=bool)
        if fitting is not None:
            fits = fitting.to_numpy()[self._order]
        chosen = np.flatnonzero(fits)[:count]
        taken: list[int] = self._order[chosen].tolist()
        self._order = np.delete(self._order, chosen)
        return taken

    def note(self, row: int, column: str, defeito: str, resultado: str) -> None:
        sheet, line = self._book.place(self._book.lines + row)
        self.found.defects.append(
            Defect(self._book.path.name, line, column.lower(), defeito, resultado, sheet)
        )
        if resultado.isupper() and "_" in resultado:
            self.found.rejected.append(row)

    def spoil(
        self,
        rows: list[int],
        column: str,
        defeito: str,
        resultado: str,
        make: Callable[[Any], Value],
    ) -> None:
        for row in rows:
            self.found.spoilt[row, column] = make(self._table[row, column])
            self.note(row, column, defeito, resultado)


def plant_loan_faults(
    table: pl.DataFrame, book: Workbook, rng: np.random.Generator, fewest: int
) -> Faults:
    """Spoil some lines.

    Args:
        table: good lines, the next ones of the workbook.
        book: where they are to be written.
        rng: draws lines.
        fewest: of each kind, if there are as many lines.
    """
    each = max(fewest, len(table) // _SHARE)
    planter = _Planter(table, book, rng)
    spoil, take = planter.spoil, planter.take
    # A CNPJ with letters is no number, and companies have no profession.
    digits = take(each, table["cliente_documento"].str.contains(r"^\d+$"))
    spoil(digits, "cliente_documento", "perdeu os zeros (número)", "documento com os zeros", float)
    spoil(
        take(each),
        "cliente_documento",
        "notação exponencial",
        "mantido e marcado",
        lambda _: _EXPONENT,
    )
    spoil(take(each), "saldo_atual", "texto com R$", "número", _brazilian)
    spoil(take(each), "DATAOPERACAO", "texto dd/mm/aaaa", "data", _as_br_text)
    spoil(take(each), "atraso", "em branco", "NULL e marcado", lambda _: None)
    spoil(
        take(each, table["profissao"] != ""),
        "profissao",
        "outra grafia",
        "uma profissão só",
        lambda text: f" {text.upper()}  ",
    )
    spoil(take(each), "cliente_nome", "começa como fórmula", "texto", lambda text: f"=1+1 {text}")
    spoil(take(each), "VALORGARANTIA", "traço", "NULL", lambda _: "-")
    spoil(
        take(each),
        "DATAVENCIMENTO",
        "dia que não existe",
        "DATA_IMPOSSIVEL",
        lambda _: "31/02/2027",
    )
    spoil(take(each), "saldo_atual", "não é número", "TIPO_INVALIDO", lambda _: "a apurar")
    spoil(take(each), "cliente_id", "em branco", "OBRIGATORIO_AUSENTE", lambda _: None)
    pairs = sorted(take(2 * each))
    for first, second in zip(pairs[::2], pairs[1::2], strict=False):
        planter.found.spoilt[first, "num_contrato"] = table[second, "num_contrato"]
        planter.note(
            first, "num_contrato", "contrato repetido no arquivo", "CHAVE_DUPLICADA_NO_ARQUIVO"
        )
    return planter.found  # fmt: skip


def documents_in_portfolio(
    documents: pl.Series, who: NDArray[np.int64], faults: Faults
) -> tuple[NDArray[np.int64], pl.Series]:
    """Tell how documents stand: of a client's lines that are not rejected, the best.

    Args:
        documents: of the clients of a block, as they are.
        who: of each line, whose it is.
        faults: of the lines.

    Returns:
        Clients with such a line, in order, and how the document of each stands.
    """
    rank = np.zeros(len(who), dtype=np.int64)
    for (row, column), value in faults.spoilt.items():
        if column == "cliente_documento":
            loses = documents[int(who[row])].startswith("0")
            rank[row] = 2 if value == _EXPONENT else int(loses)
    kept = np.ones(len(who), dtype=bool)
    kept[faults.rejected] = False
    best = pl.DataFrame({"who": who[kept], "rank": rank[kept]}).group_by("who").min().sort("who")
    clients = best["who"].to_numpy()
    other = pl.Series(_RANKS, dtype=pl.String).gather(best["rank"])
    states = pl.select(
        pl.when(best["rank"] == 0).then(whole(documents.gather(clients))).otherwise(other)
    ).to_series()
    return clients, states


def _brazilian(value: float) -> str:
    return f"R$ {value:,.2f}".translate(str.maketrans(",.", ".,"))


def _as_br_text(value: date) -> str:
    return f"{value:%d/%m/%Y}"
