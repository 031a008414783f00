"""`mirante load`: bring files to the raw tables."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from loaders.file_loads import FileResult

app = typer.Typer(
    help="Carrega arquivos no Postgres, como vieram. Os mesmos bytes de novo não mudam nada.",
    no_args_is_help=True,
)

_Paths = Annotated[
    list[str], typer.Argument(help="Arquivos .xlsx ou .csv, curingas ou pastas.", metavar="ARQUIVO")
]
_AsJson = Annotated[bool, typer.Option("--json", help="Saída em JSON, para programas.")]


@app.command()
def carteira(paths: _Paths, as_json: _AsJson = False) -> None:
    """Carrega posições da carteira de clientes; a última carregada é a atual."""
    from loaders import carteira as source

    _load(source.source(), "contratos", paths, as_json)


@app.command()
def categorias(
    paths: _Paths,
    truncate: Annotated[
        bool, typer.Option("--truncate", help="Esquece as categorias carregadas antes.")
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """Carrega as categorias das linhas de crédito: acrescenta e atualiza."""
    from loaders import carteira as source

    _load(source.source(), "categorias", paths, as_json, replace=truncate)


def _load(
    source: "FileSource", entity: str, paths: list[str], as_json: bool, replace: bool = False
) -> None:
    from rich.console import Console

    from loaders.errors import MiranteError
    from loaders.file_loads import Outcome
    from loaders.postgres import resolve_server

    told = Console(stderr=True, highlight=False, soft_wrap=True)
    results: list[FileResult] = []
    with told.status("Procurando o servidor ...") as status:

        def on_start(path: Path) -> None:
            status.update(f"Lendo {path.name} ...")

        def on_wait(holder: str) -> None:
            told.print(f"Esperando outra carga terminar: {holder}", markup=False)

        server = resolve_server()
        for result in source.load(
            server, entity, paths, replace=replace, on_start=on_start, on_wait=on_wait
        ):
            results.append(result)
            if not as_json:
                _tell(told, result)
    if as_json:
        typer.echo(json.dumps([result.as_dict() for result in results], ensure_ascii=False))
    refused = [result for result in results if result.outcome is Outcome.RECUSADO]
    if refused:
        raise MiranteError(
            f"{len(refused)} de {len(results)} arquivo(s) recusado(s); "
            "nada deles foi carregado:\n" + "\n".join(f"  {result.detail}" for result in refused)
        )


def _tell(console: "Console", result: "FileResult") -> None:
    from loaders.file_loads import Outcome

    if result.outcome is Outcome.CARREGADO:
        rows = f"{result.rows:,}".replace(",", ".")
        line = f"{result.arquivo}: {rows} linhas carregadas em {result.seconds:.1f} s"
    elif result.outcome is Outcome.SEM_MUDANCA:
        line = f"{result.arquivo}: {result.detail}"
    else:
        line = f"{result.arquivo}: recusado"
    console.print(line, markup=False)
    for notice in result.notices:
        console.print(f"  {notice}", markup=False)


if TYPE_CHECKING:
    from rich.console import Console

    from loaders.file_loads import FileSource
