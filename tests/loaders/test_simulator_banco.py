"""Simulated bank files: like life, one population with the other sources, faults listed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import fmean, median
from typing import Any

import pytest
from stdnum.br import cnpj, cpf

from loaders.file_loads import Outcome
from loaders.server import Server
from loaders.simulator import banco
from loaders.simulator.banco import simulate_banco
from loaders.simulator.bank_movements import TYPES, UNKNOWN_TYPES
from loaders.simulator.defects import Defect
from loaders.simulator.population import People, make_population
from tests.loaders.bank import load, visible
from tests.loaders.simulated import CsvFile, day, money, read_csv

CLIENTS = 1500
NEWEST = date(2026, 10, 1)
CANONICAL = {
    "transacao_id": "transaccion_id",
    "data": "fecha",
    "valor": "monto",
    "estabelecimento": "comercio",
}
Line = dict[str, str]


@dataclass(frozen=True)
class Simulated:
    """All files of a simulation, and its faults."""

    people: People
    files: dict[str, CsvFile]
    defects: list[Defect]

    def rejected(self) -> set[tuple[str, int]]:
        """Files and lines that a fault keeps out."""
        return {(each.arquivo, each.linha) for each in self.defects if each.resultado.isupper()}

    def good(self, name: str) -> list[Line]:
        """Lines of a file that no fault keeps out."""
        out = self.rejected()
        lines = self.files[name].lines
        return [line for number, line in lines.items() if (name, number) not in out]

    @property
    def clients(self) -> list[Line]:
        return self.good("clientes.csv")

    @property
    def months(self) -> dict[str, list[Line]]:
        """Good transactions by file name, the oldest month first."""
        return {name: self.good(name) for name in self.files if name != "clientes.csv"}


def drain(steps: Generator[Path, None, list[Defect]]) -> tuple[list[Path], list[Defect]]:
    paths = []
    while True:
        try:
            paths.append(next(steps))
        except StopIteration as stop:
            return paths, stop.value


@pytest.fixture(scope="module", params=[20_000, 400], ids=["one piece", "pieces"])
def simulated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Simulated:
    population = make_population(CLIENTS, 7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(banco, "CHUNK", request.param)
        paths, defects = drain(
            simulate_banco(population, tmp_path_factory.mktemp("sim"), NEWEST, 7)
        )
    files = {path.name: read_csv(path, CANONICAL, CsvFile) for path in paths}
    return Simulated(population.people(), files, defects)


def by_client(simulated: Simulated, *types: str) -> dict[str, dict[str, Decimal]]:
    """Sum amounts of some types by client and month."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for name, lines in simulated.months.items():
        for line in lines:
            if line["tipo"] in types:
                sums[line["cliente_id"]][name] += money(line["monto"])
    return sums


def test_there_is_a_file_of_clients_and_one_a_month_of_what_they_did(simulated: Simulated):
    months = [f"{2025 + m // 12}{m % 12 + 1:02d}" for m in range(8, 22)]
    names = [f"transacciones_{month}.csv" for month in months]
    assert list(simulated.files) == ["clientes.csv", *names]


def test_most_months_are_canonical_and_the_older_ones_are_not(simulated: Simulated):
    files = list(simulated.files.values())[1:]
    assert {file.separator for file in files} == {",", ";"}
    assert {file.encoding for file in files} == {"utf-8", "iso-8859-1"}
    assert {file.bom for file in files} == {False, True}
    assert {file.line_end for file in files} == {"\n", "\r\n"}
    assert {"TRANSACCION_ID", "transacao_id", "transaccion_id"} == {f.header[0] for f in files}
    assert {6, 7} == {len(file.header) for file in files}
    assert {10, 19} == {len(line["fecha"]) for file in files for line in [file.lines[2]]}
    assert len({file.header for file in files[5:]}) == 1


def test_only_the_document_links_a_client_to_the_portfolio(simulated: Simulated):
    people = simulated.people
    portfolio = dict(zip(people.documento, people.cliente_id, strict=True))
    names = set(people.nome)
    documents = {line["cliente_id"]: line["documento"] for line in simulated.clients}
    ours = {who for who, document in documents.items() if document in portfolio}
    assert 0.45 * CLIENTS < len(ours) < 0.60 * CLIENTS
    assert 0.10 * CLIENTS < len(documents) - len(ours) < 0.25 * CLIENTS
    # The numbers are the bank's own, and most are somebody else's in the portfolio.
    numbers = set(people.cliente_id)
    assert len(numbers & documents.keys()) > 0.5 * CLIENTS
    assert sum(portfolio[documents[who]] == who for who in ours) < 5
    namesakes = [
        line
        for line in simulated.clients
        if line["nombre"] in names
        and len(line["documento"]) == 11
        and cpf.is_valid(line["documento"])
        and line["documento"] not in portfolio
    ]
    assert len(namesakes) >= 2


def test_some_documents_are_spoilt_as_listed(simulated: Simulated):
    listed = {
        each.linha: each.resultado for each in simulated.defects if each.coluna == "documento"
    }
    assert len(set(listed.values())) == 3
    out = simulated.rejected()
    for number, line in simulated.files["clientes.csv"].lines.items():
        document = line["documento"]
        module = cnpj if line["edad"] == "" else cpf
        if ("clientes.csv", number) in out:
            assert number not in listed
        elif listed.get(number) == "documento com os zeros":
            assert not module.is_valid(document)
            assert module.is_valid(document.zfill(14 if module is cnpj else 11))
        elif listed.get(number) == "mantido e marcado":
            assert document
            assert not module.is_valid(document)
        elif number in listed:
            assert document == ""
        else:
            assert module.is_valid(document), number


def test_faults_are_listed_where_they_are(simulated: Simulated):
    found = Counter(each.resultado for each in simulated.defects if each.resultado.isupper())
    assert found.keys() == {
        "TIPO_INVALIDO", "OBRIGATORIO_AUSENTE", "DATA_IMPOSSIVEL", "ORFAO",
        "CHAVE_DUPLICADA_NO_ARQUIVO",
    }  # fmt: skip
    assert len(simulated.rejected()) == sum(found.values())
    known = {line["cliente_id"] for line in simulated.clients}
    for defect in simulated.defects:
        file = simulated.files[defect.arquivo]
        line = file.lines[defect.linha]
        value = line.get(defect.coluna, "")
        key = "cliente_id" if file.name == "clientes.csv" else "transaccion_id"
        match defect.resultado:
            case "TIPO_INVALIDO":
                assert value in {"a confirmar", "treinta", "ayer"}
            case "OBRIGATORIO_AUSENTE":
                assert value == ""
            case "DATA_IMPOSSIVEL":
                assert value == "1980-02-31" or day(value).year < 1100
            case "ORFAO":
                assert value
                assert value not in known
            case "CHAVE_DUPLICADA_NO_ARQUIVO":
                same = [n for n, each in file.lines.items() if each[key] == line[key]]
                assert len(same) == 2
                assert defect.linha == min(same)
                assert file.lines[same[0]] != file.lines[same[1]]


def test_nothing_is_wrong_that_is_not_listed(simulated: Simulated):
    clients = [line["cliente_id"] for line in simulated.clients]
    assert len(set(clients)) == len(clients)
    for line in simulated.clients:
        assert line["nombre"]
        assert (line["edad"] == "") == (line["nacimiento"] == "")
        if line["edad"]:
            years = (date(2026, 11, 1) - day(line["nacimiento"])).days / 365.25
            assert abs(int(line["edad"]) - years) < 1.1
        if line["ingresos_mensuales"]:
            assert money(line["ingresos_mensuales"]) >= 0
    known = set(clients)
    ids: set[str] = set()
    for name, lines in simulated.months.items():
        month = name.removesuffix(".csv")[-6:]
        for line in lines:
            assert f"{day(line['fecha']):%Y%m}" == month
            assert line["cliente_id"] in known
            assert money(line["monto"]) != 0
            assert line["tipo"] in {*TYPES, *UNKNOWN_TYPES}
            assert line["transaccion_id"] not in ids
            ids.add(line["transaccion_id"])


def test_one_salary_comes_a_month_and_is_about_the_declared_income(simulated: Simulated):
    declared = {
        line["cliente_id"]: money(line["ingresos_mensuales"])
        for line in simulated.clients
        if line["ingresos_mensuales"] not in ("", "0.00")
    }
    paid: dict[str, Counter[str]] = defaultdict(Counter)
    for name, lines in simulated.months.items():
        for line in lines:
            if line["tipo"] == "ingreso_sueldo":
                paid[line["cliente_id"]][name] += 1
    assert 0.5 * CLIENTS * 0.7 < len(paid) < len(simulated.clients)
    assert {count for months in paid.values() for count in months.values()} == {1}
    assert max(map(len, paid.values())) == 14
    for who, months in by_client(simulated, "ingreso_sueldo").items():
        if who in declared:
            ratio = median(months.values()) / declared[who]
            assert Decimal("0.95") < ratio < Decimal("1.05")


def test_incomes_differ_by_profession(simulated: Simulated):
    people = simulated.people
    who = {
        document: (job, renda)
        for document, job, renda in zip(
            people.documento, people.profissao, people.renda.tolist(), strict=True
        )
        if job
    }  # fmt: skip
    raised: dict[str, list[float]] = defaultdict(list)
    for line in simulated.clients:
        if line["documento"] in who and line["ingresos_mensuales"] not in ("", "0.00"):
            job, renda = who[line["documento"]]
            raised[job].append(float(line["ingresos_mensuales"]) / renda)
    levels = sorted(median(each) for each in raised.values() if len(each) >= 8)
    assert len(levels) >= 8
    assert levels[-1] > 1.4 * levels[0]


def test_fixed_payments_are_a_share_of_the_income(simulated: Simulated):
    declared = {
        line["cliente_id"]: float(line["ingresos_mensuales"])
        for line in simulated.clients
        if line["ingresos_mensuales"] not in ("", "0.00")
    }
    shares = [
        fmean(map(float, months.values())) / declared[who]
        for who, months in by_client(simulated, "pago_servicio", "debito_automatico").items()
        if who in declared
    ]
    assert len(shares) > 0.4 * CLIENTS
    assert all(0 < share < 0.7 for share in shares)
    assert 0.10 < median(shares) < 0.35
    assert max(shares) > 2 * min(shares)


def test_december_is_the_month_of_purchases(simulated: Simulated):
    bought = {
        name: sum(line["tipo"] == "compra_tarjeta" for line in lines)
        for name, lines in simulated.months.items()
    }
    # The newer months have more clients.
    december = bought["transacciones_202512.csv"]
    assert december > 1.15 * bought["transacciones_202511.csv"]
    assert december > 1.3 * bought["transacciones_202601.csv"]


def test_refunds_are_negative_and_give_back_a_purchase(simulated: Simulated):
    refunds = purchases = 0
    for lines in simulated.months.values():
        bought = {
            (line["cliente_id"], line["comercio"], money(line["monto"]))
            for line in lines
            if line["tipo"] == "compra_tarjeta"
        }
        purchases += len(bought)
        for line in lines:
            if (amount := money(line["monto"])) < 0:
                refunds += 1
                assert line["tipo"] == "compra_tarjeta"
                assert (line["cliente_id"], line["comercio"], -amount) in bought
    assert 0.01 < refunds / purchases < 0.02


def test_there_are_clients_of_every_kind(simulated: Simulated):
    incomes = Counter(line["ingresos_mensuales"] for line in simulated.clients)
    assert incomes[""] > 0.02 * len(simulated.clients)
    assert incomes["0.00"] > 0.01 * len(simulated.clients)
    months = list(simulated.months)
    everything = by_client(simulated, *TYPES, *UNKNOWN_TYPES)
    idle = [line for line in simulated.clients if line["cliente_id"] not in everything]
    assert 0.02 < len(idle) / len(simulated.clients) < 0.07
    begun = Counter(min(months.index(name) for name in each) for each in everything.values())
    assert all(begun[number] for number in (0, 6, 12, 13))
    assert begun[0] > 0.7 * len(everything)
    spent = by_client(
        simulated, "compra_tarjeta", "pago_servicio", "debito_automatico", "extraccion_cajero"
    )
    paused = [each for each in spent.values() if months[0] in each and len(each) < len(months)]
    assert len(paused) > 0.3 * len(spent)
    types = Counter(line["tipo"] for lines in simulated.months.values() for line in lines)
    assert types.keys() == {*TYPES, *UNKNOWN_TYPES}
    assert 0 < sum(types[each] for each in UNKNOWN_TYPES) / types.total() < 0.02
    assert all(types[each] > 0.02 * types.total() for each in TYPES)


def test_no_line_has_two_faults(tmp_path: Path):
    # A spoilt document on a line that is out anyway would never show.
    for seed in range(6):
        _, defects = drain(simulate_banco(make_population(150, seed), tmp_path, NEWEST, seed))
        places = [(each.arquivo, each.linha) for each in defects]
        assert len(set(places)) == len(places), seed


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_smallest_population_has_an_account_too(tmp_path: Path, seed: int):
    paths, _ = drain(simulate_banco(make_population(25, seed), tmp_path, NEWEST, seed))
    assert len(paths) == 15
    assert all(read_csv(path, CANONICAL, CsvFile).lines for path in paths)


def test_memory_holds_one_chunk_of_clients_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked: list[int] = []
    real: Callable[..., Any] = banco.move

    def move(clients: Any, *rest: Any) -> Any:
        asked.append(len(clients))
        return real(clients, *rest)

    monkeypatch.setattr(banco, "move", move)
    monkeypatch.setattr(banco, "CHUNK", 10)
    drain(simulate_banco(make_population(60, 1), tmp_path, NEWEST, 1))
    assert max(asked) <= 10
    assert len(asked) >= 14 * 4


def test_files_in_every_dialect_load_without_a_notice_and_every_line_lands(
    user_server: Server, tmp_path: Path
):
    paths, _ = drain(simulate_banco(make_population(60, 1), tmp_path, NEWEST, 1))
    paths = [*paths[:6], paths[-1]]
    results = load(user_server, *paths)
    assert {result.outcome for result in results} == {Outcome.CARREGADO}
    assert {result.notices for result in results} == {()}
    files = [read_csv(path, CANONICAL, CsvFile) for path in paths]
    assert [result.rows for result in results] == [len(file.lines) for file in files]
    assert len(visible(user_server, "clientes")) == len(files[0].lines)
    assert len(visible(user_server)) == sum(len(file.lines) for file in files[1:])
