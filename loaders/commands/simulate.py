"""`mirante simulate`: files like the sources', made from a seed."""

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    out: Annotated[Path, typer.Option(help="Pasta onde escrever.")],
    clients: Annotated[int, typer.Option(min=25, help="Quantos clientes.")] = 1500,
    seed: Annotated[int, typer.Option(help="Mesma semente, mesmos bytes.")] = 2026,
    month: Annotated[str, typer.Option(help="Mês mais novo, AAAA-MM.")] = "2026-10",
) -> None:
    """Simula duas posições da carteira e dois anos de cartões, com defeitos de verdade.

    Os mesmos clientes têm contratos (carteira/) e cartões (cartoes/: faturas e pagamentos,
    mês a mês). Os defeitos plantados estão listados em defeitos.csv: arquivo, linha, coluna.
    """
    from loaders.simulator import simulate_all

    for path in simulate_all(out, clients, seed, month):
        typer.echo(path)
