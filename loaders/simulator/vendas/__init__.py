"""Two years of a property developer's sales, as its CRM's API would show them.

Here: the files, one a table, that `loaders.cvcrm_server` serves. Not here: the API.

Data flow: `estoque` (what there is) and `equipe` (who sells) -> `historia` (who reserves
what, and what comes of it) -> `financas` (how it is paid) -> `falhas` (who has a fault),
all arrays, which `mundo` holds; then rows, a reservation at a time: `negocios` with
`pos_venda`, `parcelas`, `contatos`, `situacao`, and at last `cadastros`, as a unit's state
is that of its last deal, and `vendedores`. `dia_seguinte` changes the rows as a day would.
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl

from loaders.cvcrm_server.endpoints import endpoints
from loaders.cvcrm_server.tenant import wire
from loaders.simulator.defects import Defect
from loaders.simulator.identities import Identities, whole
from loaders.simulator.population import Population
from loaders.simulator.vendas.cadastros import linhas_de_unidades
from loaders.simulator.vendas.contatos import linhas_de_contato
from loaders.simulator.vendas.mundo import FIRST_CLIENT, Linha, Linhas, Mundo, deals, make_mundo
from loaders.simulator.vendas.negocios import linhas_de_negocio
from loaders.simulator.vendas.parcelas import (
    Ids,
    linhas_de_comissao,
    linhas_de_condicoes,
    linhas_orfas,
)
from loaders.simulator.vendas.pos_venda import has_repasse
from loaders.simulator.vendas.situacao import Estados, linhas_de_situacao, state_after
from loaders.simulator.vendas.vendedores import linhas_de_equipe

CLIENTS_A_RESERVA = 3
# Fewer would leave out some of what the files are to show.
FEWEST_RESERVAS = 400
_SLICE = 50_000


def simulate_vendas(
    population: Population,
    folder: Path,
    newest: date,
    seed: int,
    reservas: int | None = None,
    identities: Identities | None = None,
) -> Generator[Path, None, list[Defect]]:
    """Write a file a table.

    Args:
        population: whose clients buy.
        folder: where to; the files come into `cvcrm` below it, made if missing.
        newest: first day of the newest month.
        seed: same seed, same bytes.
        reservas: about how many reservations; without it, one for three clients.
        identities: where to list who the buyers are.

    Yields:
        Each file written.

    Returns:
        The planted faults.
    """
    folder = folder / "cvcrm"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = len(population) // CLIENTS_A_RESERVA if reservas is None else reservas
    mundo = make_mundo(population, newest, seed, max(wanted, FEWEST_RESERVAS))
    if identities is not None:
        _list_buyers(mundo, identities)
    defects = _write(folder, _lines(mundo, seed))
    for table in endpoints():
        yield folder / f"{table}.jsonl"
    return defects


def _list_buyers(mundo: Mundo, identities: Identities) -> None:
    """List who reserved anything; who only buys with a spouse has no row of his own."""
    buyers = np.unique(mundo.historia.comprador)
    for start in range(0, len(buyers), _SLICE):
        some = buyers[start : start + _SLICE]
        documents = mundo.population.people(some).documento
        identities.add("vendas", pl.Series(FIRST_CLIENT + some), some, whole(documents))


def _lines(mundo: Mundo, seed: int) -> Iterator[Linha]:
    ids, states = Ids(), Estados(len(mundo.estoque))
    for deal in deals(mundo):
        yield from linhas_de_negocio(mundo, deal, next(ids.repasse) if has_repasse(deal) else 0)
        yield from linhas_de_condicoes(mundo, deal, ids)
        yield from linhas_de_comissao(mundo, deal, ids)
        yield from linhas_de_contato(mundo, deal)
        yield from linhas_de_situacao(mundo, deal)
        states.put(deal.unidade, state_after(deal, mundo.days.last))
    yield from linhas_orfas(mundo, ids)
    yield from linhas_de_unidades(mundo, states, seed)
    yield from linhas_de_equipe(mundo, seed)


def _write(folder: Path, lines: Linhas) -> list[Defect]:
    """Write each row into its table's file, all open at once, and list the faults."""
    defects: list[Defect] = []
    with ExitStack() as stack:
        files: dict[str, IO[bytes]] = {
            table: stack.enter_context((folder / f"{table}.jsonl").open("wb"))
            for table in endpoints()
        }
        written = dict.fromkeys(files, 0)
        for table, row, notes in lines:
            files[table].write(wire(row) + b"\n")
            written[table] += 1
            defects += (Defect(f"{table}.jsonl", written[table], *note) for note in notes)
    return defects
