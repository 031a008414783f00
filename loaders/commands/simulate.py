"""`mirante simulate`: files like the sources', made from a seed."""

from pathlib import Path
from typing import Annotated

import typer

from loaders.simulator import Source, simulate_all


def simulate(
    out: Annotated[Path, typer.Option(help="Pasta onde escrever.")],
    clients: Annotated[int, typer.Option(min=25, help="Quantos clientes.")] = 1500,
    seed: Annotated[int, typer.Option(help="Mesma semente, mesmos bytes.")] = 2026,
    month: Annotated[
        str,
        typer.Option(
            help="Mês mais novo, AAAA-MM: a carteira tem também o anterior, "
            "os cartões e as vendas, 24, o banco, 14, e a controladoria, 6."
        ),
    ] = "2026-10",
    source: Annotated[
        list[Source] | None, typer.Option(help="Só esta fonte; pode repetir. Sem ela, todas.")
    ] = None,
) -> None:
    """Simula carteira, cartões, vendas, banco e controladoria, com os defeitos de verdade.

    Os mesmos clientes têm contratos, em carteira/, faturas, em cartoes/,
    imóveis, em cvcrm/, que `mirante cvcrm-server` serve como a API da CVCRM,
    e, parte deles, conta no banco, em banco/. Em controladoria/ há os bônus
    das notas de uma montadora, com as divergências que as regras acham.
    Os defeitos plantados estão listados em defeitos.csv, e em identidades.csv
    quem é quem em todas as fontes.
    """
    for path in simulate_all(out, clients, seed, month, source or tuple(Source)):
        typer.echo(path)
