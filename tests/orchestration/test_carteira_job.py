"""The job from files to marts, run in this process on a real server."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from loaders.simulator.carteira import simulate_carteira
from loaders.simulator.population import make_population
from orchestration.defs.carga.carteira import CargaCarteira

PREFIX = "grafo_"


@pytest.fixture
def inbox(parsed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox with one month of a small portfolio, and schemas of this test's own."""
    monkeypatch.setenv("MIRANTE_INBOX", str(tmp_path))
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
    monkeypatch.chdir(PROJECT_ROOT)
    list(simulate_carteira(make_population(60, 1), tmp_path, [date(2026, 10, 31)], 1))
    return tmp_path


@pytest.mark.slow
def test_the_job_loads_builds_and_checks(
    graph: dg.Definitions, inbox: Path, embedded_server: Server, caplog: pytest.LogCaptureFixture
):
    with dg.DagsterInstance.ephemeral() as instance:
        first = graph.resolve_job_def("carteira").execute_in_process(instance=instance)
        assert first.success
        loaded = _metadata(first, "contratos")
        assert loaded["arquivos_carregados"].value == 1
        assert loaded["linhas_carregadas"].value > 60
        checks = first.get_asset_check_evaluations()
        assert len(checks) > 90
        assert all(check.passed for check in checks)
        with embedded_server.connect() as connection:
            names = {
                name
                for (name,) in connection.execute(
                    "select cliente_nome from grafo_carteira.clientes_carteira"
                ).fetchall()
            }
            documents = {
                name
                for (name,) in connection.execute(
                    "select cliente_documento from grafo_carteira.clientes_carteira"
                ).fetchall()
            }
        assert names
        told = caplog.text + "".join(str(event) for event in first.all_events)
        assert not [name for name in names | documents if name and name in told]

        again = graph.resolve_job_def("carteira").execute_in_process(instance=instance)
        assert again.success
        assert _metadata(again, "contratos")["arquivos_sem_mudanca"].value == 1
        assert _metadata(again, "contratos")["linhas_carregadas"].value == 0


def test_a_refused_file_fails_the_step_and_says_why_without_its_cells(
    graph: dg.Definitions, inbox: Path, embedded_server: Server
):
    bad = inbox / "carteira" / "ruim.csv"
    bad.write_text("cliente_id;num_contrato;cliente_nome\n1;C1;Maria Secreta\n", encoding="utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        result = graph.resolve_job_def("carteira").execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config=dg.RunConfig(ops={"carga_carteira": CargaCarteira(contratos=[str(bad)])}),
        )
    assert not result.success
    failure = result.failure_data_for_node("carga_carteira")
    assert "ruim.csv" in failure.user_failure_data.description
    assert "Maria" not in str(failure)
    assert not result.get_asset_materialization_events()


def _metadata(result: dg.ExecuteInProcessResult, table: str) -> dict[str, dg.MetadataValue]:
    for event in result.get_asset_materialization_events():
        if event.asset_key == dg.AssetKey(["raw_carteira", table]):
            return dict(event.materialization.metadata)
    raise AssertionError(table)
