"""A bank account: who its clients are, and what they did with it.

Here: which files the source takes. Not here: reading and landing (`reading`, `landing`),
what a transaction means (dbt).
"""

from loaders.contracts import Contract, load_contract
from loaders.file_loads import FileSource

DATASET = "raw_banco"


def contracts() -> tuple[Contract, ...]:
    """Return the contracts of the source's entities, one raw table each."""
    return (load_contract("clientes"), load_contract("transacciones"))


def source() -> FileSource:
    """Return the source as the commands and the graph use it."""
    return FileSource(dataset=DATASET, contracts=contracts())
