r"""Divergences of a million controllership lines, found through dbt.

Anchor, in the same run: the three rules as bare SQL on the same curated table, in one
statement into one table. It keeps no identities, no evidence and no versions, and tests
nothing. Its cases must be ours.

Run by hand: `python -m benchmarks.divergencias [lines]`.
"""

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.warehouse import Warehouse, warehouse
from loaders.simulator.bonus_faults import REVIEW
from loaders.simulator.bonus_lines import make_lines

FIRST = date(2026, 10, 1)
RULES = ("trade_marketing", "pendente_verificacao", "validacao_valores")
DETECTION = (
    "int_divergencias__datas_base",
    "int_divergencias__modelos_medidos",
    *(f"int_divergencias__{rule}" for rule in RULES),
    "int_divergencias__casos_encontrados",
    "stg_auditoria__estados",
    "stg_auditoria__decisoes",
    "fct_divergencias",
    "vw_resumo",
)
CURATED = ("divergencias__reconciliacao_arquivos", "divergencias__quarentena")
NO_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")

BARE = """
create table encontradas_a_mao as
with campos as (
    select chave, competencia, des_modelo, campo, valor, vl
    from divergencias.controladoria
    cross join lateral (values
        ('valor_bonus', valor_bonus, vl_bonus), ('trade', trade, vl_trade),
        ('bonus_dpto', bonus_dpto, vl_bonus_dpto),
        ('trade_mkt_dpto', trade_mkt_dpto, vl_trade_mkt_dpto)
    ) as campos (campo, valor, vl)
    where valor is not null
),
medianas as (
    select des_modelo, campo, percentile_cont(0.5) within group (order by vl) as mediana,
        count(vl) as n
    from campos group by 1, 2
),
escalas as (
    select des_modelo, campo, mediana, n,
        percentile_cont(0.5) within group (order by abs(vl - mediana)) as mad
    from campos inner join medianas using (des_modelo, campo) group by 1, 2, 3, 4
)
select 'VALIDACAO_VALORES' as regra, chave, campo, competencia
from campos left join escalas using (des_modelo, campo)
where vl is null or vl < 0 or vl > 100000
    or (n >= 30 and mad > 0 and abs(vl - mediana) / (1.4826 * mad) > 6)
union all
select 'TRADE_MARKETING', chave, 'bonus_dpto', competencia from divergencias.controladoria
where apontamento = 'Revisar Divergência!'
    and (abs(vl_bonus_dpto - vl_bonus) > 0.01 or (vl_bonus_dpto is null) != (vl_bonus is null))
union all
select 'TRADE_MARKETING', chave, 'trade_mkt_dpto', competencia from divergencias.controladoria
where apontamento = 'Revisar Divergência!'
    and (abs(vl_trade_mkt_dpto - vl_trade) > 0.01
        or (vl_trade_mkt_dpto is null) != (vl_trade is null))
union all
select 'PENDENTE_VERIFICACAO', chave, 'bonus_utilizado', competencia
from divergencias.controladoria
where upper(translate(bonus_utilizado, 'çãÇÃ', 'caCA')) = 'PENDENTE VERIFICACAO'
"""
DIFFERENT = """
select count(*) from (
    select regra, chave, campo, competencia from intermediate.int_divergencias__casos_encontrados
) as nossas
full join encontradas_a_mao as delas using (regra, chave, campo, competencia)
where nossas is null or delas is null
"""


def main() -> None:
    """Make the lines, find divergences both ways, compare, print the table."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name, warehouse() as house:
        path = Path(name) / f"controladoria_{FIRST:%Y%m}.csv"
        _lines(lines).write_csv(path)
        # The rules of other sources read what these have, which is nothing.
        house.prepare("-s", "+int_divergencias__casos_encontrados", *NO_TESTS)
        landed = house.land(path, "controladoria")
        curated = house.build("-s", *(f"+{model}" for model in CURATED), *NO_TESTS)
        found = house.build("-s", *DETECTION, *NO_TESTS)
        bare = _bare(house)
        (cases,) = house.one(
            "select count(*) from intermediate.int_divergencias__casos_encontrados"
        )
        (different,) = house.one(DIFFERENT)
        chain = sum(curated.models.values())
    assert not different, different  # noqa: S101
    ours = found.of(DETECTION)
    print(f"{lines} lines, {cases} cases, one run each")
    print("| work | seconds | anchor | anchor seconds | ratio |")
    print("|---|---|---|---|---|")
    print(f"| csv to raw | {landed.seconds:.2f} | | | |")
    print(f"| curated, quarantine, reconciliation | {chain:.2f} | | | |")
    print(f"| detection, its models | {ours:.2f} | bare SQL | {bare:.2f} | {bare / ours:.2f} |")
    whole = found.whole.seconds
    print(
        f"| detection, `dbt build` from its start to its end | {whole:.2f} | bare SQL"
        f" | {bare:.2f} | {bare / whole:.2f} |"
    )
    print()
    print(f"- {found.slowest()}")
    print(f"- {curated.slowest()}")


def _lines(count: int) -> pl.DataFrame:
    """Make lines of which one in a hundred has something for each rule."""
    rng = np.random.default_rng([2026, 51])
    kind = pl.Series("kind", rng.integers(0, 100, count))
    return (
        make_lines(FIRST, count, [2026, 50])
        .with_columns(kind)
        .with_columns(
            apontamento=pl.when(pl.col("kind") < 10)
            .then(pl.lit(REVIEW))
            .otherwise(pl.col("apontamento")),
            bonus_dpto=pl.when(pl.col("kind") == 0)
            .then((pl.col("bonus_dpto") + 1).round(2))
            .otherwise(pl.col("bonus_dpto")),
            bonus_utilizado=pl.when(pl.col("kind") == 20)
            .then(pl.lit("Pendente Verificação"))
            .otherwise(pl.col("bonus_utilizado")),
            trade=pl.when(pl.col("kind") == 30).then(-pl.col("trade")).otherwise(pl.col("trade")),
        )
        .drop("kind")
    )


def _bare(house: Warehouse) -> float:
    started = time.perf_counter()
    house.connection.execute(BARE)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
