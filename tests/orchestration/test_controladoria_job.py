"""The jobs of the controllership and of the divergences, in this process on a real server."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from loaders.simulator.controladoria import simulate_controladoria
from orchestration.defs.carga.controladoria import CargaControladoria


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox with two months, and schemas of this test's own."""
    monkeypatch.setenv("MIRANTE_INBOX", str(tmp_path))
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", "bonus_")
    monkeypatch.chdir(PROJECT_ROOT)
    for path in list(simulate_controladoria(tmp_path, date(2026, 10, 1), 1, 180))[2:]:
        path.unlink()
    return tmp_path


def test_the_job_goes_from_files_to_what_the_rules_find_on_a_new_database(
    graph: dg.Definitions, inbox: Path, embedded_server: Server
):
    result = graph.resolve_job_def("controladoria").execute_in_process()
    assert result.success
    [loaded] = [
        event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(["raw_controladoria", "bonus"])
    ]
    assert loaded["arquivos_carregados"].value == 2
    with embedded_server.connect() as connection:
        [(lines, cases)] = connection.execute(
            "select (select count(*) from bonus_divergencias.controladoria_corrigida),"
            " (select count(*) from bonus_intermediate.int_divergencias__trade_marketing)"
        ).fetchall()
    assert lines > 300
    # Two months with seven kinds of it.
    assert cases == 14


def test_a_refused_file_fails_the_step_and_names_the_missing_column(
    graph: dg.Definitions, inbox: Path, embedded_server: Server
):
    bad = inbox / "ruim.csv"
    bad.write_text("idnfsexterno;des_modelo;competencia\n1;Segredo;2026-10-01\n", encoding="utf-8")
    result = graph.resolve_job_def("controladoria").execute_in_process(
        raise_on_error=False,
        run_config=dg.RunConfig(
            ops={"carga_controladoria": CargaControladoria(arquivos=[str(bad)])}
        ),
    )
    assert not result.success
    failure = result.failure_data_for_node("carga_controladoria")
    assert failure is not None
    assert "valor_bonus" in failure.user_failure_data.description
    assert "Segredo" not in str(failure)
