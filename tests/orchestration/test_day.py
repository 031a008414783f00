"""A whole day by schedules and sensors: its clock is moved, its runs are real.

Here: 4 May 2026, a first business day (the 1st is a holiday, then a weekend), from midnight
to midnight, as the daemon would live it. Not here: what each schedule and sensor does by
itself (their own tests), nor the daemon's processes (`test_up`).

Each run loads for real; of what it builds the test takes the mart that it compares.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator
from psycopg import sql

from loaders.building import dbt_environment, quiet_dbt, ready_to_build
from loaders.cvcrm_server import CvdwServer, Scenario, Tenant
from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from orchestration import time_zone
from orchestration.defs.execucao.inbox import FILE_TAG
from orchestration.time_zone import TIME_ZONE
from tests.loaders.bank import transactions
from tests.loaders.cards import invoices
from tests.loaders.files import portfolio

PREFIX = "dia_"
MIDNIGHT = datetime(2026, 5, 4, tzinfo=TIME_ZONE)
TICK = timedelta(minutes=10)
SCHEDULES = (
    "vendas_periodicas", "divergencias_diarias", "fechamento_mensal", "segmentacao_mensal",
)  # fmt: skip
SENSORS = (
    "inbox_carteira", "inbox_categorias", "inbox_cartoes", "inbox_banco", "inbox_controladoria",
    "meses_esperados",
)  # fmt: skip
NAME = "tb_faturas_202604.csv"
# What is compared in the end, and what of each job is run for it.
MART = ["cartoes", "faturas"]
_RAW = {
    name: dg.AssetSelection.key_prefixes([f"raw_{name}"])
    for name in ("carteira", "cartoes", "banco", "controladoria", "cvcrm")
}
_FILES = _RAW["carteira"] | _RAW["cartoes"] | _RAW["banco"] | _RAW["controladoria"]


_BUILT = dg.AssetSelection.assets(MART).upstream()
TAKEN = {
    "vendas": dg.AssetSelection.assets(["raw_cvcrm", "reservas"], ["raw_cvcrm", "cargas"]),
    "divergencias": _RAW["controladoria"],
    "segmentacao": _RAW["carteira"],
    "carteira": _RAW["carteira"],
    "banco": _RAW["banco"],
    "controladoria": _RAW["controladoria"],
    "cartoes": _RAW["cartoes"] | _BUILT,
    "fechamento": _FILES | _BUILT,
}


@dataclass
class Day:
    """The daemon's day: a clock, ticks, and runs in the order in which they were asked for."""

    graph: dg.Definitions
    instance: dg.DagsterInstance
    inbox: Path
    now: datetime = MIDNIGHT
    cursors: dict[str, str | None] = field(default_factory=dict)
    keys: set[tuple[str, str]] = field(default_factory=set)
    runs: list[tuple[str, str, str, bool]] = field(default_factory=list)

    def live(self, events: dict[str, Any]) -> None:
        """Live the day; at its hour each event happens, then whoever is due ticks."""
        due = sorted(self._schedule_ticks())
        while self.now < MIDNIGHT + timedelta(days=1):
            for hour in [hour for hour in events if hour <= f"{self.now:%H:%M}"]:
                events.pop(hour)(self)
            while due and due[0][0] <= self.now:
                moment, name = due.pop(0)
                self._tick_schedule(name, moment)
            for name in SENSORS:
                self._tick_sensor(name)
            self.now += TICK

    def _schedule_ticks(self) -> Iterator[tuple[datetime, str]]:
        for name in SCHEDULES:
            schedule = self.graph.resolve_schedule_def(name)
            moments = schedule_execution_time_iterator(
                MIDNIGHT.timestamp(), schedule.cron_schedule, schedule.execution_timezone
            )
            for moment in moments:
                if moment >= MIDNIGHT + timedelta(days=1):
                    break
                yield moment, schedule.name

    def _tick_schedule(self, name: str, moment: datetime) -> None:
        schedule = self.graph.resolve_schedule_def(name)
        context = dg.build_schedule_context(
            instance=self.instance,
            scheduled_execution_time=moment,
            repository_def=self.graph.get_repository_def(),
        )
        for request in schedule.evaluate_tick(context).run_requests or ():
            self._run(name, schedule.job_name, request)

    def _tick_sensor(self, name: str) -> None:
        sensor = self.graph.resolve_sensor_def(name)
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursors.get(name), definitions=self.graph
        )
        done = sensor.evaluate_tick(context)
        self.cursors[name] = done.cursor
        for request in done.run_requests or ():
            self._run(name, str(sensor.job_name), request)

    def _run(self, asker: str, job: str, request: dg.RunRequest) -> None:
        # As the daemon: a key that has a run starts no other.
        if request.run_key and (asker, request.run_key) in self.keys:
            return
        self.keys.add((asker, request.run_key or ""))
        definition = self.graph.resolve_job_def(job)
        assets = self.graph.resolve_asset_graph()
        chosen = TAKEN[job].resolve(assets) & definition.asset_layer.selected_asset_keys
        done = definition.execute_in_process(
            instance=self.instance,
            run_config=request.run_config or None,
            partition_key=request.partition_key,
            tags=dict(request.tags),
            asset_selection=list(chosen),
            raise_on_error=False,
        )
        told = request.tags.get(FILE_TAG) or request.partition_key or ""
        self.runs.append((f"{self.now:%H:%M}", job, told, done.success))

    def deliver(self, folder: str, make: Any, name: str, **values: Any) -> None:
        """Put a file into the inbox, written just now."""
        place = self.inbox / folder
        place.mkdir(exist_ok=True)
        path = make(place / name, **values)
        os.utime(path, (self.now.timestamp(), self.now.timestamp()))


@pytest.fixture
def day(
    parsed: None,
    graph: dg.Definitions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Day]:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    tenant = Tenant({"reservas": [{"idreserva": 1, "referencia_data": "2026-05-03 10:00:00"}]})
    monkeypatch.chdir(PROJECT_ROOT)
    with (
        CvdwServer(tenant, Scenario(), token="t", email="e@example.com") as api,
        dg.DagsterInstance.local_temp() as instance,
    ):
        for name, value in {
            "MIRANTE_INBOX": str(inbox),
            "MIRANTE_SCHEMA_PREFIX": PREFIX,
            "MIRANTE_EXPECTED_DAYS": "cartoes=3,banco=3",
            "CVCRM_BASE_URL": api.url,
            "CVCRM_API_TOKEN": "t",
            "CVCRM_API_EMAIL": "e@example.com",
            "CVCRM_DELAY_S": "0",
        }.items():
            monkeypatch.setenv(name, value)
        day = Day(graph, instance, inbox)
        monkeypatch.setattr(time_zone, "now", lambda: day.now)
        yield day


def refused(path: Path) -> Path:
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_day_by_schedules_and_sensors(day: Day, embedded_server: Server, embedded_home: Path):
    told_before = set(embedded_home.glob("relatorios/*"))
    day.live(
        {
            "00:10": lambda day: day.deliver("carteira", portfolio, "carteira.csv", count=3),
            "01:00": lambda day: day.deliver("banco", transactions, "transacciones_202604.csv"),
            "05:30": lambda day: day.deliver("cartoes", invoices, NAME, count=4),
            # The same file comes again with more in it, and once more as it was.
            "15:00": lambda day: day.deliver("cartoes", invoices, NAME, count=6),
            "15:40": lambda day: day.deliver("cartoes", invoices, f"copia_{NAME}", count=6),
            "16:00": lambda day: day.deliver("controladoria", refused, "bonus_202604.csv"),
        }
    )
    # A file's run starts at the second look at it.
    assert day.runs == [
        ("00:20", "carteira", "carteira.csv", True),
        ("01:10", "banco", "transacciones_202604.csv", True),
        ("05:40", "cartoes", NAME, True),
        ("06:00", "vendas", "", True),
        ("07:00", "divergencias", "", True),
        ("08:00", "fechamento", "2026-04", True),
        ("10:00", "vendas", "", True),
        ("13:00", "segmentacao", "", True),
        ("14:00", "vendas", "", True),
        ("15:10", "cartoes", NAME, True),
        ("16:10", "controladoria", "bonus_202604.csv", False),
        ("18:00", "vendas", "", True),
        ("22:00", "vendas", "", True),
    ]
    assert loaded(embedded_server) == {
        ("raw_carteira", "carteira.csv", 3),
        ("raw_banco", "transacciones_202604.csv", 2),
        ("raw_cartoes", NAME, 4),
        ("raw_cartoes", NAME, 6),
    }
    # The bank's month came after it was looked for in vain; the cards' payments never did.
    told = set(embedded_home.glob("relatorios/*")) - told_before
    assert [path.name for path in told] == ["falta-cartoes-2026-04.html"]
    assert "pagamentos" in next(iter(told)).read_text(encoding="utf-8")
    built = content(embedded_server)
    assert len(built) == 6
    plain_build(embedded_server)
    assert content(embedded_server) == built


def loaded(server: Server) -> set[tuple[str, str, int]]:
    """Return the files that landed: source, name and lines."""
    found: set[tuple[str, str, int]] = set()
    for source in ("raw_carteira", "raw_cartoes", "raw_banco", "raw_controladoria"):
        query = sql.SQL("select _arquivo, qt_linha from {}").format(
            sql.Identifier(PREFIX + source, "arquivos")
        )
        with server.connect() as connection:
            found |= {(source, name, rows) for name, rows in connection.execute(query)}
    return found


def content(server: Server) -> list[tuple[Any, ...]]:
    """Return all of the mart in one order."""
    query = sql.SQL("select * from {} order by 1").format(sql.Identifier(PREFIX + MART[0], MART[1]))
    with server.connect() as connection:
        return connection.execute(query).fetchall()


def plain_build(server: Server) -> None:
    """Build the mart from nothing, as the command does."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dbt_environment(server).items():
            patch.setenv(name, value)
        with ready_to_build(server):
            assert quiet_dbt(["build", "--full-refresh", "--select", f"+{MART[1]}"])
