"""The client portfolio: full positions of contracts, and the categories of their lines.

Here: which files the source takes and in which order. Not here: reading and landing
(`reading`, `landing`), what a position means (dbt, `models/`).
"""

from loaders.contracts import Contract, load_contract
from loaders.file_loads import FileSource

DATASET = "raw_carteira"


def contracts() -> tuple[Contract, ...]:
    """Return the contracts of the source's entities, one raw table each."""
    return (load_contract("carteira"), load_contract("categorias"))


def source() -> FileSource:
    """Return the source as the commands and the graph use it."""
    return FileSource(dataset=DATASET, contracts=contracts())
