"""Credit cards: the monthly files of invoices and of their payments.

Here: which files the source takes. Not here: reading and landing (`reading`, `landing`),
what an invoice means (dbt, `models/`).
"""

from loaders.contracts import Contract, load_contract
from loaders.file_loads import FileSource

DATASET = "raw_cartoes"


def contracts() -> tuple[Contract, ...]:
    """Return the contracts of the source's entities, one raw table each."""
    return (load_contract("faturas"), load_contract("pagamentos"))


def source() -> FileSource:
    """Return the source as the commands and the graph use it."""
    return FileSource(dataset=DATASET, contracts=contracts())
