"""How many cases of each rule wait for somebody, as a check: open ones warn, and block nothing."""

import csv
from collections.abc import Iterator
from functools import cache

import dagster as dg
from psycopg import sql

from loaders.audit.schema import audit_name
from loaders.postgres import resolve_server
from loaders.settings import PROJECT_ROOT
from orchestration.defs.divergencias.processamento import RECORDED

RULES = PROJECT_ROOT / "seeds" / "divergencia_regras.csv"


@cache
def open_specs() -> tuple[dg.AssetCheckSpec, ...]:
    """Return a check for each rule of the seed (in a function: a list would count as checks)."""
    with RULES.open(encoding="utf-8", newline="") as file:
        return tuple(
            dg.AssetCheckSpec(
                name=f"sem_abertas_{rule['regra'].lower()}",
                asset=RECORDED,
                description=f"Nenhum caso espera por decisão. {rule['descricao']}.",
                metadata={"regra": rule["regra"], "severidade": rule["severidade"]},
            )
            for rule in csv.DictReader(file)
        )


@dg.multi_asset_check(name="divergencias_abertas", specs=open_specs())
def divergencias_abertas(
    context: dg.AssetCheckExecutionContext,
) -> Iterator[dg.AssetCheckResult]:
    """Count the open cases of each rule as they are now, decisions since the build included."""
    query = sql.SQL(
        """
        select
            regra,
            count(*) as abertas,
            count(*) filter (where estado = 'falha') as falhas,
            min(primeira_deteccao) as mais_antiga,
            max(confianca) as maior_confianca
        from {}
        group by regra
        """
    ).format(audit_name("vw_divergencias_abertas"))
    with resolve_server().connect() as connection:
        found = {row[0]: row[1:] for row in connection.execute(query)}
    for spec in open_specs():
        if spec.key not in context.selected_asset_check_keys:
            continue
        count, failed, oldest, surest = found.get(spec.metadata["regra"], (0, 0, None, None))
        metadata: dict[str, dg.RawMetadataValue] = {"abertas": count, "falhas": failed}
        if count:
            metadata |= {
                "mais_antiga": dg.TimestampMetadataValue(oldest.timestamp()),
                "maior_confianca": float(surest),
            }
        yield dg.AssetCheckResult(
            asset_key=RECORDED,
            check_name=spec.name,
            passed=count == 0,
            severity=dg.AssetCheckSeverity.WARN,
            metadata=metadata,
        )
