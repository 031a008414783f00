"""From the API to the views: a developer's sales on several days.

The tenant is three in one: the simulated developer of the demo, a random one with all that
a CRM lets people do, and handmade cases with figures of their own.

Everything goes the whole way, API to marts, on a real Postgres. What each cell must say
comes from `tests.vendas.referencia`, which shares nothing with the models but the
definition.
"""

import csv
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loaders import embedded
from loaders.building import dbt_environment
from loaders.cvcrm_server import Scenario, Tenant
from loaders.settings import PROJECT_ROOT, dbt_target
from loaders.simulator.population import make_population
from loaders.simulator.vendas import simulate_vendas
from loaders.simulator.vendas.dia_seguinte import next_day
from tests.end_to_end.vendas_world import Difference, Vendas
from tests.vendas import aleatorio, casos
from tests.vendas.casos import Linhas
from tests.vendas.contas import Registro
from tests.vendas.leitura import CHAVES
from tests.vendas.referencia import TABELAS

pytestmark = pytest.mark.slow

PREFIX, WITHHELD_PREFIX = "e2e_vendas_", "e2e_vendas_negadas_"
SEED = 7
NEWEST_MONTH, NEWEST_DAY = date(2024, 6, 1), date(2024, 6, 30)
# Half past eleven on 30 June in São Paulo.
FIRST_LOAD = datetime(2024, 7, 1, 2, 30, tzinfo=UTC)
SECOND_LOAD = datetime(2024, 7, 4, 15, tzinfo=UTC)
DT_BASE = {
    casos.PRIMEIRA: None,
    casos.ENTRE: date(2024, 7, 2),
    casos.BISSEXTO: date(2024, 2, 29),
    casos.SEGUNDA: None,
}
HISTORY = {
    name: f"select {key}, dbt_valid_from, dbt_valid_to, dbt_scd_id from {{historico}}.{name}"
    " order by 1, 2"
    for name, key in (("reservas", "reserva_id"), ("unidades", "unidade_id"))
}


@dataclass
class Story:
    """What each build left, and where it differs from the reference."""

    vendas: Vendas
    wrong: dict[str, list[Difference]] = field(default_factory=dict)
    built: dict[str, bool] = field(default_factory=dict)
    tables: dict[str, dict[str, list[Registro]]] = field(default_factory=dict)
    history: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    written: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    commission: list[Decimal] = field(default_factory=list)
    metrics: list[dict[str, str]] = field(default_factory=list)

    def build(self, moment: str, tests: bool = False) -> None:
        """Build and keep what is shown."""
        dt_base = DT_BASE[moment]
        self.built[moment] = self.vendas.build(dt_base, tests)
        self.wrong[moment] = self.vendas.differences(dt_base)
        self.tables[moment] = {table: self.vendas.table(table) for table in TABELAS}
        self.history[moment] = {name: self.vendas.rows(query) for name, query in HISTORY.items()}

    def keep_commission(self) -> None:
        """Keep what is stored of the commission that is paid without a new reference date."""
        query = "select valor_comissao from {raw_cvcrm}.comissoes where idcomissao = 8000002"
        [[value]] = self.vendas.rows(query)
        self.commission.append(value)


def put(tenant: Tenant, linhas: Linhas) -> None:
    for table, rows in linhas.items():
        for row in rows:
            tenant.upsert(table, row)


def everything(tenant: Tenant) -> dict[str, list[str]]:
    return {table: [str(row) for row in tenant.rows(table)] for table in CHAVES}


@pytest.fixture(scope="module")
def story(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A simulated, a random and a handmade developer in one, loaded twice, built four times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
        folder = tmp_path_factory.mktemp("vendas")
        population = make_population(1200, SEED)
        for _ in simulate_vendas(population, folder, NEWEST_MONTH, SEED, reservas=400):
            pass
        simulated, served = Tenant.read(folder / "cvcrm"), Tenant.read(folder / "cvcrm")
        drawn = aleatorio.gerar(SEED, NEWEST_DAY)
        put(served, drawn)
        put(served, casos.primeira())
        story = Story(Vendas(embedded.ensure_running(), PREFIX))
        story.vendas.load(served, FIRST_LOAD)
        story.build(casos.PRIMEIRA, tests=True)
        before = everything(served)
        for table, key in next_day(simulated, SEED)[1]:
            row = simulated.get(table, *key)
            assert row is not None
            served.upsert(table, row)
        put(served, aleatorio.mudar(drawn, SEED, SECOND_LOAD.date()))
        put(served, casos.segunda())
        for table, rows in everything(served).items():
            story.changed[table] = len(set(rows) - set(before[table]))
        story.keep_commission()
        story.written.update(story.vendas.load(served, SECOND_LOAD, full=False, only=["comissoes"]))
        story.keep_commission()
        story.written.update(story.vendas.load(served, SECOND_LOAD))
        story.keep_commission()
        story.build(casos.ENTRE)
        story.build(casos.BISSEXTO)
        story.build(casos.SEGUNDA)
        story.metrics = query_metrics(story.vendas, folder)
        yield story


@pytest.fixture(scope="module")
def withheld(embedded_home: Path) -> Iterator[Vendas]:
    """A developer that may give neither reservations nor units, and has no distratos."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", WITHHELD_PREFIX)
        vendas = Vendas(embedded.ensure_running(), WITHHELD_PREFIX)
        scenario = Scenario(
            forbidden=("reservas", "unidades", "empreendimentos"), empty_as_204=True
        )
        noon = datetime.combine(casos.DIA_RETIDO, time(15), UTC)
        vendas.load(Tenant(casos.retidas()), noon, scenario=scenario)
        assert vendas.build()
        yield vendas


def query_metrics(vendas: Vendas, folder: Path) -> list[dict[str, str]]:
    """Ask the semantic layer for the KPIs of each month."""
    path = folder / "metrics.csv"
    # MetricFlow knows no target folder but the project's: here, the one dbt wrote to.
    project = folder / "projeto"
    project.mkdir()
    (project / "dbt_project.yml").symlink_to(PROJECT_ROOT / "dbt_project.yml")
    (project / "target").symlink_to(dbt_target())
    result = subprocess.run(
        [
            Path(sys.executable).with_name("mf"), "query", "--csv", path, "--group-by",
            "metric_time__month", "--metrics",
            "valor_vendido,quantidade_vendas,ticket_medio,vgv,comissao,vendas_liquidas,pc_vso",
        ],
        cwd=project,
        env={**os.environ, **dbt_environment(vendas.server), "DBT_PROJECT_DIR": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("moment", DT_BASE)
def test_every_cell_is_what_the_definition_says(story: Story, moment: str):
    assert story.built[moment]
    assert story.wrong[moment] == []


@pytest.mark.parametrize(
    "caso", [pytest.param(each, id=f"{each.texto}, {each.momento}") for each in casos.CASOS]
)
def test_the_tables_meet_the_case(story: Story, caso: casos.Caso):
    meets(caso, story.tables[caso.momento][caso.tabela])


def meets(caso: casos.Caso, rows: list[Registro]) -> None:
    """Check the one row that a case speaks of, or that there is none."""
    found = [row for row in rows if all(row[name] == caso.chave[name] for name in caso.chave)]
    if caso.esperado is None:
        assert found == []
    else:
        [row] = found
        assert {name: row[name] for name in caso.esperado} == caso.esperado


@pytest.mark.parametrize(
    "caso", [pytest.param(each, id=f"{each.texto}, {each.tabela}") for each in casos.RETIDAS]
)
def test_children_without_their_parents_are_sales_too(withheld: Vendas, caso: casos.Caso):
    meets(caso, withheld.table(caso.tabela))


def test_what_is_left_of_a_withheld_tenant_is_what_the_definition_says(withheld: Vendas):
    assert withheld.differences() == []


def test_the_story_has_something_to_compare(story: Story):
    rows = {table: len(found) for table, found in story.tables[casos.SEGUNDA].items()}
    assert rows["vendas"] > rows["prosoluto"] > 300
    assert rows["vw_vendas_mensais"] == rows["vw_prosoluto_analise"] == 24
    assert rows["vw_vendas_ano_atual_vs_passado"] == 2
    assert all(rows.values())
    totals = [
        row
        for row in story.tables[casos.SEGUNDA]["vw_vso_mensal"]
        if row["empreendimento_id"] is None
    ]
    assert sum(row["distratos"] for row in totals) > 5  # type: ignore[misc]


def test_only_what_changed_is_written(story: Story):
    assert +story.written == +story.changed


def test_a_commission_paid_later_is_found_by_a_complete_load_only(story: Story):
    assert story.commission == [5_000, 5_000, 4_000]


def test_history_gets_a_version_of_what_changed_and_no_more(story: Story):
    first, second = story.history[casos.PRIMEIRA], story.history[casos.ENTRE]
    for table in HISTORY:
        assert len(second[table]) - len(first[table]) == story.changed[table] > 0


def test_builds_with_nothing_new_change_nothing_in_history(story: Story):
    assert story.history[casos.BISSEXTO] == story.history[casos.ENTRE]
    assert story.history[casos.SEGUNDA] == story.history[casos.ENTRE]


def test_a_day_before_a_load_shows_the_sales_as_they_stood(story: Story):
    def sales(moment: str) -> set[Any]:
        return {row["reserva_id"] for row in story.tables[moment]["vendas"] if row["fl_venda"]}

    assert sales(casos.ENTRE) == sales(casos.PRIMEIRA) != sales(casos.SEGUNDA)


def test_metrics_say_what_the_views_say(story: Story):
    tables = story.tables[casos.SEGUNDA]
    totals = {
        row["mes"]: row for row in tables["vw_vso_mensal"] if row["empreendimento_id"] is None
    }
    columns = {
        "valor_vendido": "valor_total", "quantidade_vendas": "quantidade_vendas",
        "ticket_medio": "ticket_medio", "vgv": "vgv_total", "comissao": "total_comissoes",
    }  # fmt: skip
    asked = {date.fromisoformat(row["metric_time__month"][:10]): row for row in story.metrics}
    for view in tables["vw_vendas_mensais"]:
        row = asked[view["mes"]]  # type: ignore[index]
        total = totals[view["mes"]]
        for metric, column in columns.items():
            shown = Decimal(row[metric]) if row[metric] else None
            assert (shown or 0) == pytest.approx(view[column] or 0, abs=Decimal("0.005")), view
        assert int(row["vendas_liquidas"]) == total["vendas_liquidas"]
        assert Decimal(row["pc_vso"]) == pytest.approx(total["pc_vso"], abs=Decimal("0.0001"))
