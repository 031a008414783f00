"""The segmentation as assets: its runs between dbt's models, and the files made of them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from loaders.building import BUILD_LOCK
from loaders.cluster_runs.exports import FOLDER, export_clusters
from loaders.cluster_runs.runs import Situacao
from loaders.errors import MiranteError, ServidorForaDoArError
from loaders.locks import advisory_lock
from loaders.postgres import resolve_server
from loaders.settings import PROJECT_ROOT
from orchestration import segment_metadata as telling
from orchestration.passing import tried_again
from orchestration.segmentation import Parameters
from orchestration.segmenting import in_words_of, segment_perfis

_DEFAULT = Parameters()
# By what the algorithm calls each.
_FIELDS = {
    "features": "variaveis",
    "max_factors": "max_fatores",
    "k_min": "k_min",
    "k_max": "k_max",
    "n_init": "n_init",
    "min_clients": "min_clientes",
    "rare_share": "limite_raras",
    "winsor": "limite_extremos",
    "min_cluster_share": "min_parte",
    "match_cap": "limite_casamento",
    "silhouette_sample": "amostra_silhueta",
    "seed": "semente",
}


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
    amostra_silhueta: int = Field(
        default=_DEFAULT.silhouette_sample,
        description="Clientes sobre os quais a silhueta é medida, se houver mais.",
    )
    semente: int = Field(default=_DEFAULT.seed, description="Mesma semente, mesmos clusters.")

    def parameters(self) -> Parameters:
        """Return them as the algorithm takes them.

        Raises:
            MiranteError: one is not possible; names it.
        """
        values = {name: getattr(self, field) for name, field in _FIELDS.items()}
        try:
            return Parameters(**values | {"features": tuple(self.variaveis)})
        except ValueError as error:
            raise MiranteError(in_words_of(str(error), _FIELDS)) from None


# One at a time, as its lock has it: a second would wait in a slot.
@dg.multi_asset(
    name="segmentar",
    specs=telling.specs(),
    check_specs=[telling.check_spec()],
    pool="segmentacao",
)
@tried_again
def segmentacao(
    context: dg.AssetExecutionContext, config: Segmentacao
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Segment each perfil; one that fails keeps its last good run and fails the check."""
    try:
        outcomes = []
        for outcome in segment_perfis(
            resolve_server(),
            config.parameters(),
            config.perfis,
            lambda perfil, clients: context.log.info(f"{perfil}: {clients} clientes"),
            context.log.info,
        ):
            context.log.info(f"{outcome.perfil}: {outcome.situacao} em {outcome.seconds:.1f} s")
            outcomes.append(outcome)
    except ServidorForaDoArError:
        raise
    except MiranteError as error:
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
def arquivos(context: dg.AssetExecutionContext, config: Arquivos) -> dg.MaterializeResult[Any]:
    """Write the clusters of each perfil, their summaries and the cross tables."""
    folder = PROJECT_ROOT / config.pasta
    server = resolve_server()
    # All files are of the same runs.
    with advisory_lock(server, BUILD_LOCK, on_wait=context.log.info):
        files = list(export_clusters(server, folder))
    return dg.MaterializeResult(
        metadata={"pasta": dg.MetadataValue.path(folder), "arquivos": len(files)}
    )
