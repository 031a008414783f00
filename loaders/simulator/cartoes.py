"""Monthly invoices and payments of cards, as the processors' systems would export them.

Here: the files of two years, month by month, in the dialects that were in use, the
corrected file of one month, and which months have faults. Not here: who owes and pays
what (`card_accounts`), what the faults are (`card_faults`), csv (`dialects`).

One month is in memory at a time, and of the months before it only the payments whose
file is not due yet.
"""

from collections.abc import Generator
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from loaders.simulator.card_accounts import (
    BRANDS,
    CHANNELS,
    MONTHS,
    Accounts,
    bill,
    make_accounts,
    pay,
)
from loaders.simulator.card_faults import plant_invoice_faults, plant_payment_faults
from loaders.simulator.defects import Defect
from loaders.simulator.dialects import Dialect, write_csv
from loaders.simulator.population import Traits

CANONICAL = Dialect()
_SHORT = frozenset(
    {"valor_pagamento_minimo", "limite_credito", "bandeira", "status_fatura", "moeda",
     "canal_pagamento", "tipo_pagamento"}
)  # fmt: skip
_OTHER_NAMES = {
    "data_emissao": "dt_emissao_fatura",
    "data_vencimento": "dt_vencimento_fatura",
    "data_pagamento": "dt_pagamento",
}
_brazilian = partial(Dialect, separator=";", decimal=",", date_format="%d/%m/%Y")
# By month, counted from the oldest; the months that are not here are canonical.
DIALECTS = {
    0: Dialect(header=_OTHER_NAMES, left_out=_SHORT),
    1: _brazilian(header=_OTHER_NAMES, left_out=_SHORT, line_end="\r\n"),
    2: Dialect(left_out=_SHORT - {"valor_pagamento_minimo"}),
    3: _brazilian(encoding="iso-8859-1", line_end="\r\n", upper_header=True),
    4: _brazilian(encoding="utf-8-sig"),
    5: Dialect(separator=";", encoding="iso-8859-1"),
    6: Dialect(encoding="utf-8-sig", line_end="\r\n"),
    7: Dialect(date_format="%d/%m/%Y", header=_OTHER_NAMES),
}
# Months with faults: an old one, in a dialect of its own, and the newest.
FAULTY = (4, MONTHS - 1)
CORRECTED = MONTHS - 6


def simulate_cartoes(
    population: Traits, folder: Path, newest: date, seed: int, months: int = MONTHS
) -> Generator[Path, None, list[Defect]]:
    """Write two files a month, and one month's invoices once more, corrected.

    Args:
        population: whose cards; a few clients are added who have nothing else.
        folder: where to; the files come into `cartoes` below it, made if missing.
        newest: first day of the newest month.
        seed: same seed, same bytes.
        months: how many, 24 at most. With fewer the history begins later: the months left
            out have no payments either.

    Yields:
        Each file written, the older months first.

    Returns:
        The planted faults, and what became of corrected lines.
    """
    folder = folder / "cartoes"
    folder.mkdir(parents=True, exist_ok=True)
    accounts = make_accounts(population, seed)
    last = np.datetime64(newest, "M")
    waiting: list[pl.DataFrame] = []
    defects: list[Defect] = []
    for number in range(MONTHS - months, MONTHS):
        month = last - (MONTHS - 1 - number)
        first = month.astype("datetime64[D]")
        stamp = str(month).replace("-", "")
        dialect = DIALECTS.get(number, CANONICAL)
        invoices = bill(accounts, first, number, seed)
        known = pl.concat([*waiting, pay(accounts, invoices, first, number, seed)])
        waiting = [known.filter(pl.col("mes") > number)]
        tables = {
            "faturas": _with_client(invoices, accounts),
            "pagamentos": _with_client(known.filter(pl.col("mes") <= number), accounts),
        }
        for kind, table in tables.items():
            path = folder / f"tb_{kind}_{stamp}.csv"
            spoilt: dict[tuple[int, str], str] = {}
            if number in FAULTY and len(table):
                plant = plant_invoice_faults if kind == "faturas" else plant_payment_faults
                planted = plant(table, path.name, [seed, number])
                table, spoilt = planted.table, planted.spoilt
                defects += planted.defects
            layout = _invoice_lines if kind == "faturas" else _payment_lines
            write_csv(path, layout(table, accounts), dialect, spoilt)
            yield path
            if kind == "faturas" and number == CORRECTED and len(table) > 1:
                corrected = path.with_stem(f"{path.stem}_corrigida")
                table, corrections = _correct(table, path.name, corrected.name, seed)
                write_csv(corrected, layout(table, accounts), dialect, {})
                defects += corrections
                yield corrected
    return defects


def _correct(
    table: pl.DataFrame, arquivo: str, corrected: str, seed: int
) -> tuple[pl.DataFrame, list[Defect]]:
    """Raise some values and leave one line out, as a processor's second try would."""
    rng = np.random.default_rng([seed, 9])
    some = max(2, min(100, len(table) // 100))
    dropped, *changed = rng.choice(len(table), some, replace=False).tolist()
    raised = np.zeros(len(table), dtype=np.int64)
    raised[changed] = 25_00
    table = table.with_columns(pl.col("valor_fatura") + raised)
    kept = np.arange(len(table)) != dropped
    defects = [
        Defect(arquivo, dropped + 2, "", "some do arquivo corrigido", "continua como estava"),
        *(
            # One line less above those that follow the dropped one.
            Defect(
                corrected, row + 2 - (row > dropped), "valor_fatura", "valor corrigido",
                "vale o arquivo corrigido",
            )
            for row in changed
        ),
    ]  # fmt: skip
    return table.filter(pl.Series(kept)), defects


def _with_client(table: pl.DataFrame, accounts: Accounts) -> pl.DataFrame:
    return table.with_columns(cliente=accounts.cliente_id[table["conta"].to_numpy()])


def _invoice_id() -> pl.Expr:
    """Ids of the two processors: `12-3`, and digits that begin with zeros."""
    number = pl.col("conta") + 1
    digits = (number * 100 + pl.col("seq")).cast(pl.String).str.zfill(10)
    return (
        pl.when(_first_processor())
        .then(pl.format("{}-{}", number, pl.col("seq")))
        .otherwise(digits)
    )


def _payment_id() -> pl.Expr:
    number, seq, time = pl.col("conta") + 1, pl.col("seq"), pl.col("vez")
    digits = (number * 1000 + seq * 10 + time).cast(pl.String).str.zfill(12)
    dashed = pl.format("PG-{}-{}-{}", number, seq, time)
    return pl.when(_first_processor()).then(dashed).otherwise(digits)


def _first_processor() -> pl.Expr:
    return pl.col("conta") % 5 < 4


def _invoice_lines(table: pl.DataFrame, accounts: Accounts) -> pl.DataFrame:
    """Lay out invoices as the ten columns of the canonical form."""
    conta = table["conta"].to_numpy()
    status = (
        pl.when(pl.col("valor_fatura") > 0).then(pl.lit("FECHADA"))
        .when(pl.col("valor_fatura") < 0).then(pl.lit("CRÉDITO"))
        .otherwise(pl.lit("SEM LANÇAMENTO"))
    )  # fmt: skip
    return table.select(
        _invoice_id().alias("id_fatura"),
        pl.col("cliente").alias("id_cliente"),
        "data_emissao",
        "data_vencimento",
        "valor_fatura",
        "valor_pagamento_minimo",
        pl.Series("limite_credito", accounts.limite[conta]),
        pl.Series("bandeira", BRANDS[accounts.bandeira[conta]]),
        status.alias("status_fatura"),
        pl.lit("BRL").alias("moeda"),
    )


def _payment_lines(table: pl.DataFrame, _: Accounts) -> pl.DataFrame:
    """Lay out payments as the seven columns of the canonical form."""
    reversal = pl.col("valor_pagamento") < 0
    return table.select(
        _payment_id().alias("id_pagamento"),
        _invoice_id().alias("id_fatura"),
        pl.col("cliente").alias("id_cliente"),
        "data_pagamento",
        "valor_pagamento",
        pl.Series("canal_pagamento", CHANNELS[table["canal"].to_numpy()]),
        pl.when(reversal).then(pl.lit("ESTORNO")).otherwise(pl.lit("PAGAMENTO"))
        .alias("tipo_pagamento"),
    )  # fmt: skip
