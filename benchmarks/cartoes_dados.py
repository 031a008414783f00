"""Files of card invoices and payments for the benchmarks, vectorised and always the same.

Here: many canonical lines, quickly, with enough of life in them to reach each branch of
the book: months without an invoice and with two, credits, missing and excessive minima,
payments that are late, partial, doubled, reversed or missing. Not here: faulty lines
and the dialects of old systems, which the simulator has.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

FIRST_MONTH = np.datetime64("2024-01", "M")
_DAY = np.timedelta64(1, "D")
_BRANDS = np.array(["VISA", "MASTERCARD", "ELO"])
_CHANNELS = np.array(["Pix", "Boleto", "Débito automático"])


def stamp(number: int) -> str:
    """Return the month that stands in a file's name, counted from the first one."""
    return str(FIRST_MONTH + number).replace("-", "")


def write_months(folder: Path, clients: int, months: int) -> Iterator[int]:
    """Write a file of invoices and one of payments a month, each in a folder of its own.

    Args:
        folder: where to; month 3 goes to `folder/3`.
        clients: how many; as many invoices a month.
        months: how many, one after the other.

    Yields:
        Each month once its files stand.
    """
    waiting: list[pl.DataFrame] = []
    for number in range(months):
        there = folder / str(number)
        there.mkdir(parents=True)
        invoices = _invoices(clients, number)
        write_invoices(there / f"tb_faturas_{stamp(number)}.csv", invoices)
        known = pl.concat([*waiting, _payments(invoices, number)])
        waiting = [known.filter(pl.col("mes") > number)]
        known.filter(pl.col("mes") <= number).select(
            pl.format("PG-{}-{}", "id_fatura", "vez").alias("id_pagamento"),
            "id_fatura",
            "id_cliente",
            "data_pagamento",
            _money("valor_pagamento"),
            "canal_pagamento",
            pl.when(pl.col("valor_pagamento") < 0)
            .then(pl.lit("ESTORNO"))
            .otherwise(pl.lit("PAGAMENTO"))
            .alias("tipo_pagamento"),
        ).write_csv(there / f"tb_pagamentos_{stamp(number)}.csv", float_precision=2)
        yield number


def write_late_invoices(path: Path, clients: int, lines: int, number: int) -> None:
    """Write invoices of a month gone by that no file has had, of clients known since."""
    write_invoices(
        path,
        _invoices(clients, number)
        .head(lines)
        .with_columns(pl.format("{}-tardia", "id_fatura").alias("id_fatura")),
    )


def write_one_month(path: Path, lines: int, number: int) -> None:
    """Write a month of invoices, one a client."""
    write_invoices(path, _invoices(lines, number))


def write_invoices(path: Path, invoices: pl.DataFrame) -> None:
    """Write the ten columns of the canonical form."""
    invoices.select(
        "id_fatura",
        "id_cliente",
        "data_emissao",
        "data_vencimento",
        _money("valor_fatura"),
        _money("valor_pagamento_minimo"),
        "limite_credito",
        "bandeira",
        pl.lit("FECHADA").alias("status_fatura"),
        pl.lit("BRL").alias("moeda"),
    ).write_csv(path, float_precision=2)


def _money(cents: str) -> pl.Expr:
    return pl.col(cents) / 100


def _invoices(clients: int, number: int) -> pl.DataFrame:
    """Bill a month: one client in 25 has no invoice, another one has two."""
    rng = np.random.default_rng([1, number])
    client = np.arange(clients)
    some = clients // 25
    order = rng.permutation(clients)
    client[np.sort(order[:some])] = order[some : 2 * some]
    valor = rng.lognormal(10.6, 1, clients).astype(np.int64)
    kind = rng.random(clients)
    valor[kind < 0.01] = 0
    valor[(kind >= 0.01) & (kind < 0.022)] *= -1
    minimo = np.maximum(valor * 15 // 100, 30_00)
    emissao = (FIRST_MONTH + number).astype("datetime64[D]") + (client * 7 % 28) * _DAY
    return pl.DataFrame(
        {
            "id_cliente": client,
            "linha": np.arange(clients),
            "data_emissao": emissao,
            "data_vencimento": emissao + np.array([7, 10, 10, 12])[client % 4] * _DAY,
            "valor_fatura": valor,
            "valor_pagamento_minimo": minimo,
            "limite_credito": 500.0 * (1 + client % 40),
            "bandeira": _BRANDS[client % 3],
        }
    ).with_columns(
        pl.col("id_cliente").cast(pl.String).str.zfill(7),
        pl.format("{}-{}", pl.lit(stamp(number)), pl.col("linha").cast(pl.String).str.zfill(7))
        .alias("id_fatura"),
        pl.when(pl.Series(rng.random(clients) > 0.01)).then(pl.col("valor_pagamento_minimo")),
    )  # fmt: skip


def _payments(invoices: pl.DataFrame, number: int) -> pl.DataFrame:
    """Pay a month's invoices, each by up to four movements over the months after it."""
    rng = np.random.default_rng([2, number])
    owed = invoices.filter(pl.col("valor_fatura") > 0)
    count = len(owed)
    valor = owed["valor_fatura"].to_numpy()
    kind = rng.random(count)
    share = np.select(
        [kind < 0.10, kind < 0.14, kind < 0.22, kind < 0.23],
        [0, rng.uniform(0.02, 0.14, count), rng.uniform(0.15, 0.6, count), 1.1],
        default=1.0,
    )
    amount = (valor * share).astype(np.int64)
    late = rng.random(count) < 0.2
    delay = np.where(late, rng.exponential(12, count) + 1, -rng.integers(0, 8, count))
    day = owed["data_vencimento"].to_numpy() + np.minimum(delay, 100).astype(np.int64) * _DAY
    paid = amount > 0
    rest = paid & (amount < valor) & (rng.random(count) < 0.4)
    undone = paid & (rng.random(count) < 0.008)
    again = undone & (rng.random(count) < 0.7)
    rest_day = day + rng.integers(2, 40, count) * _DAY
    undone_day = day + rng.integers(0, 9, count) * _DAY
    again_day = undone_day + rng.integers(0, 6, count) * _DAY
    movements = [
        (paid, day, amount),
        (rest, rest_day, valor - amount),
        (undone, undone_day, -amount),
        (again, again_day, amount),
    ]
    first = FIRST_MONTH + number
    return pl.concat(
        owed.select("id_fatura", "id_cliente")
        .filter(pl.Series(picked))
        .with_columns(
            data_pagamento=when[picked],
            valor_pagamento=value[picked],
            vez=pl.lit(time),
            canal_pagamento=rng.choice(_CHANNELS, int(picked.sum())),
            # A payment before its invoice's month comes with the invoice.
            mes=number
            + np.maximum((when[picked].astype("datetime64[M]") - first).astype(np.int64), 0),
        )
        for time, (picked, when, value) in enumerate(movements, start=1)
    )
