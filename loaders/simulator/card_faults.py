"""Spoil card files as real exports are spoilt, and say at which line.

Here: the faults of a month's invoices and payments; no payment loses its invoice by one.
Not here: how they are planted (`planting`), how good lines come to be (`card_accounts`).
"""

import numpy as np
import polars as pl

from loaders.simulator.card_accounts import MONTHS
from loaders.simulator.planting import Fault, Planted, plant

# Beyond the sequences of invoices and of an invoice's payments.
_OTHER_SEQ = 2 * MONTHS
_UNDELIVERED_SEQ = 99
_OTHER_VEZ = 5


def _due_before_emission(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(data_vencimento=pl.col("data_emissao").dt.offset_by("-3d"))


def _emitted_the_month_before(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(pl.col("data_emissao").dt.offset_by("-1mo"))


def _of_an_undelivered_invoice(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(seq=pl.lit(_UNDELIVERED_SEQ, pl.Int64))


def _of_another_value(lines: pl.DataFrame) -> pl.DataFrame:
    value = next(name for name in lines.columns if name.startswith("valor_"))
    return lines.with_columns(pl.col(value) + 10_00)


def _of_another_client(lines: pl.DataFrame) -> pl.DataFrame:
    # The same number, were ids numbers.
    return lines.with_columns(cliente="0" + pl.col("cliente"))


DUPLICATE = Fault(
    "", "a linha vem duas vezes, com outro valor", "CHAVE_DUPLICADA_NO_ARQUIVO",
    _of_another_value, repeats_key=True,
)  # fmt: skip
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
    return plant(
        table, arquivo, np.random.default_rng([*seed, 7]), INVOICE_FAULTS,
        lambda lines: lines.with_columns(pl.col("seq") + _OTHER_SEQ),
    )  # fmt: skip


def plant_payment_faults(table: pl.DataFrame, arquivo: str, seed: list[int]) -> Planted:
    """Add faulty payments to a month's."""
    return plant(
        table, arquivo, np.random.default_rng([*seed, 8]), PAYMENT_FAULTS,
        lambda lines: lines.with_columns(pl.col("vez") + _OTHER_VEZ),
    )  # fmt: skip
