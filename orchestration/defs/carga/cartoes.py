"""The raw tables of credit cards, landed by dlt: invoices and payments."""

from collections.abc import Iterator
from functools import cache

import dagster as dg
from pydantic import Field

from loaders import cartoes
from loaders.manifest import MANIFEST
from loaders.postgres import resolve_server
from orchestration import raw_files

# Where files of both kinds are looked for below the inbox; their headers tell them apart.
FOLDER = "cartoes"


@cache
def raw_specs() -> tuple[dg.AssetSpec, ...]:
    """Return the specs of the raw tables (in a function: a list would count as assets)."""
    return raw_files.raw_specs(cartoes.source())


class CargaCartoes(dg.Config):
    """Which files to load; by default what is in the inbox."""

    arquivos: list[str] = Field(default_factory=list)


# Not in parts: which table a file is for shows only once it is read.
@dg.multi_asset(name="carga_cartoes", specs=raw_specs(), pool="carga_cartoes")
def carga_cartoes(
    context: dg.AssetExecutionContext, config: CargaCartoes
) -> Iterator[dg.MaterializeResult[None]]:
    """Land files of invoices and payments; known bytes change nothing."""
    source = cartoes.source()
    server = resolve_server()
    source.ensure_tables(server)
    paths = raw_files.waiting_files(config.arquivos, FOLDER)
    results = raw_files.load_files(source, server, None, paths, context.log.info)
    raw_files.fail_on_refusal(results)
    for spec in raw_specs():
        table = spec.key.path[-1]
        own = [result for result in results if table in (result.entidade, MANIFEST)]
        yield dg.MaterializeResult(asset_key=spec.key, metadata=raw_files.metadata(own))
