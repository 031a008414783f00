"""Monthly invoices and payments of cards, as the processors' systems would export them.

Here: the files of two years, month by month, in the dialects that were in use, the
corrected file of one month, and which months have faults. Not here: who owes and pays
what (`card_accounts`), what the faults are (`card_faults`), csv (`dialects`).

A block of clients is in memory at a time, with one of its months, and of the months before
that the payments whose file is not due yet; all files are open at once, and each block adds
its lines to them.
"""

from collections.abc import Generator
from contextlib import ExitStack
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
from loaders.simulator.dialects import CsvFile, Dialect, Spoilt
from loaders.simulator.identities import Documento, Identities
from loaders.simulator.population import Population

# Clients at a time: bounds memory whatever their number.
BLOCK = 50_000
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
    population: Population,
    folder: Path,
    newest: date,
    seed: int,
    months: int = MONTHS,
    identities: Identities | None = None,
) -> Generator[Path, None, list[Defect]]:
    """Write two files a month, and one month's invoices once more, corrected.

    Args:
        population: whose cards; a few clients are added who have nothing else.
        folder: where to; the files come into `cartoes` below it, made if missing.
        newest: first day of the newest month.
        seed: same seed, same bytes.
        months: how many, 24 at most. With fewer the history begins later: the months left
            out have no payments either.
        identities: where to list whose cards were billed.

    Yields:
        Each file, the older months first, once all are written.

    Returns:
        The planted faults, and what became of corrected lines.
    """
    folder = folder / "cartoes"
    folder.mkdir(parents=True, exist_ok=True)
    last = np.datetime64(newest, "M")
    with ExitStack() as stack:
        files = [
            _Month(number, last - (MONTHS - 1 - number), folder, stack, seed)
            for number in range(MONTHS - months, MONTHS)
        ]
        for block, accounts in enumerate(make_accounts(population, BLOCK, seed)):
            waiting: list[pl.DataFrame] = []
            billed = np.zeros(len(accounts), dtype=bool)
            for month in files:
                own = [seed, month.number, block]
                invoices = bill(accounts, month.first, month.number, own)
                billed[invoices["conta"].to_numpy()] = True
                payments = pay(accounts, invoices, month.first, month.number, own)
                known = pl.concat([*waiting, payments])
                month.write(accounts, invoices, known.filter(pl.col("mes") <= month.number), block)
                waiting = [known.filter(pl.col("mes") > month.number)]
            if identities is not None:
                identities.add(
                    "cartoes",
                    accounts.cliente_id.filter(pl.Series(billed)),
                    accounts.pessoa[billed],
                    Documento.AUSENTE,
                )
    for month in files:
        yield from month.paths
    return [defect for month in files for defect in month.defects]


class _Month:
    """A month's files in the making, and their faults; the first block has them all."""

    def __init__(
        self, number: int, month: np.datetime64, folder: Path, stack: ExitStack, seed: int
    ) -> None:
        self.number = number
        self.first = month.astype("datetime64[D]")
        self.defects: list[Defect] = []
        self._stack, self._seed = stack, seed
        self._stamp = str(month).replace("-", "")
        self._invoices, self._payments = (
            self._open(folder / f"tb_{kind}_{self._stamp}.csv")
            for kind in ("faturas", "pagamentos")
        )
        self._corrected: CsvFile | None = None

    @property
    def paths(self) -> list[Path]:
        files = (self._invoices, self._corrected, self._payments)
        return [file.path for file in files if file is not None]

    def write(
        self, accounts: Accounts, invoices: pl.DataFrame, payments: pl.DataFrame, block: int
    ) -> None:
        """Add a block's lines."""
        self._write_invoices(_with_client(invoices, accounts), accounts, block)
        self._write_payments(_with_client(payments, accounts), block)

    def _write_invoices(self, table: pl.DataFrame, accounts: Accounts, block: int) -> None:
        spoilt: Spoilt = {}
        if self._has_faults(table, block):
            planted = plant_invoice_faults(
                table, self._invoices.path.name, [self._seed, self.number]
            )
            table, spoilt = planted.table, planted.spoilt
            self.defects += planted.defects
        self._invoices.write(_invoice_lines(table, accounts), spoilt)
        if self.number == CORRECTED and block == 0 and len(table) > 1:
            path = self._invoices.path
            self._corrected = self._open(path.with_stem(f"{path.stem}_corrigida"))
            table, corrections = _correct(table, path.name, self._corrected.path.name, self._seed)
            self.defects += corrections
        if self._corrected is not None:
            self._corrected.write(_invoice_lines(table, accounts))

    def _write_payments(self, table: pl.DataFrame, block: int) -> None:
        spoilt: Spoilt = {}
        if self._has_faults(table, block):
            planted = plant_payment_faults(
                table, self._payments.path.name, [self._seed, self.number]
            )
            table, spoilt = planted.table, planted.spoilt
            self.defects += planted.defects
        self._payments.write(_payment_lines(table), spoilt)

    def _has_faults(self, table: pl.DataFrame, block: int) -> bool:
        return self.number in FAULTY and block == 0 and len(table) > 0

    def _open(self, path: Path) -> CsvFile:
        return self._stack.enter_context(CsvFile(path, DIALECTS.get(self.number, CANONICAL)))


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
    return table.with_columns(
        cliente=accounts.cliente_id.gather(table["conta"]),
        numero=pl.col("conta") + accounts.primeira + 1,
    )


def _invoice_id() -> pl.Expr:
    """Ids of the two processors: `12-3`, and digits that begin with zeros."""
    number = pl.col("numero")
    digits = (number * 100 + pl.col("seq")).cast(pl.String).str.zfill(10)
    return (
        pl.when(_first_processor())
        .then(pl.format("{}-{}", number, pl.col("seq")))
        .otherwise(digits)
    )


def _payment_id() -> pl.Expr:
    number, seq, time = pl.col("numero"), pl.col("seq"), pl.col("vez")
    digits = (number * 1000 + seq * 10 + time).cast(pl.String).str.zfill(12)
    dashed = pl.format("PG-{}-{}-{}", number, seq, time)
    return pl.when(_first_processor()).then(dashed).otherwise(digits)


def _first_processor() -> pl.Expr:
    return (pl.col("numero") - 1) % 5 < 4


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
        BRANDS.gather(accounts.bandeira[conta]).alias("bandeira"),
        status.alias("status_fatura"),
        pl.lit("BRL").alias("moeda"),
    )


def _payment_lines(table: pl.DataFrame) -> pl.DataFrame:
    """Lay out payments as the seven columns of the canonical form."""
    reversal = pl.col("valor_pagamento") < 0
    return table.select(
        _payment_id().alias("id_pagamento"),
        _invoice_id().alias("id_fatura"),
        pl.col("cliente").alias("id_cliente"),
        "data_pagamento",
        "valor_pagamento",
        CHANNELS.gather(table["canal"]).alias("canal_pagamento"),
        pl.when(reversal).then(pl.lit("ESTORNO")).otherwise(pl.lit("PAGAMENTO"))
        .alias("tipo_pagamento"),
    )  # fmt: skip
