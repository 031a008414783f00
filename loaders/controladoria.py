"""Controllership of a car brand: the bonuses of its invoices, line by line.

Here: which files the source takes. Not here: reading and landing (`reading`, `landing`),
what a bonus must be (dbt: the rules of schema `divergencias`).
"""

from loaders.contracts import Contract, load_contract
from loaders.file_loads import FileSource

DATASET = "raw_controladoria"


def contracts() -> tuple[Contract, ...]:
    """Return the contracts of the source's entities, one raw table each."""
    return (load_contract("bonus"),)


def source() -> FileSource:
    """Return the source as the commands and the graph use it."""
    return FileSource(dataset=DATASET, contracts=contracts())
