"""One naming for dlt and dbt, so that lineage joins up.

Here: asset keys, groups and kinds of raw tables and of dbt resources. Not here: the
assets themselves (`defs/`).

A raw table is `raw_<source>/<table>` whether dlt writes it or dbt reads it; a model is
`<schema>/<model>`. Groups are areas, so that the graph can be read one area at a time.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject
from dagster_dlt import DagsterDltTranslator
from dagster_dlt.translator import DltResourceTranslatorData

from loaders.manifest import DLT_LOADS
from loaders.sources import all_sources


@cache
def _manifests() -> dict[str, str]:
    """Return the table that says what landed, by source."""
    return {source.dataset: source.manifest for source in all_sources()}


def raw_key(source: str, table: str) -> dg.AssetKey:
    """Return the asset key of a raw table, the only place that knows it.

    Args:
        source: name of the source, as dlt and dbt call it (`raw_carteira`).
        table: name of the table.
    """
    # dlt writes its table of loads together with the manifest, which stands for both.
    return dg.AssetKey([source, _manifests()[source] if table == DLT_LOADS else table])


def area_of(source: str) -> str:
    """Return the area that a source belongs to."""
    return source.removeprefix("raw_")


class RawTableTranslator(DagsterDltTranslator):
    """Name dlt resources as dbt names its sources."""

    def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
        """Return the spec of a raw table; files are no assets, so it depends on nothing."""
        spec = super().get_asset_spec(data)
        source = data.resource.source_name
        return spec.replace_attributes(
            key=raw_key(source, data.resource.name),
            group_name=area_of(source),
            deps=[],
            kinds={"dlt", "postgres"},
        )


class ModelTranslator(DagsterDbtTranslator):
    """Name dbt resources; sources get the keys of the raw tables."""

    def __init__(self) -> None:
        """Show dbt tests as asset checks, and let the manifest stand for `_dlt_loads`."""
        super().__init__(
            DagsterDbtTranslatorSettings(
                enable_asset_checks=True,
                enable_source_tests_as_checks=True,
                enable_duplicate_source_asset_keys=True,
            )
        )

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Return the spec of a dbt resource."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = self.get_resource_props(manifest, unique_id)
        if props["resource_type"] == "source":
            return spec.replace_attributes(key=raw_key(props["source_name"], props["name"]))
        return spec

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the area: the folder below the layer, else the schema of seeds and history.

        What says so in its `meta`, as dagster-dbt reads it, stands elsewhere.
        """
        if dbt_resource_props["resource_type"] == "source":
            return area_of(dbt_resource_props["source_name"])
        if given := super().get_group_name(dbt_resource_props):
            return given
        # fqn: project, layer, (marts only: nothing more) area, name
        folders = dbt_resource_props["fqn"][1:-1]
        if len(folders) >= 2:
            return str(folders[1])
        return str(dbt_resource_props["config"].get("schema") or "mirante")
