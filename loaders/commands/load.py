"""`mirante load`: bring files, and the sales API, to the raw tables."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loaders.commands.load_cvcrm import cvcrm

if TYPE_CHECKING:
    from loaders.file_loads import FileResult

app = typer.Typer(
    help="Carrega dados no Postgres, como vieram. O mesmo de novo não muda nada.",
    no_args_is_help=True,
)
app.command("cvcrm")(cvcrm)

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


@app.command()
def cartoes(paths: _Paths, as_json: _AsJson = False) -> None:
    """Carrega faturas e pagamentos de cartões; o cabeçalho diz qual dos dois um arquivo é."""
    from loaders import cartoes as source

    _load(source.source(), None, paths, as_json)


@app.command()
def banco(paths: _Paths, as_json: _AsJson = False) -> None:
    """Carrega clientes e transações do banco; o cabeçalho diz qual dos dois um arquivo é."""
    from loaders import banco as source

    _load(source.source(), None, paths, as_json)


@app.command()
def controladoria(paths: _Paths, as_json: _AsJson = False) -> None:
    """Carrega os bônus das notas da montadora, uma planilha por mês."""
    from loaders import controladoria as source

    _load(source.source(), "bonus", paths, as_json)


def _load(
    source: "FileSource",
    entity: str | None,
    paths: list[str],
    as_json: bool,
    replace: bool = False,
) -> None:
    from rich.console import Console

    from loaders.errors import MiranteError
    from loaders.file_loads import FileResult, Outcome, expand
    from loaders.postgres import resolve_server
    from loaders.settling import growing, growing_detail

    told = Console(stderr=True, highlight=False, soft_wrap=True)

    def on_wait(holder: str) -> None:
        told.print(f"Esperando outra carga terminar: {holder}", markup=False)

    files = expand(paths)
    # With --truncate the files given take the place of all others: all of them, or none.
    half = growing(files)
    results = [
        FileResult(path.name, Outcome.RECUSADO, detail=growing_detail(path.name)) for path in half
    ]
    whole = [] if replace and half else [path for path in files if path not in half]
    server = resolve_server()
    with _progress(told, whole) as (on_start, on_end):
        for result in _loaded(
            source, server, entity, whole, replace=replace, on_start=on_start, on_wait=on_wait
        ):
            results.append(result)
            on_end()
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


def _loaded(
    source: "FileSource", server: "Server", entity: str | None, files: list[Path], **how: Any
) -> Iterator["FileResult"]:
    """Load files, if any are left to load."""
    if files:
        yield from source.load(server, entity, map(str, files), **how)


@contextmanager
def _progress(
    console: "Console", files: list[Path]
) -> Iterator[tuple[Callable[[Path], None], Callable[[], None]]]:
    """Show how many files, and how many of their bytes, are done; on a terminal only.

    Yields:
        What to call before a file and what after it.
    """
    if not console.is_terminal:
        yield lambda path: None, lambda: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    sizes = [path.stat().st_size for path in files]
    columns = (
        TextColumn("{task.fields[done]}/{task.fields[count]} arquivos"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=sum(sizes), done=0, count=len(files))
        ended = iter(enumerate(sizes, start=1))

        def on_end() -> None:
            done, size = next(ended)
            progress.update(task, advance=size, done=done)

        yield lambda path: progress.update(task, description=path.name), on_end


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
    from loaders.server import Server
