"""Simulated sales: a story that holds together, as the API would tell it."""

import html
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from loaders.cvcrm_server import CvdwServer, Tenant
from loaders.cvcrm_server.endpoints import endpoints
from loaders.simulator.defects import Defect
from loaders.simulator.population import People, make_population
from loaders.simulator.vendas import FEWEST_RESERVAS, simulate_vendas
from loaders.simulator.vendas.dia_seguinte import is_sale, next_day
from loaders.simulator.vendas.financas import SERIES, plan
from tests.loaders.helpers import mirante

CLIENTS = 2400
RESERVAS = 800
NEWEST = date(2026, 10, 1)
LAST_DAY = "2026-10-31"
MAPS = Path(__file__).parents[2] / "loaders" / "cvcrm" / "endpoints"
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
ZERO = "0000-00-00 00:00:00"
UNDOCUMENTED = {
    "reservas": {"idtime", "idtipo_reserva", "tipo_reserva", "valor_contrato_com_juros"},
    "reservas_condicoes": {"idserie"},
    "unidades": {"situacao_mapa_disponibilidade"},
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Simulated:
    """All rows of a simulation by table, and its faults."""

    people: People
    folder: Path
    tables: dict[str, list[Row]]
    defects: list[Defect]

    def spoilt(self, table: str, column: str) -> list[tuple[Defect, Row]]:
        """Faults of a column, and the rows that have them."""
        return [
            (each, self.tables[table][each.linha - 1])
            for each in self.defects
            if each.arquivo == f"{table}.jsonl" and each.coluna == column
        ]

    def ids(self, table: str, column: str, key: str) -> set[Any]:
        """Keys of the rows with a fault in a column."""
        return {row[key] for _, row in self.spoilt(table, column)}

    @property
    def sales(self) -> list[Row]:
        """Sales that stand, by the users' rule."""
        return [row for row in self.tables["reservas"] if row["ativo"] == "S" and is_sale(row)]


def simulate(folder: Path, seed: int, newest: date = NEWEST, **options: Any) -> Simulated:
    population = make_population(CLIENTS, seed)
    steps = simulate_vendas(population, folder, newest, seed, **options)
    paths: list[Path] = []
    while True:
        try:
            paths.append(next(steps))
        except StopIteration as stop:
            tables = {
                path.stem: [json.loads(line) for line in path.read_bytes().splitlines()]
                for path in paths
            }
            return Simulated(population.people(), folder / "cvcrm", tables, stop.value)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    return simulate(tmp_path_factory.mktemp("sim"), 7)


@pytest.fixture(scope="module")
def tables(simulated: Simulated) -> dict[str, list[Row]]:
    return simulated.tables


def months(row: Row, column: str = "data_venda") -> str:
    return str(row[column])[:7]


def br(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()


def cents(value: float) -> int:
    """Money of the wire in cents; more digits than cents would be a mistake."""
    amount = Decimal(str(value)) * 100
    assert amount == amount.to_integral_value(), value
    return int(amount)


def walk(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk(each)
    else:
        yield value


def test_every_endpoint_has_rows_with_every_column_that_models_read(tables: dict[str, list[Row]]):
    assert set(tables) == set(endpoints())
    for table, rows in tables.items():
        mapped = yaml.safe_load((MAPS / f"{table}.yml").read_text("utf-8"))["columns"]
        known = set().union(*rows)
        known = {"retornar_associados" if name == "RetornarAssociados" else name for name in known}
        assert set(mapped) <= known, table
        assert UNDOCUMENTED.get(table, set()) <= known, table
    for names in ({"time", "nome_time"}, {"idtime"}):
        assert names <= set().union(*tables["reservas"])
    assert any("data_finalizado" in row for row in tables["atendimentos"])


def test_values_are_of_the_types_that_the_maps_name(tables: dict[str, list[Row]]):
    def fits(kind: str, value: Any) -> bool:
        match kind:
            case "bigint":
                return isinstance(value, int) or str(value).isdigit()
            case "decimal":
                return isinstance(value, int | float)
            case "json":
                return isinstance(value, list)
            case _:
                return isinstance(value, str | int)

    for table, rows in tables.items():
        mapped = yaml.safe_load((MAPS / f"{table}.yml").read_text("utf-8"))["columns"]
        wrong = {
            name
            for row in rows
            for name, kind in mapped.items()
            if row.get(name) is not None and not fits(kind, row[name])
        }
        assert wrong == set(), table


def test_keys_are_unique(tables: dict[str, list[Row]]):
    for table, endpoint in endpoints().items():
        keys = Counter(endpoint.key_of(row) for row in tables[table])
        assert {key for key, times in keys.items() if times > 1} == set(), table


def test_about_as_many_reservations_come_as_were_asked_for(simulated: Simulated, tmp_path: Path):
    assert abs(len(simulated.tables["reservas"]) - RESERVAS) < 0.1 * RESERVAS
    more = simulate(tmp_path, 7, reservas=2000)
    assert abs(len(more.tables["reservas"]) - 2000) < 0.1 * 2000
    assert FEWEST_RESERVAS < RESERVAS


def test_values_look_as_they_do_on_the_wire(tables: dict[str, list[Row]]):
    for table, rows in tables.items():
        for row in rows:
            for value in walk(row):
                # Whole numbers have no decimals, and there is no third kind of number.
                assert not (isinstance(value, float) and value == int(value)), (table, value)
                assert not isinstance(value, bool)
            stamp = row.get("referencia_data", ZERO)
            assert MOMENT.fullmatch(stamp), (table, stamp)
            assert stamp <= f"{LAST_DAY} 23:59:59"
    for table in ("unidades", "unidades_precos"):
        for row in tables[table]:
            assert re.fullmatch(r"\d+\.\d{2}", row["valor"])
            assert re.fullmatch(r"\d+\.\d{2}", row["valor_avaliacao"])
    units = tables["unidades"]
    assert {type(row["idunidade"]) for row in units} == {str}
    assert {type(row["area_privativa"]) for row in units} == {str}
    assert {type(row["idunidade"]) for row in tables["reservas"]} == {int}
    assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", row["data_entrega"]) for row in units)
    custom = [each["valor"] for row in units for each in row["campos_adicionais"]]
    assert all(re.fullmatch(r"\d{1,3}(\.\d{3})*,\d{2}", text) for text in custom)
    for row in tables["reservas"]:
        assert MOMENT.fullmatch(row["data_cad"])
        assert row["data_venda"] is None or MOMENT.fullmatch(row["data_venda"])
    assert {type(row["valor_contrato"]) for row in tables["reservas"]} == {int, float, type(None)}


def test_nulls_zero_dates_zero_ids_entities_and_lists_of_leads_occur(
    tables: dict[str, list[Row]],
):
    reservas = tables["reservas"]
    assert {row["data_venda"] for row in reservas} >= {None, ZERO}
    assert ZERO in {row["referencia_data"] for row in reservas}
    for column in ("idimobiliaria", "idtime", "idmidia"):
        assert 0 in {row[column] for row in reservas}
    assert any(re.fullmatch(r"\d+,\d+", row["idlead"] or "") for row in reservas)
    assert any("," in row["idempreendimento"] for row in tables["leads"])
    assert any(row["campos_adicionais"] for row in reservas)
    assert any(row["associados"] for row in reservas)
    assert any(row["RetornarAssociados"] for row in tables["vendas"])
    assert {"reserva", "idreserva"} <= set().union(*tables["repasses"])
    names = {row["nome_empreendimento"] for row in tables["unidades"]}
    assert {"Edif&iacute;cio Aurora", "Residencial Vila &amp; Campo"} <= names
    # Decoded, a project has one name everywhere.
    decoded = defaultdict(set)
    for table, column in (("unidades", "nome_empreendimento"), ("reservas", "empreendimento")):
        for row in tables[table]:
            decoded[row["idempreendimento"]].add(html.unescape(row[column]))
    assert all(len(each) == 1 for each in decoded.values())


def test_reference_dates_are_those_that_the_contract_tells(tables: dict[str, list[Row]]):
    for table, column in (
        ("atendimentos", "data_modificacao"), ("imobiliarias", "data_modificacao"),
        ("comissoes", "data_cad"), ("vendas", "data_venda"),
    ):  # fmt: skip
        assert all(row["referencia_data"] == row[column] for row in tables[table])


def test_buyers_are_people_of_the_shared_population(simulated: Simulated):
    people = simulated.people
    known = dict(zip(people.documento, people.nome, strict=True))
    buyers = {row["documento_cliente"]: row["cliente"] for row in simulated.tables["reservas"]}
    assert len(buyers) > 300
    assert buyers.items() <= known.items()
    assert {len(document) for document in buyers} == {11, 14}
    for table in ("vendas", "repasses"):
        for row in simulated.tables[table]:
            assert known[row["documento_cliente"]] == row["cliente"]


def test_children_have_parents_but_for_the_listed_orphans(simulated: Simulated):
    tables = simulated.tables
    # What only vendas has, has its children all the same.
    deals = {row["idreserva"] for table in ("reservas", "vendas") for row in tables[table]}
    for table in ("comissoes", "distratos", "vendas"):
        assert {row["idreserva"] for row in tables[table]} <= deals, table
    assert {row.get("reserva", row.get("idreserva")) for row in tables["repasses"]} <= deals
    orphans = simulated.ids("reservas_condicoes", "idreserva", "idreserva")
    assert {row["idreserva"] for row in tables["reservas_condicoes"]} - deals == orphans
    assert len(orphans) >= 2
    commissions = {row["idcomissao"] for row in tables["comissoes"]}
    assert {row["idcomissao"] for row in tables["comissoes_pagamentos"]} <= commissions
    units = {int(row["idunidade"]) for row in tables["unidades"]}
    for table in ("reservas", "vendas", "distratos", "unidades_precos", "unidades_situacao"):
        assert {row["idunidade"] for row in tables[table]} <= units, table
    brokers = {row["idcorretor"]: row["nome"] for row in tables["corretores"]}
    assert all(brokers[row["idcorretor"]] == row["corretor"] for row in tables["reservas"])
    agencies = {row["idimobiliaria"] for row in tables["imobiliarias"]} | {0}
    assert {row["idimobiliaria"] for row in tables["reservas"]} == agencies
    leads = {row["idlead"] for row in tables["leads"]}
    named = {int(row["idlead"].split(",")[0]) for row in tables["reservas"] if row["idlead"]}
    assert named <= leads


def test_instalments_add_up_to_the_contract(simulated: Simulated):
    paid: dict[int, int] = defaultdict(int)
    series = defaultdict(set)
    for row in simulated.tables["reservas_condicoes"]:
        paid[row["idreserva"]] += cents(row["valor"]) * row["parcela_quantidade"]
        series[row["idreserva"]].add(row["serie"])
    without_value = {
        number
        for table in ("reservas", "vendas")
        for number in simulated.ids(table, "valor_contrato", "idreserva")
    }
    checked = 0
    for row in simulated.tables["reservas"]:
        if is_sale(row) and row["idreserva"] not in without_value:
            assert paid[row["idreserva"]] == cents(row["valor_contrato"])
            checked += 1
    assert checked > 400
    assert len(set().union(*series.values())) > 15


@pytest.mark.parametrize("luck", [0.0, 0.000013, 0.123456, 0.5, 0.987654])
def test_any_plan_adds_up_to_the_cent(luck: float):
    for contract in (100_01, 333_333_33, 218_345_67):
        for lent in (0, contract // 2, contract * 92 // 100):
            series = plan(contract, lent, contract // 20, contract * 6 // 100, luck)
            assert sum(each.quantidade * each.valor for each in series) == contract
            assert {each.serie for each in series} <= set(SERIES)


def test_commissions_are_a_few_per_cent_of_the_contract(simulated: Simulated):
    total: dict[int, int] = defaultdict(int)
    value = {}
    states = Counter()
    for row in simulated.tables["comissoes"]:
        states[row["situacao"]] += 1
        value[row["idreserva"]] = cents(row["valor_contrato"])
        if row["ativo"] == "S":
            total[row["idreserva"]] += cents(row["valor_comissao"])
        assert (row["data_pagamento"] is not None) == (row["situacao"] == "Paga")
    shares = [100 * total[number] / value[number] for number in total]
    assert 3.5 < min(shares) < max(shares) < 6.01
    assert {"Paga", "A pagar", "Cancelada"} == set(states)
    assert any(row["valor_comissao"] < 0 for row in simulated.tables["comissoes"])
    assert any(row["valor"] < 0 for row in simulated.tables["comissoes_pagamentos"])
    paid: dict[int, int] = defaultdict(int)
    for row in simulated.tables["comissoes_pagamentos"]:
        paid[row["idcomissao"]] += cents(row["valor"])
    for row in simulated.tables["comissoes"]:
        if row["idcomissao"] in paid:
            assert paid[row["idcomissao"]] == cents(row["valor_comissao"])


def test_a_unit_has_one_reservation_at_a_time(tables: dict[str, list[Row]]):
    undone = {row["idreserva"]: row["situacao_data"] for row in tables["distratos"]}
    periods = defaultdict(list)
    for row in tables["reservas"]:
        over = undone.get(row["idreserva"]) or row["data_cancelamento"]
        periods[row["idunidade"]].append((row["data_cad"], over or "9999"))
    for each in periods.values():
        each.sort()
        for (_, end), (start, _) in pairwise(each):
            assert end < start
    assert max(map(len, periods.values())) > 1
    # Some units were sold again after a distrato.
    sold = Counter(row["idunidade"] for row in tables["reservas"] if is_sale(row))
    assert max(sold.values()) > 1


def test_units_stand_as_their_deals_left_them(simulated: Simulated):
    only_in_vendas = simulated.ids("vendas", "idreserva", "idreserva")
    expected = {}
    for row in simulated.tables["reservas"]:
        if row["ativo"] == "S":
            state = {"Vendida": 3, "Reservada": 2, "Em processo": 5}[row["situacao"]]
            expected[row["idunidade"]] = state
    for row in simulated.tables["vendas"]:
        if row["idreserva"] in only_in_vendas:
            expected[row["idunidade"]] = 3
    found = Counter()
    for row in simulated.tables["unidades"]:
        state = row["situacao_mapa_disponibilidade"]
        found[state] += 1
        assert state == expected.get(int(row["idunidade"]), state)
        assert (int(row["idunidade"]) in expected) == (state in {2, 3, 5})
        assert (row["data_bloqueio"] is not None) == (state == 4)
        assert row["situacao_vendida"] == (state == 3)
    assert set(found) == {1, 2, 3, 4, 5}
    newest: dict[int, Row] = {}
    for row in sorted(simulated.tables["unidades_situacao"], key=lambda each: each["modificou"]):
        assert row["de_situacao"] == newest.get(
            row["idunidade"], {"para_situacao": "Disponível"}
        )["para_situacao"]  # fmt: skip
        newest[row["idunidade"]] = row
    blocked = {unit for unit, row in newest.items() if row["para_situacao"] == "Bloqueada"}
    assert blocked == {
        int(row["idunidade"]) for row in simulated.tables["unidades"] if row["data_bloqueio"]
    }


def test_no_unit_is_blocked_or_reserved_before_it_is_launched(tables: dict[str, list[Row]]):
    launched: dict[int, date] = {}
    for row in tables["unidades_precos"]:
        start = br(row["data_vigencia_de"])
        launched[row["idunidade"]] = min(start, launched.get(row["idunidade"], start))
        assert row["data_vigencia_ate"] is None or br(row["data_vigencia_ate"]) >= start
    assert len(launched) == len(tables["unidades"])
    for row in tables["reservas"]:
        assert date.fromisoformat(row["data_cad"][:10]) > launched[row["idunidade"]]
    ended = {
        row["idunidade"]: row["data_cancelamento"] for row in tables["reservas"]
        if row["data_cancelamento"]
    }  # fmt: skip
    for row in tables["unidades"]:
        if row["data_bloqueio"]:
            blocked, number = br(row["data_bloqueio"]), int(row["idunidade"])
            assert launched[number] <= blocked <= date.fromisoformat(LAST_DAY)
            assert number not in ended or blocked.isoformat() > ended[number][:10]
    by_project = defaultdict(set)
    for row in tables["unidades"]:
        by_project[row["idempreendimento"]].add(launched[int(row["idunidade"])])
    assert 6 <= len(by_project) <= 10
    # Launched over time, and in stages.
    assert len(set().union(*by_project.values())) >= 12
    assert max(map(len, by_project.values())) == 3


def test_prices_rise_every_half_year_and_sales_quote_the_table_of_their_day(
    simulated: Simulated,
):
    zero = simulated.ids("unidades_precos", "valor", "idunidade")
    prices = defaultdict(list)
    for row in simulated.tables["unidades_precos"]:
        prices[row["idunidade"]].append((br(row["data_vigencia_de"]), cents(row["valor"]), row))
    for each in prices.values():
        each.sort(key=lambda price: price[0])
        if each[0][2]["idunidade"] not in zero:
            assert [price for _, price, _ in each] == sorted({price for _, price, _ in each})
        # Each holds until the day before the next, and none is deleted.
        ends = [row["data_vigencia_ate"] for *_, row in each]
        starts = [f"{start - timedelta(days=1):%d/%m/%Y}" for start, *_ in each[1:]]
        assert ends == [*starts, None]
        assert {row["ativo"] for *_, row in each} == {"S"}
    assert max(map(len, prices.values())) == 5
    for row in simulated.tables["reservas"]:
        day = date.fromisoformat(row["data_cad"][:10])
        held = [price for price in prices[row["idunidade"]] if price[0] <= day][-1]
        assert row["idtabela"] == held[2]["idtabela"]
        assert row["vgv_tabela"] == held[1] / 100 or row["idunidade"] in zero
    current = {int(row["idunidade"]): row["valor"] for row in simulated.tables["unidades"]}
    assert all(cents(current[unit]) == each[-1][1] for unit, each in prices.items())


def test_the_story_is_like_life(simulated: Simulated):
    tables = simulated.tables
    states = Counter(row["situacao"] for row in tables["reservas"])
    assert set(states) == {
        "Vendida", "Vencida", "Cancelada", "Distratada", "Reservada", "Em processo",
    }  # fmt: skip
    assert 0.5 < states["Vendida"] / len(tables["reservas"]) < 0.85
    sold = Counter(map(months, simulated.sales))
    assert len([month for month in sold if month >= "2024-11"]) == 24
    # Two years, and a little of what was before.
    assert "2024-08" <= min(sold) < "2024-11"
    november = sold["2024-11"] + sold["2025-11"]
    assert november > sold["2025-01"] + sold["2026-01"]
    assert {row["situacao"] for row in tables["repasses"]} == {
        "Aguardando documentação", "Em análise no banco", "Contrato assinado",
        "Registro em cartório", "Recurso liberado", "Cancelado",
    }  # fmt: skip


def test_some_projects_sell_nothing_for_a_month(simulated: Simulated):
    silent = {12: ["2026-01"], 13: ["2025-09", "2025-10"], 16: ["2026-05"]}
    rows = [row for row in simulated.tables["vendas"]]
    for project, expected in silent.items():
        sold = {months(row) for row in rows if row["idempreendimento"] == project}
        assert sold.isdisjoint(expected)
        assert min(sold) < expected[0]
        assert max(sold) > expected[-1]


def test_inactive_projects_are_known_by_their_units_only(tables: dict[str, list[Row]]):
    listed = {row["idempreendimento"] for row in tables["empreendimentos"]}
    named = {row["idempreendimento"] for row in tables["unidades"]}
    assert len(named - listed) == 2
    assert listed < named


def test_brokers_have_teams_or_none_and_some_change_theirs(tables: dict[str, list[Row]]):
    teams = defaultdict(set)
    for row in tables["reservas"]:
        teams[row["idcorretor"]].add(row.get("time", row.get("nome_time")))
    assert None in set().union(*teams.values())
    assert any(len(each) > 1 for each in teams.values())
    assert {row["imobiliaria"] for row in tables["reservas"]} > {None}


def test_two_brokers_are_equal_in_all_that_a_ranking_looks_at(simulated: Simulated):
    commission: dict[int, int] = defaultdict(int)
    for row in simulated.tables["comissoes"]:
        if row["ativo"] == "S":
            commission[row["idreserva"]] += cents(row["valor_comissao"])
    ranking = defaultdict(lambda: [0, 0, 0])
    for row in simulated.sales:
        if row["data_venda"] > "2025-11":
            figures = ranking[row["corretor"]]
            figures[0] += commission[row["idreserva"]]
            figures[1] += cents(row["valor_contrato"] or 0)
            figures[2] += 1
    times = Counter(tuple(each) for each in ranking.values())
    (tie,) = (figures for figures, count in times.items() if count == 2)
    assert all(figure > 0 for figure in tie)


def test_endpoint_vendas_shows_cancelled_sales_of_the_last_days_as_if_they_stood(
    simulated: Simulated,
):
    tables = simulated.tables
    undone = {row["idreserva"]: row["situacao_data"] for row in tables["distratos"]}
    shown = {row["idreserva"] for row in tables["vendas"] if row["ativo"] == "S"}
    assert {row["idreserva"] for row in simulated.sales} <= shown
    lingering = simulated.ids("vendas", "ativo", "idreserva")
    assert lingering == shown & set(undone)
    assert len(lingering) >= 3
    assert min(undone[number] for number in lingering) > "2026-10-11"
    assert {row["ativo"] for row in tables["reservas"] if row["idreserva"] in undone} == {"N"}
    for row in tables["reservas"]:
        if row["idreserva"] in undone:
            assert row["data_venda"] < undone[row["idreserva"]]
            assert row["situacao"] == "Distratada"
    assert Counter(row["aprovada"] for row in tables["vendas"]).most_common(1)[0][0] == "Não"


def test_faults_are_listed_where_they_are_and_nowhere_else(simulated: Simulated):
    tables = simulated.tables
    delivered = {row["idreserva"] for row in tables["reservas"]}
    deals = delivered | {row["idreserva"] for row in tables["vendas"]}
    undone = {row["idreserva"] for row in tables["distratos"]}

    def overpaid(row: Row) -> bool:
        paid = row["valor_financiamento"] + row["valor_fgts"] + row["valor_subsidio"]
        return bool(row["valor_contrato"]) and paid > row["valor_contrato"]

    def worthless(row: Row) -> bool:
        return row["valor_contrato"] in (0, None)

    def above(row: Row) -> bool:
        # A percentage has two decimals.
        most = row["valor_contrato"] * (row["porcentagem_comissao"] + 0.005) / 100
        return row["ativo"] == "S" and row["valor_comissao"] > most + 0.01

    checks: dict[tuple[str, str], Callable[[Row], bool]] = {
        ("reservas", "valor_contrato"): worthless,
        ("vendas", "valor_contrato"): worthless,
        ("reservas", "valor_financiamento"): overpaid,
        ("reservas_condicoes", "idreserva"): lambda row: row["idreserva"] not in deals,
        ("reservas_condicoes", "serie"): lambda row: row["serie"] == "PERMUTA VEÍCULO",
        ("reservas_condicoes", "vencimento"): lambda row: row["vencimento"] == "31/02/2025",
        ("vendas", "idreserva"): lambda row: row["idreserva"] not in delivered,
        ("vendas", "ativo"): lambda row: row["ativo"] == "S" and row["idreserva"] in undone,
        ("comissoes", "idreserva"): lambda row: row["ativo"] == "S" and row["idreserva"] in undone,
        ("comissoes", "valor_comissao"): above,
        ("unidades", "data_entrega"): lambda row: row["data_entrega"] == "31/02/2025",
        ("unidades_precos", "valor"): lambda row: row["valor"] == "0.00",
    }
    listed = defaultdict(list)
    for each in simulated.defects:
        listed[each.arquivo.removesuffix(".jsonl"), each.coluna].append(each.linha)
    assert listed.keys() == checks.keys()
    for (table, column), has_it in checks.items():
        found = [number for number, row in enumerate(tables[table], start=1) if has_it(row)]
        assert found == listed[table, column]
        assert len(found) >= 2


def test_two_sales_fall_on_the_leap_day_when_it_is_in_range(tmp_path: Path):
    leap = simulate(tmp_path, 7, date(2025, 6, 1))
    assert [row["data_venda"][:10] for row in leap.tables["vendas"]].count("2024-02-29") >= 2
    assert max(months(row) for row in leap.sales) == "2025-06"


def test_the_smallest_population_has_every_case_too(tmp_path: Path):
    result = mirante("simulate", "--out", str(tmp_path), "--clients", "25", "--source", "vendas")
    assert result.returncode == 0, result.stderr
    tenant = Tenant.read(tmp_path / "cvcrm")
    assert all(tenant.count(table) for table in endpoints())
    states = {row["situacao_mapa_disponibilidade"] for row in tenant.rows("unidades")}
    assert states == {1, 2, 3, 4, 5}
    assert {row["situacao"] for row in tenant.rows("reservas")} >= {"Distratada", "Vencida"}
    listed = (tmp_path / "defeitos.csv").read_text("utf-8").splitlines()
    assert len({tuple(line.split(",")[i] for i in (0, 2)) for line in listed[1:]}) == 12
    next_day(tenant, 1)


def test_same_seed_same_bytes(simulated: Simulated, tmp_path: Path):
    again, other = simulate(tmp_path / "a", 7), simulate(tmp_path / "b", 8)
    for path in sorted(simulated.folder.iterdir()):
        assert (again.folder / path.name).read_bytes() == path.read_bytes(), path.name
        assert (other.folder / path.name).read_bytes() != path.read_bytes(), path.name


def test_the_next_day_changes_what_it_says_and_nothing_else(simulated: Simulated):
    before, after = (Tenant.read(simulated.folder) for _ in range(2))
    again, changed = next_day(after, 3)
    assert again is after
    assert changed == next_day(Tenant.read(simulated.folder), 3)[1]
    different = set()
    for table, endpoint in endpoints().items():
        old = {endpoint.key_of(row): row for row in before.rows(table)}
        new = {endpoint.key_of(row): row for row in after.rows(table)}
        assert old.keys() <= new.keys()
        different |= {(table, key) for key in new if old.get(key) != new[key]}
    assert different == set(changed)
    assert len(changed) == len(set(changed))


def test_the_next_day_has_a_bit_of_everything(simulated: Simulated):
    before = Tenant.read(simulated.folder)
    after, changed = next_day(Tenant.read(simulated.folder), 3)
    by_table = defaultdict(list)
    for table, key in changed:
        by_table[table].append((before.get(table, *key), after.get(table, *key)))
    reservas = by_table["reservas"]
    assert sum(old is None for old, _ in reservas) == 3
    cancelled = [(old, new) for old, new in reservas if old and old["ativo"] > new["ativo"]]
    assert [is_sale(new) for _, new in cancelled].count(True) == 1
    assert [is_sale(new) for _, new in cancelled].count(False) == 1
    assert any(old and is_sale(new) and not is_sale(old) for old, new in reservas)
    ((none, sale),) = by_table["vendas"]
    assert none is None
    newest = max(row["referencia_data"] for row in before.rows("reservas"))
    assert newest < sale["data_venda"] < "2026-11-02"
    assert len(by_table["distratos"]) == 1
    # Found by a full reading only: the reference date stays where it was.
    paid = [(old, new) for old, new in by_table["comissoes"] if old and new["situacao"] == "Paga"]
    assert [old["referencia_data"] == new["referencia_data"] for old, new in paid] == [True]
    units = by_table["unidades"]
    assert all(old["referencia_data"] == new["referencia_data"] for old, new in units)
    assert {new["situacao_mapa_disponibilidade"] for _, new in units} == {1, 2, 3}
    assert any(old is None for old, _ in by_table["unidades_precos"])
    plans: dict[int, int] = defaultdict(int)
    for row in after.rows("reservas_condicoes"):
        plans[row["idreserva"]] += cents(row["valor"]) * row["parcela_quantidade"]
    assert plans[sale["idreserva"]] == cents(sale["valor_contrato"])
    # And the day after that.
    next_day(after, 3)


def test_the_server_shows_what_was_simulated(simulated: Simulated):
    headers = {"email": "a@example.com", "token": "t"}
    tenant = Tenant.read(simulated.folder)
    with CvdwServer(tenant, token="t", email="a@example.com") as server:
        for table, endpoint in endpoints().items():
            answer = requests.get(
                server.url + endpoint.path, headers=headers, timeout=10,
                params={"registros_por_pagina": 500},
            ).json()  # fmt: skip
            rows = simulated.tables[table]
            if endpoint.listed:
                assert answer == rows
                continue
            assert answer["total_de_registros"] == len(rows)
            stamps = [row["referencia_data"] for row in answer["dados"]]
            assert stamps == sorted(stamps)
            assert {endpoint.key_of(row) for row in answer["dados"]} <= set(
                map(endpoint.key_of, rows)
            )


@pytest.mark.slow
def test_thirty_thousand_reservations_stay_in_bounded_memory(tmp_path: Path):
    script = f"""
from datetime import date
from pathlib import Path
from loaders.simulator.population import make_population
from loaders.simulator.vendas import simulate_vendas
for _ in simulate_vendas(make_population(90_000, 7), Path({str(tmp_path)!r}), date(2026, 10, 1), 7):
    pass
# Of this program alone: what getrusage tells includes the process that started it.
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True
    )
    assert int(result.stdout) < 300 * 1024
    with (tmp_path / "cvcrm" / "reservas.jsonl").open("rb") as lines:
        assert sum(1 for _ in lines) > 25_000
