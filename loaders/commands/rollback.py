"""`mirante rollback`: take loads of files back.

Here: options and what is said. Not here: which load is meant, and the mark
(`loaders.withdrawals`).
"""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from loaders.withdrawals import Withdrawal


class Fonte(StrEnum):
    """The sources that deliver files."""

    CARTEIRA = "carteira"
    CARTOES = "cartoes"
    BANCO = "banco"
    CONTROLADORIA = "controladoria"


def rollback(
    alvos: Annotated[
        list[str],
        typer.Argument(
            help="Nome do arquivo, caminho, começo do sha256 (8 dígitos ou mais), ou o número da "
            "carga em audit.operacoes.",
            metavar="ARQUIVO|CARGA",
        ),
    ],
    motivo: Annotated[
        str | None, typer.Option(help="Por que; fica com a marca.", metavar="TEXTO")
    ] = None,
    fonte: Annotated[Fonte | None, typer.Option(help="Procura só nesta fonte.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Saída em JSON, para programas.")] = False,
) -> None:
    """Retira cargas: as linhas ficam em raw, marcadas, e o próximo build é como sem elas."""
    from rich.console import Console

    from loaders.postgres import resolve_server
    from loaders.withdrawals import withdraw

    console = Console(stderr=True, highlight=False, soft_wrap=True)

    def on_wait(holder: str) -> None:
        console.print(f"Esperando outro trabalho terminar: {holder}", markup=False)

    done = withdraw(
        resolve_server(), alvos, fonte=fonte and fonte.value, motivo=motivo, on_wait=on_wait
    )
    if as_json:
        typer.echo(json.dumps([each.as_dict() for each in done], ensure_ascii=False))
        return
    for each in done:
        console.print(_told(each), markup=False)
    if any(each.changed for each in done):
        console.print(
            "As linhas ficam em raw. O próximo `mirante build` constrói tudo como se a carga não"
            " tivesse vindo; `mirante load` com o mesmo arquivo a traz de volta.",
            markup=False,
        )


def _told(done: "Withdrawal") -> str:
    from loaders.withdrawals import lines, moment

    file = done.load.file
    if not done.changed and file.retirado_em:
        return (
            f"{file.arquivo} ({done.load.fonte}, {file.entidade}): já retirado em"
            f" {moment(file.retirado_em)}; nada a fazer."
        )
    return (
        f"{file.arquivo} ({done.load.fonte}, {file.entidade}): retirado; {lines(file.linhas)},"
        f" carregado em {moment(file.carregado_em)}."
    )
