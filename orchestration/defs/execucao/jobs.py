"""Jobs, one an area: from its files to its marts and its history."""

import dagster as dg

# One process for all steps: starting one for each costs more than the steps.
carteira = dg.define_asset_job(
    name="carteira",
    description="Carrega o que há de novo da carteira e constrói tudo o que depende dela.",
    selection=dg.AssetSelection.key_prefixes(["raw_carteira"]).downstream()
    | dg.AssetSelection.groups("referencia"),
    executor_def=dg.in_process_executor,
    tags={"dagster/retry_strategy": "FROM_ASSET_FAILURE"},
)
