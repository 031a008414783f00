"""The schema `audit`: what was done, by whom, and what became of each divergence.

Here: its migrations (alembic, not dbt: it must outlive every rebuild), whether they have
run (`schema`), and the register of operations (`operations`). Not here: the decisions
about divergences (`loaders.divergencias`).
"""

from typing import Final

DATASET: Final = "audit"
