"""Spoil a portfolio's lines as real exports are spoilt, and say which.

Here: the faults of a block's lines, and how its documents stand after them. Not here: how
good lines come to be (`loan_contracts`).

Lines that are to land in quarantine and lines that must be read all the same are drawn
apart, so that each fault shows alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from loaders.simulator.defects import Defect
from loaders.simulator.identities import Documento, whole
from loaders.simulator.loan_contracts import HEADER
from loaders.simulator.workbooks import Value, Workbook

_SHARE = 200
_EXPONENT = "1.23E+10"
_RANKS = [Documento.INTEIRO, Documento.SEM_ZEROS, Documento.INVALIDO]


def _brazilian(value: float) -> str:
    return f"R$ {value:,.2f}".translate(str.maketrans(",.", ".,"))


def _as_br_text(value: date) -> str:
    return f"{value:%d/%m/%Y}"


class _Kind(NamedTuple):
    """A kind of fault: where, what is wrong, what must come of it, how, and which lines can."""

    coluna: str
    defeito: str
    resultado: str
    make: Callable[[Any], Value]
    fits: pl.Expr


_ALL = pl.col(HEADER[0]).is_not_null()
# A CNPJ with letters is no number, and companies have no profession.
_DIGITS = pl.col("cliente_documento").str.contains(r"^\d+$")
_EMPLOYED = pl.col("profissao") != ""
# Two and a half times their balance is above their value.
_MOSTLY_OWED = pl.col("saldo_atual") > pl.col("VALORCONTRATO") * 0.5
_KINDS = (
    _Kind("cliente_documento", "perdeu os zeros (número)", "documento com os zeros", float,
          _DIGITS),
    _Kind("cliente_documento", "notação exponencial", "mantido e marcado",
          lambda _: _EXPONENT, _ALL),
    _Kind("saldo_atual", "texto com R$", "número", _brazilian, _ALL),
    _Kind("saldo_atual", "acima do valor do contrato", "divergência",
          lambda value: round(value * 2.5, 2), _MOSTLY_OWED),
    _Kind("DATAOPERACAO", "texto dd/mm/aaaa", "data", _as_br_text, _ALL),
    _Kind("atraso", "em branco", "NULL e marcado", lambda _: None, _ALL),
    _Kind("profissao", "outra grafia", "uma profissão só",
          lambda text: f" {text.upper()}  ", _EMPLOYED),
    _Kind("cliente_nome", "começa como fórmula", "texto", lambda text: f"=1+1 {text}", _ALL),
    _Kind("VALORGARANTIA", "traço", "NULL", lambda _: "-", _ALL),
    _Kind("DATAVENCIMENTO", "dia que não existe", "DATA_IMPOSSIVEL", lambda _: "31/02/2027", _ALL),
    _Kind("saldo_atual", "não é número", "TIPO_INVALIDO", lambda _: "a apurar", _ALL),
    _Kind("cliente_id", "em branco", "OBRIGATORIO_AUSENTE", lambda _: None, _ALL),
)  # fmt: skip


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

    def take(self, count: int, fits: pl.Series | None = None) -> list[int]:
        """Take lines that no other fault has, fewer if there are not as many."""
        free = self._order if fits is None else self._order[fits.to_numpy()[self._order]]
        taken = free[:count]
        self._order = self._order[~np.isin(self._order, taken)]
        rows: list[int] = taken.tolist()
        return rows

    def spoil(self, rows: list[int], kind: _Kind) -> None:
        for row in rows:
            self.found.spoilt[row, kind.coluna] = kind.make(self._table[row, kind.coluna])
            self._note(row, kind.coluna, kind.defeito, kind.resultado)

    def repeat(self, first: int, second: int) -> None:
        """Give a line the key of a later one, which stays."""
        key = "num_contrato"
        self.found.spoilt[first, key] = self._table[second, key]
        self._note(first, key, "contrato repetido no arquivo", "CHAVE_DUPLICADA_NO_ARQUIVO")

    def _note(self, row: int, column: str, defeito: str, resultado: str) -> None:
        sheet, line = self._book.place(self._book.lines + row)
        self.found.defects.append(
            Defect(self._book.path.name, line, column.lower(), defeito, resultado, sheet)
        )
        # Codes of the quarantine; NULL is what a value becomes.
        if resultado.isupper() and resultado != "NULL":
            self.found.rejected.append(row)


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
    for kind in _KINDS:
        planter.spoil(planter.take(each, table.select(kind.fits).to_series()), kind)
    pairs = sorted(planter.take(2 * each))
    for first, second in zip(pairs[::2], pairs[1::2], strict=False):
        planter.repeat(first, second)
    return planter.found


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
