"""The fake API, over real HTTP: what the contract says of the real one, and each fault."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from loaders.cvcrm_server import CvdwServer, RateLimit, Request, Scenario, Tenant
from loaders.cvcrm_server.endpoints import endpoints
from loaders.cvcrm_server.presets import PRESETS
from loaders.errors import MiranteError
from tests.loaders.helpers import free_port, mirante

HEADERS = {"email": "api@example.com", "token": "t0ken"}
RESERVAS = "/api/v1/cvdw/reservas"
ZERO = "0000-00-00 00:00:00"
Get = Callable[..., requests.Response]


def reserva(number: int, changed: str | None = None, **fields: Any) -> dict[str, Any]:
    changed = changed or f"2026-01-{1 + number // 4:02d} 10:00:00"
    return {
        "referencia": str(number), "referencia_data": changed, "ativo": "S",
        "idreserva": number, "valor_contrato": 100_000 + number, **fields,
    }  # fmt: skip


def tenant(count: int = 10) -> Tenant:
    return Tenant({"reservas": [reserva(number) for number in range(1, count + 1)]})


@contextmanager
def serving(of: Tenant, scenario: Scenario | None = None) -> Iterator[CvdwServer]:
    with CvdwServer(of, scenario, token="t0ken", email="api@example.com") as server:
        yield server


def get(server: CvdwServer, path: str = RESERVAS, **params: Any) -> requests.Response:
    return requests.get(server.url + path, params=params, headers=HEADERS, timeout=10)


def ids(response: requests.Response) -> list[int]:
    return [row["idreserva"] for row in response.json()["dados"]]


def read_all(server: CvdwServer, size: int = 3) -> list[int]:
    """Page after page, as a client that trusts the first page's count of them."""
    first = get(server, pagina=1, registros_por_pagina=size)
    pages = first.json()["total_de_paginas"]
    rest = (get(server, pagina=page, registros_por_pagina=size) for page in range(2, pages + 1))
    return [number for page in itertools.chain([first], rest) for number in ids(page)]


def test_the_envelope_echoes_the_page_size_and_counts_everything():
    with serving(tenant(10)) as server:
        body = get(server, pagina=2, registros_por_pagina=4).json()
        assert list(body) == [
            "pagina", "registros", "total_de_registros", "total_de_paginas", "dados",
        ]  # fmt: skip
        assert [body[name] for name in list(body)[:4]] == [2, 4, 10, 3]
        assert [row["idreserva"] for row in body["dados"]] == [5, 6, 7, 8]
        last = get(server, pagina=3, registros_por_pagina=4).json()
        assert (last["registros"], len(last["dados"])) == (4, 2)
        beyond = get(server, pagina=4, registros_por_pagina=4).json()
        assert (beyond["pagina"], beyond["total_de_registros"], beyond["dados"]) == (4, 10, [])


def test_a_page_has_thirty_rows_unless_asked_and_at_most_five_hundred():
    with serving(tenant(120)) as server:
        assert len(get(server).json()["dados"]) == 30
        assert len(get(server, registros_por_pagina=500).json()["dados"]) == 120
        for wrong in ("501", "0", "-1", "muitos"):
            refused = get(server, registros_por_pagina=wrong)
            assert refused.status_code == 400
            assert refused.json()["error"] == "O campo registros_por_pagina não é válido"
        assert get(server, pagina=0).status_code == 400


def test_rows_come_by_reference_date_with_zero_dates_first_and_pages_do_not_overlap():
    rows = [reserva(1, "2026-03-01 00:00:00"), reserva(2, "2026-01-05 09:00:00"), reserva(3, ZERO)]
    rows += [reserva(4, None, referencia_data=None), reserva(5, "2026-01-05 09:00:00")]
    with serving(Tenant({"reservas": rows})) as server:
        assert read_all(server, 2) == [3, 4, 2, 5, 1]
        server.scenario = Scenario(descending=True)
        assert read_all(server, 2) == [1, 5, 2, 4, 3]


def test_filters_by_date_and_reference():
    rows = [reserva(number, f"2026-01-0{number} 13:45:00") for number in range(1, 6)]
    rows += [reserva(6, ZERO, referencia="193_30")]
    with serving(Tenant({"reservas": rows})) as server:
        assert ids(get(server, a_partir_data_referencia="2026-01-03")) == [3, 4, 5]
        assert ids(get(server, ate_data_referencia="2026-01-02")) == [6, 1, 2]
        both = {"a_partir_data_referencia": "2026-01-02", "ate_data_referencia": "2026-01-03"}
        assert ids(get(server, **both)) == [2, 3]
        assert ids(get(server, a_partir_data_referencia="2026-01-03 13:45:01")) == [4, 5]
        assert ids(get(server, a_partir_referencia=5)) == [6, 5]
        assert get(server, a_partir_data_referencia="2026-01-03").json()["total_de_registros"] == 3


@pytest.mark.parametrize(
    "date", [ZERO, "0000-00-00", "2026-02-31", "05/01/2026", "ontem", "", "20260105"]
)
def test_a_date_that_is_none_is_refused(date: str):
    with serving(tenant()) as server:
        refused = get(server, a_partir_data_referencia=date)
        assert refused.status_code == 400
        assert refused.json() == {
            "error": "O campo a_partir_data_referencia não é válido", "code": 400,
        }  # fmt: skip


def test_some_tenants_refuse_a_time_in_the_filter():
    with serving(tenant(), Scenario(reject_time_part=True)) as server:
        assert get(server, a_partir_data_referencia="2026-01-02 00:00:00").status_code == 400
        assert get(server, a_partir_data_referencia="2026-01-02").status_code == 200


def test_nothing_new_is_an_empty_page_or_no_body():
    with serving(Tenant()) as server:
        body = get(server).json()
        assert (body["total_de_registros"], body["total_de_paginas"], body["dados"]) == (0, 0, [])
        server.scenario = Scenario(empty_as_204={"reservas"})
        assert (get(server).status_code, get(server).content) == (204, b"")
        assert get(server, "/api/v1/cvdw/vendas").status_code == 200


def test_wrong_credentials_are_refused_wherever_they_are_wrong():
    with serving(tenant()) as server:
        for headers in ({}, {**HEADERS, "token": "outro"}, {**HEADERS, "email": "çá"}):
            encoded = {name: value.encode() for name, value in headers.items()}
            refused = requests.get(server.url + RESERVAS, headers=encoded, timeout=10)
            assert refused.status_code == 401
            assert refused.json() == {
                "codigo": 401, "mensagem": "E-mail e/ou token incorreto(s).",
            }  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/", "/empreendimentos", "/api/v1/cvdw/prosoluto", "/api/v1/cvdw/tipologias"]
)
def test_a_wrong_path_is_405_and_so_is_a_wrong_method(path: str):
    with serving(tenant()) as server:
        wrong = get(server, path)
        assert (wrong.status_code, wrong.text) == (405, "Method Not Allowed")
        for method in ("POST", "PUT", "DELETE", "HEAD"):
            answer = requests.request(method, server.url + RESERVAS, headers=HEADERS, timeout=10)
            assert answer.status_code == 405


def test_every_mapped_endpoint_answers():
    with serving(Tenant()) as server:
        for endpoint in endpoints().values():
            body = get(server, endpoint.path).json()
            assert body == [] if endpoint.listed else body["dados"] == []
        assert len(server.requests) == 15


def test_projects_are_a_bare_array_of_the_active_ones():
    rows = [
        {"idempreendimento": 1, "nome": "Edif&iacute;cio Um", "ativo": "S"},
        {"idempreendimento": 2, "nome": "Dois", "ativo": "N"},
        {"idempreendimento": 3, "nome": "Três"},
    ]
    with serving(Tenant({"empreendimentos": rows})) as server:
        assert get(server, "/api/v1/cadastros/empreendimentos", pagina=7).json() == [
            {"idempreendimento": 1, "nome": "Edif&iacute;cio Um"},
            {"idempreendimento": 3, "nome": "Três"},
        ]


def test_parameters_are_read_from_the_query_and_from_the_body_or_one_of_them():
    asked = {"pagina": 2, "registros_por_pagina": 4}

    def pages(server: CvdwServer) -> tuple[int, int]:
        in_body = requests.get(server.url + RESERVAS, json=asked, headers=HEADERS, timeout=10)
        return get(server, **asked).json()["pagina"], in_body.json()["pagina"]

    with serving(tenant()) as server:
        assert pages(server) == (2, 2)
        server.scenario = Scenario(only_query=True)
        assert pages(server) == (2, 1)
        server.scenario = Scenario(only_body=True)
        assert pages(server) == (1, 2)
        server.scenario = Scenario(ignore_parameters={"reservas"})
        assert pages(server) == (1, 1)
        # What was sent is on record, whatever was made of it.
        assert all(
            request.params == {"pagina": "2", "registros_por_pagina": "4"}
            for request in server.requests
        )


def test_requests_are_on_record_with_their_time_and_status():
    with serving(tenant(), Scenario(statuses={"reservas": [500]})) as server:
        before = time.monotonic()
        get(server, pagina=1)
        get(server, pagina=1)
        first, second = server.requests
        assert isinstance(first, Request)
        assert before <= first.at <= second.at <= time.monotonic()
        assert (first.method, first.path, first.params, first.status) == (
            "GET", RESERVAS, {"pagina": "1"}, 500,
        )  # fmt: skip
        assert second.status == 200


def test_faults_come_in_their_order_and_then_are_over():
    planned: dict[str, Any] = {"reservas": [500, 200, 422, "drop", "not_json"]}
    scenario = Scenario(statuses=planned, cut={"reservas": 1}, not_json={"vendas": 1})
    with serving(tenant(), scenario) as server:
        assert [get(server).status_code for _ in range(3)] == [500, 200, 422]
        with pytest.raises(requests.ConnectionError):
            get(server)
        assert server.requests[-1].status == 0
        page = get(server)
        assert page.status_code == 200
        with pytest.raises(ValueError, match="Expecting value"):
            page.json()
        with pytest.raises(requests.RequestException):
            get(server)
        assert get(server).status_code == 200
        assert "html" in get(server, "/api/v1/cvdw/vendas").headers["Content-Type"]
        assert get(server, "/api/v1/cvdw/vendas").json()["dados"] == []
        # Set anew, a scenario begins anew.
        server.scenario = scenario
        assert get(server).status_code == 500


def test_lasting_faults_concern_their_own_endpoints_only():
    scenario = Scenario(
        always={"comissoes": 405}, forbidden={"leads"}, not_available={"unidades_situacao"}
    )
    with serving(tenant(), scenario) as server:
        for _ in range(2):
            assert get(server, "/api/v1/cvdw/comissoes").status_code == 405
            assert get(server, "/api/v1/cvdw/leads").status_code == 403
            assert get(server, "/api/v1/cvdw/unidades/situacao").text == "Method Not Allowed"
            assert get(server).status_code == 200
        server.scenario = Scenario(always={"*": 405})
        assert {get(server, each.path).status_code for each in endpoints().values()} == {405}


def test_errors_speak_in_several_dialects():
    def bodies(style: Any) -> list[str]:
        scenario = Scenario(statuses={"reservas": [403, 405, 422, 429, 500]}, error_style=style)
        with serving(tenant(), scenario) as server:
            return [get(server).text for _ in range(5)]

    def is_json(text: str) -> bool:
        return text.startswith("{") and bool(json.loads(text))

    assert [is_json(text) for text in bodies("api")] == [True, False, True, True, False]
    assert bodies("api")[3] == '{"Response":"Too many requests"}'
    assert json.loads(bodies("api")[2])["mensagem"].startswith("Erro inesperado, ")
    assert all(is_json(text) for text in bodies("json"))
    assert not any(is_json(text) for text in bodies("text"))
    assert all(text.startswith("<html>") for text in bodies("html"))


def test_too_many_requests_are_followed_by_a_block():
    limit = RateLimit(requests=3, window_s=5, block_s=0.4)
    with serving(tenant(), Scenario(rate_limit=limit)) as server:
        assert [get(server).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
        refused = get(server)
        assert refused.json() == {"Response": "Too many requests"}
        assert "Retry-After" not in refused.headers
        time.sleep(0.45)
        assert get(server).status_code == 200


def test_slow_requests_are_not_refused():
    limit = RateLimit(requests=2, window_s=0.2, block_s=60)
    with serving(tenant(), Scenario(rate_limit=limit)) as server:
        for _ in range(4):
            assert get(server).status_code == 200
            time.sleep(0.12)


def test_a_refusal_may_say_when_to_come_back():
    limit = RateLimit(requests=0, block_s=30)
    with serving(tenant(), Scenario(rate_limit=limit, retry_after="seconds")) as server:
        assert get(server).headers["Retry-After"] == "30"
        server.scenario = Scenario(rate_limit=limit, retry_after="date")
        back = parsedate_to_datetime(get(server).headers["Retry-After"])
        assert timedelta(seconds=28) < back - datetime.now(UTC) <= timedelta(seconds=31)
        server.scenario = Scenario(
            statuses={"reservas": [429]}, retry_after="seconds", retry_after_s=7
        )
        assert get(server).headers["Retry-After"] == "7"


def test_slow_answers_end_with_the_server():
    with serving(tenant(), Scenario(slow_s=0.2)) as server:
        started = time.monotonic()
        assert get(server).status_code == 200
        assert time.monotonic() - started >= 0.2


def test_a_row_that_changes_while_one_reads_makes_another_be_missed():
    with serving(tenant(9), Scenario(shift={"reservas": 1})) as server:
        assert read_all(server) == [1, 2, 3, 5, 6, 7, 8, 9, 1]
        # Once only: now all of them are there.
        assert sorted(read_all(server)) == list(range(1, 10))


def test_a_row_may_change_as_told():
    changed = reserva(2, "2026-09-01 00:00:00", ativo="N")
    with serving(tenant(9), Scenario(shift={"reservas": changed})) as server:
        assert read_all(server) == [1, 2, 3, 5, 6, 7, 8, 9, 2]
        assert get(server, pagina=3, registros_por_pagina=4).json()["dados"][-1] == changed


def test_newest_first_a_changed_row_is_never_reached():
    with serving(tenant(9), Scenario(shift={"reservas": 1}, descending=True)) as server:
        assert read_all(server) == [9, 8, 7, 7, 6, 5, 4, 3, 2]


def test_an_unannounced_field_is_whole_at_first_and_has_decimals_later():
    with serving(tenant(4), Scenario(new_fields={"reservas": "score_novo"})) as server:
        values = [row["score_novo"] for row in get(server).json()["dados"]]
        assert values == [0, 1.5, 2, 3.5]
        assert [type(value) for value in values[:2]] == [int, float]
        assert get(server, pagina=2, registros_por_pagina=3).json()["dados"][0]["score_novo"] == 3.5


def test_a_field_may_come_as_another_type():
    with serving(tenant(3), Scenario(type_change={"reservas": "valor_contrato"})) as server:
        values = [row["valor_contrato"] for row in get(server).json()["dados"]]
        assert values == ["a combinar", [1, 2], 100_003]
        server.scenario = Scenario(type_change={"reservas": ("valor_contrato", {"v": 1})})
        assert [row["valor_contrato"] for row in get(server).json()["dados"]] == [{"v": 1}] * 3


def test_rows_are_put_in_place_of_those_with_their_key_while_the_server_runs():
    of = tenant(3)
    with serving(of) as server:
        of.upsert("reservas", reserva(2, "2026-05-01 00:00:00", ativo="N"))
        body = get(server).json()
        assert body["total_de_registros"] == 3
        assert [row["ativo"] for row in body["dados"]] == ["S", "S", "N"]
    # A unit's id is text in one endpoint and a number elsewhere.
    of.upsert("unidades", {"idunidade": "7", "valor": "1.00"})
    of.upsert("unidades", {"idunidade": 7, "valor": "2.00"})
    assert of.rows("unidades") == [{"idunidade": 7, "valor": "2.00"}]
    assert of.get("unidades", 7) == {"idunidade": 7, "valor": "2.00"}
    assert of.get("unidades", 8) is None


def test_a_tenant_comes_back_from_files_as_it_was(tmp_path: Path):
    before = tenant(3)
    before.upsert("vendas", reserva(1, cliente="Jo&atilde;o Ção"))
    before.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reservas.jsonl", "vendas.jsonl"]
    again = Tenant.read(tmp_path)
    assert {table: again.rows(table) for table in endpoints()} == {
        table: before.rows(table) for table in endpoints()
    }


def test_unreadable_data_is_refused_by_a_message_that_says_where(tmp_path: Path):
    with pytest.raises(MiranteError, match="simulate --source vendas"):
        Tenant.read(tmp_path)
    (tmp_path / "reservas.jsonl").write_text('{"idreserva": 1}\n{"idres\n')
    with pytest.raises(MiranteError, match=r"reservas.jsonl, linha 2: não é JSON"):
        Tenant.read(tmp_path)
    with pytest.raises(MiranteError, match="falta o campo 'idreserva'"):
        Tenant({"reservas": [{"ativo": "S"}]})
    with pytest.raises(MiranteError, match="prosoluto: não é uma tabela"):
        Tenant({"prosoluto": [{}]})


def test_it_listens_at_the_loopback_address_only():
    with pytest.raises(MiranteError, match=r"só atende em 127\.0\.0\.1"):
        CvdwServer(tenant(), token="t0ken", email="e", host="0.0.0.0")  # noqa: S104
    with serving(tenant()) as server:
        assert server.url.startswith("http://127.0.0.1:")


def test_a_taken_port_is_a_message():
    with serving(tenant()) as server:
        port = int(server.url.rsplit(":", 1)[1])
        with (
            pytest.raises(MiranteError, match=f"a porta {port} não pode ser usada"),
            CvdwServer(tenant(), token="t", email="e", port=port),
        ):
            pass


def test_a_scenario_refuses_tables_that_there_are_not():
    with pytest.raises(MiranteError, match="always fala de reserva, que não existe"):
        Scenario(always={"reserva": 405})
    with pytest.raises(MiranteError, match="forbidden fala de lead"):
        Scenario(forbidden={"lead"})


def test_every_scenario_with_a_name_is_in_the_commands_help():
    assert Scenario.named("limite").rate_limit == RateLimit(20, 60, 60)
    with pytest.raises(MiranteError, match="caos: não há este cenário; os possíveis são normal, "):
        Scenario.named("caos")
    words = " ".join(mirante("cvcrm-server", "--help", COLUMNS="200").stdout.split())
    listed = words.replace("│", "").split("Que defeitos tem:")[1].split(".")[0]
    assert [name.strip() for name in listed.split(",")] == list(PRESETS)


def test_the_command_says_how_to_be_reached_and_ends_by_ctrl_c(tmp_path: Path):
    tenant(3).write(tmp_path / "cvcrm")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "loaders", "cvcrm-server", "--data", str(tmp_path),
         "--port", str(port), "--cenario", "sem-permissao"],
        env={**os.environ, "CVCRM_API_TOKEN": "s3gredo", "CVCRM_API_EMAIL": "eu@example.com"},
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background of a script inherit a Ctrl-C that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        assert process.stderr
        told = list(itertools.takewhile(lambda line: "Ctrl-C" not in line, process.stderr))
        assert f"  export CVCRM_BASE_URL=http://127.0.0.1:{port}\n" in told
        assert "  export CVCRM_API_EMAIL=eu@example.com\n" in told
        # It may be a real one.
        assert "s3gredo" not in "".join(told)
        headers = {"email": "eu@example.com", "token": "s3gredo"}
        address = f"http://127.0.0.1:{port}/api/v1/cvdw/"
        assert len(requests.get(address + "reservas", headers=headers, timeout=10).json()) == 5
        assert requests.get(address + "leads", headers=headers, timeout=10).status_code == 403
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert "Encerrado; 2 requisições." in process.stderr.read()
    finally:
        process.kill()
        process.wait()
