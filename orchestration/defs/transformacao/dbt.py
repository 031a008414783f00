"""Every dbt model, seed and snapshot as an asset, every dbt test as a check."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from loaders.building import ready_to_build
from loaders.postgres import resolve_server
from orchestration.dbt_project import project
from orchestration.translation import ModelTranslator


@dbt_assets(
    manifest=project.manifest_path,
    project=project,
    name="dbt_build",
    dagster_dbt_translator=ModelTranslator(),
    # Two builds on one schema clash; the lock in `ready_to_build` also holds back builds
    # outside Dagster, the pool keeps the second one from taking a slot to wait in.
    pool="dbt_build",
)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build what is selected with `dbt build`: a failing test holds back what depends on it."""
    with ready_to_build(resolve_server(), context.log.info):
        yield from dbt.cli(["build"], context=context).stream()
