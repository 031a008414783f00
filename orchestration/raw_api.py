"""What the graph needs of the sales API's raw tables.

Here: their specs, what a load tells of each, and the check that they are not stale. Not
here: the asset itself (`defs/carga/cvcrm`), nor loading (`loaders.cvcrm`).
"""

from collections.abc import Mapping, Sequence
from functools import cache

import dagster as dg
from dagster_dlt.translator import DltResourceTranslatorData

from loaders import cvcrm
from loaders.cvcrm import telling
from loaders.cvcrm.cargas import CARGAS, History, Situacao
from loaders.cvcrm.landing import raw_source
from loaders.cvcrm.loading import EndpointResult
from orchestration.translation import RawTableTranslator

STALE_CHECK = "sem_defasagem"


@cache
def raw_specs() -> tuple[dg.AssetSpec, ...]:
    """Return the specs of the raw tables, `cargas` the last."""
    source = cvcrm.source()
    translator = RawTableTranslator()
    described = {each.name: f"`{each.path}` do CVCRM, como veio." for each in source.endpoints}
    described[CARGAS] = "Uma linha por tentativa de leitura de cada endpoint: como foi."
    return tuple(
        translator.get_asset_spec(
            DltResourceTranslatorData(resource=resource, pipeline=None)
        ).replace_attributes(description=described[name])
        for name, resource in raw_source(source.endpoints).resources.items()
    )


@cache
def check_specs() -> tuple[dg.AssetCheckSpec, ...]:
    """Return one check for each endpoint's table."""
    return tuple(
        dg.AssetCheckSpec(
            STALE_CHECK,
            asset=spec.key,
            description="A última tentativa de leitura trouxe dados.",
        )
        for spec in raw_specs()
        if spec.key.path[-1] != CARGAS
    )


def metadata(result: EndpointResult) -> dict[str, int | str]:
    """Return what a load did to a table, for its materialization."""
    told: dict[str, int | str] = {
        "lidas": result.qt_lida,
        "gravadas": result.qt_gravada,
        "informadas": result.qt_informada,
        "modo": telling.reading(result.modo, result.desde),
        "situacao": str(result.situacao),
    }
    return told | ({"mensagem": result.mensagem} if result.mensagem else {})


def total(results: Sequence[EndpointResult]) -> dict[str, int | str]:
    """Return what a whole load did, for the materialization of `cargas`."""
    return {
        "endpoints": len(results),
        "falharam": sum(not result.situacao.stored for result in results),
        "lidas": sum(result.qt_lida for result in results),
        "gravadas": sum(result.qt_gravada for result in results),
    }


def stale_check(key: dg.AssetKey, histories: Mapping[str, History]) -> dg.AssetCheckResult:
    """Say whether the last try to read a table's endpoint brought something.

    An error if it failed, a warning if a tenant lost an endpoint that it may lack.

    Args:
        key: of the table.
        histories: of all endpoints, after the load.
    """
    history = histories.get(key.path[-1], History())
    told = {"situacao": str(history.last_outcome or "nunca lido")}
    if history.last_stored:
        told["ultima_carga"] = history.last_stored.isoformat(timespec="seconds")
    if history.message:
        told["mensagem"] = history.message
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=STALE_CHECK,
        passed=history.last_outcome is not Situacao.ERRO and not history.is_stale,
        severity=(
            dg.AssetCheckSeverity.ERROR
            if history.last_outcome is Situacao.ERRO
            else dg.AssetCheckSeverity.WARN
        ),
        metadata=told,
    )
