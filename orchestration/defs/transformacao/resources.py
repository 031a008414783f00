"""What the assets of this folder need to run: the dbt command line."""

import sys
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from orchestration.dbt_project import project


@dg.definitions
def resources() -> dg.Definitions:
    """Give the assets the dbt of this very environment, whatever PATH says."""
    beside_python = Path(sys.executable).with_name("dbt")
    return dg.Definitions(
        resources={"dbt": DbtCliResource(project_dir=project, dbt_executable=str(beside_python))}
    )
