"""`mirante build`: dbt build, with everything it needs in place."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from loaders.building import FailedTest


def build(context: typer.Context) -> None:
    """Constrói e testa o banco com o dbt; aceita os argumentos de `dbt build`."""
    from rich.console import Console

    from loaders.building import failed_tests, ready_to_build, run_dbt, trouble_of_build
    from loaders.errors import MiranteError
    from loaders.postgres import resolve_server

    told = Console(stderr=True, highlight=False, soft_wrap=True)

    def on_wait(holder: str) -> None:
        told.print(f"Esperando outra construção terminar: {holder}", markup=False)

    server = resolve_server()
    with ready_to_build(server, on_wait):
        if run_dbt(["build", *context.args]):
            return
        trouble = trouble_of_build()
        # A server that is away has no rows to show either.
        failed = [] if trouble and trouble.may_pass else failed_tests(server)
    for test in failed:
        _tell(told, test)
    why = f"{trouble.happened}. {trouble.advice} V" if trouble else "v"
    raise MiranteError(
        f"a construção não passou: {why}eja acima os modelos e testes com erro. "
        "O que dependia deles ficou como estava."
    )


def _tell(console: "Console", test: "FailedTest") -> None:
    from rich.table import Table

    table = Table(*test.columns, title=f"{test.name}: {test.failures} linha(s)")
    for row in test.rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    console.print(table, markup=False)
    if test.failures > len(test.rows):
        console.print(f"... e mais {test.failures - len(test.rows)}.")
