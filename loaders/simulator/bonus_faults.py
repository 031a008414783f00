"""Put divergences into a month's bonuses, and lines that only look like one.

Here: what each kind does to a line, and which rule must find it. Not here: how good lines
come to be (`bonus_lines`).

Each kind has lines of its own, so that each fault shows alone. What is no fault by its
rule, however near, is in no list: a rule that finds it is wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl

from loaders.simulator.bonus_lines import FLEET, RARE, SPREAD, USUAL
from loaders.simulator.defects import Defect
from loaders.simulator.workbooks import Value, Workbook

REVIEW: Final = "Revisar Divergência!"
_TRADE, _PENDING, _VALUES = "TRADE_MARKETING", "PENDENTE_VERIFICACAO", "VALIDACAO_VALORES"
# One line in so many has a fault of a kind.
_SHARE = 300

Line = Mapping[str, Any]
Change = Callable[[Line], dict[str, Value]]


@dataclass(frozen=True)
class _Kind:
    """A kind of fault, or of what only looks like one.

    Attributes:
        found: column and result of each fault; none if it is none.
        defeito: what is wrong, in Portuguese.
        change: the cells that it puts in a line.
        model: only lines of this model; "" of any usual one.
        once: one a month however many lines there are.
    """

    found: tuple[tuple[str, str], ...]
    defeito: str
    change: Change
    model: str = ""
    once: bool = False


def _reviewed(column: str, reference: str, by: float) -> Change:
    return lambda line: {"apontamento": REVIEW, column: round(line[reference] + by, 2)}


def _cells(**cells: Value) -> Change:
    return lambda _: cells


def _times_usual(column: str, factor: float) -> Change:
    return lambda line: {column: round(USUAL[line["des_modelo"]] * factor, 2)}


_KINDS: Final = (
    _Kind((("bonus_dpto", _TRADE),), "difere do bônus",
          _reviewed("bonus_dpto", "valor_bonus", 50)),
    _Kind((("trade_mkt_dpto", _TRADE),), "difere do trade por dois centavos",
          _reviewed("trade_mkt_dpto", "trade", -0.02)),
    _Kind((("bonus_dpto", _TRADE),), "em branco, com referência",
          _cells(apontamento=REVIEW, bonus_dpto=None)),
    _Kind((("trade_mkt_dpto", _TRADE),), "sem referência",
          _cells(apontamento=f" {REVIEW} ", trade=None)),
    _Kind((("bonus_dpto", _TRADE), ("trade_mkt_dpto", _TRADE)), "os dois diferem",
          lambda line: {"apontamento": REVIEW, "bonus_dpto": round(line["valor_bonus"] - 9, 2),
                        "trade_mkt_dpto": round(line["trade"] + 9, 2)}),
    _Kind((("bonus_dpto", _TRADE), ("bonus_dpto", _VALUES)), "não é número, a revisar",
          _cells(apontamento=REVIEW, bonus_dpto="a confirmar")),
    _Kind((("bonus_utilizado", _PENDING),), "pendente",
          _cells(bonus_utilizado="Pendente Verificação")),
    _Kind((("bonus_utilizado", _PENDING),), "pendente, sem acentos",
          _cells(bonus_utilizado="PENDENTE VERIFICACAO")),
    _Kind((("bonus_utilizado", _PENDING),), "pendente, sem dia",
          _cells(bonus_utilizado="pendente  verificação ", dta_processamento=None)),
    _Kind((("trade", _VALUES),), "negativo", lambda line: {"trade": -line["trade"]}),
    _Kind((("trade_mkt_dpto", _VALUES),), "não é número", _cells(trade_mkt_dpto="N/D")),
    _Kind((("valor_bonus", _VALUES),), "muito acima dos outros do modelo",
          _times_usual("valor_bonus", 2.5)),
    _Kind((("trade", _VALUES),), "muito acima dos outros do modelo, e do máximo",
          _cells(trade=250_000)),
    _Kind((("valor_bonus", _VALUES),), "um centavo acima do máximo",
          _cells(des_modelo=RARE, valor_bonus=100_000.01), once=True),
    _Kind((("idnfsexterno", "OBRIGATORIO_AUSENTE"),), "em branco", _cells(idnfsexterno=None)),
    _Kind((("dta_processamento", "TIPO_INVALIDO"),), "palavra em vez de data",
          _cells(dta_processamento="a definir")),
    _Kind((("dta_processamento", "DATA_IMPOSSIVEL"),), "dia que não existe",
          _cells(dta_processamento="31/02/2026")),
    # None of the rest is a divergence.
    _Kind((), "difere por um centavo", _reviewed("bonus_dpto", "valor_bonus", 0.01)),
    _Kind((), "a revisar, e confere", _cells(apontamento=REVIEW)),
    _Kind((), "a revisar, e nenhum dos dois veio",
          _cells(apontamento=REVIEW, trade=None, trade_mkt_dpto=None)),
    _Kind((), "difere, sem o ponto de exclamação",
          lambda line: _reviewed("bonus_dpto", "valor_bonus", 20)(line)
          | {"apontamento": "Revisar Divergência"}),
    _Kind((), "difere, conferido", lambda line: {"bonus_dpto": round(line["valor_bonus"] + 20, 2)}),
    _Kind((), "pendente de outra coisa", _cells(bonus_utilizado="Pendente")),
    _Kind((), "outras palavras", _cells(bonus_utilizado="Pendente de verificação")),
    _Kind((), "sem dia", _cells(dta_processamento=None)),
    _Kind((), "traço em vez de valor", _cells(trade="-", trade_mkt_dpto="-")),
    _Kind((), "acima dos outros do modelo, mas não muito",
          _times_usual("valor_bonus", 1 + 4 * SPREAD)),
    _Kind((), "o máximo", _cells(des_modelo=RARE, valor_bonus=100_000), once=True),
    _Kind((), "zero", _cells(des_modelo=RARE, trade=0), once=True),
    _Kind((), "fora do valor único do modelo", _cells(valor_bonus=2_500), model=FLEET, once=True),
)  # fmt: skip


@dataclass
class Planted:
    """What was put into a month's lines.

    Attributes:
        spoilt: cells to write in place of the lines', by row and column.
        rows: rows with any of it.
        defects: the list of the faults.
    """

    spoilt: dict[tuple[int, str], Value] = field(default_factory=dict)
    rows: set[int] = field(default_factory=set)
    defects: list[Defect] = field(default_factory=list)


def plant_bonus_faults(table: pl.DataFrame, book: Workbook, rng: np.random.Generator) -> Planted:
    """Spoil some of a month's lines.

    Args:
        table: the lines, the next ones of the workbook.
        book: where they are to be written.
        rng: draws lines.
    """
    planted = Planted()
    model = table["des_modelo"].to_numpy()
    order = rng.permutation(len(table))
    for kind in _KINDS:
        fits = model[order] == kind.model if kind.model else model[order] != FLEET
        chosen = order[fits][: 1 if kind.once else max(1, len(table) // _SHARE)]
        order = order[~np.isin(order, chosen)]
        for row in chosen.tolist():
            _spoil(planted, kind, row, table.row(row, named=True), book)
    return planted


def _spoil(planted: Planted, kind: _Kind, row: int, line: Line, book: Workbook) -> None:
    planted.rows.add(row)
    for column, value in kind.change(line).items():
        planted.spoilt[row, column] = value
    sheet, number = book.place(book.lines + row)
    for column, result in kind.found:
        planted.defects.append(Defect(book.path.name, number, column, kind.defeito, result, sheet))
