"""`mirante privacy`: taking a person out.

Here: arguments, what is said of it, exit code. Not here: the work (`loaders.privacy`).
"""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from loaders.privacy.person import Record

app = typer.Typer(no_args_is_help=True, help="Dados pessoais: apagar uma pessoa.")


@app.command("erase")
def erase(
    documento: Annotated[
        str | None,
        typer.Argument(help="CPF ou CNPJ; - lê da entrada, e não fica no histórico do shell."),
    ] = None,
    registro: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FONTE:CODIGO",
            help="Também este registro, de fonte sem documento ou com ele errado "
            "(carteira, cartoes, banco, vendas); pode repetir.",
        ),
    ] = None,
    sim: Annotated[bool, typer.Option("--sim", help="Não pergunta antes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="O resultado em JSON.")] = False,
) -> None:
    """Apaga uma pessoa de tudo o que o Mirante guarda e prova que nada restou."""
    from rich.console import Console

    from loaders.errors import MiranteError
    from loaders.postgres import resolve_server
    from loaders.privacy.documents import parse_document
    from loaders.privacy.erasing import erase as erase_person

    told = Console(stderr=True, highlight=False, soft_wrap=True)
    records = [_record(text) for text in registro or ()]
    if documento is None and not records:
        raise typer.BadParameter("indique o CPF ou CNPJ, ou --registro FONTE:CODIGO.")
    text = sys.stdin.readline() if documento == "-" else documento
    document = parse_document(text) if text is not None else None
    server = resolve_server()
    if not sim:
        typer.confirm(
            f"Apagar a pessoa de {server.address}, sem volta? Só cópias de segurança e arquivos"
            " fora do banco continuarão a tê-la.",
            abort=True,
            err=True,
        )
    outcome = erase_person(
        server, document, records, on_step=lambda step: told.print(f"{step} ...", markup=False)
    )
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "registros": [vars(record) for record in outcome.records],
                    "linhas": {found.table: found.rows for found in outcome.rows},
                    "compartilhados": [vars(record) for record in outcome.shared],
                    "restou": {found.table: found.rows for found in outcome.remains},
                    "tabelas_procuradas": outcome.searched,
                },
                ensure_ascii=False,
            )
        )
    else:
        for found in outcome.rows:
            typer.echo(f"{found.table}: {found.rows} linha(s)")
        typer.echo(f"{len(outcome.records)} registro(s); procurei em {outcome.searched} tabelas.")
    if outcome.shared:
        numbers = ", ".join(f"{record.fonte}:{record.registro}" for record in outcome.shared)
        told.print(
            f"Aviso: {numbers} também foi o número de outra pessoa. Apaguei só as linhas com o"
            " documento dado; se o que resta é desta pessoa, repita com --registro.",
            markup=False,
        )
    if outcome.remains:
        places = ", ".join(f"{found.table} ({found.rows})" for found in outcome.remains)
        raise MiranteError(
            f"a pessoa ainda aparece em {places}: em texto livre, em linhas de outra pessoa ou sob"
            " um número que foi de duas. Corrija na fonte e carregue de novo, ou confirme o número"
            " com --registro."
        )
    if not as_json:
        typer.echo(
            "Nada restou no banco. Faltam os lugares que o Mirante não alcança: a fonte, que"
            " a traria de novo, arquivos, exportações e cópias de segurança."
        )


def _record(text: str) -> "Record":
    from loaders.privacy.person import Record
    from loaders.privacy.places import FONTES

    fonte, colon, number = text.partition(":")
    # 0 is how the sales API says nobody, on many rows.
    if not colon or not number.strip(" 0") or fonte not in FONTES:
        raise typer.BadParameter(
            f"{fonte}: escreva FONTE:CODIGO, e a fonte é uma de {', '.join(FONTES)}.",
            param_hint="--registro",
        )
    return Record(fonte, number.strip())
