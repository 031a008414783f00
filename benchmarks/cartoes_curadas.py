r"""Card invoices from raw to curated: a first month, another one, a small one after both.

Anchors, in the same run, of the same month's partition: `create table as` of bare casts
of its columns, and of the staging view's own, which cannot fail; both only type. The
curated chain types too, and then checks, deduplicates, quarantines and reconciles: the
seconds that dbt counts for its models of invoices, and the whole `dbt build` with the
data tests.

Run by hand: `python -m benchmarks.cartoes_curadas [lines]`.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.cartoes_dados import stamp, write_one_month
from benchmarks.warehouse import Built, Warehouse, warehouse

RUNS = 3
LAST = "cartoes__reconciliacao_arquivos"
# Of payments, which have no lines here.
PAYMENTS = ("pagamentos", "stg_cartoes__pagamentos", "int_cartoes__pagamentos_*")
RAW = "raw_cartoes.faturas"

BARE = f"""
create table ancora as
select
    id_fatura, id_cliente, cast(data_emissao as date) as dt_emissao,
    cast(data_vencimento as date) as dt_vencimento,
    cast(valor_fatura as numeric(15, 2)) as vl_fatura,
    cast(valor_pagamento_minimo as numeric(15, 2)) as vl_pagamento_minimo,
    cast(limite_credito as numeric(15, 2)) as vl_limite_credito, bandeira, status_fatura, moeda,
    _arquivo_sha256 as arquivo_sha256, _linha as nr_linha, _carregado_em as carregado_em
from {RAW} where _arquivo_sha256 = %s
"""  # noqa: S608
SAFE = """
create table ancora as
select
    id_fatura, id_cliente, dt_emissao, dt_vencimento, vl_fatura, vl_pagamento_minimo,
    vl_limite_credito, bandeira, status_fatura, moeda, arquivo_sha256, nr_linha, carregado_em
from staging.stg_cartoes__faturas where arquivo_sha256 = %s
"""


def main() -> None:
    """Make the months, run all sides, print the table."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    small = lines // 20
    with warehouse() as bank, tempfile.TemporaryDirectory() as name:
        chain = bank.models(f"+{LAST}") - bank.models(*PAYMENTS)
        curate = ("-s", f"+{LAST}")

        def land(number: int, count: int) -> None:
            path = Path(name) / f"tb_faturas_{stamp(number)}.csv"
            write_one_month(path, count, number)
            bank.land(path)

        land(0, lines)
        first = bank.build(*curate)
        bare, safe = _typed(bank, BARE), _typed(bank, SAFE)
        land(1, lines)
        second = bank.build(*curate)
        land(2, small)
        little = bank.build(*curate)
        nothing = bank.build(*curate)
        counted = bank.one("select count(*) from cartoes.faturas")
        assert counted == (2 * lines + small,), counted  # noqa: S101
    print(f"{lines} lines a month; anchors are the median of {RUNS}, builds are single runs")
    print("| work | seconds | peak MiB | anchor | anchor seconds | ratio |")
    print("|---|---|---|---|---|---|")
    figures: list[tuple[str, Built]] = [
        (f"a first month of {lines} lines", first),
        ("a second one", second),
        (f"{small} lines after them", little),
        ("nothing new", nothing),
    ]
    share = {f"{small} lines after them": small / lines, "nothing new": 0.0}
    for work, built in figures:
        part = share.get(work, 1.0)
        _row(work, built, lambda built: built.of(chain), "bare casts", bare * part)
        if part == 1:
            _row(work, built, lambda built: built.of(chain), "safe casts", safe)
        _row("the whole command, tests included", built, lambda built: built.whole.seconds)
    print()
    for work, built in figures:
        print(f"- {work}: {built.slowest()}")


def _typed(bank: Warehouse, statement: str) -> float:
    """Time a table of the landed month's columns, typed."""
    (sha256,) = bank.one("select _arquivo_sha256 from raw_cartoes.arquivos")
    seconds = []
    for _ in range(RUNS):
        bank.connection.execute("drop table if exists ancora")
        bank.connection.execute("checkpoint")
        started = time.perf_counter()
        bank.connection.execute(statement.replace("%s", f"'{sha256}'"))
        seconds.append(time.perf_counter() - started)
    bank.connection.execute("drop table ancora")
    return median(seconds)


def _row(
    work: str,
    built: Built,
    seconds: Callable[[Built], float],
    anchor: str = "",
    theirs: float = 0,
) -> None:
    ours = seconds(built)
    compared = f"{anchor} | {theirs:.2f} | {theirs / ours:.2f} |" if theirs else "| | |"
    print(
        f"| {work} | {ours:.2f} | dbt {built.whole.peak_mb:.0f}, server {built.server_mb:.0f}"
        f" | {compared}"
    )


if __name__ == "__main__":
    main()
