"""The raw tables of the bank account, landed by dlt: clients and transactions."""

from collections.abc import Iterator
from functools import cache

import dagster as dg
from pydantic import Field

from loaders import banco
from loaders.postgres import resolve_server
from orchestration import raw_files
from orchestration.passing import tried_again

# Where files of both kinds are looked for below the inbox; their headers tell them apart.
FOLDER = "banco"


@cache
def raw_specs() -> tuple[dg.AssetSpec, ...]:
    """Return the specs of the raw tables (in a function: a list would count as assets)."""
    return raw_files.raw_specs(banco.source())


class CargaBanco(dg.Config):
    """Which files to load; by default what is in the inbox."""

    arquivos: list[str] = Field(
        default_factory=list,
        description="Arquivos a carregar em vez dos que esperam em inbox/banco.",
    )


# Not in parts: which table a file is for shows only once it is read.
@dg.multi_asset(name="carga_banco", specs=raw_specs(), pool="carga_banco")
@tried_again
def carga_banco(
    context: dg.AssetExecutionContext, config: CargaBanco
) -> Iterator[dg.MaterializeResult[None]]:
    """Land the bank's files; known bytes change nothing."""
    source = banco.source()
    server = resolve_server()
    source.ensure_tables(server)
    paths = raw_files.waiting_files(config.arquivos, FOLDER)
    results = raw_files.load_files(
        source, server, None, paths, context.log.info, named=bool(config.arquivos)
    )
    raw_files.fail_on_refusal(results)
    yield from raw_files.materializations(raw_specs(), results)
