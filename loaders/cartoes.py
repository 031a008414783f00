"""Credit cards: the monthly files of invoices and of their payments.

Here: which files the source takes, and the month in a file's name. Not here: reading and
landing (`reading`, `landing`), what an invoice means (dbt, `models/`).
"""

import re
from datetime import date

from loaders.contracts import Contract, load_contract
from loaders.file_loads import FileSource

DATASET = "raw_cartoes"
# As the macro `file_month` has it for SQL; a test compares the two.
_MONTH = re.compile(r"_((?:19|20)[0-9]{2})(0[1-9]|1[0-2])(?![0-9])")


def contracts() -> tuple[Contract, ...]:
    """Return the contracts of the source's entities, one raw table each."""
    return (load_contract("faturas"), load_contract("pagamentos"))


def source() -> FileSource:
    """Return the source as the commands and the graph use it."""
    return FileSource(dataset=DATASET, contracts=contracts())


def file_month(file_name: str) -> date | None:
    """Return the month in a file's name, `_AAAAMM` and no further digit.

    Args:
        file_name: without its folder.

    Returns:
        The month's first day; None for a whole-history file, also one with an export stamp
        (`tb_fatura_20240901_20240902000000.csv`).
    """
    found = _MONTH.search(file_name)
    return date(int(found[1]), int(found[2]), 1) if found else None
