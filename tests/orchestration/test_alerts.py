"""The sensors that tell of runs: failures once an incident, recoveries, limits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from loaders.errors import MiranteError
from loaders.notifications import smtp
from loaders.server import Server
from orchestration.defs.alertas.falhas import alerta_de_falha, aviso_de_volta
from orchestration.defs.alertas.limites import alerta_de_limites

TOLD = "avisado"
PERSON = "MARIA SECRETA 529.982.247-25"


def run(
    instance: dg.DagsterInstance, error: Exception | None, tags: dict[str, str] | None = None
) -> dg.ExecuteInProcessResult:
    @dg.op
    def carrega() -> None:
        if error is not None:
            raise error

    @dg.job
    def noturno() -> None:
        carrega()

    return noturno.execute_in_process(instance=instance, raise_on_error=False, tags=tags)


def evaluate(sensor: dg.SensorDefinition, instance: dg.DagsterInstance, ended: Any) -> Any:
    """Let a sensor see a run that has ended, as the daemon does."""
    event = ended.get_run_success_event() if ended.success else ended.get_run_failure_event()
    context = dg.build_run_status_sensor_context(
        sensor_name=sensor.name,
        dagster_instance=instance,
        dagster_run=instance.get_run_by_id(ended.run_id) or ended.dagster_run,
        dagster_event=event,
    )
    return sensor(context if ended.success else context.for_run_failure())


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def fails(instance: dg.DagsterInstance, error: Exception, **tags: str) -> Any:
    return evaluate(alerta_de_falha, instance, run(instance, error, tags))


def succeeds(instance: dg.DagsterInstance, **tags: str) -> Any:
    return evaluate(aviso_de_volta, instance, run(instance, None, tags))


def told(error: Exception, home: Path) -> str:
    with dg.DagsterInstance.ephemeral() as instance:
        ended = run(instance, error)
        evaluate(alerta_de_falha, instance, ended)
    return (home / "relatorios" / f"falha-{ended.run_id}.html").read_text(encoding="utf-8")


def pages(home: Path) -> list[str]:
    return sorted(path.name.split("-")[0] for path in (home / "relatorios").glob("*.html"))


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


def test_one_incident_is_told_once_and_its_end(home: Path, instance: dg.DagsterInstance):
    assert succeeds(instance).skip_message == "não vinha de falha"
    assert fails(instance, MiranteError("sem servidor.")).skip_message == TOLD
    again = fails(instance, ValueError("outro texto"))
    assert "já avisado" in again.skip_message
    assert pages(home) == ["falha"]
    assert succeeds(instance).skip_message == TOLD
    assert pages(home) == ["falha", "volta"]
    [page] = (home / "relatorios").glob("volta-*.html")
    said = page.read_text(encoding="utf-8")
    assert "noturno voltou a passar" in said
    assert ">2</td>" in said  # failures
    # A new incident after that, and one more good run that tells nobody anything.
    assert fails(instance, MiranteError("sem servidor.")).skip_message == TOLD
    assert succeeds(instance).skip_message == TOLD
    assert succeeds(instance).skip_message != TOLD
    assert pages(home) == ["falha", "falha", "volta", "volta"]


def test_two_files_or_two_months_are_two_incidents(home: Path, instance: dg.DagsterInstance):
    error = MiranteError("recusado.")
    assert fails(instance, error, **{"mirante/arquivo": "a.csv"}).skip_message == TOLD
    assert fails(instance, error, **{"mirante/arquivo": "b.csv"}).skip_message == TOLD
    assert fails(instance, error, **{"dagster/partition": "2026-10"}).skip_message == TOLD
    assert fails(instance, error).skip_message == TOLD
    assert fails(instance, error, **{"mirante/arquivo": "a.csv"}).skip_message != TOLD
    assert pages(home) == ["falha"] * 4
    # Of another file nothing is known by this one's success.
    assert succeeds(instance, **{"mirante/arquivo": "c.csv"}).skip_message == "não vinha de falha"


def test_another_step_that_fails_is_another_incident(home: Path, instance: dg.DagsterInstance):
    @dg.op
    def carrega() -> None:
        """Work this time."""

    @dg.op(ins={"antes": dg.In(dg.Nothing)})
    def confere() -> None:
        raise MiranteError("não confere.")

    @dg.job
    def noturno() -> None:
        confere(carrega())

    assert fails(instance, MiranteError("sem servidor.")).skip_message == TOLD
    ended = noturno.execute_in_process(instance=instance, raise_on_error=False)
    assert evaluate(alerta_de_falha, instance, ended).skip_message == TOLD
    assert pages(home) == ["falha", "falha"]


def test_a_run_that_is_tried_again_is_not_over(home: Path, instance: dg.DagsterInstance):
    waits = fails(instance, MiranteError("sem servidor."), **{"dagster/will_retry": "true"})
    assert waits.skip_message == "será tentada de novo"
    # Its last try is told: what was not, was no incident.
    assert fails(instance, MiranteError("sem servidor.")).skip_message == TOLD


def test_what_somebody_runs_again_by_hand_is_the_same_incident(
    home: Path, instance: dg.DagsterInstance
):
    first = run(instance, MiranteError("sem servidor."))
    assert evaluate(alerta_de_falha, instance, first).skip_message == TOLD
    again = {"dagster/root_run_id": first.run_id, "dagster/parent_run_id": first.run_id}
    assert "já avisado" in fails(instance, MiranteError("sem servidor."), **again).skip_message
    assert succeeds(instance, **again).skip_message == TOLD
    assert pages(home) == ["falha", "volta"]


def test_a_failure_that_nobody_was_told_of_is_told_at_the_next_one(
    home: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NOTIFICATION_RECIPIENTS", "ana@example.com")
    monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("SMTP_PORT", "1")
    monkeypatch.setenv("SMTP_SECURITY", "none")
    monkeypatch.setattr(smtp, "TRIES", 1)
    assert "ninguém pôde" in fails(instance, MiranteError("sem servidor.")).skip_message
    monkeypatch.delenv("NOTIFICATION_RECIPIENTS")
    assert fails(instance, MiranteError("sem servidor.")).skip_message == TOLD
    assert "já avisado" in fails(instance, MiranteError("sem servidor.")).skip_message


@pytest.fixture
def loads(instance: dg.DagsterInstance) -> Any:
    def load(rows: int) -> Any:
        @dg.asset(key=["raw_banco", "transacciones"])
        def lines() -> dg.MaterializeResult[None]:
            return dg.MaterializeResult(metadata={"linhas_carregadas": rows})

        @dg.asset(key=["raw_banco", "arquivos"])
        def files() -> dg.MaterializeResult[None]:
            return dg.MaterializeResult(metadata={"linhas_carregadas": rows})

        job = dg.define_asset_job("banco")
        definitions = dg.Definitions(assets=[lines, files], jobs=[job])
        ended = definitions.resolve_job_def("banco").execute_in_process(instance=instance)
        return evaluate(alerta_de_limites, instance, ended)

    return load


def test_a_limit_is_told_before_it_is_passed_when_it_is_and_no_more(
    home: Path,
    instance: dg.DagsterInstance,
    loads: Any,
    user_server: Server,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("MIRANTE_LIMIT_ROWS", "1000")
    told = [loads(rows).skip_message == TOLD for rows in (799, 800, 900, 1001, 2000, 10, 1001)]
    assert told == [False, True, False, True, False, False, True]
    said = [page.read_text(encoding="utf-8") for page in (home / "relatorios").glob("limites-*")]
    assert sum("banco está perto de um limite" in page for page in said) == 1
    assert sum("banco passou de um limite" in page for page in said) == 2
    assert any("800 de 1.000 linhas (80%)" in page for page in said)
    [newest] = instance.fetch_observations(dg.AssetKey(["operacao", "banco"]), limit=1).records
    assert newest.asset_observation
    assert newest.asset_observation.metadata["linhas carregadas"].value == 1001.0


def test_without_limits_nothing_is_told(home: Path, loads: Any, user_server: Server):
    assert loads(10**9).skip_message == "nenhum limite mais perto que antes"


def test_the_size_of_the_database_is_told_once_whichever_job_ran(
    home: Path, instance: dg.DagsterInstance, user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_LIMIT_DATABASE_GB", "0.000001")
    said = []
    for name in ("banco", "cartoes"):
        job = dg.JobDefinition(graph_def=dg.GraphDefinition(name), name=name)
        ended = job.execute_in_process(instance=instance)
        said.append(evaluate(alerta_de_limites, instance, ended).skip_message)
    assert said == [TOLD, "nenhum limite mais perto que antes"]


def test_the_graph_has_the_sensors(graph: dg.Definitions):
    for name in ("alerta_de_falha", "aviso_de_volta", "alerta_de_limites"):
        assert graph.resolve_sensor_def(name).description
