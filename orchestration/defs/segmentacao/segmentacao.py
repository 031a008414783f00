"""The segmentation as assets: its runs between dbt's models, and the files made of them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from loaders.cluster_runs.exports import FOLDER, export_clusters
from loaders.cluster_runs.runs import Situacao
from loaders.errors import MiranteError
from loaders.postgres import resolve_server
from loaders.settings import PROJECT_ROOT
from orchestration import segment_metadata as telling
from orchestration.segmentation import Parameters
from orchestration.segmenting import segment_perfis

_DEFAULT = Parameters()


class Segmentacao(dg.Config):
    """Whose clients to segment, by what, and how."""

    perfis: list[str] = Field(default=[], description="cliente_perfil; nenhum: todos.")
    variaveis: list[str] = Field(
        default=list(_DEFAULT.features), description="Colunas de segmentacao_entrada."
    )
    max_fatores: int = Field(default=_DEFAULT.max_factors, description="De 1 a 5.")
    k_min: int = Field(default=_DEFAULT.k_min, description="Menor número de clusters a tentar.")
    k_max: int = Field(default=_DEFAULT.k_max, description="Maior número de clusters a tentar.")
    n_init: int = Field(default=_DEFAULT.n_init, description="Partidas do k-means em cada k.")
    min_clientes: int = Field(
        default=_DEFAULT.min_clients, description="Com menos, o perfil não é segmentado."
    )
    limite_raras: float = Field(
        default=_DEFAULT.rare_share,
        description="Modalidades com menos que esta parte dos clientes contam como OUTROS.",
    )
    limite_extremos: float = Field(
        default=_DEFAULT.winsor,
        description="Valores mais longe que tantos desvios-padrão contam como tão longe.",
    )
    min_parte: float = Field(
        default=_DEFAULT.min_cluster_share,
        description="Um k com cluster menor que esta parte dos clientes só em último caso.",
    )
    limite_casamento: float = Field(
        default=_DEFAULT.match_cap,
        description="Quanto um cluster pode se mover e ainda ser o mesmo, em desvios-padrão.",
    )
    semente: int = Field(default=_DEFAULT.seed, description="Mesma semente, mesmos clusters.")

    def parameters(self) -> Parameters:
        """Return them as the algorithm takes them.

        Raises:
            ValueError: one is not possible; in Portuguese, naming it.
        """
        return Parameters(
            features=tuple(self.variaveis),
            max_factors=self.max_fatores,
            k_min=self.k_min,
            k_max=self.k_max,
            n_init=self.n_init,
            min_clients=self.min_clientes,
            rare_share=self.limite_raras,
            winsor=self.limite_extremos,
            min_cluster_share=self.min_parte,
            match_cap=self.limite_casamento,
            seed=self.semente,
        )


# One at a time, as its lock has it: a second would wait in a slot.
@dg.multi_asset(
    name="segmentar",
    specs=telling.specs(),
    check_specs=[telling.check_spec()],
    pool="segmentacao",
)
def segmentacao(
    context: dg.AssetExecutionContext, config: Segmentacao
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Segment each perfil; one that fails keeps its last good run and fails the check."""
    try:
        parameters = config.parameters()
        outcomes = []
        for outcome in segment_perfis(
            resolve_server(),
            parameters,
            config.perfis,
            lambda perfil, clients: context.log.info(f"{perfil}: {clients} clientes"),
            context.log.info,
        ):
            context.log.info(f"{outcome.perfil}: {outcome.situacao} em {outcome.seconds:.1f} s")
            outcomes.append(outcome)
    except (MiranteError, ValueError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    if all(outcome.situacao is Situacao.FALHOU for outcome in outcomes):
        yield telling.check(outcomes)
        raise dg.Failure(
            "nenhum perfil pôde ser segmentado:\n"
            + "\n".join(f"  {outcome.perfil}: {outcome.motivo}" for outcome in outcomes)
        )
    for key, told in telling.metadata(outcomes).items():
        yield dg.MaterializeResult(asset_key=key, metadata=told)
    yield telling.check(outcomes)


class Arquivos(dg.Config):
    """Where the files go."""

    pasta: str = Field(
        default=str(FOLDER.relative_to(PROJECT_ROOT)),
        description="Pasta dos CSV; relativa, a partir da raiz do projeto.",
    )


@dg.asset(
    key=["segmentacao", "arquivos"],
    deps=[
        dg.AssetKey(["segmentacao", name])
        for name in (
            "vw_clusters_atuais",
            "vw_evolucao_clusters",
            "clusters_por_agencia",
            "clusters_por_carteira",
            "clusters_por_linha",
        )
    ],
    group_name="segmentacao",
    kinds={"python", "csv"},
    description="Os CSV dos clusters atuais, como os analistas os conhecem.",
)
def arquivos(config: Arquivos) -> dg.MaterializeResult[Any]:
    """Write the clusters of each perfil, their summaries and the cross tables."""
    folder = PROJECT_ROOT / config.pasta
    files = list(export_clusters(resolve_server(), folder))
    return dg.MaterializeResult(
        metadata={"pasta": dg.MetadataValue.path(folder), "arquivos": len(files)}
    )
