"""A portfolio of 100 000 contracts: from the workbook to raw, and from raw to the marts.

Anchors, in the same run: fastexcel alone (the workbook to Arrow, nothing else) for the
load; the command's own start-up for a load that has nothing to do. Whole processes are
timed, start to end, and runs of the two sides alternate. The server is one of its own.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import psycopg

from benchmarks.measure import Measured, measure
from loaders.simulator.carteira import simulate_carteira
from loaders.simulator.population import make_population

RUNS = 3
ROWS_PER_CLIENT = 1.6
FASTEXCEL = """
import sys, fastexcel
fastexcel.read_excel(sys.argv[1]).load_sheet(
    0, header_row=None, skip_rows=0, dtypes="string").to_arrow()
"""


def middle(runs: list[Measured]) -> Measured:
    """Return the median of seconds and of peaks."""
    return Measured(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.peak_mb for run in runs),
    )


def main() -> None:
    """Make the workbook, run all sides, print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    mirante = str(Path(sys.executable).with_name("mirante"))
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "MIRANTE_HOME": f"{folder}/home",
            "MIRANTE_ENV_FILE": os.devnull,
        }
        population = make_population(int(rows / ROWS_PER_CLIENT), 1)
        list(simulate_carteira(population, Path(folder), [date(2026, 10, 31)], 1))
        book = Path(folder) / "carteira" / "carteira_202610.xlsx"
        measure([mirante, "db", "start"], environment)
        url = output([mirante, "db", "url"], environment)
        try:
            # Creates the tables: done once in the life of a warehouse.
            categories = Path(folder) / "categorias" / "categorias.xlsx"
            measure([mirante, "load", "categorias", str(categories)], environment)
            alone, load = [], []
            for _ in range(RUNS):
                alone.append(measure([sys.executable, "-c", FASTEXCEL, str(book)]))
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute("truncate raw_carteira.contratos, raw_carteira.arquivos")
                load.append(measure([mirante, "load", "carteira", str(book)], environment))
            build = measure([mirante, "build", "--quiet"], environment)
            start = [measure([mirante, "db", "status"], environment) for _ in range(RUNS)]
            again = [
                measure([mirante, "load", "carteira", str(book)], environment) for _ in range(RUNS)
            ]
            rebuild = measure([mirante, "build", "--quiet"], environment)
            with psycopg.connect(url) as connection:
                landed = connection.execute(
                    "select count(*) from raw_carteira.contratos"
                ).fetchone()
        finally:
            measure([mirante, "db", "stop"], environment)
    print(f"{landed[0]} rows x 36 columns, median of {RUNS}")
    print("| work | seconds | peak MiB | anchor | anchor seconds | ratio |")
    print("|---|---|---|---|---|---|")
    row("xlsx to raw", middle(load), "fastexcel alone", middle(alone))
    row("the same file again", middle(again), "start-up of the command", middle(start))
    print(f"| first build, tests included | {build.seconds:.1f} | {build.peak_mb:.0f} | | | |")
    print(f"| build with nothing new | {rebuild.seconds:.1f} | {rebuild.peak_mb:.0f} | | | |")


def row(work: str, ours: Measured, anchor: str, theirs: Measured) -> None:
    """Print a row of the table of results."""
    print(
        f"| {work} | {ours.seconds:.2f} | {ours.peak_mb:.0f} | {anchor} "
        f"| {theirs.seconds:.2f} | {theirs.seconds / ours.seconds:.2f} |"
    )


def output(command: list[str], environment: dict[str, str]) -> str:
    """Return what a command prints."""
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
