"""Jobs, one an area: from its files to its marts and its history."""

from typing import Any, Final

import dagster as dg

from orchestration.defs.alertas.frescor import fresh_specs
from orchestration.defs.alertas.resumo import SUMMARY
from orchestration.defs.carga.cartoes import CargaCartoes
from orchestration.partitions import FILE_MONTHS

# What reads several sources can't be built by the job of one: the others' tables may not
# be there yet.
IDENTITY = dg.AssetSelection.assets(
    ["intermediate", "int_cliente_360__registros_reunidos"]
).downstream()

# Likewise: cases of all sources in one table. What a rule finds in one source stays in that
# source's job.
DIVERGENCES = (
    dg.AssetSelection.assets(["intermediate", "int_divergencias__casos_encontrados"]).downstream()
    - IDENTITY
)
# What comes of no file and is read there alone: the catalogue of rules, and what the audit
# knows.
_OF_DIVERGENCES = dg.AssetSelection.assets(
    ["referencia", "divergencia_regras"],
    ["staging", "stg_auditoria__estados"],
    ["staging", "stg_auditoria__decisoes"],
)


def _area(source: str) -> dg.AssetSelection:
    """Select what comes of a source's files alone, and what it reads that comes of seeds alone.

    Not all seeds: their tests look into the marts of other areas, which may not be there.
    """
    area = dg.AssetSelection.key_prefixes([source]).downstream() - IDENTITY - DIVERGENCES
    of_any_file = dg.AssetSelection.kind("dlt").downstream()
    return area | (area.upstream() - of_any_file)


# One process for all steps: starting one for each costs more than the steps.
_HOW: Final[dict[str, Any]] = {
    "executor_def": dg.in_process_executor,
    "tags": {"dagster/retry_strategy": "FROM_ASSET_FAILURE"},
}

# The first reading of a large tenant takes hours, ten seconds a page; the general limit is in
# dagster.yaml.
_SLOW: Final[dict[str, Any]] = {
    **_HOW,
    "tags": {**_HOW["tags"], "dagster/max_runtime": str(24 * 3600)},
}

# Clusters that moved with every file would tell nobody anything: they have their own job.
SEGMENTATION = dg.AssetSelection.groups("segmentacao")

carteira = dg.define_asset_job(
    name="carteira",
    description=(
        "Carrega o que há de novo da carteira e constrói tudo o que depende só dela, menos os "
        "clusters."
    ),
    selection=_area("raw_carteira") - SEGMENTATION,
    **_HOW,
)

segmentacao = dg.define_asset_job(
    name="segmentacao",
    description=(
        "Carrega e constrói a carteira, segmenta os clientes de cada perfil e constrói o que "
        "depende dos clusters."
    ),
    selection=_area("raw_carteira"),
    **_HOW,
)

cartoes = dg.define_asset_job(
    name="cartoes",
    description=(
        "Carrega os arquivos de cartões de um mês, constrói tudo o que depende só deles e fecha o "
        "book na dt_ref seguinte."
    ),
    # The catalogue of the book's variables is read by people only.
    selection=(_area("raw_cartoes") | dg.AssetSelection.assets(["referencia", "book_variaveis"]))
    - IDENTITY,
    partitions_def=FILE_MONTHS,
    **_HOW,
)

banco = dg.define_asset_job(
    name="banco",
    description=(
        "Carrega o que há de novo de clientes e transações do banco e constrói tudo o que depende "
        "só deles."
    ),
    selection=_area("raw_banco"),
    **_HOW,
)

controladoria = dg.define_asset_job(
    name="controladoria",
    description=(
        "Carrega o que há de novo da controladoria e constrói tudo o que depende só dela, até o "
        "que as suas regras encontram."
    ),
    selection=_area("raw_controladoria"),
    **_HOW,
)

vendas = dg.define_asset_job(
    name="vendas",
    description="Lê do CVCRM o que mudou e constrói tudo o que depende só dele.",
    # Metrics alone read the days.
    selection=_area("raw_cvcrm")
    | dg.AssetSelection.assets(["intermediate", "int_vendas__dias_corridos"]),
    **_SLOW,
)

cliente_360 = dg.define_asset_job(
    name="cliente_360",
    description=(
        "Liga os clientes de todas as fontes, do que as outras áreas e as divergências "
        "construíram: cada uma tem de ter rodado ao menos uma vez (ou `mirante build`)."
    ),
    selection=IDENTITY,
    **_HOW,
)

divergencias = dg.define_asset_job(
    name="divergencias",
    description=(
        "Carrega o que há de novo da controladoria, reúne o que as regras encontraram em todas as "
        "fontes, registra, conta o que espera por decisão e envia o relatório do dia: cada outra "
        "área tem de ter rodado ao menos uma vez (ou `mirante build`)."
    ),
    selection=_area("raw_controladoria") | DIVERGENCES | _OF_DIVERGENCES,
    **_HOW,
)

# What takes hours of the API or tells people is asked for by its own schedule.

# Without the API, whose day is its own, and without clusters and reports, which tell people.
fechamento = dg.define_asset_job(
    name="fechamento",
    description=(
        "Fecha o mês: carrega o que espera na inbox de cada fonte e constrói tudo, do book ao "
        "cliente 360; não lê a API, não segmenta e não envia relatórios."
    ),
    selection=dg.AssetSelection.kind("dbt")
    | (dg.AssetSelection.kind("dlt") - dg.AssetSelection.key_prefixes(["raw_cvcrm"])),
    # Cards of older months that came late close with it: dbt finds which `dt_ref` they reach.
    config=dg.RunConfig(ops={"carga_cartoes": CargaCartoes(todos_os_meses=True)}),
    partitions_def=FILE_MONTHS,
    **_HOW,
)

vigilancia = dg.define_asset_job(
    name="vigilancia",
    description="Confere se cada fonte está em dia e envia o resumo do dia; não constrói nada.",
    selection=dg.AssetSelection.assets(SUMMARY)
    | dg.AssetSelection.checks(*(spec.key for spec in fresh_specs())),
    **_HOW,
)
