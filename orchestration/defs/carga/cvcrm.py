"""The sales API's raw tables, landed by dlt: one endpoint after another."""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from loaders import cvcrm
from loaders.cvcrm import telling
from loaders.cvcrm.cargas import CARGAS
from loaders.cvcrm.loading import CvcrmSource, EndpointResult, Watcher
from loaders.errors import MiranteError, ServidorForaDoArError
from loaders.postgres import Server, resolve_server
from orchestration import raw_api
from orchestration.passing import tried_again


class CargaCvcrm(dg.Config):
    """How much to read; by default what is due."""

    completa: bool = Field(
        default=False, description="Lê tudo de novo, sem filtro de data (como `--full`)."
    )


# One run at a time uses the API: its limit counts all that use the token.
@dg.multi_asset(
    name="carga_cvcrm",
    specs=raw_api.raw_specs(),
    check_specs=raw_api.check_specs(),
    can_subset=True,
    pool="cvcrm_api",
)
@tried_again
def carga_cvcrm(
    context: dg.AssetExecutionContext, config: CargaCvcrm
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Land what changed; an endpoint that fails keeps its data and fails its check.

    Only a load in which nothing could be read fails: what the others brought is built on,
    with the last good data of one that is, say, forbidden for good.
    """
    source = cvcrm.source()
    server = resolve_server()
    wanted = context.selected_asset_keys
    keys = {spec.key.path[-1]: spec.key for spec in raw_api.raw_specs() if spec.key in wanted}
    # `cargas` alone stands for all: it says how each of them was read.
    only = [name for name in keys if name != CARGAS]
    results = []
    for result in _load(context, source, server, only, config.completa):
        results.append(result)
        context.log.info("\n".join([telling.line(result), *telling.notices(result)]))
    histories = source.histories(server)
    message = telling.failure_message(results)
    # One that a tenant may lack is no failure, but nor does it bring anything.
    if message and not any(result.situacao.stored for result in results):
        for check in context.selected_asset_check_keys:
            yield raw_api.stale_check(check.asset_key, histories)
        raise dg.Failure(message, allow_retries=False)
    # Of one that failed too: a table left out would keep dbt from all the others.
    for result in results:
        if result.endpoint in keys:
            yield dg.MaterializeResult(
                asset_key=keys[result.endpoint], metadata=raw_api.metadata(result)
            )
    if CARGAS in keys:
        yield dg.MaterializeResult(asset_key=keys[CARGAS], metadata=raw_api.total(results))
    for check in context.selected_asset_check_keys:
        yield raw_api.stale_check(check.asset_key, histories)
    if message:
        context.log.error(message)


def _load(
    context: dg.AssetExecutionContext,
    source: CvcrmSource,
    server: Server,
    only: list[str],
    full: bool,
) -> Iterator[EndpointResult]:
    watcher = Watcher(
        on_retry=lambda problem, seconds: context.log.warning(
            f"{problem.what}; tento de novo em {seconds:.0f} s"
        ),
        on_wait=lambda holder: context.log.info(f"Esperando outra carga terminar: {holder}"),
    )
    try:
        yield from source.load(server, full=full, only=only, watcher=watcher)
    except ServidorForaDoArError:
        raise
    except MiranteError as error:
        reason = str(error)
    else:
        return
    raise dg.Failure(reason, allow_retries=False)
