"""`mirante demo`: from nothing to finished marts, with simulated data, and where to look."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from loaders.file_loads import FileSource
    from loaders.postgres import Server

SEED = 2026
MONTH = "2026-10"
# Windows of twelve months are then complete at the newest three `dt_ref`; each file
# takes half a second to load.
CARD_MONTHS = 14


def demo(
    clients: Annotated[int, typer.Option(min=25, help="Quantos clientes simular.")] = 1500,
) -> None:
    """Simula, carrega e constrói tudo; no fim, uma página do que há e onde olhar."""
    from rich.console import Console

    from loaders import banco, carteira, cartoes, controladoria
    from loaders.building import quiet_dbt, ready_to_build
    from loaders.commands import demo_sales, segment
    from loaders.errors import MiranteError
    from loaders.postgres import resolve_server

    console = Console(highlight=False, soft_wrap=True)
    seconds: dict[str, float] = {}

    @contextmanager
    def step(name: str) -> Iterator[None]:
        console.print(f"{name} ...")
        started = perf_counter()
        yield
        seconds[name] = perf_counter() - started

    with step("Servidor"):
        server = resolve_server()
    with step("Arquivos simulados"):
        folder = _simulate(clients)
        _refuse_among_real_data(server, folder)
    # The older position is built before the newer one comes, and the first day of sales
    # before the second, as in real months, so that the history has something to tell.
    older, newer = sorted((folder / "carteira").iterdir())
    with step("Carga da posição anterior"):
        first_time = _load(server, carteira.source(), "contratos", older)
        _load(server, carteira.source(), "categorias", folder / "categorias")
    if first_time:
        with step("Carga das vendas (API de mentira)"):
            demo_sales.load(server, folder / "cvcrm")
        with step("Histórico do dia anterior"), ready_to_build(server):
            wanted = ["+resource_type:snapshot", "+segmentacao_entrada"]
            if not quiet_dbt(["build", "--select", *wanted]):
                raise MiranteError("a construção do histórico não passou; rode `mirante build`.")
        with step("Segmentação da posição anterior"):
            segment.refuse_failures(segment.run(console, server))
    with step("Carga da posição atual"):
        _load(server, carteira.source(), "contratos", newer)
    with step("Carga dos cartões"):
        _load(server, cartoes.source(), None, folder / "cartoes")
    with step("Carga do banco"):
        _load(server, banco.source(), None, folder / "banco")
    with step("Carga da controladoria"):
        _load(server, controladoria.source(), "bonus", folder / "controladoria")
    with step("Carga das vendas do dia seguinte"):
        demo_sales.load(server, folder / "cvcrm", next_day_seed=SEED)
    with step("Construção e testes (dbt build)"), ready_to_build(server):
        if not quiet_dbt(["build"]):
            raise MiranteError("a construção não passou; rode `mirante build` para ver por quê.")
    with step("Segmentação"):
        outcomes = segment.run(console, server)
        files = segment.publish(console, server, outcomes, folder / "segmentacao")
    with step("Divergências"):
        waiting = _process(server)
    _summary(console, server, seconds)
    console.print(
        f"Segmentos:      {len(files)} arquivos em {folder / 'segmentacao'}", markup=False
    )
    console.print(
        f"Divergências:   {waiting} esperam por decisão: .venv/bin/mirante divergencias listar"
    )
    console.print(segment.overview(outcomes))
    segment.refuse_failures(outcomes)


def _simulate(clients: int) -> Path:
    from loaders.settings import mirante_home
    from loaders.simulator import simulate_all

    # One folder a size: asking for other sizes does not pile up positions of the first.
    folder = mirante_home() / "demo" / str(clients)
    for _ in simulate_all(folder, clients, SEED, MONTH, card_months=CARD_MONTHS):
        pass
    return folder


def _refuse_among_real_data(server: "Server", folder: Path) -> None:
    """Keep simulated clients out of what somebody loaded, of any source."""
    from loaders import sources
    from loaders.commands import demo_sales
    from loaders.errors import MiranteError
    from loaders.file_loads import expand
    from loaders.reading import sha256_of

    simulated = {
        sha256_of(path)
        for path in expand(
            str(folder / kind)
            for kind in ("carteira", "categorias", "cartoes", "banco", "controladoria")
        )
    }
    landed = {
        known.sha256 for source in sources.file_sources() for known in source.known_files(server)
    }
    if landed - simulated or demo_sales.has_others(server, folder / "cvcrm", SEED):
        raise MiranteError(
            f"em {server.address} já há dados que não são desta demonstração, e os clientes "
            "simulados iriam se misturar a eles. Use outro prefixo de schemas "
            "(MIRANTE_SCHEMA_PREFIX=demo_) ou outro MIRANTE_HOME."
        )


def _load(server: "Server", source: "FileSource", table: str | None, path: Path) -> bool:
    """Load simulated files and say whether any was new."""
    from loaders.errors import MiranteError
    from loaders.file_loads import Outcome

    results = list(source.load(server, table, [str(path)]))
    for result in results:
        if result.outcome is Outcome.RECUSADO:
            raise MiranteError(result.detail)
    return any(result.outcome is Outcome.CARREGADO for result in results)


def _process(server: "Server") -> int:
    """Record the divergences of all days, just built, and count those that wait."""
    from loaders.divergencias.processing import Kind, process
    from loaders.divergencias.reading import metrics
    from loaders.divergencias.record import Window

    process(
        server,
        kind=Kind.MANUAL_RUN,
        window=Window(None, None),
        build=None,
    )
    return sum(rule["qt_aberta"] for rule in metrics(server))


def _summary(console: "Console", server: "Server", seconds: dict[str, float]) -> None:
    from rich.table import Table

    from loaders.building import row_counts
    from loaders.postgres import schema_name

    built = Table("Tabela", "Linhas", title="O que foi construído", title_justify="left")
    built.columns[1].justify = "right"
    for table, rows in row_counts(server):
        built.add_row(table, f"{rows:,}".replace(",", "."))
    took = Table("Passo", "Segundos", title="Quanto levou", title_justify="left")
    took.columns[1].justify = "right"
    for name, value in seconds.items():
        took.add_row(name, f"{value:.1f}".replace(".", ","))
    took.add_section()
    took.add_row("Total", f"{sum(seconds.values()):.1f}".replace(".", ","))
    console.print()
    console.print(built)
    console.print(took)
    console.print(f"Banco:          {server.dsn_masked()}", markup=False)
    console.print('  abrir:        psql "$(.venv/bin/mirante db url)"', markup=False)
    first = (
        f"{schema_name('carteira')}.vw_ultimas_operacoes",
        f"{schema_name('cartoes')}.book_fatura_resumo",
        f"{schema_name('vendas')}.vw_vendas_mensais",
        f"{schema_name('segmentacao')}.vw_evolucao_clusters",
        f"{schema_name('cliente_360')}.cliente_360",
        f"{schema_name('divergencias')}.fct_divergencias",
        f"{schema_name('carteira')}.quarentena",
    )
    console.print(f"  comece por:   {', '.join(first)}", markup=False)
    console.print("Grafo:          make dev    (Dagster em http://127.0.0.1:3000)")
    console.print("Dicionário:     make docs   (target/static_index.html)")
