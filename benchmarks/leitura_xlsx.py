"""Compare reading a portfolio workbook with what fastexcel alone takes for it.

Run by hand: `python benchmarks/leitura_xlsx.py [rows]`. Prints seconds, peak memory of
the process that parses, and the ratio, each the median of interleaved runs (other work
on the machine then slows both alike). Both are timed as whole processes, start to end.
"""

import datetime
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter

from loaders.contracts import Contract, load_contract
from loaders.reading import read_file

RUNS = 3
SHEET = "Carteira"

# Peak from /proc: `ru_maxrss` would count the parent's memory before exec.
ALONE = """
import sys, fastexcel, pyarrow
sheet = fastexcel.read_excel(sys.argv[1]).load_sheet(
    0, header_row=None, skip_rows=0, dtypes="string")
table = sheet.to_arrow()
status = open("/proc/self/status").read()
print(int(status.split("VmHWM:")[1].split()[0]) >> 10)
"""


def make_workbook(path: Path, contract: Contract, rows: int) -> None:
    """Write a workbook as banks export it: mixed cells, few repeated long texts.

    Args:
        path: The workbook to make.
        contract: Its columns.
        rows: Lines below the header.
    """
    chance = random.Random(1)  # noqa: S311 - the same workbook each time
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(SHEET)
    date = book.add_format({"num_format": "dd/mm/yyyy"})
    start = datetime.datetime(1990, 1, 1)
    sheet.write_row(0, 0, [column.name for column in contract.columns])
    for row in range(1, rows + 1):
        for position, column in enumerate(contract.columns):
            if column.type == "date":
                sheet.write_datetime(
                    row, position, start + datetime.timedelta(chance.randrange(12000)), date
                )
            elif column.type == "boolean":
                sheet.write_boolean(row, position, bool(row % 2))
            elif column.type == "integer":
                sheet.write_number(row, position, chance.randrange(400))
            elif column.type.startswith("numeric(10"):
                sheet.write_number(row, position, round(chance.random() * 5, 3))
            elif column.is_number:
                sheet.write_number(row, position, round(chance.random() * 1e5, 2))
            elif column.name in ("cliente_id", "num_contrato", "cliente_documento"):
                sheet.write_string(row, position, f"{row:011d}")
            else:
                sheet.write_string(row, position, f"{column.name} {chance.randrange(500)}")
    book.close()


def main() -> None:
    """Make the workbook, run both, print the figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    contract = load_contract("carteira")
    ours: list[tuple[float, int]] = []
    alone: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "carteira.xlsx"
        make_workbook(path, contract, rows)
        for _ in range(RUNS):
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", ALONE, str(path)], check=True, capture_output=True, text=True
            )
            alone.append((time.perf_counter() - start, int(done.stdout)))
            start = time.perf_counter()
            result = read_file(path, [contract], scratch=Path(folder))
            ours.append((time.perf_counter() - start, result.peak_rss_mb or 0))
            result.pieces[0].path.unlink()
        size = path.stat().st_size / 1e6
    seconds, bare = (statistics.median(run[0] for run in runs) for runs in (ours, alone))
    peak, bare_peak = (statistics.median(run[1] for run in runs) for runs in (ours, alone))
    print(f"{rows} rows x {len(contract.columns)} columns, {size:.1f} MB, median of {RUNS}")
    print(f"read_file to CSV:         {seconds:6.2f} s  {peak:5.0f} MiB peak")
    print(f"fastexcel alone to Arrow: {bare:6.2f} s  {bare_peak:5.0f} MiB peak")
    print(f"ratio:                    {seconds / bare:6.2f}    {peak / bare_peak:5.2f}")


if __name__ == "__main__":
    main()
