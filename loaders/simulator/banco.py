"""A bank's clients and their transactions, as its systems would export them.

Here: one file of clients, one of transactions a month, in the dialects that were in use,
and which files have faults. Not here: who the clients are (`bank_clients`), what they did
(`bank_movements`), what the faults are (`bank_faults`), csv (`dialects`).

A chunk of clients is in memory at a time, with what it did in one month; all files are
open at once, and each chunk adds its lines to them.
"""

from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from loaders.simulator.bank_clients import (
    DOCUMENT_FAULTS,
    MONTHS,
    BankClients,
    accounts,
    client_ids,
    client_lines,
    documents_at_bank,
    make_clients,
    names_at_bank,
)
from loaders.simulator.bank_faults import (
    CLIENT_FAULTS,
    TRANSACTION_FAULTS,
    with_own_client_id,
    with_own_transaction_id,
)
from loaders.simulator.bank_movements import move
from loaders.simulator.defects import Defect
from loaders.simulator.dialects import CsvFile, Dialect, Spoilt
from loaders.simulator.identities import Identities
from loaders.simulator.planting import plant
from loaders.simulator.population import Population

# Of all who may have an account: some six in ten of them have one.
CHUNK = 30_000
# Lines count from 1, and the header is one.
_FIRST_LINE = 2
CANONICAL = Dialect()
_brazilian = partial(Dialect, separator=";", decimal=",", date_format="%d/%m/%Y")
_PORTUGUESE = {
    "transaccion_id": "transacao_id",
    "fecha": "data",
    "monto": "valor",
    "comercio": "estabelecimento",
}
# By month, counted from the oldest; the months that are not here are canonical.
DIALECTS = {
    0: _brazilian(encoding="iso-8859-1", line_end="\r\n", upper_header=True),
    1: _brazilian(encoding="utf-8-sig", header=_PORTUGUESE),
    2: Dialect(date_format="%Y-%m-%d %H:%M:%S"),
    3: _brazilian(date_format="%d/%m/%Y %H:%M:%S", line_end="\r\n"),
    4: Dialect(left_out=frozenset({"categoria"})),
}
# Months with faults: an old one, in a dialect of its own, and the newest.
FAULTY = (1, MONTHS - 1)


def simulate_banco(
    population: Population,
    folder: Path,
    newest: date,
    seed: int,
    identities: Identities | None = None,
) -> Generator[Path, None, list[Defect]]:
    """Write the clients, and their transactions month by month.

    Args:
        population: some of whom have an account; a few strangers are added.
        folder: where to; the files come into `banco` below it, made if missing.
        newest: first day of the newest month.
        seed: same seed, same bytes.
        identities: where to list who the clients are.

    Yields:
        Each file, the older months first, once all are written.

    Returns:
        The planted faults, and what must become of spoilt documents.
    """
    folder = folder / "banco"
    folder.mkdir(parents=True, exist_ok=True)
    last = np.datetime64(newest, "M")
    with ExitStack() as stack:
        listed = stack.enter_context(CsvFile(folder / "clientes.csv", CANONICAL))
        months = [
            _Month(number, last - (MONTHS - 1 - number), folder, stack) for number in range(MONTHS)
        ]
        bank = _Bank(population, seed, (last + 1).astype("datetime64[D]").astype(date), listed)
        for chunk, numbers in enumerate(accounts(population, CHUNK, seed)):
            clients = bank.open(chunk, numbers, identities)
            for month in months:
                bank.move(chunk, clients, month)
            bank.clients += len(clients)
    yield listed.path
    for month in months:
        yield month.file.path
    return bank.defects


class _Month:
    """A month's file in the making; `written` counts its transactions."""

    def __init__(self, number: int, month: np.datetime64, folder: Path, stack: ExitStack) -> None:
        self.number = number
        self.first = month.astype("datetime64[s]")
        self.stamp = str(month).replace("-", "")
        self.written = 0
        path = folder / f"transacciones_{self.stamp}.csv"
        self.file = stack.enter_context(CsvFile(path, DIALECTS.get(number, CANONICAL)))


@dataclass
class _Bank:
    """What all chunks share: `clients` counts those of the chunks before."""

    population: Population
    seed: int
    export: date
    file: CsvFile
    clients: int = 0
    defects: list[Defect] = field(default_factory=list)

    def open(
        self, chunk: int, numbers: NDArray[np.int64], identities: Identities | None
    ) -> BankClients:
        """Write a chunk's clients; the first has the faults, and all have documents'."""
        people = self.population.people(numbers)
        names = names_at_bank(self.population, people, self.seed)
        clients = make_clients(people, [self.seed, 32, chunk])
        table, done = client_lines(
            people, names, clients, self.clients + 1, self.export, [self.seed, 35, chunk]
        )
        if identities is not None:
            identities.add("banco", table["cliente_id"], numbers, documents_at_bank(people, done))
        table = table.with_columns(feito=done)
        arquivo, line = self.file.path.name, self.file.lines + _FIRST_LINE
        spoilt: Spoilt = {}
        rejected: set[int] = set()
        if chunk == 0 and len(table):
            rng = np.random.default_rng([self.seed, 36])
            planted = plant(table, arquivo, rng, CLIENT_FAULTS, with_own_client_id)
            table, spoilt = planted.table, planted.spoilt
            self.defects += planted.defects
            rejected = {defect.linha for defect in planted.defects}
        changed = table["feito"].to_numpy()
        self.defects += (
            Defect(arquivo, line + row, "documento", *DOCUMENT_FAULTS[int(changed[row])])
            for row in np.flatnonzero(changed).tolist()
            # Each line has one fault that shows.
            if line + row not in rejected
        )
        self.file.write(table.drop("feito"), spoilt)
        return clients

    def move(self, chunk: int, clients: BankClients, month: _Month) -> None:
        """Write what a chunk's clients did in a month; in some the first chunk has faults."""
        seed = [self.seed, 37, month.number, chunk]
        moved = move(clients, month.first, month.number, seed)
        begin = int(month.stamp) * 10**9 + month.written + 1
        table = moved.select(
            pl.Series("transaccion_id", np.arange(begin, begin + len(moved))).cast(pl.String),
            client_ids(moved["cliente"].to_numpy() + self.clients + 1).alias("cliente_id"),
            "fecha",
            "tipo",
            "monto",
            "comercio",
            "categoria",
        )
        month.written += len(moved)
        spoilt: Spoilt = {}
        if month.number in FAULTY and chunk == 0 and len(table):
            rng = np.random.default_rng([self.seed, 38, month.number])
            arquivo = month.file.path.name
            planted = plant(table, arquivo, rng, TRANSACTION_FAULTS, with_own_transaction_id)
            table, spoilt = planted.table, planted.spoilt
            self.defects += planted.defects
        month.file.write(table, spoilt)
