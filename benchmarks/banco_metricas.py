r"""Bank transactions from csv files to the clients' metrics, ten million of them.

Anchor, in the same run: DuckDB with two threads, the same files into its own table, typed,
and the same metrics by one query. It checks, deduplicates, quarantines and keeps nothing.
Its metrics must be ours, cell by cell, but for the planted faults' lines, which are left out
of the files.

Run by hand: `python -m benchmarks.banco_metricas [clients]`.
"""

import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import duckdb

from benchmarks.warehouse import Built, warehouse
from loaders.simulator import Source, banco, simulate_all

MONTH = "2026-10"
LAST = ("metricas_bancarias", "clientes_banco", "cliente_360__reconciliacao_arquivos")
METRICS = {"int_banco__datas_base", "int_banco__meses_somados", "metricas_bancarias"}
THREADS = 2

TYPED = """
create table transacciones as
select
    transaccion_id, cliente_id, cast(left(fecha, 10) as date) as dia, tipo,
    cast(monto as decimal(15, 2)) as monto
from read_csv('{folder}/transacciones_*.csv', all_varchar = true, union_by_name = true);
create table clientes as
select cliente_id, try_cast(ingresos_mensuales as decimal(15, 2)) as renda
from read_csv('{folder}/clientes.csv', all_varchar = true);
"""
METRIC = """
with
base as (
    select max(dia) + 1 as dt_base, cast(date_trunc('month', max(dia) + 1) as date) as mes
    from transacciones
),
meses as (
    select
        cliente_id,
        cast(date_trunc('month', dia) as date) as mes,
        sum(monto) filter (where tipo in (
            'compra_tarjeta', 'pago_servicio', 'debito_automatico', 'extraccion_cajero'
        )) as gasto,
        sum(monto) filter (where tipo in ('pago_servicio', 'debito_automatico')) as fixo
    from transacciones
    group by all
),
somados as (
    select
        cliente_id,
        least(12, date_diff('month', min(meses.mes), any_value(base.mes))) as n,
        coalesce(sum(gasto) filter (
            where meses.mes >= base.mes - interval 12 month and meses.mes < base.mes
        ), 0) as gasto,
        coalesce(sum(fixo) filter (
            where meses.mes >= base.mes - interval 12 month and meses.mes < base.mes
        ), 0) as fixo
    from meses cross join base
    group by all
)
select
    cliente_id,
    case when somados.cliente_id is null then 0 when n > 0 then gasto / n end as gasto,
    case
        when renda is null or renda <= 0 then null
        when somados.cliente_id is null then 0
        when n > 0 then fixo / (n * renda)
    end as score
from clientes left join somados using (cliente_id)
order by 1
"""


def main() -> None:
    """Make the files, run both sides, compare, print the table."""
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 115_000
    with tempfile.TemporaryDirectory() as name, warehouse() as house:
        folder = Path(name) / "banco"
        # One dialect, for the anchor to read all files at once.
        with patch.dict(banco.DIALECTS, clear=True):
            for _ in simulate_all(Path(name), clients, 2026, MONTH, [Source.BANCO]):
                pass
        _leave_out_faults(folder, Path(name) / "defeitos.csv")
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        landed = house.land(folder, "banco")
        first = house.build("-s", *(f"+{model}" for model in LAST))
        again = house.build("-s", *(f"+{model}" for model in LAST))
        (lines,) = house.one("select count(*) from cliente_360.transacciones")
        ours = house.connection.execute(
            "select cliente_id, gasto_mensual_promedio, score_endeudamiento"
            ' from cliente_360.metricas_bancarias order by cliente_id collate "C"'
        ).fetchall()
        typed, metric, theirs = _duckdb(folder)
        different = _different(ours, theirs)
    assert not different, different[:5]  # noqa: S101
    chain = set(first.models) - METRICS
    print(f"{lines} transactions of {len(ours)} clients, {size:.0f} MB of csv, one run each")
    print("| work | seconds | peak MiB | anchor | anchor seconds | ratio |")
    print("|---|---|---|---|---|---|")
    _row("csv to raw", landed.seconds, f"{landed.peak_mb:.0f}")
    _row("curated, documents, quarantine, reconciliation", first.of(chain), _memory(first))
    _row("the metrics", first.of(METRICS), _memory(first), "DuckDB, of its own table", metric)
    _row("the metrics again, nothing new", again.of(METRICS), _memory(again))
    _row("the whole `dbt build`, tests included", first.whole.seconds, _memory(first))
    _row(
        "csv to metrics",
        landed.seconds + first.whole.seconds,
        _memory(first),
        "DuckDB, csv to metrics",
        typed + metric,
    )
    print()
    print(f"- {first.slowest()}")


def _leave_out_faults(folder: Path, listed: Path) -> None:
    """Take the planted faults' lines out: the anchor would stop at them."""
    faulty: dict[str, set[int]] = {}
    for line in listed.read_text(encoding="utf-8").splitlines()[1:]:
        file, number, column, *_ = line.split(",")
        if column != "documento":
            faulty.setdefault(file, set()).add(int(number))
    for file, numbers in faulty.items():
        path = folder / file
        partial = path.with_suffix(".parcial")
        with path.open("rb") as whole, partial.open("wb") as good:
            good.writelines(
                line for number, line in enumerate(whole, start=1) if number not in numbers
            )
        partial.replace(path)


def _duckdb(folder: Path) -> tuple[float, float, list[tuple[str, float | None, float | None]]]:
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {THREADS}")
        started = time.perf_counter()
        connection.execute(TYPED.format(folder=folder))
        between = time.perf_counter()
        rows = connection.execute(METRIC).fetchall()
        return between - started, time.perf_counter() - between, rows


def _different(
    ours: list[tuple[str, Decimal | None, Decimal | None]],
    theirs: list[tuple[str, float | None, float | None]],
) -> list[object]:
    """Name the clients whose metrics differ by more than what rounding explains."""

    def near(one: Decimal | None, other: float | None, step: float) -> bool:
        if one is None or other is None:
            return one is None and other is None
        return abs(float(one) - float(other)) <= step

    return [
        (mine, other)
        for mine, other in zip(ours, theirs, strict=True)
        if mine[0] != other[0]
        or not near(mine[1], other[1], 0.00501)
        or not near(mine[2], other[2], 0.0000501)
    ]


def _memory(built: Built) -> str:
    return f"dbt {built.whole.peak_mb:.0f}, server {built.server_mb:.0f}"


def _row(work: str, seconds: float, memory: str, anchor: str = "", theirs: float = 0) -> None:
    compared = f"{anchor} | {theirs:.2f} | {theirs / seconds:.2f} |" if theirs else "| | |"
    print(f"| {work} | {seconds:.2f} | {memory} | {compared}")


if __name__ == "__main__":
    main()
