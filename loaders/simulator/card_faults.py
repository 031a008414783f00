"""Spoil card files as real exports are spoilt, and say at which line.

Here: lines added to a month's invoices or payments, each with one fault, among the good
ones, which stay as they were: so that each fault shows alone, and no payment loses its
invoice by one. Not here: how good lines come to be (`card_accounts`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from loaders.simulator.card_accounts import MONTHS
from loaders.simulator.defects import Defect

# Beyond the sequences of invoices and of an invoice's payments.
_OTHER_SEQ = 2 * MONTHS
_UNDELIVERED_SEQ = 99
_OTHER_VEZ = 5
_MOST_OF_A_KIND = 100


@dataclass(frozen=True)
class Fault:
    """A kind of fault.

    Attributes:
        coluna: spoilt column.
        defeito: what is wrong, in Portuguese.
        resultado: code of the quarantine.
        change: turns good lines into bad ones, where values of the column's type can.
        text: stands in the file instead of the value, where they can't.
    """

    coluna: str
    defeito: str
    resultado: str
    change: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    text: str | None = None


@dataclass(frozen=True)
class Planted:
    """A table with faulty lines in it.

    Attributes:
        table: good and bad lines.
        spoilt: texts to write in place of values, by row and column.
        defects: the list of the faults.
    """

    table: pl.DataFrame
    spoilt: dict[tuple[int, str], str]
    defects: list[Defect]


def _due_before_emission(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(data_vencimento=pl.col("data_emissao").dt.offset_by("-3d"))


def _emitted_the_month_before(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(pl.col("data_emissao").dt.offset_by("-1mo"))


def _of_an_undelivered_invoice(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(seq=pl.lit(_UNDELIVERED_SEQ, pl.Int64))


def _of_another_client(lines: pl.DataFrame) -> pl.DataFrame:
    # The same number, were ids numbers.
    return lines.with_columns(cliente="0" + pl.col("cliente"))


DUPLICATE = Fault("", "a linha vem duas vezes, com outro valor", "CHAVE_DUPLICADA_NO_ARQUIVO")
INVOICE_FAULTS = (
    Fault("valor_fatura", "não é número", "TIPO_INVALIDO", text="a apurar"),
    Fault("valor_pagamento_minimo", "não é número", "TIPO_INVALIDO", text="isento"),
    Fault("id_cliente", "em branco", "OBRIGATORIO_AUSENTE", text=""),
    Fault("data_emissao", "em branco", "OBRIGATORIO_AUSENTE", text=""),
    Fault("data_vencimento", "antes da emissão", "DATA_IMPOSSIVEL", _due_before_emission),
    Fault("data_emissao", "fora do mês do arquivo", "MES_DIVERGENTE", _emitted_the_month_before),
    DUPLICATE,
)
PAYMENT_FAULTS = (
    Fault("valor_pagamento", "NaN", "TIPO_INVALIDO", text="NaN"),
    Fault("data_pagamento", "palavra em vez de data", "TIPO_INVALIDO", text="today"),
    Fault("id_fatura", "em branco", "OBRIGATORIO_AUSENTE", text=""),
    Fault("id_fatura", "fatura que nunca veio", "ORFAO", _of_an_undelivered_invoice),
    Fault("id_cliente", "de outro cliente", "CLIENTE_DIVERGENTE", _of_another_client),
    DUPLICATE,
)


def plant_invoice_faults(table: pl.DataFrame, arquivo: str, seed: list[int]) -> Planted:
    """Add faulty invoices to a month's."""
    return _plant(
        table, arquivo, np.random.default_rng([*seed, 7]), INVOICE_FAULTS,
        lambda lines: lines.with_columns(pl.col("seq") + _OTHER_SEQ),
    )  # fmt: skip


def plant_payment_faults(table: pl.DataFrame, arquivo: str, seed: list[int]) -> Planted:
    """Add faulty payments to a month's."""
    return _plant(
        table, arquivo, np.random.default_rng([*seed, 8]), PAYMENT_FAULTS,
        lambda lines: lines.with_columns(pl.col("vez") + _OTHER_VEZ),
    )  # fmt: skip


def _plant(
    table: pl.DataFrame,
    arquivo: str,
    rng: np.random.Generator,
    faults: tuple[Fault, ...],
    with_own_id: Callable[[pl.DataFrame], pl.DataFrame],
) -> Planted:
    """Copy good lines, spoil the copies, and put them at random places."""
    each = max(1, min(_MOST_OF_A_KIND, len(table) // 500))
    # Too small a month has fewer kinds; it must not have two faults in one line's copies.
    faults = faults[: len(table) // each]
    sources = rng.choice(len(table), len(faults) * each, replace=False)
    bad = []
    for number, fault in enumerate(faults):
        lines = table[sources[number * each : (number + 1) * each]]
        if fault is DUPLICATE:
            value = next(name for name in lines.columns if name.startswith("valor_"))
            lines = lines.with_columns(pl.col(value) + 10_00)
        else:
            lines = with_own_id(lines)
        bad.append(fault.change(lines) if fault.change else lines)
    total = len(table) + len(sources)
    taken = np.zeros(total, dtype=bool)
    places = np.sort(rng.choice(total, len(sources), replace=False))
    taken[places] = True
    order = np.empty(total, dtype=np.int64)
    order[places] = len(table) + rng.permutation(len(sources))
    order[~taken] = np.arange(len(table))
    row_of = np.empty(total, dtype=np.int64)
    row_of[order] = np.arange(total)
    spoilt: dict[tuple[int, str], str] = {}
    defects = []
    for position, source in enumerate(sources.tolist()):
        fault = faults[position // each]
        row = int(row_of[len(table) + position])
        if fault is DUPLICATE:
            # The last line of a key stays.
            row = min(row, int(row_of[source]))
        if fault.text is not None:
            spoilt[row, fault.coluna] = fault.text
        # Lines count from 1, and the header is one.
        defects.append(Defect(arquivo, row + 2, fault.coluna, fault.defeito, fault.resultado))
    return Planted(pl.concat([table, *bad])[order], spoilt, defects)
