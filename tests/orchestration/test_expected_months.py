"""Waiting for a month: looks at growing distance, then one message, on a real server."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from loaders import notifications
from loaders.notifications import Delivery
from loaders.server import Server
from orchestration import time_zone
from orchestration.defs.execucao import esperados
from orchestration.expected_months import remembered
from orchestration.time_zone import TIME_ZONE
from tests.loaders.cards import invoices, load, payments

DUE = datetime(2026, 11, 3, 12, tzinfo=TIME_ZONE)
LATE = datetime(2026, 11, 4, 0, 5, tzinfo=TIME_ZONE)


@dataclass
class Office:
    """The sensor, its clock and what it told."""

    home: Path
    monkeypatch: pytest.MonkeyPatch
    cursor: str | None = None
    said: str = ""

    def tick(self, moment: datetime) -> list[str]:
        """Let the clock show a moment and evaluate the sensor; return the pages told so far."""
        self.monkeypatch.setattr(time_zone, "now", lambda: moment)
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(instance=instance, cursor=self.cursor)
            done = esperados.meses_esperados.evaluate_tick(context)
        assert not done.run_requests
        self.cursor, self.said = done.cursor, done.skip_message or ""
        return sorted(path.name for path in (self.home / "relatorios").glob("*"))

    def ticks(self, start: datetime, hours: float) -> list[str]:
        """Tick every ten minutes for some hours."""
        told: list[str] = []
        for number in range(int(hours * 6) + 1):
            told = self.tick(start + timedelta(minutes=10 * number))
        return told


@pytest.fixture
def office(user_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("MIRANTE_HOME", str(tmp_path))
    monkeypatch.setenv("MIRANTE_EXPECTED_DAYS", "cartoes=3")
    return Office(tmp_path, monkeypatch)


def looks(office: Office) -> int:
    return remembered(office.cursor)["cartoes"].looks


def test_the_graph_has_the_sensor_switched_off(graph: dg.Definitions):
    sensor = graph.resolve_sensor_def("meses_esperados")
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
    assert sensor.minimum_interval_seconds == 600


def test_nobody_is_asked_before_the_day_is_over(office: Office):
    assert office.tick(DUE) == []
    assert looks(office) == 0
    assert "cartoes 2026-10: esperando" in office.said


def test_a_missing_month_is_looked_for_at_growing_distance_and_told_once(office: Office):
    assert office.tick(LATE) == []
    assert looks(office) == 1
    # 30 minutes, one hour, two hours.
    for hours, seen in ((0.25, 1), (0.5, 2), (1.25, 2), (1.5, 3), (3.25, 3)):
        assert office.tick(LATE + timedelta(hours=hours)) == []
        assert looks(office) == seen
    told = office.tick(LATE + timedelta(hours=3.5))
    assert told == ["falta-cartoes-2026-10.html"]
    page = office.home / "relatorios" / told[0]
    text = page.read_text(encoding="utf-8")
    for part in (
        "falta cartoes de 10/2026", "faturas, pagamentos", "03/11/2026 (1 dia de atraso)",
        "inbox/cartoes", "mirante load cartoes",
    ):  # fmt: skip
        assert part in text
    page.unlink()
    # To the end of the month nobody is told again.
    assert office.ticks(LATE + timedelta(hours=4), 8) == []
    assert office.tick(datetime(2026, 11, 30, 23, 59, tzinfo=TIME_ZONE)) == []
    assert "avisado" in office.said


def test_one_that_comes_meanwhile_is_told_to_nobody(office: Office, user_server: Server):
    assert office.tick(LATE) == []
    assert office.tick(LATE + timedelta(minutes=30)) == []
    load(
        user_server,
        invoices(office.home / "tb_faturas_202610.csv"),
        payments(office.home / "tb_pagamentos_202610.csv"),
    )
    assert office.ticks(LATE + timedelta(hours=1), 6) == []
    assert "chegou" in office.said


def test_what_of_a_month_is_missing_is_named(office: Office, user_server: Server):
    load(user_server, invoices(office.home / "tb_faturas_202610.csv"))
    [page] = office.ticks(LATE, 4)
    text = (office.home / "relatorios" / page).read_text(encoding="utf-8")
    assert "pagamentos" in text
    assert "faturas" not in text


def test_the_next_month_is_waited_for_anew(office: Office):
    assert office.ticks(LATE, 4) == ["falta-cartoes-2026-10.html"]
    assert len(office.ticks(datetime(2026, 12, 1, tzinfo=TIME_ZONE), 4)) == 1
    assert "cartoes 2026-11: esperando" in office.said
    told = office.ticks(datetime(2026, 12, 4, tzinfo=TIME_ZONE), 4)
    assert told == ["falta-cartoes-2026-10.html", "falta-cartoes-2026-11.html"]


def test_a_message_that_nobody_got_is_sent_again_until_somebody_does(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    sent: list[str] = []
    ways = {"e-mail": "o servidor não respondeu", "slack": "recusado"}

    def deliver(message: notifications.Message, stem: str) -> tuple[Delivery, ...]:
        sent.append(message.subject)
        tried = [Delivery(way, "x", problem) for way, problem in ways.items()]
        return (*tried, *([Delivery("arquivo", stem)] if all(ways.values()) else []))

    monkeypatch.setattr(esperados, "deliver", deliver)
    office.ticks(LATE, 3.5)
    assert len(sent) == 1
    office.tick(LATE + timedelta(hours=3.75))
    assert len(sent) == 2
    ways["e-mail"] = ""
    office.ticks(LATE + timedelta(hours=4), 2)
    assert len(sent) == 3
    assert set(sent) == {"Mirante: falta cartoes de 10/2026"}


def test_a_look_at_a_server_that_does_not_answer_is_none(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPORT", "1")
        assert office.ticks(LATE, 5) == []
        assert looks(office) == 0
    assert office.ticks(LATE + timedelta(hours=6), 4) == ["falta-cartoes-2026-10.html"]


def test_nobody_waits_for_whom_no_day_is_set_and_a_wrong_one_is_said(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    office.tick(LATE)
    cursor = office.cursor
    monkeypatch.setenv("MIRANTE_EXPECTED_DAYS", "cartoes=99")
    assert office.tick(LATE + timedelta(hours=4)) == []
    assert "o dia deve ir de 1 a 25" in office.said
    # Put right, it goes on where it was.
    assert office.cursor == cursor
    monkeypatch.delenv("MIRANTE_EXPECTED_DAYS")
    assert office.tick(LATE + timedelta(hours=4)) == []
    assert "ninguém" in office.said


@pytest.mark.parametrize("cursor", [None, "", "x", "[]", '{"cartoes": 1}', '{"cartoes": {}}'])
def test_a_cursor_that_is_nobodys_is_no_cursor(cursor: str | None):
    assert remembered(cursor) == {}
