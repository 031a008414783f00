"""What the assets of this folder need to run: the dbt command line."""

import dagster as dg
from dagster_dbt import DbtCliResource

from orchestration.dbt_project import project


@dg.definitions
def resources() -> dg.Definitions:
    """Give the assets their dbt."""
    return dg.Definitions(resources={"dbt": DbtCliResource(project_dir=project)})
