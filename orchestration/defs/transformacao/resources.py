"""What the assets of this folder need to run: the dbt command line."""

import os
import sys
from typing import Any, Final

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource

from loaders.settings import PROJECT_ROOT
from orchestration.dbt_project import project

# The dbt beside this very Python, whatever PATH says, tied to the step that starts it.
_TIED: Final = PROJECT_ROOT / "orchestration" / "dbt.sh"


class TiedDbt(DbtCliResource):
    """dbt that does not outlive its step."""

    def cli(self, *arguments: Any, **options: Any) -> DbtCliInvocation:
        """Start dbt, as Dagster's own resource does."""
        os.environ["MIRANTE_PYTHON"] = sys.executable
        return super().cli(*arguments, **options)


@dg.definitions
def resources() -> dg.Definitions:
    """Give the assets their dbt."""
    dbt = TiedDbt(
        project_dir=project,  # type: ignore[arg-type]
        dbt_executable=str(_TIED),
    )
    return dg.Definitions(resources={"dbt": dbt})
