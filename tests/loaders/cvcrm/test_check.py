"""`mirante check`: rows, advice and exit code."""

import json
from itertools import pairwise

import pytest

from loaders.checks import Finding, State, findings
from loaders.checks.api import cvcrm_api
from loaders.checks.loads import cvcrm_loads
from loaders.cvcrm.client import Pace
from loaders.cvcrm_server import Scenario
from loaders.locks import advisory_lock
from loaders.server import Server
from tests.loaders.cvcrm.conftest import EMAIL, TOKEN, World
from tests.loaders.files import load, portfolio
from tests.loaders.helpers import free_port, mirante


def by_name(found: list[Finding]) -> dict[str, Finding]:
    return {finding.nome: finding for finding in found}


def test_a_fresh_database_is_fine_and_says_what_is_missing(user_server: Server):
    found = by_name(list(findings()))
    assert found["servidor"].estado is State.OK
    assert "PostgreSQL 18" in found["servidor"].detalhe
    assert found["permissões"].estado is State.OK
    assert found["schemas"].estado is State.AVISO
    assert "mirante build" in found["schemas"].fazer
    assert found["carga raw_carteira.contratos"].detalhe == "nada carregado ainda"
    assert found["carga raw_cvcrm.reservas"].detalhe == "nada carregado ainda"
    assert "não foi sondada: falta configurar CVCRM_BASE_URL" in found["API do CVCRM"].detalhe
    assert State.FALHA not in {finding.estado for finding in found.values()}


def test_each_endpoint_is_asked_for_one_row_at_the_pace(world: World):
    found = by_name(list(cvcrm_api(world.server, pace=Pace(0.05))))
    assert found["API do CVCRM: reservas"].detalhe == "responde, 7 linhas"
    assert {finding.estado for finding in found.values()} == {State.OK}
    assert len(world.api.requests) == 15
    assert all(later.at - one.at >= 0.05 for one, later in pairwise(world.api.requests))
    assert {request.params.get("registros_por_pagina") for request in world.api.requests} == {
        None,
        "1",
    }


def test_endpoints_that_fail_are_told_apart_and_asked_once(world: World):
    world.api.scenario = Scenario(
        forbidden=("reservas",), not_available=("unidades_situacao",), statuses={"leads": [429]}
    )
    found = by_name(list(cvcrm_api(world.server)))
    assert found["API do CVCRM: reservas"].estado is State.FALHA
    assert "permissão" in found["API do CVCRM: reservas"].detalhe
    assert found["API do CVCRM: reservas"].fazer
    assert found["API do CVCRM: unidades_situacao"].estado is State.AVISO
    assert found["API do CVCRM: leads"].estado is State.FALHA
    assert found["API do CVCRM: vendas"].estado is State.OK
    assert len(world.api.requests) == 15


def test_a_load_at_work_is_not_disturbed(world: World):
    with advisory_lock(world.server, "load raw_cvcrm"):
        [finding] = cvcrm_api(world.server)
    assert finding.estado is State.AVISO
    assert "carga em andamento (mirante load raw_cvcrm" in finding.detalhe
    assert world.api.requests == []


def test_a_stale_endpoint_has_its_mark_and_why(world: World):
    world.load()
    name = "carga raw_cvcrm.reservas"
    assert by_name(list(cvcrm_loads(world.server)))[name].estado is State.OK
    world.api.scenario = Scenario(forbidden=("reservas",))
    world.load()
    finding = by_name(list(cvcrm_loads(world.server)))[name]
    assert finding.estado is State.AVISO
    assert finding.detalhe.startswith("DEFASADO; última carga boa em ")
    assert "HTTP 403" in finding.fazer
    world.api.scenario = Scenario()
    world.load()
    assert by_name(list(cvcrm_loads(world.server)))[name].estado is State.OK


def test_a_wrong_setting_is_a_failure_that_says_which(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CVCRM_BASE_URL", "http://empresa.cvcrm.com.br")
    [finding] = cvcrm_api(user_server)
    assert finding.estado is State.FALHA
    assert "CVCRM_BASE_URL" in finding.fazer


def test_the_command_prints_lines_and_ends_in_one_if_something_fails(world: World, tmp_path):
    load(world.server, portfolio(tmp_path / "carteira.csv"))
    good = mirante("check")
    assert good.returncode == 0, good.stderr
    assert "ok    API do CVCRM: reservas: responde, 7 linhas" in good.stdout
    assert "carga raw_carteira.contratos: última carga em " in good.stdout
    world.api.scenario = Scenario(forbidden=("reservas",))
    bad = mirante("check", "--json")
    assert bad.returncode == 1
    told = {row["nome"]: row for row in json.loads(bad.stdout)}
    assert told["API do CVCRM: reservas"]["estado"] == "falha"
    assert "API do CVCRM: reservas" in bad.stderr
    for secret in (TOKEN, EMAIL):
        assert secret not in good.stdout + good.stderr + bad.stdout + bad.stderr


def test_a_server_out_of_reach_is_a_row_too(user_server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PGPORT", str(free_port()))
    result = mirante("check", "--json")
    assert result.returncode == 1
    [server, _disk, api] = json.loads(result.stdout)
    assert (server["nome"], server["estado"]) == ("servidor", "falha")
    assert "PGPORT" in server["detalhe"]
    assert api["estado"] == "aviso"
