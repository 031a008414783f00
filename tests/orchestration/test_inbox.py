"""The sensors of the inbox: which run a file starts, on a real server."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from loaders import banco, carteira
from loaders.postgres import resolve_server
from loaders.server import Server
from loaders.withdrawals import withdraw
from orchestration import time_zone
from orchestration.defs.carga.cartoes import CargaCartoes
from orchestration.defs.execucao.inbox import FOLDERS, partition_of
from orchestration.time_zone import TIME_ZONE
from tests.loaders.bank import transactions
from tests.loaders.files import categories, portfolio

NOW = datetime(2026, 11, 10, 9, tzinfo=TIME_ZONE)


@dataclass
class Inbox:
    """An inbox whose sensors are asked one tick at a time."""

    path: Path
    graph: dg.Definitions
    instance: dg.DagsterInstance
    cursors: dict[str, str | None] = field(default_factory=dict)

    def tick(self, folder: str) -> list[dg.RunRequest]:
        """Ask a folder's sensor once, as the daemon does."""
        self.said = ""
        sensor = self.graph.resolve_sensor_def(f"inbox_{folder}")
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursors.get(folder),
            definitions=self.graph,
        )
        done = sensor.evaluate_tick(context)
        self.cursors[folder] = done.cursor
        self.said = done.skip_message or ""
        return list(done.run_requests or [])

    def folder(self, name: str) -> Path:
        place = self.path / name
        place.mkdir(exist_ok=True)
        return place


@pytest.fixture
def inbox(
    graph: dg.Definitions, user_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Inbox]:
    place = tmp_path / "inbox"
    place.mkdir()
    monkeypatch.setenv("MIRANTE_INBOX", str(place))
    monkeypatch.setattr(time_zone, "now", lambda: NOW)
    with dg.DagsterInstance.ephemeral() as instance:
        yield Inbox(place, graph, instance)


def settled(path: Path) -> Path:
    """Make a file one that nobody has written to for an hour."""
    moment = NOW.timestamp() - 3600
    os.utime(path, (moment, moment))
    return path


def test_every_folder_has_a_sensor_that_somebody_switches_on(graph: dg.Definitions):
    assert [folder.name for folder in FOLDERS] == [
        "carteira", "categorias", "cartoes", "banco", "controladoria",
    ]  # fmt: skip
    for folder in FOLDERS:
        sensor = graph.resolve_sensor_def(f"inbox_{folder.name}")
        assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
        assert sensor.job_name == folder.job.name
        assert sensor.minimum_interval_seconds == 60


@pytest.mark.parametrize(
    ("folder", "job", "step", "field_name"),
    [
        ("carteira", "carteira", "carga_carteira", "contratos"),
        ("categorias", "carteira", "carga_carteira", "categorias"),
        ("cartoes", "cartoes", "carga_cartoes", "arquivos"),
        ("banco", "banco", "carga_banco", "arquivos"),
        ("controladoria", "controladoria", "carga_controladoria", "arquivos"),
    ],
)
def test_a_file_starts_a_run_of_its_own_that_names_it(
    inbox: Inbox, folder: str, job: str, step: str, field_name: str
):
    path = settled(portfolio(inbox.folder(folder) / "a_202610.csv"))
    [request] = inbox.tick(folder)
    assert request.run_key is not None
    assert request.run_key.startswith(f"{folder}:")
    assert request.run_config["ops"][step]["config"][field_name] == [str(path)]
    assert request.tags["mirante/arquivo"] == "a_202610.csv"
    assert request.tags["mirante/pasta"] == folder
    assert request.partition_key == ("2026-10" if folder == "cartoes" else None)
    # What the daemon would start is a run that the job takes.
    plan = inbox.graph.resolve_job_def(job)
    assert dg.validate_run_config(plan, request.run_config)
    assert inbox.tick(folder) == []
    assert "nada de novo" in inbox.said


def test_the_same_bytes_in_two_files_and_two_looks_are_one_run(inbox: Inbox):
    place = inbox.folder("banco")
    settled(transactions(place / "a.csv"))
    settled(transactions(place / "b.csv"))
    first = inbox.tick("banco")
    assert len({request.run_key for request in first}) == 1
    inbox.cursors.clear()
    assert {request.run_key for request in inbox.tick("banco")} == {first[0].run_key}


def test_what_the_command_loaded_starts_no_run(inbox: Inbox):
    path = settled(transactions(inbox.folder("banco") / "a.csv"))
    list(banco.source().load(resolve_server(), None, [str(path)]))
    assert inbox.tick("banco") == []
    assert "já carregado(s) antes: a.csv" in inbox.said


def test_what_was_taken_back_does_not_come_back_when_it_is_touched(inbox: Inbox):
    path = settled(transactions(inbox.folder("banco") / "a_202610.csv"))
    list(banco.source().load(resolve_server(), None, [str(path)]))
    [done] = withdraw(resolve_server(), [path.name])
    assert done.changed
    # A sensor that has never looked, and a file that is new to it.
    assert inbox.tick("banco") == []
    settled(path.rename(path.with_name("b_202610.csv")))
    assert inbox.tick("banco") == []
    assert "já carregado" in inbox.said


def test_a_run_of_categories_leaves_positions_alone(inbox: Inbox):
    # One that waits and is refused must not fail the run of another file.
    settled(portfolio(inbox.folder("carteira") / "a.csv"))
    path = settled(categories(inbox.folder("categorias") / "c.csv", CDC="Consumo"))
    [request] = inbox.tick("categorias")
    raw = [dg.AssetKey(["raw_carteira", name]) for name in ("contratos", "categorias", "arquivos")]
    result = inbox.graph.resolve_job_def("carteira").execute_in_process(
        instance=inbox.instance, run_config=request.run_config, asset_selection=raw
    )
    assert result.success
    known = carteira.source().known_files(resolve_server())
    assert [each.arquivo for each in known] == [path.name]


def test_a_refused_file_fails_its_run_and_is_not_tried_again_until_it_changes(inbox: Inbox):
    path = inbox.folder("banco") / "ruim.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    settled(path)
    [request] = inbox.tick("banco")
    result = inbox.graph.resolve_job_def("banco").execute_in_process(
        instance=inbox.instance,
        run_config=request.run_config,
        asset_selection=[
            dg.AssetKey(["raw_banco", name]) for name in ("clientes", "transacciones", "arquivos")
        ],
        raise_on_error=False,
    )
    assert not result.success
    assert [event.step_key for event in result.get_step_failure_events()] == ["carga_banco"]
    assert inbox.tick("banco") == []
    # Touched, it has the bytes that it had: the daemon knows that run key.
    os.utime(path, (NOW.timestamp() - 1800,) * 2)
    assert [again.run_key for again in inbox.tick("banco")] == [request.run_key]
    settled(transactions(path))
    [changed] = inbox.tick("banco")
    assert changed.run_key != request.run_key


def test_other_files_hidden_ones_and_links_out_of_the_folder_are_left_alone(
    inbox: Inbox, tmp_path: Path
):
    place = inbox.folder("banco")
    for name in ("~$a.csv", ".a.csv", "leiame.md", "a.csv.part"):
        settled(transactions(place / name))
    outside = settled(transactions(tmp_path / "fora.csv"))
    (place / "link.csv").symlink_to(outside)
    (place / "pasta.csv").mkdir()
    (place / "quebrado.csv").symlink_to(tmp_path / "nada.csv")
    assert inbox.tick("banco") == []
    # Within the folder a link is one more name.
    inside = settled(transactions(place / "dentro.csv"))
    (place / "outro_nome.csv").symlink_to(inside)
    assert {request.tags["mirante/arquivo"] for request in inbox.tick("banco")} == {
        "dentro.csv", "outro_nome.csv",
    }  # fmt: skip


def test_a_folder_that_is_a_link_is_the_folder_that_it_leads_to(inbox: Inbox, tmp_path: Path):
    elsewhere = tmp_path / "rede"
    elsewhere.mkdir()
    (inbox.path / "banco").symlink_to(elsewhere)
    settled(transactions(elsewhere / "a.csv"))
    assert len(inbox.tick("banco")) == 1


def test_a_folder_that_is_not_there_is_said(inbox: Inbox):
    assert inbox.tick("banco") == []
    assert "crie a pasta" in inbox.said


def test_files_wait_for_a_server_that_does_not_answer(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
):
    settled(transactions(inbox.folder("banco") / "a.csv"))
    port = os.environ["PGPORT"]
    monkeypatch.setenv("PGPORT", "1")
    assert inbox.tick("banco") == []
    assert "não consegui conectar" in inbox.said
    monkeypatch.setenv("PGPORT", port)
    assert len(inbox.tick("banco")) == 1


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("tb_faturas_202410.csv", "2024-10"),
        ("tb_faturas_202611.csv", "2026-11"),
        ("tb_faturas.csv", "2026-11"),
        ("tb_faturas_199901.csv", "2026-11"),
        ("tb_faturas_209901.csv", "2026-11"),
    ],
)
def test_a_cards_file_counts_to_its_month_or_to_the_one_under_way(
    name: str, key: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(time_zone, "now", lambda: NOW)
    assert partition_of(Path(name)) == key


def test_a_month_close_takes_cards_of_every_month_and_a_months_run_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, graph: dg.Definitions
):
    monkeypatch.setenv("MIRANTE_INBOX", str(tmp_path))
    place = tmp_path / "cartoes"
    place.mkdir()
    names = ["tb_faturas.csv", "tb_faturas_202608.csv", "tb_faturas_202610.csv"]
    for name in names:
        (place / name).touch()
    assert [Path(path).name for path in CargaCartoes().paths("2026-10")] == [names[2]]
    with dg.DagsterInstance.local_temp() as instance:
        tick = graph.resolve_schedule_def("fechamento_mensal").evaluate_tick(
            dg.build_schedule_context(
                instance=instance,
                scheduled_execution_time=datetime(2026, 11, 3, 8, tzinfo=TIME_ZONE),
                repository_def=graph.get_repository_def(),
            )
        )
    [request] = tick.run_requests or ()
    assert request.partition_key == "2026-10"
    closing = CargaCartoes(**request.run_config["ops"]["carga_cartoes"]["config"])
    assert [Path(path).name for path in closing.paths("2026-10")] == names
