"""A bank's clients and their transactions, as its systems would export them.

Here: one file of clients, one of transactions a month, in the dialects that were in use,
and which files have faults. Not here: who the clients are (`bank_clients`), what they did
(`bank_movements`), what the faults are (`bank_faults`), csv (`dialects`).

Once the clients are written, a chunk of them is in memory at a time, with what it did in
one month, and of the others their habits only, some 70 bytes each.
"""

from collections.abc import Generator, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from loaders.simulator.bank_clients import (
    DOCUMENT_FAULTS,
    MONTHS,
    BankClients,
    Members,
    client_ids,
    client_lines,
    make_clients,
    make_members,
)
from loaders.simulator.bank_faults import (
    CLIENT_FAULTS,
    TRANSACTION_FAULTS,
    with_own_client_id,
    with_own_transaction_id,
)
from loaders.simulator.bank_movements import move
from loaders.simulator.defects import Defect
from loaders.simulator.dialects import Dialect, Spoilt, write_pieces
from loaders.simulator.planting import plant
from loaders.simulator.population import Population

CHUNK = 20_000
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

_Pieces = Iterator[tuple[pl.DataFrame, Spoilt]]


def simulate_banco(
    population: Population, folder: Path, newest: date, seed: int
) -> Generator[Path, None, list[Defect]]:
    """Write the clients, and their transactions month by month.

    Args:
        population: some of whom have an account; a few strangers are added.
        folder: where to; the files come into `banco` below it, made if missing.
        newest: first day of the newest month.
        seed: same seed, same bytes.

    Yields:
        Each file written, the older months first.

    Returns:
        The planted faults, and what must become of spoilt documents.
    """
    folder = folder / "banco"
    folder.mkdir(parents=True, exist_ok=True)
    last = np.datetime64(newest, "M")
    defects: list[Defect] = []
    members = make_members(population, seed)
    clients = make_clients(members, seed)
    path = folder / "clientes.csv"
    export = (last + 1).astype("datetime64[D]").astype(date)
    write_pieces(
        path, _client_pieces(path.name, members, clients, export, seed, defects), CANONICAL
    )
    yield path
    # Names and documents take most of the memory, and no transaction has them.
    del population, members
    for number in range(MONTHS):
        month = last - (MONTHS - 1 - number)
        path = folder / f"transacciones_{str(month).replace('-', '')}.csv"
        pieces = _transaction_pieces(path.name, clients, month, number, seed, defects)
        write_pieces(path, pieces, DIALECTS.get(number, CANONICAL))
        yield path
    return defects


def _client_pieces(
    arquivo: str,
    members: Members,
    clients: BankClients,
    at: date,
    seed: int,
    defects: list[Defect],
) -> _Pieces:
    """Give the clients' lines; the first chunk has the faults, and all have documents'."""
    line = 2  # lines count from 1, and the header is one
    for start in range(0, len(clients), CHUNK):
        table, done = client_lines(members, clients, start, CHUNK, at, seed)
        table = table.with_columns(feito=done)
        spoilt: Spoilt = {}
        rejected: set[int] = set()
        if start == 0:
            rng = np.random.default_rng([seed, 36])
            planted = plant(table, arquivo, rng, CLIENT_FAULTS, with_own_client_id)
            table, spoilt = planted.table, planted.spoilt
            defects += planted.defects
            rejected = {defect.linha for defect in planted.defects}
        changed = table["feito"].to_numpy()
        defects += (
            Defect(arquivo, line + row, "documento", *DOCUMENT_FAULTS[int(changed[row])])
            for row in np.flatnonzero(changed).tolist()
            # Each line has one fault that shows.
            if line + row not in rejected
        )
        line += len(table)
        yield table.drop("feito"), spoilt


def _transaction_pieces(
    arquivo: str,
    clients: BankClients,
    month: np.datetime64,
    number: int,
    seed: int,
    defects: list[Defect],
) -> _Pieces:
    """Give a month's lines; in some months the first chunk has faults."""
    first = month.astype("datetime64[s]")
    begin = int(str(month).replace("-", "")) * 10**9 + 1
    for start in range(0, len(clients), CHUNK):
        moved = move(clients.chunk(start, CHUNK), first, number, [seed, 37, number, start])
        table = moved.select(
            pl.Series("transaccion_id", np.arange(begin, begin + len(moved))).cast(pl.String),
            client_ids(moved["cliente"].to_numpy() + start + 1).alias("cliente_id"),
            "fecha",
            "tipo",
            "monto",
            "comercio",
            "categoria",
        )
        begin += len(moved)
        spoilt: Spoilt = {}
        if number in FAULTY and start == 0 and len(table):
            rng = np.random.default_rng([seed, 38, number])
            planted = plant(table, arquivo, rng, TRANSACTION_FAULTS, with_own_transaction_id)
            table, spoilt = planted.table, planted.spoilt
            defects += planted.defects
        yield table, spoilt
