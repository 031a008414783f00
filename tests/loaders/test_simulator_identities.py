"""The list of who is who: every record of every source, and nobody else."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from stdnum.br import cnpj, cpf

from loaders.simulator import Source, banco, carteira, cartoes, simulate_all, workbooks
from tests.loaders.simulated import CsvFile, read_csv
from tests.loaders.test_simulator_carteira import read as read_workbook

CLIENTS = 3000
SEED = 7
Places = dict[str, set[tuple[str, int]]]


@dataclass(frozen=True)
class Record:
    """A line of the list."""

    fonte: str
    registro: str
    pessoa: int
    documento: str


@dataclass(frozen=True)
class Simulated:
    """All sources, and the list."""

    folder: Path
    records: list[Record]
    rejected: Places

    def of(self, fonte: str) -> list[Record]:
        return [record for record in self.records if record.fonte == fonte]

    def csv_lines(self, path: Path) -> Iterator[dict[str, str]]:
        """Lines of a csv that no fault keeps out."""
        out = self.rejected[path.name]
        for number, line in read_csv(path, {"dt_emissao_fatura": ""}, CsvFile).lines.items():
            if ("", number) not in out:
                yield line


def listed(path: Path) -> list[Record]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Record(row["fonte"], row["registro"], int(row["pessoa"]), row["documento"])
            for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module", params=["one block", "blocks"])
def simulated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Simulated:
    folder = tmp_path_factory.mktemp("sim")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "blocks":
            patch.setattr(carteira, "BLOCK", 700)
            patch.setattr(workbooks, "SHEET_LINES", 2500)
            patch.setattr(cartoes, "BLOCK", 700)
            patch.setattr(banco, "CHUNK", 700)
        list(simulate_all(folder, CLIENTS, SEED, "2026-10", card_months=3))
    rejected: Places = defaultdict(set)
    with (folder / "defeitos.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            # Codes of the quarantine; NULL is what a value becomes.
            if row["resultado"].isupper() and row["resultado"] != "NULL":
                rejected[row["arquivo"]].add((row["planilha"], int(row["linha"])))
    return Simulated(folder, listed(folder / "identidades.csv"), rejected)


def test_sources_come_one_after_another_each_in_the_order_of_its_ids(simulated: Simulated):
    sources = list(dict.fromkeys(record.fonte for record in simulated.records))
    assert sources == ["carteira", "cartoes", "vendas", "banco"]
    for source in sources:
        ids = [record.registro for record in simulated.of(source)]
        assert ids == sorted(set(ids))


def test_the_portfolio_lists_who_has_a_good_line_in_the_newest_position(simulated: Simulated):
    path = simulated.folder / "carteira" / "carteira_202610.xlsx"
    documents: dict[str, set[str]] = defaultdict(set)
    for place, line in read_workbook(path).items():
        if place not in simulated.rejected[path.name]:
            documents[line["cliente_id"]].add(line["cliente_documento"])
    records = simulated.of("carteira")
    assert [record.registro for record in records] == sorted(documents)
    for record in records:
        texts = {text.removesuffix(".0") for text in documents[record.registro]}
        valid = {text for text in texts if cpf.is_valid(text) or cnpj.is_valid(text)}
        match record.documento:
            case "inteiro":
                assert any(text.isdigit() for text in valid)
            case "alfanumérico":
                assert any(not text.isdigit() for text in valid)
            case "sem zeros":
                assert not valid
                assert any(cpf.is_valid(text.zfill(11)) or cnpj.is_valid(text.zfill(14))
                           for text in texts if text != "1.23E+10")  # fmt: skip
            case "inválido":
                assert texts == {"1.23E+10"}
            case _:
                pytest.fail(record.documento)
    assert Counter(record.documento for record in records).keys() == {
        "inteiro", "alfanumérico", "sem zeros", "inválido",
    }  # fmt: skip


def test_cards_list_whoever_was_billed_and_have_no_document(simulated: Simulated):
    billed = {
        line["id_cliente"]
        for path in sorted((simulated.folder / "cartoes").glob("tb_faturas_*.csv"))
        for line in simulated.csv_lines(path)
    }
    records = simulated.of("cartoes")
    assert [record.registro for record in records] == sorted(billed)
    assert {record.documento for record in records} == {"ausente"}
    # The portfolio's numbers are used where there is one.
    ours = [record for record in records if int(record.registro) <= CLIENTS]
    assert all(record.pessoa == int(record.registro) for record in ours)
    assert 0 < len(records) - len(ours) < 0.05 * CLIENTS


def test_sales_list_whoever_reserved_anything(simulated: Simulated):
    buyers: dict[str, str] = {}
    for table in ("reservas", "vendas"):
        for line in (simulated.folder / "cvcrm" / f"{table}.jsonl").read_bytes().splitlines():
            row = json.loads(line)
            buyers[str(row["idcliente"])] = row["documento_cliente"]
    records = simulated.of("vendas")
    assert [record.registro for record in records] == sorted(buyers)
    for record in records:
        lettered = not buyers[record.registro].isdigit()
        assert record.documento == ("alfanumérico" if lettered else "inteiro")


def test_the_bank_lists_its_clients_and_how_their_documents_stand(simulated: Simulated):
    path = simulated.folder / "banco" / "clientes.csv"
    documents = {line["cliente_id"]: line["documento"] for line in simulated.csv_lines(path)}
    records = simulated.of("banco")
    assert [record.registro for record in records] == sorted(documents)
    for record in records:
        document = documents[record.registro]
        is_valid = cpf.is_valid(document) or cnpj.is_valid(document)
        match record.documento:
            case "inteiro":
                assert is_valid
                assert document.isdigit()
            case "alfanumérico":
                assert is_valid
                assert not document.isdigit()
            case "sem zeros":
                assert cpf.is_valid(document.zfill(11)) or cnpj.is_valid(document.zfill(14))
            case "inválido":
                assert document
                assert not is_valid
            case "ausente":
                assert document == ""
    assert len(Counter(record.documento for record in records)) == 5


def test_records_of_one_person_have_one_document_and_others_another(simulated: Simulated):
    document_of: dict[tuple[str, str], str] = {}
    for line in (simulated.folder / "cvcrm" / "reservas.jsonl").read_bytes().splitlines():
        row = json.loads(line)
        document_of["vendas", str(row["idcliente"])] = row["documento_cliente"]
    for row in simulated.csv_lines(simulated.folder / "banco" / "clientes.csv"):
        document_of["banco", row["cliente_id"]] = row["documento"]
    for row in read_workbook(simulated.folder / "carteira" / "carteira_202609.xlsx").values():
        document_of["carteira", row["cliente_id"]] = row["cliente_documento"]
    documents: dict[int, set[str]] = defaultdict(set)
    people: dict[str, set[int]] = defaultdict(set)
    for record in simulated.records:
        document = document_of.get((record.fonte, record.registro))
        if document and (record.documento in ("inteiro", "alfanumérico")):
            documents[record.pessoa].add(document)
            people[document].add(record.pessoa)
    assert {len(each) for each in documents.values()} == {1}
    assert {len(each) for each in people.values()} == {1}


def test_many_are_in_several_sources_and_strangers_in_one(simulated: Simulated):
    sources: dict[int, set[str]] = defaultdict(set)
    for record in simulated.records:
        sources[record.pessoa].add(record.fonte)
    often = Counter(len(each) for each in sources.values())
    assert all(often[number] > 0.02 * CLIENTS for number in (1, 2, 3, 4))
    strangers = {pessoa for pessoa in sources if pessoa > CLIENTS}
    assert {len(sources[pessoa]) for pessoa in strangers} == {1}
    assert {source for pessoa in strangers for source in sources[pessoa]} == {"banco", "cartoes"}


def test_some_strangers_of_the_bank_have_the_name_of_a_client(simulated: Simulated):
    pessoa = {record.registro: record.pessoa for record in simulated.of("banco")}
    people: dict[str, set[int]] = defaultdict(set)
    for line in simulated.csv_lines(simulated.folder / "banco" / "clientes.csv"):
        people[line["nombre"]].add(pessoa[line["cliente_id"]])
    mixed = [each for each in people.values() if min(each) <= CLIENTS < max(each)]
    assert len(mixed) >= 2


def test_only_sources_that_were_asked_for_are_listed(tmp_path: Path):
    list(simulate_all(tmp_path, 60, SEED, "2026-10", [Source.BANCO]))
    assert {record.fonte for record in listed(tmp_path / "identidades.csv")} == {"banco"}
