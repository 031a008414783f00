"""The dbt project as Dagster sees it: where it is, and its manifest.

The manifest is made by `dbt parse` (`make setup` and every target after it do that),
not on import: several processes that import at once would write over each other.
"""

from dagster_dbt import DbtProject

from loaders.settings import PROJECT_ROOT, dbt_target

# dbt takes the folder from the environment; the graph must be that same manifest's.
project = DbtProject(project_dir=PROJECT_ROOT, target_path=dbt_target(), profiles_dir=PROJECT_ROOT)

if not project.manifest_path.exists():
    raise FileNotFoundError(
        f"{project.manifest_path}: o manifesto do dbt ainda não existe; rode `make setup` "
        "(ou `dbt parse`) e tente de novo."
    )
