"""The client portfolio's raw tables, landed by dlt."""

from collections.abc import Iterator
from functools import cache

import dagster as dg
from dagster_dlt.translator import DltResourceTranslatorData
from pydantic import Field

from loaders import carteira
from loaders.file_loads import FileResult, Outcome
from loaders.landing import MANIFEST, raw_source
from loaders.postgres import resolve_server
from loaders.settings import inbox
from orchestration.translation import RawTableTranslator

# Where each entity's files are looked for below the inbox.
FOLDERS = {"contratos": "carteira", "categorias": "categorias"}


@cache
def raw_specs() -> tuple[dg.AssetSpec, ...]:
    """Return the specs of the raw tables (in a function: a list would count as assets)."""
    translator = RawTableTranslator()
    described = {contract.entity: contract.description for contract in carteira.contracts()}
    described[MANIFEST] = "Uma linha por versão de arquivo carregada: o que foi lido, e como."
    resources = raw_source(carteira.DATASET, carteira.contracts()).resources
    return tuple(
        translator.get_asset_spec(
            DltResourceTranslatorData(resource=resource, pipeline=None)
        ).replace_attributes(description=described[name])
        for name, resource in resources.items()
    )


class CargaCarteira(dg.Config):
    """Which files to load; by default what is in the inbox."""

    contratos: list[str] = Field(default_factory=list)
    categorias: list[str] = Field(default_factory=list)

    def paths(self, entity: str) -> list[str]:
        """Return the files of an entity; none if its folder is not there or is empty."""
        given: list[str] = getattr(self, entity)
        folder = inbox() / FOLDERS[entity]
        if given or not folder.is_dir() or not any(folder.iterdir()):
            return given
        return [str(folder)]


@dg.multi_asset(name="carga_carteira", specs=raw_specs(), can_subset=True, pool="carga_carteira")
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
            paths = config.paths(entity)
            results[entity] = list(
                source.load(server, entity, paths, on_wait=context.log.info) if paths else ()
            )
    every = [result for loaded in results.values() for result in loaded]
    refused = [result for result in every if result.outcome is Outcome.RECUSADO]
    if refused:
        raise dg.Failure(
            "arquivo(s) recusado(s); nada deles foi carregado:\n"
            + "\n".join(result.detail for result in refused)
        )
    results[MANIFEST] = every
    for spec in raw_specs():
        if spec.key in context.selected_asset_keys:
            yield dg.MaterializeResult(
                asset_key=spec.key, metadata=_metadata(results[spec.key.path[-1]])
            )


def _metadata(results: list[FileResult]) -> dict[str, int]:
    loaded = [result for result in results if result.outcome is Outcome.CARREGADO]
    return {
        "arquivos_carregados": len(loaded),
        "arquivos_sem_mudanca": len(results) - len(loaded),
        "linhas_carregadas": sum(result.rows for result in loaded),
    }
