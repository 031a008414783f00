"""Simulated positions: one workbook a month, in as many sheets as it takes, faults listed."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fastexcel
import pytest

from loaders.simulator import carteira, workbooks
from loaders.simulator.carteira import simulate_carteira
from loaders.simulator.defects import Defect
from loaders.simulator.loan_contracts import HEADER
from loaders.simulator.population import People, make_population
from tests.loaders.conftest import Reader

CLIENTS = 1500
MONTHS = [date(2026, 9, 30), date(2026, 10, 31)]
Row = dict[str, Any]


@dataclass(frozen=True)
class Simulated:
    """Lines of each workbook by sheet and number, and the faults of the last."""

    people: People
    months: list[dict[tuple[str, int], Row]]
    defects: list[Defect]

    @property
    def lines(self) -> dict[tuple[str, int], Row]:
        """The last month's."""
        return self.months[-1]

    def good(self) -> list[Row]:
        out = {(each.planilha, each.linha) for each in self.defects if "_" in each.resultado}
        return [line for place, line in self.lines.items() if place not in out]


def read(path: Path) -> dict[tuple[str, int], Row]:
    """Read the visible sheets as texts, dates and numbers."""
    book = fastexcel.read_excel(path)
    lines: dict[tuple[str, int], Row] = {}
    for name in book.sheet_names[:-1]:
        sheet = book.load_sheet(name, header_row=workbooks.TITLE_ROWS, dtypes="string").to_polars()
        assert tuple(sheet.columns) == HEADER
        for number, row in enumerate(sheet.to_dicts(), start=workbooks.FIRST_LINE):
            lines[name, number] = {key.lower(): value for key, value in row.items()}
    assert book.sheet_names[-1] == "Parâmetros"
    return lines


def simulate(folder: Path, clients: int = CLIENTS, seed: int = 7) -> Simulated:
    population = make_population(clients, seed)
    steps = simulate_carteira(population, folder, MONTHS, seed)
    paths: list[Path] = []
    while True:
        try:
            paths.append(next(steps))
        except StopIteration as stop:
            months = [read(path) for path in paths[:-1]]
            return Simulated(population.people(), months, stop.value)


@pytest.fixture(scope="module", params=["one sheet", "blocks and sheets"])
def simulated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Simulated:
    with pytest.MonkeyPatch.context() as patch:
        if request.param != "one sheet":
            patch.setattr(carteira, "BLOCK", 400)
            patch.setattr(workbooks, "SHEET_LINES", 1000)
            patch.setattr(workbooks, "_SLICE", 300)
        return simulate(tmp_path_factory.mktemp("sim"))


def test_lines_fill_one_sheet_after_another(simulated: Simulated):
    for lines in simulated.months:
        sheets = Counter(sheet for sheet, _ in lines)
        assert list(sheets) == ["Carteira", "Carteira (2)", "Carteira (3)"][: len(sheets)]
        full = list(sheets.values())[:-1]
        assert full == [1000] * len(full)
        assert sum(sheets.values()) > 1.4 * CLIENTS


def test_clients_are_those_of_the_population_and_contracts_their_own(simulated: Simulated):
    known = {
        number: (document, name)
        for number, document, name in zip(
            simulated.people.cliente_id, simulated.people.documento, simulated.people.nome,
            strict=True,
        )
    }  # fmt: skip
    spoilt = {(each.planilha, each.linha) for each in simulated.defects}
    for place, line in simulated.lines.items():
        if place not in spoilt:
            assert known[line["cliente_id"]] == (line["cliente_documento"], line["cliente_nome"])
    numbers = [line["num_contrato"] for line in simulated.good()]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers)
    before = {line["num_contrato"]: line for line in simulated.months[0].values()}
    after = {line["num_contrato"]: line for line in simulated.good()}
    both = before.keys() & after.keys()
    assert len(both) > 0.9 * len(after)
    for number in both:
        for column in ("cliente_id", "linha", "valorcontrato", "datavencimento"):
            if column != "datavencimento" or after[number][column] != "-":
                assert before[number][column] == after[number][column]


def test_contracts_are_signed_over_five_years_and_numbered_as_signed(simulated: Simulated):
    signed = [
        datetime.fromisoformat(line["dataoperacao"]).date()
        for line in simulated.good()
        if "/" not in line["dataoperacao"]
    ]
    assert signed == sorted(signed)
    years = Counter(each.year for each in signed)
    assert all(years[year] > 0.15 * len(signed) for year in range(2022, 2026))
    assert max(signed) <= MONTHS[-1]


def test_worse_grades_are_later_and_better_provided_for(simulated: Simulated):
    late: dict[bool, list[bool]] = {True: [], False: []}
    for line in simulated.good():
        if line["atraso"]:
            late[line["risco_crl"] in ("AA", "A")].append(float(line["atraso"]) > 0)
    share = {good: sum(each) / len(each) for good, each in late.items()}
    assert 0.02 < share[True] < share[False] / 2


def test_faults_are_listed_where_they_are(simulated: Simulated):
    kinds = Counter((each.coluna, each.defeito) for each in simulated.defects)
    assert len(kinds) == 14
    assert kinds.pop(("", "linha de total")) == 1
    assert len(set(kinds.values())) == 1
    places = [(each.planilha, each.linha, each.coluna) for each in simulated.defects]
    assert len(set(places)) == len(places)
    numbers = Counter(line["num_contrato"] for line in simulated.lines.values())
    for each in simulated.defects:
        line = simulated.lines[each.planilha, each.linha]
        value = line.get(each.coluna)
        match each.defeito:
            case "perdeu os zeros (número)":
                document = simulated.people.documento[int(line["cliente_id"]) - 1]
                assert float(value) == float(document)
            case "notação exponencial":
                assert value == "1.23E+10"
            case "acima do valor do contrato":
                assert float(value) > float(line["valorcontrato"])
            case "texto com R$":
                assert value.startswith("R$ ")
            case "texto dd/mm/aaaa":
                assert datetime.strptime(value, "%d/%m/%Y")
            case "em branco":
                assert value is None
            case "outra grafia":
                assert value == f" {value.strip().upper()}  "
                assert value.strip()
            case "começa como fórmula":
                assert value.startswith("=1+1 ")
            case "traço":
                assert value == "-"
            case "dia que não existe":
                assert value == "31/02/2027"
            case "não é número":
                assert value == "a apurar"
            case "contrato repetido no arquivo":
                assert numbers[value] == 2
            case "linha de total":
                assert line["cliente_id"] == "TOTAL GERAL"
                assert (each.planilha, each.linha) == list(simulated.lines)[-1]
            case _:
                pytest.fail(each.defeito)


def test_nothing_is_wrong_that_is_not_listed(simulated: Simulated):
    spoilt = {(each.planilha, each.linha) for each in simulated.defects}
    for lines, out in ((simulated.months[0], set()), (simulated.lines, spoilt)):
        for place, line in lines.items():
            if place in out:
                continue
            assert float(line["saldo_atual"]) > 0
            assert float(line["saldo_provisao"]) <= float(line["saldo_atual"])
            assert int(float(line["atraso"])) >= 0
            assert line["cliente_id"].isdigit()
            assert (line["profissao"] is None) == (line["cliente_sexo"] is None)
            assert line["dataoperacao"] < line["datavencimento"]


def test_all_sheets_of_a_position_land(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: Reader
):
    monkeypatch.setattr(workbooks, "SHEET_LINES", 100)
    path, *_ = simulate_carteira(make_population(150, 7), tmp_path, MONTHS[-1:], 7)
    reading = reader(path)
    seen = {(row["_planilha"], int(row["_linha"])): row for row in reading.rows}
    lines = read(path)
    assert seen.keys() == lines.keys()
    assert [sheet.name for sheet in reading.result.sheets_read] == sorted({s for s, _ in lines})
    for place, line in lines.items():
        for column in ("num_contrato", "cliente_nome"):
            assert seen[place][column] == (line[column] or "")


def test_a_simulation_that_is_cut_off_leaves_no_workbook_that_opens(tmp_path: Path):
    path = tmp_path / "carteira.xlsx"
    with (
        pytest.raises(KeyboardInterrupt),
        workbooks.Workbook(path, "Posição", HEADER, MONTHS[-1]),
    ):
        raise KeyboardInterrupt
    with pytest.raises(fastexcel.FastExcelError):
        fastexcel.read_excel(path)


def test_the_smallest_population_has_a_portfolio_too(tmp_path: Path):
    simulated = simulate(tmp_path, clients=25)
    assert len(simulated.lines) > 25
    assert len({each.resultado for each in simulated.defects}) >= 11
