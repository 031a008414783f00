"""What the graph tells of a segmentation: specs, pictures, tables, the check.

Here: assets' specs and metadata. Not here: the assets (`defs/segmentacao`), the work
(`segmenting`).
"""

import base64
from collections.abc import Sequence

import dagster as dg

from loaders.cluster_runs import DATASET
from loaders.cluster_runs.runs import Situacao
from orchestration.segmentation import Segmentation
from orchestration.segmentation.plots import PICTURES
from orchestration.segmenting import Outcome

ENTRADA = dg.AssetKey(["carteira", "segmentacao_entrada"])
RUN, CLIENTES, RESUMO, MIGRACOES = (
    dg.AssetKey([DATASET, name])
    for name in (
        "cluster_run",
        "cluster_run_clientes",
        "cluster_run_resumo",
        "cluster_run_migracoes",
    )
)
CHECK = "perfis_segmentados"
_DESCRIPTIONS = {
    RUN: "Uma linha por run: um perfil, uma vez; também as que falharam.",
    CLIENTES: "O cluster e os escores de cada cliente, por run.",
    RESUMO: "Cada cluster de cada run: tamanho, perfil, rótulo, o que mudou.",
    MIGRACOES: "Quantos clientes foram de qual cluster para qual, por run.",
}
# Where which pictures are looked for, those of one table side by side.
_PICTURES_OF = {RUN: ("silhueta", "cargas"), CLIENTES: ("clusters",)}


def specs() -> list[dg.AssetSpec]:
    """Return the specs of the runs' tables, keyed as dbt names its sources."""
    return [
        dg.AssetSpec(
            key,
            deps=[ENTRADA],
            description=description,
            group_name=DATASET,
            kinds={"python", "postgres"},
        )
        for key, description in _DESCRIPTIONS.items()
    ]


def check_spec() -> dg.AssetCheckSpec:
    """Return the check that every perfil got its clusters."""
    return dg.AssetCheckSpec(
        CHECK, asset=RUN, description="Nenhum perfil falhou, e todos têm clientes que bastem."
    )


def check(outcomes: Sequence[Outcome]) -> dg.AssetCheckResult:
    """Say whether every perfil was segmented: an error if one failed, a warning if too small."""
    short = {
        each.perfil: f"{each.situacao}: {each.motivo}"
        for each in outcomes
        if each.situacao in (Situacao.FALHOU, Situacao.INSUFICIENTE)
    }
    failed = any(each.situacao is Situacao.FALHOU for each in outcomes)
    return dg.AssetCheckResult(
        asset_key=RUN,
        check_name=CHECK,
        passed=not short,
        severity=dg.AssetCheckSeverity.ERROR if failed else dg.AssetCheckSeverity.WARN,
        metadata=short,
    )


def metadata(outcomes: Sequence[Outcome]) -> dict[dg.AssetKey, dict[str, dg.MetadataValue]]:
    """Return what to show with each table, a perfil after the other.

    Args:
        outcomes: of one segmentation.

    Returns:
        By asset: run and figures, pictures, clusters, migration.
    """
    told: dict[dg.AssetKey, dict[str, dg.MetadataValue]] = {key: {} for key in _DESCRIPTIONS}
    for outcome in outcomes:
        told[RUN][outcome.perfil] = dg.MetadataValue.md(_headline(outcome))
        found = outcome.segmentation
        if found is None or found.k is None:
            continue
        for key, names in _PICTURES_OF.items():
            pictures = "\n\n".join(_picture(name, PICTURES[name](found)) for name in names)
            told[key][f"{outcome.perfil}: {' e '.join(names)}"] = dg.MetadataValue.md(pictures)
        told[RESUMO][outcome.perfil] = dg.MetadataValue.md(_clusters(found))
        if found.compared:
            told[MIGRACOES][outcome.perfil] = dg.MetadataValue.md(_migration(found))
    return told


def _headline(outcome: Outcome) -> str:
    parts = [f"run {outcome.run_id}", str(outcome.situacao)]
    found = outcome.segmentation
    if found is not None and found.k is not None:
        parts += [
            f"{len(found.ids)} clientes",
            f"{found.k} clusters",
            f"silhueta {_decimal(found.silhouettes[found.k])}",
        ]
        if found.ari is not None:
            parts.append(f"Rand com a anterior {_decimal(found.ari)}")
        if found.left_out_ids.size:
            parts.append(f"{found.left_out_ids.size} clientes fora")
    if outcome.motivo:
        parts.append(outcome.motivo)
    return ", ".join(parts)


def _picture(name: str, png: bytes) -> str:
    encoded = base64.b64encode(png).decode("ascii")
    return f"![{name}](data:image/png;base64,{encoded})"


def _clusters(found: Segmentation) -> str:
    lines = ["| cluster | clientes | % | mudança | rótulo |", "|---:|---:|---:|---|---|"]
    for each in found.clusters:
        related = f" ({each.related})" if each.related is not None else ""
        lines.append(
            f"| {each.stable} | {each.size} | {_decimal(each.share, 1)} "
            f"| {each.change}{related} | {_cell(each.label)} |"
        )
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Return a text that leaves its table whole: it may carry a modality's name."""
    return " ".join(text.split()).replace("|", "\\|")


def _migration(found: Segmentation) -> str:
    """Return the matrix: a row a cluster before, a column a cluster now."""
    counts = {(before, now): count for before, now, count in found.migration}
    befores = sorted({before for before, _ in counts}, key=_last_if_none)
    nows = sorted({now for _, now in counts}, key=_last_if_none)
    lines = [
        "| antes \\ agora | " + " | ".join(str(now or "saiu") for now in nows) + " |",
        "|---:|" + "---:|" * len(nows),
    ]
    for before in befores:
        cells = " | ".join(str(counts.get((before, now), 0)) for now in nows)
        lines.append(f"| {before or 'entrou'} | {cells} |")
    return "\n".join(lines)


def _last_if_none(label: int | None) -> tuple[bool, int]:
    return label is None, label or 0


def _decimal(value: float, places: int = 3) -> str:
    return f"{value:.{places}f}".replace(".", ",")
