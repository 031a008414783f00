"""A whole day by schedules and sensors: its clock is moved, its runs are real.

Here: 4 May 2026, a first business day (the 1st is a holiday, then a weekend), from midnight
to midnight, and what people are told of it, up to the summary of the next morning, as the
daemon would live it. Not here: what each schedule and sensor does by itself (their own tests),
nor the daemon's processes (`test_up`).

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
from loaders.postgres import resolve_server
from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from orchestration import time_zone
from orchestration.defs.execucao.inbox import FILE_TAG
from orchestration.time_zone import TIME_ZONE
from tests.loaders.bank import transactions
from tests.loaders.cards import invoices, write
from tests.loaders.controladoria import LINE
from tests.loaders.files import portfolio
from tests.notifications.conftest import Channel
from tests.notifications.conftest import channel as channel

PREFIX = "dia_"
MIDNIGHT = datetime(2026, 5, 4, tzinfo=TIME_ZONE)
TICK = timedelta(minutes=10)
SCHEDULES = (
    "vendas_periodicas", "divergencias_diarias", "fechamento_mensal", "segmentacao_mensal",
    "vigilancia_diaria",
)  # fmt: skip
SENSORS = (
    "inbox_carteira", "inbox_categorias", "inbox_cartoes", "inbox_banco", "inbox_controladoria",
    "meses_esperados",
)  # fmt: skip
# What sees each run that ended.
ALERTS = {
    True: ("aviso_de_volta", "alerta_de_limites"),
    False: ("alerta_de_falha",),
}
NAME = "tb_faturas_202604.csv"
# What is compared in the end, and what of each job is run for it.
MART = ["cartoes", "faturas"]
_RAW = {
    name: dg.AssetSelection.key_prefixes([f"raw_{name}"])
    for name in ("carteira", "cartoes", "banco", "controladoria", "cvcrm")
}
_FILES = _RAW["carteira"] | _RAW["cartoes"] | _RAW["banco"] | _RAW["controladoria"]


_BUILT = dg.AssetSelection.assets(MART).upstream()
# All of it, for jobs that build nothing.
TAKEN: dict[str, dg.AssetSelection] = {
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
    # By the server's clock, of which the register is.
    began: datetime = field(default_factory=lambda: datetime.now(TIME_ZONE))
    cursors: dict[str, str | None] = field(default_factory=dict)
    keys: set[tuple[str, str]] = field(default_factory=set)
    runs: list[tuple[str, str, str, bool]] = field(default_factory=list)
    ended: list[dg.ExecuteInProcessResult] = field(default_factory=list)

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
        selected = definition.asset_layer.selected_asset_keys
        chosen = TAKEN[job].resolve(assets) & selected if job in TAKEN else None
        done = definition.execute_in_process(
            instance=self.instance,
            run_config=request.run_config or None,
            partition_key=request.partition_key,
            tags=dict(request.tags),
            asset_selection=None if chosen is None else list(chosen),
            raise_on_error=False,
        )
        told = request.tags.get(FILE_TAG) or request.partition_key or ""
        self.runs.append((f"{self.now:%H:%M}", job, told, done.success))
        self._date_operations()
        self.ended.append(done)
        self._tell_of(done)

    def _date_operations(self) -> None:
        """Put on the day's clock what a run registered: the server's goes on as ever."""
        query = sql.SQL("update {} set iniciada_em = %s where iniciada_em >= %s").format(
            sql.Identifier(PREFIX + "audit", "operacoes")
        )
        with resolve_server().connect() as connection:
            connection.execute(query, [self.now, self.began])

    def _tell_of(self, done: dg.ExecuteInProcessResult) -> None:
        """Let the alerts see a run that has ended, as the daemon does."""
        event = done.get_run_success_event() if done.success else done.get_run_failure_event()
        for name in ALERTS[done.success]:
            context = dg.build_run_status_sensor_context(
                sensor_name=name,
                dagster_instance=self.instance,
                dagster_run=self.instance.get_run_by_id(done.run_id) or done.dagster_run,
                dagster_event=event,
            )
            sensor = self.graph.resolve_sensor_def(name)
            sensor(context if done.success else context.for_run_failure())

    def look_again(self) -> None:
        """Let everybody who tells people see the day once more."""
        for done in self.ended:
            self._tell_of(done)
        for name in SENSORS:
            self._tick_sensor(name)

    def next_morning(self) -> None:
        """Be at the next day's summary."""
        self.now = MIDNIGHT + timedelta(days=1, hours=8, minutes=30)
        self._tick_schedule("vigilancia_diaria", self.now)

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


def bonuses(path: Path) -> Path:
    return write(path, LINE)


def grow_stale(day: Day) -> None:
    """Let the bank's transactions be of long ago."""
    with resolve_server().connect() as connection:
        for table in ("arquivos", "transacciones"):
            connection.execute(
                sql.SQL("update {} set _carregado_em = _carregado_em - interval '80 days'").format(
                    sql.Identifier(PREFIX + "raw_banco", table)
                )
            )


@pytest.mark.slow
def test_a_day_by_schedules_and_sensors(day: Day, embedded_server: Server, channel: Channel):
    day.live(
        {
            "00:10": lambda day: day.deliver("carteira", portfolio, "carteira.csv", count=3),
            "01:00": lambda day: day.deliver("banco", transactions, "transacciones_202604.csv"),
            "05:30": lambda day: day.deliver("cartoes", invoices, NAME, count=4),
            # The same file comes again with more in it, and once more as it was.
            "15:00": lambda day: day.deliver("cartoes", invoices, NAME, count=6),
            "15:40": lambda day: day.deliver("cartoes", invoices, f"copia_{NAME}", count=6),
            "16:00": lambda day: day.deliver("controladoria", refused, "bonus_202604.csv"),
            "17:00": grow_stale,
            "19:00": lambda day: day.deliver("controladoria", bonuses, "bonus_202604.csv"),
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
        ("08:30", "vigilancia", "", True),
        ("10:00", "vendas", "", True),
        ("13:00", "segmentacao", "", True),
        ("14:00", "vendas", "", True),
        ("15:10", "cartoes", NAME, True),
        ("16:10", "controladoria", "bonus_202604.csv", False),
        ("18:00", "vendas", "", True),
        ("19:10", "controladoria", "bonus_202604.csv", True),
        ("22:00", "vendas", "", True),
    ]
    assert loaded(embedded_server) == {
        ("raw_carteira", "carteira.csv", 3),
        ("raw_banco", "transacciones_202604.csv", 2),
        ("raw_cartoes", NAME, 4),
        ("raw_cartoes", NAME, 6),
        ("raw_controladoria", "bonus_202604.csv", 1),
    }
    day.next_morning()
    told = [text.splitlines()[0].strip("*") for text in channel.texts]
    assert sorted(told) == sorted(
        [
            # The bank's month came after it was looked for in vain; the cards' payments never did.
            "Mirante: falta cartoes de 04/2026",
            "Mirante: resumo de 04/05/2026",
            "Mirante: controladoria falhou",
            "Mirante: controladoria voltou a passar",
            "Mirante: resumo de 05/05/2026",
        ]
    )
    assert "pagamentos" in about(channel, "falta")
    assert "bonus_202604.csv" in about(channel, "controladoria falhou")
    morning, end = about(channel, "resumo de 04"), about(channel, "resumo de 05")
    # Portfolio, bank, invoices and the one reservation.
    assert "com falha: 0, linhas carregadas: 10;" in morning
    assert "raw_banco.transacciones" not in morning
    # The corrected invoices and bonuses; the refused file is the one that failed.
    assert "com falha: 1, linhas carregadas: 7;" in end
    assert "carga raw_banco.transacciones" in end
    assert end.count("vencida") == 1
    day.look_again()
    assert len(channel.texts) == len(told)
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


def about(channel: Channel, subject: str) -> str:
    """Return the one message about something."""
    [text] = [text for text in channel.texts if subject in text.splitlines()[0]]
    return text
