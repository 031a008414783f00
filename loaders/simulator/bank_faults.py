"""Spoil bank files as real exports are spoilt.

Here: the faults of clients and of transactions. Not here: how they are planted
(`planting`), how good lines come to be (`bank_clients`, `bank_movements`).
"""

import polars as pl

from loaders.simulator.planting import Fault


def _a_thousand_years_early(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(pl.col("fecha").dt.offset_by("-1000y"))


def _of_no_client(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(cliente_id="9" + pl.col("cliente_id").str.slice(1))


def _of_another_amount(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(pl.col("monto") + 10_00)


def _of_another_income(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(pl.col("ingresos_mensuales").fill_null(0) + 100_00)


CLIENT_FAULTS = (
    Fault("ingresos_mensuales", "não é número", "TIPO_INVALIDO", text="a confirmar"),
    Fault("edad", "por extenso", "TIPO_INVALIDO", text="treinta"),
    Fault("cliente_id", "em branco", "OBRIGATORIO_AUSENTE", text=""),
    Fault("nacimiento", "dia que não existe", "DATA_IMPOSSIVEL", text="1980-02-31"),
    Fault(
        "", "a linha vem duas vezes, com outra renda", "CHAVE_DUPLICADA_NO_ARQUIVO",
        _of_another_income, repeats_key=True,
    ),
)  # fmt: skip
TRANSACTION_FAULTS = (
    Fault("monto", "não é número", "TIPO_INVALIDO", text="a confirmar"),
    Fault("fecha", "palavra em vez de data", "TIPO_INVALIDO", text="ayer"),
    Fault("cliente_id", "em branco", "OBRIGATORIO_AUSENTE", text=""),
    Fault("monto", "em branco", "OBRIGATORIO_AUSENTE", text=""),
    Fault("tipo", "em branco", "OBRIGATORIO_AUSENTE", text=""),
    Fault("fecha", "mil anos antes", "DATA_IMPOSSIVEL", _a_thousand_years_early),
    Fault("cliente_id", "cliente que não existe", "ORFAO", _of_no_client),
    Fault(
        "", "a linha vem duas vezes, com outro valor", "CHAVE_DUPLICADA_NO_ARQUIVO",
        _of_another_amount, repeats_key=True,
    ),
)  # fmt: skip


def with_own_client_id(lines: pl.DataFrame) -> pl.DataFrame:
    """Give lines numbers of clients who have no transactions."""
    return lines.with_columns(cliente_id="8" + pl.col("cliente_id").str.slice(1))


def with_own_transaction_id(lines: pl.DataFrame) -> pl.DataFrame:
    """Give lines numbers that no transaction has."""
    return lines.with_columns(pl.col("transaccion_id") + "0")
