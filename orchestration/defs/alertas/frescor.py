"""Whether each source delivered of late, as a check on its raw tables.

The limits are those of dbt's sources (`loaders.freshness`); whoever never delivered is not late.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import dagster as dg

from loaders import sources
from loaders.freshness import Age, declared_limits, freshness
from loaders.postgres import resolve_server
from orchestration.translation import raw_key

CHECK: Final = "em_dia"


@cache
def fresh_specs() -> tuple[dg.AssetCheckSpec, ...]:
    """Return a check for each table with a limit (in a function: a list would count as checks)."""
    loaded = {source.dataset: source.manifest for source in sources.all_sources()}
    return tuple(
        dg.AssetCheckSpec(
            CHECK,
            asset=raw_key(fonte, tabela),
            description="A última entrega não é mais velha que o limite da fonte no dbt.",
            metadata={"fonte": fonte, "tabela": tabela},
        )
        for fonte, tabela in declared_limits()
        # What tells of the loads is no delivery itself.
        if fonte in loaded and tabela != loaded[fonte]
    )


# In parts: each area's job looks at its own tables, the daily look at all of them.
@dg.multi_asset_check(name="fontes_em_dia", specs=fresh_specs(), can_subset=True)
def fontes_em_dia(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Hold the newest delivery of each table against its limit."""
    tables = {(each.fonte, each.tabela): each for each in freshness(resolve_server())}
    for spec in fresh_specs():
        if spec.key not in context.selected_asset_check_keys:
            continue
        table = tables[spec.metadata["fonte"], spec.metadata["tabela"]]
        told: dict[str, dg.RawMetadataValue] = {"situacao": str(table.veredito)}
        if table.ultima and table.idade:
            told["ultima"] = dg.TimestampMetadataValue(table.ultima.timestamp())
            told["idade_dias"] = round(table.idade.total_seconds() / 86_400, 2)
        if table.limite.warn:
            told["limite_dias"] = table.limite.warn.total_seconds() / 86_400
        yield dg.AssetCheckResult(
            asset_key=spec.asset_key,
            check_name=CHECK,
            passed=table.veredito in (Age.EM_DIA, Age.NUNCA_VEIO),
            severity=(
                dg.AssetCheckSeverity.ERROR
                if table.veredito is Age.VENCIDA
                else dg.AssetCheckSeverity.WARN
            ),
            metadata=told,
        )
