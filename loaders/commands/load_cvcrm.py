"""`mirante load cvcrm`: read the sales API into the raw tables.

Here: options, progress and lines. Not here: the load (`loaders.cvcrm`), how an endpoint is
told in one line (`loaders.cvcrm.telling`).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from loaders.cvcrm.loading import Watcher
    from loaders.cvcrm.problems import Problem


def cvcrm(
    endpoint: Annotated[
        list[str] | None,
        typer.Option(
            "--endpoint", help="Só este endpoint; pode repetir. Padrão: todos.", metavar="TABELA"
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Lê tudo de novo, sem filtro de data.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Saída em JSON, para programas.")] = False,
) -> None:
    """Carrega o CVCRM pela API (CVDW): grava só o que mudou desde a última carga."""
    from rich.console import Console

    from loaders import cvcrm as package
    from loaders.cvcrm import telling
    from loaders.cvcrm.settings import cvcrm_settings
    from loaders.errors import MiranteError
    from loaders.postgres import resolve_server

    source = package.source()
    only = endpoint or []
    _refuse_unknown(only, [each.name for each in source.endpoints])
    # Before the server is started for nothing.
    cvcrm_settings().api()
    told = Console(stderr=True, highlight=False, soft_wrap=True)
    results = []
    with _watching(told, len(source.chosen(only))) as watcher:
        for result in source.load(resolve_server(), full=full, only=only, watcher=watcher):
            results.append(result)
            if not as_json:
                told.print(telling.line(result), markup=False)
                for notice in telling.notices(result):
                    told.print(f"  {notice}", markup=False)
    if as_json:
        typer.echo(json.dumps([result.as_dict() for result in results], ensure_ascii=False))
    message = telling.failure_message(results)
    if message:
        raise MiranteError(message)


def _refuse_unknown(given: list[str], known: list[str]) -> None:
    for name in given:
        if name not in known:
            raise typer.BadParameter(
                f"{name} não é um endpoint; os possíveis são {', '.join(known)}.",
                param_hint="--endpoint",
            )


@contextmanager
def _watching(console: "Console", endpoints: int) -> Iterator["Watcher"]:
    """Show which endpoint is read and how far it is; on a terminal only.

    Yields:
        What tells of waits wherever the output goes.
    """
    from loaders.cvcrm.loading import Watcher

    current = ""

    def on_start(endpoint: str) -> None:
        nonlocal current
        current = endpoint

    def on_wait(holder: str) -> None:
        console.print(f"Esperando outra carga terminar: {holder}", markup=False)

    def on_retry(problem: "Problem", seconds: float) -> None:
        console.print(
            f"{current}: {problem.what}; tento de novo em {seconds:.0f} s",
            markup=False,
            style="dim",
        )

    if not console.is_terminal:
        yield Watcher(on_start, on_retry=on_retry, on_wait=on_wait)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.fields[done]}/{task.fields[count]} endpoints"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1, done=0, count=endpoints)
        started = iter(range(endpoints))

        def on_next(endpoint: str) -> None:
            on_start(endpoint)
            progress.update(task, description=endpoint, completed=0, total=1, done=next(started))

        def on_page(read: int, total: int) -> None:
            progress.update(task, completed=read, total=total)

        yield Watcher(on_next, on_page, on_retry, on_wait)
