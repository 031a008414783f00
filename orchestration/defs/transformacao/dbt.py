"""Every dbt model, seed and snapshot as an asset, every dbt test as a check.

Three steps: the cards' book, which closes by the month of the files; what reads the book; and
all the rest. The last two have no months.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError
from psycopg import sql

from loaders.building import note_results, ready_to_build, trouble_of_build
from loaders.postgres import resolve_server, schema_name
from loaders.server import Server
from loaders.troubles import trouble_in
from orchestration.dbt_project import project
from orchestration.partitions import FILE_MONTHS, ONE_MONTH_A_RUN, dt_ref_of
from orchestration.passing import DbtInterruptedError, tried_again, was_interrupted
from orchestration.translation import ModelTranslator

# Its ledgers too: they tell up to where the book is complete, so they are built last.
OF_WITHDRAWALS = "int_cartoes__retiradas_aplicadas"
BOOK = f"book_fatura book_fatura_resumo int_cartoes__book_fechamentos {OF_WITHDRAWALS}"
# What comes after the book has a step of its own: a step before and after the book is no order.
# Dagster would cut it by depth, and finds no cut where a blocking test reads both sides.
AFTER_BOOK = "int_cliente_360__books_recentes+"
# What dbt leaves of a run, in a folder of that run's own.
RESULTS = "run_results.json"
# Two builds on one schema clash; the lock in `ready_to_build` also holds back builds
# outside Dagster, the pool keeps the second one from taking a slot to wait in.
POOL = "dbt_build"


@dbt_assets(
    manifest=project.manifest_path,
    project=project,
    name="dbt_build",
    exclude=f"{BOOK} {AFTER_BOOK}",
    dagster_dbt_translator=ModelTranslator(),
    pool=POOL,
)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build what is selected with `dbt build`: a failing test holds back what depends on it."""
    yield from _build(context, dbt)


@dbt_assets(
    manifest=project.manifest_path,
    project=project,
    name="dbt_cliente_360",
    select=AFTER_BOOK,
    dagster_dbt_translator=ModelTranslator(),
    pool=POOL,
)
def dbt_cliente_360(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build what reads the book, once it is closed."""
    yield from _build(context, dbt)


@tried_again
def _build(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    with ready_to_build(resolve_server(), context.log.info) as operation:
        invocation = dbt.cli(["build"], context=context)
        results = invocation.target_path / RESULTS
        try:
            yield from invocation.stream()
        except DagsterDbtCliRuntimeError as error:
            if was_interrupted(results, str(error)):
                raise DbtInterruptedError(str(error)) from error
            trouble = trouble_of_build(results) or trouble_in([str(error)])
            # What passes, beside what does not, would only fail again.
            if trouble and not trouble.may_pass:
                raise trouble.as_error("a construção não passou") from error
            raise
        finally:
            note_results(operation, results)


@dbt_assets(
    manifest=project.manifest_path,
    project=project,
    name="dbt_book",
    select=BOOK,
    partitions_def=FILE_MONTHS,
    backfill_policy=ONE_MONTH_A_RUN,
    dagster_dbt_translator=ModelTranslator(),
    pool=POOL,
)
def dbt_book(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Close the `dt_ref` after the month of the files.

    dbt finds by itself which `dt_ref` to rebuild, so late files reach older ones too; the
    run cuts nothing off with `dt_base`, which would drop newer ones from the book.
    """
    dt_ref = dt_ref_of(context.partition_key)
    for event in _build(context, dbt):
        if isinstance(event, dg.Output):
            key = context.asset_key_for_output(event.output_name)
            # Withdrawals are of files, and have no dt_ref.
            if key.path[-1] != OF_WITHDRAWALS:
                closed: dict[str, dg.RawMetadataValue] = {
                    "dt_ref": dt_ref.isoformat(),
                    "linhas": _rows(resolve_server(), key, dt_ref),
                }
                yield event.with_metadata(dict(event.metadata) | closed)
                continue
        yield event


def _rows(server: Server, key: dg.AssetKey, dt_ref: date) -> int:
    """Count the rows that a model has of one `dt_ref`."""
    schema, model = key.path
    with server.connect() as connection:
        found = connection.execute(
            sql.SQL("select count(*) from {} where dt_ref = %s").format(
                sql.Identifier(schema_name(schema), model)
            ),
            [dt_ref],
        ).fetchone()
    return int(found[0]) if found else 0
