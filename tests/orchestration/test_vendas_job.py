"""The job of the sales API: what it lands, tells and checks, and how it fails."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from loaders.cvcrm_server import CvdwServer, Scenario, Tenant
from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from orchestration.defs.carga.cvcrm import CargaCvcrm
from orchestration.raw_api import STALE_CHECK

TOKEN = "t0ken-Secreto-9f3"
EMAIL = "integracao.secreta@construtora.example"
PREFIX = "grafo_vendas_"


def reservation(number: int, **values: Any) -> dict[str, Any]:
    return {
        "idreserva": number,
        "referencia_data": "2026-10-05 10:00:00",
        "cliente": "MARIA SECRETA",
    } | values


@pytest.fixture
def api(
    embedded_server: Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[CvdwServer]:
    """The API with two reservations, and schemas of this test's own."""
    tenant = Tenant({"reservas": [reservation(1), reservation(2)]})
    monkeypatch.chdir(PROJECT_ROOT)
    with CvdwServer(tenant, Scenario(), token=TOKEN, email=EMAIL) as server:
        for name, value in {
            "MIRANTE_SCHEMA_PREFIX": PREFIX,
            "CVCRM_BASE_URL": server.url,
            "CVCRM_API_TOKEN": TOKEN,
            "CVCRM_API_EMAIL": EMAIL,
            "CVCRM_DELAY_S": "0",
            "CVCRM_BACKOFF_S": "0",
        }.items():
            monkeypatch.setenv(name, value)
        yield server
    with embedded_server.connect() as connection:
        for schema in (f"{PREFIX}raw_cvcrm", f"{PREFIX}raw_cvcrm_staging"):
            connection.execute(f'drop schema if exists "{schema}" cascade')  # type: ignore[call-overload]


def run(graph: dg.Definitions, *keys: str, completa: bool = False) -> dg.ExecuteInProcessResult:
    """Load, without what dbt builds of it."""
    raw = dg.AssetSelection.key_prefixes(["raw_cvcrm"])
    selection = dg.AssetSelection.assets(*([["raw_cvcrm", key] for key in keys])) if keys else raw
    assets = graph.resolve_asset_graph()
    with dg.DagsterInstance.ephemeral() as instance:
        return graph.resolve_job_def("vendas").execute_in_process(
            instance=instance,
            raise_on_error=False,
            asset_selection=list(selection.resolve(assets)),
            run_config=dg.RunConfig(ops={"carga_cvcrm": CargaCvcrm(completa=completa)}),
        )


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    return {
        event.asset_key.path[-1]: {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
    }


def told(
    result: dg.ExecuteInProcessResult,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> str:
    """Everything that a run says anywhere; the login and rows are not in it."""
    text = "".join([caplog.text, *capfd.readouterr(), *map(str, result.all_events)])
    for secret in (TOKEN, EMAIL, "MARIA"):
        assert secret not in text
    return text


def stale_checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """Return what was said of each endpoint's last reading, by table."""
    return {
        check.asset_key.path[-1]: check
        for check in result.get_asset_check_evaluations()
        if check.check_name == STALE_CHECK
    }


def test_every_endpoint_lands_and_tells_what_it_did(
    graph: dg.Definitions,
    api: CvdwServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    caplog.set_level("DEBUG")
    api.scenario = Scenario(not_available=("unidades_situacao",))
    first = run(graph)
    assert first.success
    assert "reservas: 2 lidas, 2 gravadas (completa)" in told(first, caplog, capfd)
    found = metadata(first)
    assert len(found) == 16
    assert found["reservas"] == {
        "lidas": 2,
        "gravadas": 2,
        "informadas": 2,
        "modo": "completa",
        "situacao": "ok",
    }
    assert found["unidades_situacao"]["situacao"] == "indisponivel"
    assert found["cargas"] == {"endpoints": 15, "falharam": 1, "lidas": 2, "gravadas": 2}
    checks = stale_checks(first)
    assert len(checks) == 15
    assert all(check.passed for check in checks.values())

    again = run(graph, "reservas")
    assert metadata(again)["reservas"]["modo"] == "incremental desde 2026-10-04"
    assert metadata(again)["reservas"]["gravadas"] == 0
    assert metadata(run(graph, "reservas", completa=True))["reservas"]["modo"] == "completa"


def test_a_part_of_it_asks_for_no_more(graph: dg.Definitions, api: CvdwServer):
    result = run(graph, "reservas", "vendas")
    assert result.success
    assert [request.path.rpartition("/")[2] for request in api.requests] == ["reservas", "vendas"]
    assert metadata(result).keys() == {"reservas", "vendas"}


def test_one_that_fails_is_named_once_the_others_are_in(
    graph: dg.Definitions,
    api: CvdwServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    caplog.set_level("DEBUG")
    assert run(graph, "reservas", "vendas").success
    api.scenario = Scenario(forbidden=("reservas",))
    result = run(graph, "reservas", "vendas")
    # What depends on the others is built, so this is no failure of the step.
    assert result.success
    assert metadata(result)["reservas"]["situacao"] == "erro"
    assert metadata(result)["vendas"]["situacao"] == "ok"
    assert "reservas: HTTP 403" in told(result, caplog, capfd)
    checks = stale_checks(result)
    assert not checks["reservas"].passed
    assert checks["reservas"].severity is dg.AssetCheckSeverity.ERROR
    assert checks["vendas"].passed


def test_a_load_that_reads_nothing_fails_and_builds_nothing(
    graph: dg.Definitions,
    api: CvdwServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    # A wrong address, to which the endpoint that a tenant may lack looks lacking.
    api.scenario = Scenario(always={"*": 405})
    result = run(graph, "unidades_situacao", "reservas")
    assert not result.success
    assert not result.get_asset_materialization_events()
    failure = result.failure_data_for_node("carga_cvcrm")
    assert "nenhum dos 2 endpoint(s)" in failure.user_failure_data.description
    checks = stale_checks(result)
    assert not checks["reservas"].passed
    told(result, caplog, capfd)


def test_missing_settings_fail_with_their_names(
    graph: dg.Definitions, api: CvdwServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CVCRM_API_TOKEN")
    result = run(graph, "reservas")
    assert not result.success
    failure = result.failure_data_for_node("carga_cvcrm")
    assert "falta configurar CVCRM_API_TOKEN" in failure.user_failure_data.description


def test_one_run_at_a_time_uses_the_api(graph: dg.Definitions):
    assets = graph.resolve_asset_graph()
    assert assets.get(dg.AssetKey(["raw_cvcrm", "reservas"])).pools == {"cvcrm_api"}
