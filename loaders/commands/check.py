"""`mirante check`: what works, what does not, and what to do.

Here: lines and exit code. Not here: what is looked at (`loaders.checks`).
"""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from loaders.checks import Finding


def check(
    as_json: Annotated[bool, typer.Option("--json", help="Saída em JSON, para programas.")] = False,
) -> None:
    """Confere servidor, schemas, últimas cargas, segmentações e cada endpoint do CVCRM."""
    from rich.console import Console

    from loaders.checks import State, findings
    from loaders.errors import MiranteError

    out = Console(highlight=False, soft_wrap=True)
    # Lines and what moves below them on one console, or they overwrite each other.
    moving = out if out.is_terminal else Console(stderr=True)
    found = []
    with moving.status("") as status:
        for finding in findings(on_start=lambda name: status.update(f"sondando {name}")):
            found.append(finding)
            if not as_json:
                _print(out, finding)
    if as_json:
        typer.echo(json.dumps([each.as_dict() for each in found], ensure_ascii=False))
    failed = [finding for finding in found if finding.estado is State.FALHA]
    if failed:
        raise MiranteError(
            f"{len(failed)} de {len(found)} verificações falharam: "
            + ", ".join(finding.nome for finding in failed)
        )


def _print(out: "Console", finding: "Finding") -> None:
    from rich.text import Text

    style = {"ok": "green", "aviso": "yellow", "falha": "red"}[finding.estado]
    out.print(Text.assemble((f"{finding.estado:<6}", style), f"{finding.nome}: {finding.detalhe}"))
    if finding.fazer:
        out.print(Text(f"      -> {finding.fazer}"))
