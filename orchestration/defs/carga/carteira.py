"""The client portfolio's raw tables, landed by dlt."""

from collections.abc import Iterator
from functools import cache

import dagster as dg
from pydantic import Field

from loaders import carteira
from loaders.file_loads import FileResult
from loaders.manifest import MANIFEST
from loaders.postgres import resolve_server
from orchestration import raw_files
from orchestration.passing import tried_again

# Where each entity's files are looked for below the inbox.
FOLDERS = {"contratos": "carteira", "categorias": "categorias"}


@cache
def raw_specs() -> tuple[dg.AssetSpec, ...]:
    """Return the specs of the raw tables (in a function: a list would count as assets)."""
    return raw_files.raw_specs(carteira.source())


class CargaCarteira(dg.Config):
    """Which files to load; by default what is in the inbox."""

    contratos: list[str] = Field(
        default_factory=list,
        description="Posições a carregar; com estas ou categorias, nada mais da inbox.",
    )
    categorias: list[str] = Field(
        default_factory=list,
        description="Categorias a carregar; com estas ou contratos, nada mais da inbox.",
    )

    def paths(self, entity: str) -> list[str]:
        """Return the files of an entity: those named, else those that wait if none are named."""
        if self.contratos or self.categorias:
            return list(getattr(self, entity))
        return raw_files.waiting_files((), FOLDERS[entity])


@dg.multi_asset(name="carga_carteira", specs=raw_specs(), can_subset=True, pool="carga_carteira")
@tried_again
def carga_carteira(
    context: dg.AssetExecutionContext, config: CargaCarteira
) -> Iterator[dg.MaterializeResult[None]]:
    """Land the portfolio's files; known bytes change nothing."""
    source = carteira.source()
    server = resolve_server()
    source.ensure_tables(server)
    selected = {key.path[-1] for key in context.selected_asset_keys}
    results: dict[str, list[FileResult]] = {}
    for entity in FOLDERS:
        if entity in selected or selected == {MANIFEST}:
            results[entity] = raw_files.load_files(
                source,
                server,
                entity,
                config.paths(entity),
                context.log.info,
                named=bool(getattr(config, entity)),
            )
    every = [result for loaded in results.values() for result in loaded]
    raw_files.fail_on_refusal(every)
    results[MANIFEST] = every
    for spec in raw_specs():
        if spec.key in context.selected_asset_keys:
            yield dg.MaterializeResult(
                asset_key=spec.key, metadata=raw_files.metadata(results[spec.key.path[-1]])
            )
