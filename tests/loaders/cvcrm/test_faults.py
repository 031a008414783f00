"""What becomes of an endpoint that fails, and of the others: outcomes, messages, last data."""

import logging
from typing import Any

import pytest

from loaders.cvcrm import telling
from loaders.cvcrm.cargas import Modo, Situacao
from loaders.cvcrm_server import Scenario
from loaders.errors import MiranteError
from tests.loaders.cvcrm.conftest import EMAIL, PERSON, TOKEN, World, reservation
from tests.loaders.helpers import free_port


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (Scenario(forbidden=("reservas",)), "HTTP 403"),
        (Scenario(not_available=("reservas",)), "HTTP 405"),
        (Scenario(always={"reservas": 401}), "HTTP 401"),
        (Scenario(always={"reservas": 404}), "HTTP 404"),
        (Scenario(always={"reservas": 400}), "HTTP 400"),
        (Scenario(always={"reservas": 422}), "HTTP 422"),
        (Scenario(always={"reservas": 429}), "HTTP 429"),
        (Scenario(always={"reservas": 500}, error_style="text"), "HTTP 500"),
        (Scenario(statuses={"reservas": [200, 500, 500, 500]}), "HTTP 500"),
        (Scenario(not_json={"reservas": 9}), "não é JSON"),
        (Scenario(cut={"reservas": 9}), "caiu no meio"),
        (Scenario(ignore_parameters=("reservas",)), "pedi a página 2 e veio a 1"),
        (Scenario(only_body=True), "CVCRM_PARAMS=body"),
        (Scenario(type_change={"reservas": "valor_contrato"}), "valor_contrato deve ser número"),
        (Scenario(type_change={"reservas": ("idempreendimento", [1])}), "idempreendimento"),
    ],
)
def test_one_that_fails_keeps_its_last_data_and_does_not_stop_the_others(
    world: World, scenario: Scenario, said: str
):
    for number in range(1, 41):
        world.tenant.upsert("reservas", reservation(number))
    world.load("reservas")
    before = world.query("select idreserva, xmin::text from {schema}.reservas order by 1")
    world.tenant.upsert("reservas", reservation(1, situacao="Nunca chega"))
    world.tenant.upsert("vendas", {"idreserva": 1, "referencia_data": "2026-10-01 00:00:00"})
    world.api.scenario = scenario
    results = world.load("reservas", "vendas", full=True)
    failed = results["reservas"]
    assert (failed.situacao, results["vendas"].situacao) == (Situacao.ERRO, Situacao.OK)
    assert world.query("select idreserva, xmin::text from {schema}.reservas order by 1") == before
    assert world.rows("idreserva", "vendas") == [1]
    assert failed.defasado
    message = telling.failure_message(list(results.values()))
    assert message is not None
    assert message.startswith("1 de 2 endpoint(s)")
    assert "reservas: " in message
    assert said in message
    assert "DEFASADOS, com dados mais velhos que a última tentativa: reservas (" in message
    for secret in (TOKEN, EMAIL, "MARIA", "combinar"):
        assert secret not in message
        assert secret not in world.everything()
    [told] = world.query("select mensagem from {schema}.cargas where situacao = 'erro'")
    assert said in told[0]


def test_a_failure_does_not_move_the_mark(world: World):
    world.load()
    world.tenant.upsert("reservas", reservation(8, referencia_data="2026-10-09 10:00:00"))
    world.api.scenario = Scenario(statuses={"reservas": [200, 405]})
    assert world.load_one(full=True).situacao is Situacao.ERRO
    world.api.scenario = Scenario()
    result = world.load_one()
    assert (result.modo, result.qt_gravada, result.defasado) == (Modo.INCREMENTAL, 1, False)


def test_all_that_fail_alike_are_one_message(world: World):
    world.load()
    world.api.scenario = Scenario(not_available=True)
    results = list(world.source.load(world.server))
    message = telling.failure_message(results)
    assert message is not None
    assert message.startswith("nenhum dos 15 endpoint(s)")
    assert message.count("HTTP 405") == 1
    assert "unidades_situacao, reservas, vendas, distratos" in message
    assert "/api/v1" not in message
    assert "/prosoluto" in message
    assert "tentativa: reservas (" in message
    assert len(world.rows("idreserva")) == 7
    assert world.query(
        "select count(*), count(distinct iniciada_em) from {schema}.cargas"
        " where situacao in ('erro', 'indisponivel')"
    ) == [(15, 15)]


def test_all_that_fail_say_that_nothing_changed(world: World):
    world.api.scenario = Scenario(always={"*": 401})
    message = telling.failure_message(list(world.load("reservas", "vendas").values()))
    assert message is not None
    assert message.startswith("nenhum dos 2 endpoint(s)")
    assert "Nada mudou no banco" in message
    assert "reservas, vendas: HTTP 401" in message


def test_nobody_at_the_address_fails_soon(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CVCRM_BASE_URL", f"http://127.0.0.1:{free_port()}")
    results = world.load("reservas", "vendas", "leads")
    assert {result.situacao for result in results.values()} == {Situacao.ERRO}
    message = telling.failure_message(list(results.values()))
    assert message is not None
    assert message.count("ninguém atende") == 1


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(not_available=("unidades_situacao",)),
        Scenario(forbidden=("unidades_situacao",)),
        Scenario(always={"unidades_situacao": 404}),
    ],
)
def test_one_that_a_tenant_may_lack_is_a_notice(world: World, scenario: Scenario):
    world.api.scenario = scenario
    result = world.load_one("unidades_situacao")
    assert result.situacao is Situacao.INDISPONIVEL
    assert telling.failure_message([result]) is None
    assert "HTTP 40" in telling.notices(result)[0]
    assert not result.defasado


def test_one_that_a_tenant_may_lack_can_fail_too(world: World):
    world.api.scenario = Scenario(always={"unidades_situacao": 500})
    assert world.load_one("unidades_situacao").situacao is Situacao.ERRO


@pytest.mark.parametrize("answer", [429, 500, 422, "not_json", "cut"])
def test_what_passes_leaves_no_trace(world: World, answer: Any):
    world.api.scenario = Scenario(statuses={"reservas": [200, answer, 200, answer]})
    result = world.load_one()
    assert (result.situacao, result.qt_lida, result.mensagem) == (Situacao.OK, 7, None)
    assert len(world.api.requests) == 5


def test_a_wrong_shape_is_a_failure(world: World):
    world.tenant.upsert("vendas", {"idreserva": 1})
    table = world.tenant._tables["vendas"]
    for key, stored in table.rows.items():
        body = stored.body.replace(b"idreserva", b"iddaquilo")
        table.rows[key] = type(stored)(stored.date, stored.reference, body)
    table.ordered = None
    result = world.load_one("vendas")
    assert result.situacao is Situacao.ERRO
    assert "uma linha sem idreserva" in str(result.mensagem)


def test_an_unknown_endpoint_is_refused_with_those_there_are(world: World):
    with pytest.raises(MiranteError, match="endpoint desconhecido: prosoluto"):
        world.load("prosoluto")


def test_postgres_that_refuses_shows_no_row(world: World):
    world.load()
    with world.server.connect() as connection:
        connection.execute("alter table raw_cvcrm.reservas add check (situacao <> 'Proibida')")
    world.tenant.upsert("reservas", reservation(1, situacao="Proibida"))
    result = world.load_one(full=True)
    assert result.situacao is Situacao.ERRO
    assert "check constraint" in str(result.mensagem)
    assert PERSON not in str(result.mensagem)
    assert PERSON not in world.everything()
    assert world.rows("situacao")[0] == "Reservada"


def test_no_log_has_the_login_or_a_row(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    world.load()
    for scenario in (
        Scenario(statuses={"reservas": [500, "cut", "not_json"]}),
        Scenario(type_change={"reservas": ("valor_contrato", PERSON)}),
        Scenario(new_fields={"reservas": "novo"}),
    ):
        world.api.scenario = scenario
        world.load(full=True)
    said = "".join([caplog.text, *capfd.readouterr()])
    assert "GET /api/v1/cvdw/reservas" in said
    for secret in (TOKEN, EMAIL, PERSON, "MARIA"):
        assert secret not in said
