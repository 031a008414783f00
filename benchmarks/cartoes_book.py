r"""The invoice book: a month's close, the first build, a late file, nothing new.

Anchor, in the same run: DuckDB computing the same variables of the same dt_ref from the
same rows in its own tables (`book_duckdb`), statement only, two threads. Its book must
equal Mirante's, cell by cell; so must closes one by one and a first build. A close,
here, is what follows a new month's files: the seconds that dbt counts for the book's
models, and the whole `dbt build`, with the curated tables before them and all tests.

Run by hand: `python -m benchmarks.cartoes_book [clients]`.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.cartoes_dados import FIRST_MONTH, stamp, write_late_invoices, write_months
from benchmarks.measure import measure
from benchmarks.warehouse import Built, Warehouse, middle_build, warehouse

RUNS = 3
MONTHS = 24
LATE_MONTH = 12
LATE_LINES = 1_000
LAST = "int_cartoes__book_fechamentos"
# That wrote a row; a young server's do not wrap around.
_TRANSACTION = "cast(cast(xmin as text) as bigint)"


def main() -> None:
    """Make the files, run all sides, print the table."""
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with warehouse() as bank, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        months = list(write_months(folder / "meses", clients, MONTHS))
        curated = bank.models("+cartoes__reconciliacao_arquivos")
        book = bank.models(f"+{LAST}") - curated
        before, closing = months[:-RUNS], months[-RUNS:]
        for month in before:
            bank.land(folder / "meses" / str(month))
        bank.build("-s", f"+{LAST}")

        def close(month: int) -> Built:
            bank.land(folder / "meses" / str(month))
            return bank.build("-s", f"+{LAST}")

        closes = middle_build([close(month) for month in closing])
        nothing = middle_build([bank.build("-s", f"+{LAST}") for _ in range(RUNS)])
        anchor, anchor_mb = _duckdb(folder, bank)
        checksum = _checksum(bank)
        first = bank.build("-s", *sorted(book), "--full-refresh")
        assert _checksum(bank) == checksum, "closes and first build differ"  # noqa: S101
        late, rebuilt = _late(bank, folder, clients)
    print(f"{clients} clients, {MONTHS} months, {clients * MONTHS} invoices, median of {RUNS}")
    print("| work | seconds | peak MiB | anchor | anchor seconds | ratio |")
    print("|---|---|---|---|---|---|")
    duck = f"DuckDB, one dt_ref ({anchor_mb:.0f} MiB)"
    _row("a month's close: the book's models", closes, lambda built: built.of(book), duck, anchor)
    _row("of these `book_fatura`", closes, lambda built: built.models["book_fatura"], duck, anchor)
    _row("the month's curated models", closes, lambda built: built.of(curated))
    _row("the whole command, tests included", closes, lambda built: built.whole.seconds)
    one = closes.of(book)
    _row(f"first build, {MONTHS} dt_refs", first, lambda built: built.of(book), "one close", one)
    _row("of these `book_fatura`", first, lambda built: built.models["book_fatura"])
    _row("the whole command", first, lambda built: built.whole.seconds)
    _row(
        f"a late file for a month amid, {rebuilt} dt_refs", late,
        lambda built: built.of(book), "one close", one,
    )  # fmt: skip
    _row("the whole command", late, lambda built: built.whole.seconds)
    _row("nothing new: the book's models", nothing, lambda built: built.of(book))
    _row("the whole command", nothing, lambda built: built.whole.seconds)
    print()
    for work, built in {"a close": closes, "first build": first, "a late file": late}.items():
        print(f"- {work}: {built.slowest()}")


def _row(
    work: str,
    built: Built,
    seconds: Callable[[Built], float],
    anchor: str = "",
    theirs: float | None = None,
) -> None:
    ours = seconds(built)
    compared = "| | |" if theirs is None else f"{anchor} | {theirs:.2f} | {theirs / ours:.2f} |"
    print(
        f"| {work} | {ours:.2f} | dbt {built.whole.peak_mb:.0f}, server {built.server_mb:.0f}"
        f" | {compared}"
    )


def _duckdb(folder: Path, bank: Warehouse) -> tuple[float, float]:
    """Time DuckDB's book of the last dt_ref, and stop where it differs from Mirante's.

    Returns:
        Seconds of the statement and most MiB of its process, medians.
    """
    database = str(folder / "ancora.duckdb")
    dt_ref = str((FIRST_MONTH + MONTHS).astype("datetime64[D]"))
    program = [sys.executable, "-m", "benchmarks.book_duckdb"]
    measure([*program, "load", database, str(folder / "meses")])
    seconds, peaks = [], []
    for _ in range(RUNS):
        run = measure([*program, "run", database, dt_ref])
        seconds.append(float(run.told))
        peaks.append(run.peak_mb)
    exported = folder / "book.csv"
    with (
        exported.open("wb") as file,
        bank.connection.cursor().copy(
            "copy (select * from cartoes.book_fatura where dt_ref ="  # noqa: S608
            f" date '{dt_ref}') to stdout (format csv, header)"
        ) as copy,
    ):
        for block in copy:
            file.write(block)
    unlike = subprocess.run(
        [*program, "compare", database, str(exported)], check=True, capture_output=True, text=True
    ).stdout.split("\n", 1)
    assert unlike == ["rows 0", ""], unlike  # noqa: S101
    return median(seconds), median(peaks)


def _checksum(bank: Warehouse) -> tuple[object, ...]:
    return bank.one(
        "select count(*), sum(hashtextextended(cast(book as text), 0))"
        " from cartoes.book_fatura as book"
    )


def _late(bank: Warehouse, folder: Path, clients: int) -> tuple[Built, int]:
    """Land invoices of a month amid and build.

    Returns:
        What it took, and how many dt_refs have rows that were written anew.
    """
    path = folder / f"tb_faturas_{stamp(LATE_MONTH)}_tardias.csv"
    write_late_invoices(path, clients, min(LATE_LINES, clients), LATE_MONTH)
    newest = f"select max({_TRANSACTION}) from cartoes.book_fatura"  # noqa: S608
    (last_before,) = bank.one(newest)
    bank.land(path)
    built = bank.build("-s", f"+{LAST}")
    (rebuilt,) = bank.one(
        "select count(distinct dt_ref) from cartoes.book_fatura"  # noqa: S608
        f" where {_TRANSACTION} > {last_before}"
    )
    return built, int(rebuilt)


if __name__ == "__main__":
    main()
