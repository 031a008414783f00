"""Requests: the pace, trying again, and what is said of a failure. The log is the server's."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from typing import Any

import pytest

from loaders.cvcrm.client import Client, Pace
from loaders.cvcrm.problems import ApiError, Problem
from loaders.cvcrm.settings import cvcrm_settings
from loaders.cvcrm_server import CvdwServer, RateLimit, Scenario
from tests.loaders.cvcrm.conftest import EMAIL, PERSON, TOKEN
from tests.loaders.helpers import free_port

RESERVAS = "/api/v1/cvdw/reservas"


class FakeTime:
    """A clock that goes on only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def client(delay_s: float = 0.0, **options: Any) -> tuple[Client, FakeTime]:
    """A client that waits only in its own time."""
    fake = FakeTime()
    return Client(cvcrm_settings(), pace=Pace(delay_s, fake.clock, fake.sleep), **options), fake


def problem(one: Client, path: str = RESERVAS) -> Problem:
    with pytest.raises(ApiError) as caught:
        one.get(path, {"pagina": 1})
    message = str(caught.value)
    assert TOKEN not in message
    assert EMAIL not in message
    return caught.value.problem


@contextmanager
def answering(
    status: int, body: bytes, headers: dict[str, str] | None = None
) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that always answers the same, for what the fake API does not play.

    Yields:
        Its address, and the headers of the requests.
    """
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(dict(self.headers))
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_page_comes_with_its_decimals_exact(api: CvdwServer):
    one, _ = client()
    answer = one.get(RESERVAS, {"pagina": 1, "registros_por_pagina": 2})
    assert [str(row["valor_contrato"]) for row in answer.json["dados"]] == ["385000.55"] * 2
    assert api.requests[0].params == {"pagina": "1", "registros_por_pagina": "2"}


@pytest.mark.parametrize(
    ("params", "scenario"),
    [("query", Scenario(only_query=True)), ("body", Scenario(only_body=True))],
)
def test_parameters_go_where_they_are_set_to(
    api: CvdwServer, monkeypatch: pytest.MonkeyPatch, params: str, scenario: Scenario
):
    monkeypatch.setenv("CVCRM_PARAMS", params)
    api.scenario = scenario
    one, _ = client()
    assert one.get(RESERVAS, {"pagina": 2, "registros_por_pagina": 3}).json["pagina"] == 2


def test_the_pace_holds_between_all_requests_retries_too(api: CvdwServer):
    api.scenario = Scenario(statuses={"reservas": [500, 200, "cut"]})
    one = Client(cvcrm_settings(), pace=Pace(0.15))
    for path in (RESERVAS, RESERVAS, "/api/v1/cvdw/vendas"):
        one.get(path, {"pagina": 1})
    assert len(api.requests) == 5
    gaps = [later.at - earlier.at for earlier, later in pairwise(api.requests)]
    assert min(gaps) >= 0.15


def test_at_three_seconds_the_vendors_limit_is_never_met():
    # 20 requests a minute, whatever they take.
    fake = FakeTime()
    pace = Pace(3.0, fake.clock, fake.sleep)
    at = []
    for _ in range(100):
        pace.wait()
        at.append(fake.now)
        pace.mark()
    assert all(later - earlier >= 60.0 for earlier, later in zip(at, at[20:], strict=False))


@pytest.mark.parametrize(
    "answers", [[429], [500], [502, 503], [422], ["not_json"], ["cut"], [429, "cut"]]
)
def test_what_may_pass_is_tried_again(api: CvdwServer, answers: list[Any]):
    api.scenario = Scenario(statuses={"reservas": answers})
    one, _ = client()
    assert one.get(RESERVAS, {"pagina": 1}).status == 200
    assert len(api.requests) == len(answers) + 1


@pytest.mark.parametrize(
    "answers", [[429] * 9, [500] * 9, [422] * 9, ["not_json"] * 9, ["cut"] * 9]
)
def test_it_is_given_up_after_so_many_tries(
    api: CvdwServer, monkeypatch: pytest.MonkeyPatch, answers: list[Any]
):
    monkeypatch.setenv("CVCRM_MAX_RETRIES", "4")
    api.scenario = Scenario(statuses={"reservas": answers})
    one, _ = client()
    problem(one)
    assert len(api.requests) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
def test_what_will_not_pass_is_asked_once(api: CvdwServer, status: int):
    api.scenario = Scenario(always={"reservas": status})
    one, _ = client()
    assert problem(one).status == status
    assert len(api.requests) == 1


def test_the_vendors_block_is_waited_for_longer_each_time(
    api: CvdwServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CVCRM_BACKOFF_S", "60")
    api.scenario = Scenario(always={"reservas": 429})
    told: list[tuple[int | None, float]] = []
    one, fake = client(on_wait=lambda problem, wait: told.append((problem.status, wait)))
    found = problem(one)
    assert fake.slept == [60, 120]
    assert told == [(429, 60), (429, 120)]
    assert "20 requisições por minuto" in str(found)
    assert "Too many requests" in str(found)


def test_other_failures_are_waited_for_by_the_pace(api: CvdwServer):
    api.scenario = Scenario(always={"reservas": 503})
    one, fake = client(delay_s=10)
    problem(one)
    assert fake.slept == [10, 20]


def test_the_servers_own_wish_wins(api: CvdwServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CVCRM_BACKOFF_S", "60")
    api.scenario = Scenario(
        statuses={"reservas": [429, 429]}, retry_after="seconds", retry_after_s=7
    )
    one, fake = client()
    one.get(RESERVAS)
    assert fake.slept == [7, 7]


def test_the_wish_may_be_a_date(api: CvdwServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CVCRM_BACKOFF_S", "60")
    api.scenario = Scenario(statuses={"reservas": [429]}, retry_after="date", retry_after_s=30)
    one, fake = client()
    one.get(RESERVAS)
    assert 25 < fake.slept[0] <= 31


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ("depois", [60, 120]),
        (format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), [0, 0]),
        # Longer than it is worth: the schedule comes again.
        ("86400", []),
    ],
    # Processes that share the tests know them by name: no time in it.
    ids=["no time", "a time gone by", "too long"],
)
def test_a_wish_that_makes_no_sense_does_not_hold_the_load(
    api: CvdwServer, monkeypatch: pytest.MonkeyPatch, header: str, waits: list[float]
):
    monkeypatch.setenv("CVCRM_BACKOFF_S", "60")
    with answering(429, b"{}", {"Retry-After": header}) as (url, _):
        monkeypatch.setenv("CVCRM_BASE_URL", url)
        one, fake = client()
        problem(one)
    assert fake.slept == waits


def test_a_real_block_is_sat_out(api: CvdwServer):
    api.scenario = Scenario(
        rate_limit=RateLimit(requests=2, window_s=5, block_s=1), retry_after="seconds"
    )
    one = Client(cvcrm_settings())
    for _ in range(3):
        assert one.get(RESERVAS, {"pagina": 1}).status == 200
    assert [request.status for request in api.requests] == [200, 200, 429, 200]
    assert api.requests[3].at - api.requests[2].at >= 1


def test_a_redirect_does_not_take_the_token_along(api: CvdwServer, monkeypatch: pytest.MonkeyPatch):
    with answering(200, b"{}") as (other, seen):
        with answering(302, b"", {"Location": other + RESERVAS}) as (url, _):
            monkeypatch.setenv("CVCRM_BASE_URL", url)
            one, _ = client()
            found = problem(one)
        assert seen == []
    assert found.status == 302
    assert "CVCRM_BASE_URL" in str(found)


def test_no_proxy_sees_what_goes_to_this_machine(api: CvdwServer, monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    one, _ = client()
    assert one.get(RESERVAS).status == 200


def test_nobody_at_the_address_is_waited_for_once(api: CvdwServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CVCRM_BASE_URL", f"http://127.0.0.1:{free_port()}")
    one, fake = client(delay_s=1)
    assert "ninguém atende" in str(problem(one))
    assert len(fake.slept) == 2
    assert problem(one).unreached
    assert len(fake.slept) == 3


def test_a_slow_answer_is_a_failure_that_may_pass(api: CvdwServer):
    api.scenario = Scenario(slow_s=0.5)
    one, _ = client(timeout_s=(1.0, 0.1))
    assert "não veio a tempo" in str(problem(one))
    # Each is on record once answered.
    time.sleep(2)
    assert len(api.requests) == 3


@pytest.mark.parametrize("style", ["api", "text", "json", "html"])
@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, "filtro"),
        (401, "CVCRM_API_TOKEN"),
        (403, "permissão"),
        (404, "CVCRM_BASE_URL"),
        (405, "/prosoluto e /valores_reservas não existem"),
        (422, "suporte do CVCRM"),
        (500, "suporte do CVCRM"),
        (418, "CVCRM_BASE_URL"),
    ],
)
def test_a_failure_says_status_cause_and_advice_in_one_line(
    api: CvdwServer, style: Any, status: int, cause: str
):
    api.scenario = Scenario(always={"reservas": status}, error_style=style)
    one, _ = client()
    message = str(problem(one))
    assert message.startswith(f"HTTP {status}")
    assert cause in message
    assert "Causa provável" in message
    assert "\n" not in message
    assert "<" not in message
    assert "{" not in message


def test_a_wrong_path_is_named(api: CvdwServer):
    one, _ = client()
    found = problem(one, "/api/v1/cvdw/tipologias")
    assert found.status == 405
    assert "/api/v1/cvdw/tipologias" in str(found)
    assert "/api" not in found.of_many()


@pytest.mark.parametrize(
    "body",
    [
        f'{{"error": "token {TOKEN} de {EMAIL} recusado"}}',
        f"token {TOKEN} de {EMAIL} recusado",
        f"<html><title>token {TOKEN.upper()} de {EMAIL} recusado</title></html>",
    ],
)
def test_a_login_that_the_server_repeats_is_not_shown(
    api: CvdwServer, monkeypatch: pytest.MonkeyPatch, body: str
):
    with answering(403, body.encode()) as (url, _):
        monkeypatch.setenv("CVCRM_BASE_URL", url)
        one, _ = client()
        message = str(problem(one))
    assert "recusado" in message
    assert TOKEN.lower() not in message.lower()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, f'{{"dados": [{{"cliente": "{PERSON}"'),
        (500, f'{{"dados": [{{"cliente": "{PERSON}"}}]}}'),
        (500, f'{{"mensagem": {{"cliente": "{PERSON}"}}}}'),
    ],
)
def test_rows_in_a_failure_are_not_shown(
    api: CvdwServer, monkeypatch: pytest.MonkeyPatch, status: int, body: str
):
    with answering(status, body.encode()) as (url, _):
        monkeypatch.setenv("CVCRM_BASE_URL", url)
        one, _ = client()
        message = str(problem(one))
    assert "MARIA" not in message
    assert "529" not in message


def test_an_error_that_comes_as_a_success_is_an_error(
    api: CvdwServer, monkeypatch: pytest.MonkeyPatch
):
    with answering(200, b'{"codigo": 401, "mensagem": "E-mail e/ou token incorreto(s)."}') as (
        url,
        asked,
    ):
        monkeypatch.setenv("CVCRM_BASE_URL", url)
        one, _ = client()
        found = problem(one)
    assert (found.status, len(asked)) == (401, 1)
    assert "token incorreto" in str(found)


def test_documents_and_addresses_in_plain_text_are_blanked(
    api: CvdwServer, monkeypatch: pytest.MonkeyPatch
):
    text = "duplicado: 529.982.247-25, joao@example.com, (11) 98888-7777"
    with answering(422, text.encode()) as (url, _):
        monkeypatch.setenv("CVCRM_BASE_URL", url)
        one, _ = client()
        message = str(problem(one))
    assert "duplicado" in message
    for part in ("529", "247", "joao", "8888", "7777"):
        assert part not in message


def test_no_log_shows_the_login(api: CvdwServer, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    api.scenario = Scenario(statuses={"reservas": [500, "cut"]})
    one, _ = client()
    one.get(RESERVAS, {"pagina": 1})
    assert caplog.text
    assert TOKEN not in caplog.text
    assert EMAIL not in caplog.text
    assert TOKEN not in repr(vars(one))
