"""`mirante load cvcrm` in a process of its own: exit codes, lines, and what is never shown."""

import json
import signal
import subprocess
import sys
import threading
import time

import pytest

from loaders.cvcrm_server import CvdwServer, Scenario
from loaders.locks import advisory_lock
from tests.loaders.cvcrm.conftest import EMAIL, PERSON, TOKEN, World, reservation
from tests.loaders.helpers import mirante


def load(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command; whatever it says, it never says the login or a row."""
    result = mirante(*_before(arguments), **environment)
    for secret in (TOKEN, EMAIL, PERSON, "MARIA", "529.982"):
        assert secret not in result.stdout + result.stderr
    return result


def _before(arguments: tuple[str, ...]) -> list[str]:
    debug = [each for each in arguments if each == "--debug"]
    return [*debug, "load", "cvcrm", *(each for each in arguments if each != "--debug")]


def test_one_line_an_endpoint(world: World):
    world.tenant.upsert("vendas", {"idreserva": 1, "referencia_data": "2026-10-05 00:00:00"})
    first = load("--endpoint", "reservas", "--endpoint", "vendas")
    assert first.returncode == 0, first.stderr
    lines = first.stderr.splitlines()
    assert [line.rpartition(" em ")[0] for line in lines] == [
        "reservas: 7 lidas, 7 gravadas (completa)",
        "vendas: 1 lidas, 1 gravadas (completa)",
    ]
    assert lines[0].endswith(" s")
    second = load("--endpoint", "reservas")
    assert "2 lidas, 0 gravadas (incremental desde 2026-10-07)" in second.stderr
    assert "7 lidas, 0 gravadas (completa)" in load("--endpoint", "reservas", "--full").stderr


def test_all_endpoints_and_json(world: World):
    result = load("--json")
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert [each["endpoint"] for each in told] == [each.name for each in world.source.endpoints]
    reservas = next(each for each in told if each["endpoint"] == "reservas")
    assert reservas["qt_lida"] == reservas["qt_gravada"] == reservas["qt_informada"] == 7
    assert {each["situacao"] for each in told} == {"ok"}


def test_failures_end_in_one_and_name_each(world: World):
    assert load().returncode == 0
    world.api.scenario = Scenario(forbidden=("reservas",), statuses={"vendas": [500, 500, 500]})
    result = load("--debug")
    assert result.returncode == 1
    assert "Erro: 2 de 15 endpoint(s)" in result.stderr
    assert "reservas: HTTP 403" in result.stderr
    assert "vendas: HTTP 500" in result.stderr
    assert "DEFASADOS, com dados mais velhos que a última tentativa: reservas (" in result.stderr
    assert "leads: 0 lidas" in result.stderr


def test_a_type_that_changed_names_endpoint_and_column(world: World):
    world.api.scenario = Scenario(type_change={"reservas": ("valor_contrato", PERSON)})
    result = load("--debug", "--endpoint", "reservas")
    assert result.returncode == 1
    assert "reservas: a coluna valor_contrato deve ser número e veio texto" in result.stderr


def test_postgres_that_refuses_shows_no_row_in_debug_either(world: World):
    assert load("--endpoint", "reservas").returncode == 0
    with world.server.connect() as connection:
        connection.execute("alter table raw_cvcrm.reservas add check (situacao <> 'Proibida')")
    world.tenant.upsert("reservas", reservation(1, situacao="Proibida"))
    result = load("--debug", "--endpoint", "reservas", "--full")
    assert result.returncode == 1
    assert "check constraint" in result.stderr


def test_missing_settings_are_named_before_anything_starts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CVCRM_BASE_URL", "https://empresa.cvcrm.com.br")
    result = load()
    assert result.returncode == 1
    assert "falta configurar CVCRM_API_TOKEN, CVCRM_API_EMAIL" in result.stderr


def test_an_unknown_endpoint_is_wrong_usage(api: CvdwServer):
    result = load("--endpoint", "prosoluto")
    assert result.returncode == 2
    assert "os possíveis são empreendimentos" in result.stderr


def test_a_second_load_waits_and_says_for_whom(world: World):
    world.source.ensure_tables(world.server)
    held = threading.Event()
    waiting = "select 1 from pg_locks where locktype = 'advisory' and not granted"

    def hold() -> None:
        with advisory_lock(world.server, "load raw_cvcrm"), world.server.connect() as connection:
            held.set()
            deadline = time.monotonic() + 60
            while not connection.execute(waiting).fetchone() and time.monotonic() < deadline:
                time.sleep(0.02)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    result = load("--endpoint", "reservas")
    holder.join()
    assert result.returncode == 0
    assert "Esperando outra carga terminar: mirante load raw_cvcrm" in result.stderr


def test_two_loads_at_once_end_as_one(world: World):
    results = []

    def run() -> None:
        results.append(load("--endpoint", "reservas", "--full"))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.returncode for result in results] == [0, 0]
    assert world.cargas("qt_gravada") == [(7,), (0,)]
    assert len(world.rows("idreserva")) == 7


def test_an_interrupted_load_ends_at_once_and_asks_no_more(world: World):
    world.api.scenario = Scenario(slow_s=0.5)
    process = subprocess.Popen(
        [sys.executable, "-m", "loaders", "load", "cvcrm"],
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background of a script inherit a Ctrl-C that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while len(world.api.requests) < 3 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.endswith("Interrompido.\n")
    assert len(world.api.requests) <= 4
    assert "falhou" not in said
