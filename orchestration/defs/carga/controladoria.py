"""The raw table of the controllership's bonuses, landed by dlt."""

from collections.abc import Iterator
from functools import cache

import dagster as dg
from pydantic import Field

from loaders import controladoria
from loaders.postgres import resolve_server
from orchestration import raw_files
from orchestration.passing import tried_again

# Where files are looked for below the inbox.
FOLDER = "controladoria"


@cache
def raw_specs() -> tuple[dg.AssetSpec, ...]:
    """Return the specs of the raw tables (in a function: a list would count as assets)."""
    return raw_files.raw_specs(controladoria.source())


class CargaControladoria(dg.Config):
    """Which files to load; by default what is in the inbox."""

    arquivos: list[str] = Field(
        default_factory=list,
        description="Arquivos a carregar em vez dos que esperam em inbox/controladoria.",
    )


@dg.multi_asset(name="carga_controladoria", specs=raw_specs(), pool="carga_controladoria")
@tried_again
def carga_controladoria(
    context: dg.AssetExecutionContext, config: CargaControladoria
) -> Iterator[dg.MaterializeResult[None]]:
    """Land the controllership's files; known bytes change nothing."""
    source = controladoria.source()
    server = resolve_server()
    source.ensure_tables(server)
    paths = raw_files.waiting_files(config.arquivos, FOLDER)
    results = raw_files.load_files(
        source, server, "bonus", paths, context.log.info, named=bool(config.arquivos)
    )
    raw_files.fail_on_refusal(results)
    yield from raw_files.materializations(raw_specs(), results)
