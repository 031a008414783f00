"""`mirante export`: a table of the warehouse as a file.

Here: options and what is said of the file. Not here: the tables and the formats
(`loaders.exports`).
"""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from loaders.export_formats import Format


def export(
    tabela: Annotated[
        str,
        typer.Argument(
            help="`cliente-360`, ou qualquer tabela dos marts: `carteira.dim_cliente`, "
            "ou só `dim_cliente` se não houver outra.",
            metavar="TABELA",
        ),
    ],
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="Padrão: o da extensão de --out, ou csv."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Arquivo. Padrão: data/processed/TABELA.csv.", metavar="ARQUIVO"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Saída em JSON, para programas.")] = False,
) -> None:
    """Exporta uma tabela como CSV, planilha (xlsx) ou Parquet."""
    from rich.console import Console

    from loaders.exports.exporting import export as write
    from loaders.exports.exporting import export_table
    from loaders.exports.files import FOLDER
    from loaders.exports.table import UnknownNameError
    from loaders.postgres import resolve_server

    kind = _format(format_, out)
    try:
        table = export_table(tabela)
    except UnknownNameError as error:
        raise typer.BadParameter(str(error), param_hint="TABELA") from None
    path = (out or FOLDER / f"{table.file_stem}.{kind}").absolute()
    # Ended politely (a container that stops), it clears away as on Ctrl-C.
    signal.signal(signal.SIGTERM, _leave)
    with Console(stderr=True).status(f"exportando {table.name}"):
        rows = write(resolve_server(), table, path, kind)
    if as_json:
        told: dict[str, Any] = {"arquivo": str(path), "linhas": rows, "formato": kind.value}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(f"{path}: {rows} {'linha' if rows == 1 else 'linhas'}")


def _format(asked: Format | None, out: Path | None) -> Format:
    if out is None:
        return asked or Format.CSV
    extension = out.suffix.lower().removeprefix(".")
    if extension not in list(Format) or (asked and extension != asked):
        fitting = f".{asked}" if asked else ", ".join(f".{each}" for each in Format)
        raise typer.BadParameter(
            f"{out.name} não termina em {fitting}"
            + ("" if asked else ", que dizem o formato")
            + ".",
            param_hint="--out",
        )
    return Format(extension)


def _leave(*_: object) -> None:
    sys.exit(128 + signal.SIGTERM)
