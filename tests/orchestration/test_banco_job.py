"""The job of the bank account, run in this process on a real server."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from loaders.simulator.banco import simulate_banco
from loaders.simulator.population import make_population
from orchestration.defs.carga.banco import CargaBanco


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox with a small bank's clients and first month, and schemas of this test's own."""
    monkeypatch.setenv("MIRANTE_INBOX", str(tmp_path))
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", "conta_")
    monkeypatch.chdir(PROJECT_ROOT)
    paths = simulate_banco(make_population(60, 1), tmp_path, date(2026, 10, 1), 1)
    for path in list(paths)[2:]:
        path.unlink()
    return tmp_path


def loaded(result: dg.ExecuteInProcessResult) -> dict[str, tuple[object, ...]]:
    """Return by raw table how many files were loaded, unchanged, and how many lines."""
    counts = ("arquivos_carregados", "arquivos_sem_mudanca", "linhas_carregadas")
    return {
        event.asset_key.path[-1]: tuple(
            event.materialization.metadata[name].value for name in counts
        )
        for event in result.get_asset_materialization_events()
        if event.asset_key and event.asset_key.path[0] == "raw_banco"
    }


def test_the_job_loads_both_kinds_from_one_folder_and_tells_them_apart(
    graph: dg.Definitions, inbox: Path, embedded_server: Server, caplog: pytest.LogCaptureFixture
):
    job = graph.resolve_job_def("banco")
    with dg.DagsterInstance.ephemeral() as instance:
        first = job.execute_in_process(instance=instance)
        again = job.execute_in_process(instance=instance)
    with embedded_server.connect() as connection:
        [(clients,)] = connection.execute(
            "select count(*) from conta_raw_banco.clientes"
        ).fetchall()
        [(moves,)] = connection.execute(
            "select count(*) from conta_raw_banco.transacciones"
        ).fetchall()
        names = connection.execute("select nombre from conta_raw_banco.clientes").fetchall()
    assert clients > 20
    assert moves > 100
    assert loaded(first) == {
        "clientes": (1, 0, clients),
        "transacciones": (1, 0, moves),
        "arquivos": (2, 0, clients + moves),
    }
    assert loaded(again) == {
        "clientes": (0, 1, 0),
        "transacciones": (0, 1, 0),
        "arquivos": (0, 2, 0),
    }
    told = caplog.text + "".join(str(event) for event in first.all_events)
    assert not [name for (name,) in names if name in told]


def test_a_refused_file_fails_the_step_and_says_why_without_its_cells(
    graph: dg.Definitions, inbox: Path, embedded_server: Server
):
    bad = inbox / "ruim.csv"
    bad.write_text("cliente_id;nombre;documento\n1;Maria Secreta;1\n", encoding="utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        result = graph.resolve_job_def("banco").execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config=dg.RunConfig(ops={"carga_banco": CargaBanco(arquivos=[str(bad)])}),
        )
    assert not result.success
    failure = result.failure_data_for_node("carga_banco")
    assert "ruim.csv" in failure.user_failure_data.description
    assert "ingresos_mensuales" in failure.user_failure_data.description
    assert "Maria" not in str(failure)
    assert not result.get_asset_materialization_events()
