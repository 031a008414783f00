r"""A month of card invoices, two million lines, from the csv to raw.

Anchor, in the same run: the same file by psql into an unlogged text table (by
psycopg in big blocks where there is no psql), which validates nothing and does not
survive a crash. For a file that is known already: the command's own start-up. Whole
processes are timed, start to end, and runs of the two sides alternate. The server is one
of its own, fsync on, with a checkpoint before each run.

Run by hand: `python -m benchmarks.cartoes_carga [lines]`.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import psycopg

from benchmarks.carteira import middle, output, row
from benchmarks.measure import Measured, measure

RUNS = 3
COLUMNS = (
    "id_fatura,id_cliente,data_emissao,data_vencimento,valor_fatura,valor_pagamento_minimo,"
    "limite_credito,bandeira,status_fatura,moeda"
)
BRANDS = ("VISA", "MASTERCARD", "ELO", "AMEX")
STATES = ("PAGA", "ABERTA", "ATRASADA")
BY_PSYCOPG = """
import sys, psycopg
with psycopg.connect(sys.argv[1]) as connection, open(sys.argv[2], "rb") as file:
    with connection.cursor().copy("copy ancora from stdin (format csv, header)") as copy:
        while block := file.read(1 << 20):
            copy.write(block)
"""


def make_month(path: Path, lines: int) -> None:
    """Write a month of invoices, the 10-column form.

    Args:
        path: The csv to make.
        lines: Invoices in it.
    """
    chance = np.random.default_rng(1)
    cents = chance.integers(1_000, 900_000, lines)
    days = chance.integers(1, 29, lines)
    with path.open("w", encoding="utf-8") as file:
        file.write(COLUMNS + "\n")
        for number in range(lines):
            value, day = cents[number], days[number]
            file.write(
                f"FAT-{number:09d},CLI-{number % 900_000:07d},2024-09-{day:02d},2024-10-{day:02d},"
                f"{value / 100:.2f},{value / 1000:.2f},{5000 + value % 7 * 1000}.00,"
                f"{BRANDS[value % 4]},{STATES[value % 3]},BRL\n"
            )


def _by_hand(url: str, path: Path) -> list[str]:
    psql = shutil.which("psql")
    if psql:
        return [psql, url, "-qc", f"\\copy ancora from '{path}' with (format csv, header)"]
    return [sys.executable, "-c", BY_PSYCOPG, url, str(path)]


def main() -> None:
    """Make the file, run all sides, print the table."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    mirante = str(Path(sys.executable).with_name("mirante"))
    alone: list[Measured] = []
    load: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "MIRANTE_HOME": f"{folder}/home",
            "MIRANTE_ENV_FILE": os.devnull,
        }
        month = Path(folder) / "tb_faturas_202409.csv"
        make_month(month, lines)
        first = Path(folder) / "tb_faturas_202408.csv"
        make_month(first, 10)
        measure([mirante, "db", "start"], environment)
        try:
            url = output([mirante, "db", "url"], environment)
            # Creates the tables: done once in the life of a warehouse.
            measure([mirante, "load", "cartoes", str(first)], environment)
            command = [mirante, "load", "cartoes", str(month)]
            with psycopg.connect(url, autocommit=True) as connection:
                texts = ", ".join(f"{name} text" for name in COLUMNS.split(","))
                connection.execute(f"create unlogged table ancora ({texts})")
                for _ in range(RUNS):
                    connection.execute("truncate ancora")
                    connection.execute("checkpoint")
                    alone.append(measure(_by_hand(url, month), environment))
                    connection.execute("truncate raw_cartoes.faturas, raw_cartoes.arquivos")
                    connection.execute("checkpoint")
                    load.append(measure(command, environment))
                landed = connection.execute(
                    "select count(*), count(distinct _linha) from raw_cartoes.faturas"
                ).fetchone()
            start = [measure([mirante, "db", "status"], environment) for _ in range(RUNS)]
            again = [measure(command, environment) for _ in range(RUNS)]
        finally:
            measure([mirante, "db", "stop"], environment)
        size = month.stat().st_size / 1e6
    assert landed == (lines, lines), landed  # noqa: S101
    print(f"{lines} lines x 10 columns, {size:.0f} MB, median of {RUNS}")
    print("| work | seconds | peak MiB | anchor | anchor seconds | ratio |")
    print("|---|---|---|---|---|---|")
    row("csv to raw", middle(load), "`\\copy` to an unlogged table", middle(alone))
    row("the same file again", middle(again), "start-up of the command", middle(start))


if __name__ == "__main__":
    main()
