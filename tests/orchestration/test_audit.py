"""What Dagster builds is in the register, and what can't be registered is in the run's log."""

import dagster as dg
import pytest
from psycopg import sql

from loaders.audit import operations
from loaders.server import Server
from loaders.settings import PROJECT_ROOT

PREFIX = "grafo_"
SEED = dg.AssetKey(["referencia", "feriados"])


@pytest.fixture(autouse=True)
def _own_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
    monkeypatch.setattr(operations, "_told", set())
    monkeypatch.chdir(PROJECT_ROOT)


@pytest.mark.slow
@pytest.mark.usefixtures("parsed")
def test_a_build_of_dagster_is_registered_with_its_nodes(
    graph: dg.Definitions, embedded_server: Server
):
    job = graph.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        assert job.execute_in_process(instance=instance, asset_selection=[SEED]).success
    with embedded_server.connect() as connection:
        rows = connection.execute(
            sql.SQL("select tipo, estado, depois -> 'nos' ->> 'success' from {}").format(
                sql.Identifier(f"{PREFIX}audit", "operacoes")
            )
        ).fetchall()
    assert rows == [("construcao", "concluida", "1")]


def test_what_can_not_be_registered_is_said_in_the_runs_log(
    graph: dg.Definitions, user_server: Server
):
    @dg.op
    def unregistered(context: dg.OpExecutionContext) -> None:
        with user_server.connect() as connection:
            connection.execute(f"create schema {PREFIX}audit")
            connection.execute(f"create table {PREFIX}audit.operacoes ()")
        with operations.operation(user_server, "carga", "x"):
            context.log.info("at work")

    @dg.job
    def load() -> None:
        unregistered()

    with dg.DagsterInstance.ephemeral() as instance:
        done = load.execute_in_process(instance=instance)
        said = [
            entry.user_message
            for entry in instance.all_logs(done.run_id)
            if "não pude registrar" in entry.user_message
        ]
    assert done.success
    assert len(said) == 1
