"""`mirante segment`: segment the clients of each perfil, and what is made of it.

Here: options, progress, the table of what was found. Not here: the segmentation
(`orchestration`, the only Python beside the loaders that the command line runs).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from loaders.postgres import Server
    from orchestration.segmentation import Parameters
    from orchestration.segmenting import Outcome

# What hangs on the runs' tables; and of it what reads other sources too, whose tables are
# there once everything was built.
DOWNSTREAM = "source:segmentacao+"
IDENTITY = "int_cliente_360__carteiras_somadas+"
# What the algorithm calls each option.
_OPTIONS = {
    "--variavel": "features",
    "--k-min": "k_min",
    "--k-max": "k_max",
    "--max-fatores": "max_factors",
    "--min-clientes": "min_clients",
    "--limite-raras": "rare_share",
    "--limite-extremos": "winsor",
    "--min-parte": "min_cluster_share",
    "--limite-casamento": "match_cap",
    "--amostra-silhueta": "silhouette_sample",
    "--n-init": "n_init",
    "--semente": "seed",
}


def segment(
    perfil: Annotated[
        list[str] | None,
        typer.Option(help="Só este cliente_perfil; pode repetir. Padrão: todos.", metavar="PERFIL"),
    ] = None,
    variavel: Annotated[
        list[str] | None,
        typer.Option(help="Só com esta variável; pode repetir. Padrão: todas.", metavar="COLUNA"),
    ] = None,
    k_min: Annotated[int | None, typer.Option(help="Menor número de clusters a tentar.")] = None,
    k_max: Annotated[int | None, typer.Option(help="Maior número de clusters a tentar.")] = None,
    max_fatores: Annotated[int | None, typer.Option(help="Máximo de fatores, de 1 a 5.")] = None,
    min_clientes: Annotated[
        int | None, typer.Option(help="Com menos clientes o perfil não é segmentado.")
    ] = None,
    limite_raras: Annotated[
        float | None,
        typer.Option(
            help="Modalidades com menos que esta parte dos clientes (0,02) contam como OUTROS."
        ),
    ] = None,
    limite_extremos: Annotated[
        float | None,
        typer.Option(help="Valores mais longe que tantos desvios-padrão contam como tão longe."),
    ] = None,
    min_parte: Annotated[
        float | None,
        typer.Option(help="Um k com cluster menor que esta parte dos clientes só em último caso."),
    ] = None,
    limite_casamento: Annotated[
        float | None,
        typer.Option(
            help="Quanto um cluster pode se mover e ainda ser o mesmo, em desvios-padrão."
        ),
    ] = None,
    amostra_silhueta: Annotated[
        int | None,
        typer.Option(help="Clientes sobre os quais a silhueta é medida, se houver mais."),
    ] = None,
    n_init: Annotated[int | None, typer.Option(help="Partidas do k-means em cada k.")] = None,
    semente: Annotated[
        int | None, typer.Option(help="Mesma semente e mesmos clientes, mesmos clusters.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Pasta dos CSV e das figuras. Padrão: data/processed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Saída em JSON, para programas.")] = False,
) -> None:
    """Segmenta os clientes de cada perfil (análise fatorial e k-means) e grava os arquivos."""
    from rich.console import Console

    from loaders.cluster_runs.exports import FOLDER
    from loaders.postgres import resolve_server

    parameters = _parameters(
        {
            "--variavel": tuple(variavel) if variavel else None,
            "--k-min": k_min,
            "--k-max": k_max,
            "--max-fatores": max_fatores,
            "--min-clientes": min_clientes,
            "--limite-raras": limite_raras,
            "--limite-extremos": limite_extremos,
            "--min-parte": min_parte,
            "--limite-casamento": limite_casamento,
            "--amostra-silhueta": amostra_silhueta,
            "--n-init": n_init,
            "--semente": semente,
        }
    )
    console = Console(highlight=False, soft_wrap=True)
    told = Console(stderr=True, highlight=False, soft_wrap=True)
    server = resolve_server()
    outcomes = run(told, server, parameters, perfil or [])
    files = publish(told, server, outcomes, out or FOLDER)
    if as_json:
        typer.echo(json.dumps([_as_dict(each) for each in outcomes], ensure_ascii=False))
    else:
        show(console, outcomes)
        console.print(f"{len(files)} arquivos em {out or FOLDER}", markup=False)
    refuse_failures(outcomes)


def _parameters(options: Mapping[str, Any]) -> "Parameters":
    from orchestration.segmentation import Parameters
    from orchestration.segmenting import in_words_of

    chosen = {_OPTIONS[name]: value for name, value in options.items() if value is not None}
    try:
        return Parameters(**chosen)
    except ValueError as error:
        names = {name: option for option, name in _OPTIONS.items()}
        raise typer.BadParameter(in_words_of(str(error), names)) from None


def run(
    told: "Console",
    server: "Server",
    parameters: "Parameters | None" = None,
    only: Sequence[str] = (),
) -> list["Outcome"]:
    """Segment, showing which perfil is at work.

    Args:
        told: where progress goes.
        server: where the marts are.
        parameters: of the algorithm; the defaults if None.
        only: perfis; none for all.

    Returns:
        How each perfil went.

    Raises:
        MiranteError: there is nothing to segment.
    """
    from rich.text import Text

    from orchestration.segmentation import Parameters
    from orchestration.segmenting import segment_perfis

    with told.status("Segmentação", spinner="dots") as status:
        return list(
            segment_perfis(
                server,
                parameters or Parameters(),
                only,
                lambda perfil, clients: status.update(Text(f"{perfil}: {clients} clientes")),
                lambda holder: told.print(_waiting(holder), markup=False),
            )
        )


def publish(
    told: "Console", server: "Server", outcomes: Sequence["Outcome"], out: Path
) -> list[Path]:
    """Build what hangs on the runs, and write the files.

    Args:
        told: where to say that one waits.
        server: where the runs are.
        outcomes: of the segmentation, for its pictures.
        out: folder of the files.

    Returns:
        The files.

    Raises:
        MiranteError: what was found does not build, or a file can't be written.
    """
    from loaders.building import quiet_dbt, ready_to_build
    from loaders.cluster_runs.exports import export_clusters
    from loaders.errors import MiranteError
    from loaders.postgres import schema_name, table_exists

    with ready_to_build(server, lambda holder: told.print(_waiting(holder), markup=False)):
        selection = ["--select", DOWNSTREAM]
        with server.connect() as connection:
            if not table_exists(connection, schema_name("cliente_360"), "vinculos"):
                selection += ["--exclude", IDENTITY]
        if not quiet_dbt(["build", *selection]):
            raise MiranteError(
                "a segmentação está gravada, mas o que depende dela não passou; "
                f"rode `mirante build {' '.join(selection)}` para ver por quê."
            )
        # Still nobody else writes: all files are of the same runs.
        files = list(export_clusters(server, out))
    return [*files, *_pictures(outcomes, out)]


def _waiting(holder: str) -> str:
    return f"Esperando outro processo terminar: {holder}"


def _pictures(outcomes: Sequence["Outcome"], out: Path) -> list[Path]:
    from loaders.cluster_runs.exports import file_stem
    from loaders.errors import MiranteError
    from orchestration.segmentation.plots import PICTURES

    written = []
    for outcome in outcomes:
        if outcome.segmentation is None or outcome.segmentation.k is None:
            continue
        for name, draw in PICTURES.items():
            path = out / f"perfil_{file_stem(outcome.perfil)}_{name}.png"
            try:
                path.write_bytes(draw(outcome.segmentation))
            except OSError as error:
                raise MiranteError(f"não consegui escrever {path}: {error.strerror}.") from None
            written.append(path)
    return written


def overview(outcomes: Sequence["Outcome"]) -> "Table":
    """Return a table of one row a perfil."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("Perfil", "Situação", "Clientes", "Clusters", "Silhueta", "Rand")
    for column in table.columns[2:]:
        column.justify = "right"
    for outcome in outcomes:
        found = outcome.segmentation
        cells = ["", "", "", ""]
        if found is not None and found.k is not None:
            cells = [
                str(len(found.ids)),
                str(found.k),
                _decimal(found.silhouettes[found.k]),
                "" if found.ari is None else _decimal(found.ari),
            ]
        table.add_row(escape(outcome.perfil), str(outcome.situacao), *cells)
    return table


def show(console: "Console", outcomes: Sequence["Outcome"]) -> None:
    """Print an overview, and a table of each perfil's clusters."""
    from rich.markup import escape
    from rich.table import Table

    console.print(overview(outcomes))
    for outcome in outcomes:
        found = outcome.segmentation
        if outcome.motivo:
            console.print(f"{outcome.perfil}: {outcome.motivo}", markup=False)
        if found is None or found.k is None:
            continue
        table = Table(
            "Cluster",
            "Clientes",
            "%",
            "Mudança",
            "Rótulo",
            title=escape(f"{outcome.perfil} (run {outcome.run_id})"),
            title_justify="left",
        )
        for column in table.columns[:3]:
            column.justify = "right"
        for each in found.clusters:
            related = f" ({each.related})" if each.related is not None else ""
            table.add_row(
                str(each.stable),
                str(each.size),
                _decimal(each.share, 1),
                f"{each.change}{related}",
                escape(each.label),
            )
        console.print(table)


def refuse_failures(outcomes: Sequence["Outcome"]) -> None:
    """Raise if a perfil failed.

    Raises:
        MiranteError: names each one with its reason.
    """
    from loaders.cluster_runs.runs import Situacao
    from loaders.errors import MiranteError

    failed = [each for each in outcomes if each.situacao is Situacao.FALHOU]
    if failed:
        raise MiranteError(
            "\n".join(
                [
                    f"{len(failed)} de {len(outcomes)} perfis falharam; a última segmentação boa "
                    "de cada um continua atual:",
                    *(f"  {each.perfil}: {each.motivo}" for each in failed),
                ]
            )
        )


def _as_dict(outcome: "Outcome") -> dict[str, Any]:
    found = outcome.segmentation
    told: dict[str, Any] = {
        "perfil": outcome.perfil,
        "run_id": outcome.run_id,
        "situacao": str(outcome.situacao),
        "motivo": outcome.motivo,
    }
    if found is None:
        return told
    return told | {
        "qt_cliente": len(found.ids),
        "qt_excluido": len(found.left_out_ids),
        "silhuetas": {str(k): score for k, score in found.silhouettes.items()},
        "k": found.k,
        "ari": found.ari,
        "clusters": [
            {
                "cluster_estavel": each.stable,
                "rotulo": each.label,
                "mudanca": str(each.change),
                "cluster_relacionado": each.related,
                "qt_cliente": each.size,
                "pc_cliente": each.share,
            }
            for each in found.clusters
        ],
    }


def _decimal(value: float, places: int = 3) -> str:
    return f"{value:.{places}f}".replace(".", ",")
