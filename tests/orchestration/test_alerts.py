"""The sensor that tells of failed runs."""

from pathlib import Path

import dagster as dg
import pytest

from loaders.errors import MiranteError
from orchestration.defs.alertas.falhas import alerta_de_falha

PERSON = "MARIA SECRETA 529.982.247-25"


def failed_run(instance: dg.DagsterInstance, error: Exception) -> dg.ExecuteInProcessResult:
    @dg.op
    def carrega() -> None:
        raise error

    @dg.job
    def noturno() -> None:
        carrega()

    return noturno.execute_in_process(instance=instance, raise_on_error=False)


def told(error: Exception, home: Path) -> str:
    with dg.DagsterInstance.ephemeral() as instance:
        run = failed_run(instance, error)
        alerta_de_falha(
            dg.build_run_status_sensor_context(
                sensor_name="alerta_de_falha",
                dagster_instance=instance,
                dagster_run=run.dagster_run,
                dagster_event=run.get_run_failure_event(),
            ).for_run_failure()
        )
    return (home / "relatorios" / f"falha-{run.run_id}.html").read_text(encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIRANTE_HOME", str(tmp_path))
    return tmp_path


def test_a_failed_run_is_told_with_its_step_and_what_mirante_said(home: Path):
    page = told(MiranteError("faturas.csv: linha 3 sem data. Corrija o arquivo."), home)
    assert "Mirante: noturno falhou" in page
    assert "carrega: faturas.csv: linha 3 sem data. Corrija o arquivo." in page


def test_what_others_said_is_not_repeated(home: Path):
    page = told(ValueError(f"bad row {PERSON}"), home)
    assert "carrega: ValueError (o texto está no log da execução)" in page
    assert "SECRETA" not in page


def test_an_error_of_ours_that_caused_another_is_told(home: Path):
    error = RuntimeError(f"while doing {PERSON}")
    error.__cause__ = MiranteError("o disco está cheio.")
    page = told(error, home)
    assert "carrega: o disco está cheio." in page
    assert "SECRETA" not in page


def test_the_graph_has_the_sensor(graph: dg.Definitions):
    assert graph.resolve_sensor_def("alerta_de_falha").description
