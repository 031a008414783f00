"""Where `dagster dev` and `dg` begin: everything below `defs/`."""

from pathlib import Path

import dagster as dg

from orchestration.audit_log import show_in_runs


@dg.definitions
def defs() -> dg.Definitions:
    """Load every definition of the project."""
    show_in_runs()
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
