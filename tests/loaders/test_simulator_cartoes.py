"""Simulated card files: readable in every dialect, whole, like life, faults where listed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean

import pytest

from loaders.simulator import cartoes, dialects
from loaders.simulator.cartoes import simulate_cartoes
from loaders.simulator.defects import Defect
from loaders.simulator.population import People, make_population
from tests.cartoes.referencia import Carteira, Fatura, Linha, Pagamento, book_row
from tests.cartoes.seeds import feriados
from tests.loaders.simulated import CsvFile, day, money, read_csv

CLIENTS = 1500
NEWEST = date(2026, 10, 1)
CANONICAL = {
    "dt_emissao_fatura": "data_emissao",
    "dt_vencimento_fatura": "data_vencimento",
    "dt_pagamento": "data_pagamento",
}
REQUIRED = {
    "faturas": {"id_fatura", "id_cliente", "data_emissao", "data_vencimento", "valor_fatura"},
    "pagamentos": {"id_pagamento", "id_fatura", "id_cliente", "data_pagamento", "valor_pagamento"},
}
CURATED = {"MES_DIVERGENTE", "continua como estava", "vale o arquivo corrigido"}


class File(CsvFile):
    """A file of cards."""

    @property
    def kind(self) -> str:
        return self.name.split("_")[1]

    @property
    def month(self) -> str:
        return self.name.removesuffix(".csv").split("_")[2]

    @property
    def key(self) -> str:
        return "id_fatura" if self.kind == "faturas" else "id_pagamento"


@dataclass(frozen=True)
class Simulated:
    """All files of a simulation, and its faults."""

    people: People
    files: dict[str, File]
    defects: list[Defect]

    def of(self, kind: str) -> Iterator[File]:
        return (file for file in self.files.values() if file.kind == kind)

    def rejected(self) -> set[tuple[str, int]]:
        """Files and lines that a fault keeps out."""
        return {
            (each.arquivo, each.linha) for each in self.defects if each.resultado not in CURATED
        }


def read(path: Path) -> File:
    return read_csv(path, CANONICAL, File)


@pytest.fixture(scope="module", params=[50_000, 400], ids=["one block", "blocks"])
def simulated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Simulated:
    folder = tmp_path_factory.mktemp("sim")
    population = make_population(CLIENTS, 7)
    paths = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cartoes, "BLOCK", request.param)
        steps = simulate_cartoes(population, folder, NEWEST, 7)
        while True:
            try:
                paths.append(next(steps))
            except StopIteration as stop:
                files = {path.name: read(path) for path in paths}
                return Simulated(population.people(), files, stop.value)


@pytest.fixture(scope="module")
def carteira(simulated: Simulated) -> Carteira:
    """What is left of the files once faults and older versions are out."""
    faturas, pagamentos = {}, {}
    out = simulated.rejected()
    for file in simulated.files.values():
        for number, line in file.lines.items():
            if (file.name, number) in out:
                continue
            if file.kind == "faturas":
                minimum = line.get("valor_pagamento_minimo", "")
                faturas[line["id_fatura"]] = Fatura(
                    line["id_fatura"], line["id_cliente"], day(line["data_emissao"]),
                    day(line["data_vencimento"]), money(line["valor_fatura"]),
                    money(minimum) if minimum else None,
                )  # fmt: skip
            else:
                pagamentos[line["id_pagamento"]] = Pagamento(
                    line["id_pagamento"], line["id_fatura"], line["id_cliente"],
                    day(line["data_pagamento"]), money(line["valor_pagamento"]),
                )  # fmt: skip
    return Carteira(faturas.values(), pagamentos.values(), feriados())


@pytest.fixture(scope="module")
def book(carteira: Carteira) -> dict[str, Linha]:
    """The newest month's rows by client."""
    dt_ref = date(2026, 11, 1)
    return {cliente: book_row(carteira, dt_ref, cliente) for cliente in carteira.populacao(dt_ref)}


def test_there_are_two_files_a_month_for_two_years_and_one_corrected(simulated: Simulated):
    months = [f"{2024 + m // 12}{m % 12 + 1:02d}" for m in range(10, 34)]
    names = [f"tb_{kind}_{month}.csv" for month in months for kind in ("faturas", "pagamentos")]
    corrected = "tb_faturas_202605_corrigida.csv"
    assert sorted(simulated.files) == sorted([*names, corrected])
    # In order of time, the correction after what it corrects.
    order = list(simulated.files)
    order.remove(corrected)
    assert order == names


def test_most_months_are_canonical_and_the_older_ones_are_not(simulated: Simulated):
    forms = {
        name: (file.separator, file.encoding, file.bom, file.line_end, file.header[2])
        for name, file in simulated.files.items()
    }
    canonical = (",", "utf-8", False, "\n")
    plain = [name for name, form in forms.items() if form[:4] == canonical]
    assert len(plain) > 30
    pagamentos = [form for name, form in forms.items() if "pagamentos" in name]
    assert {form[0] for form in pagamentos} == {",", ";"}
    assert {form[1] for form in pagamentos} == {"utf-8", "iso-8859-1"}
    assert {form[2] for form in pagamentos} == {False, True}
    assert {form[3] for form in pagamentos} == {"\n", "\r\n"}
    assert {form[4] for form in forms.values()} >= {
        "data_emissao", "dt_emissao_fatura", "DATA_EMISSAO"
    }  # fmt: skip
    widths = Counter(len(file.header) for file in simulated.of("faturas"))
    assert widths[5] >= 2
    assert max(widths, key=lambda width: widths[width]) == 10


def test_every_line_without_a_fault_has_a_value_of_its_type_in_each_column(simulated: Simulated):
    out = simulated.rejected()
    for file in simulated.files.values():
        for number, line in file.lines.items():
            assert line.keys() >= REQUIRED[file.kind], file.name
            if (file.name, number) in out:
                continue
            for column, text in line.items():
                if column.startswith("data_"):
                    day(text)
                elif column == "valor_pagamento_minimo":
                    assert text == "" or money(text) >= 0
                elif column.startswith(("valor_", "limite_")):
                    money(text)
                else:
                    assert text, (file.name, number, column)


def test_faults_are_listed_where_they_are(simulated: Simulated):
    found = Counter(each.resultado for each in simulated.defects)
    assert found.keys() == CURATED | {
        "TIPO_INVALIDO", "OBRIGATORIO_AUSENTE", "DATA_IMPOSSIVEL", "ORFAO",
        "CLIENTE_DIVERGENTE", "CHAVE_DUPLICADA_NO_ARQUIVO",
    }  # fmt: skip
    places = [(each.arquivo, each.linha) for each in simulated.defects]
    assert len(set(places)) == len(places)
    invoices = {
        line["id_fatura"]: line["id_cliente"]
        for file in simulated.of("faturas")
        for line in file.lines.values()
    }
    for defect in simulated.defects:
        file = simulated.files[defect.arquivo]
        line = file.lines[defect.linha]
        value = line.get(defect.coluna, "")
        match defect.resultado:
            case "TIPO_INVALIDO":
                assert value in {"a apurar", "isento", "NaN", "today"}
            case "OBRIGATORIO_AUSENTE":
                assert value == ""
                assert defect.coluna in REQUIRED[file.kind]
            case "DATA_IMPOSSIVEL":
                assert day(line["data_vencimento"]) < day(line["data_emissao"])
            case "MES_DIVERGENTE":
                assert f"{day(line['data_emissao']):%Y%m}" != file.month
            case "ORFAO":
                assert value not in invoices
            case "CLIENTE_DIVERGENTE":
                assert invoices[line["id_fatura"]] != value
            case "CHAVE_DUPLICADA_NO_ARQUIVO":
                same = [n for n, each in file.lines.items() if each[file.key] == line[file.key]]
                assert len(same) == 2
                assert defect.linha == min(same)


def test_nothing_is_wrong_that_is_not_listed(simulated: Simulated):
    out = simulated.rejected()
    warned = {
        (each.arquivo, each.linha)
        for each in simulated.defects
        if each.resultado == "MES_DIVERGENTE"
    }
    owners: dict[str, str] = {}
    payments: set[str] = set()
    for file in simulated.files.values():
        keys: set[str] = set()
        for number, line in file.lines.items():
            if (file.name, number) in out:
                continue
            assert line[file.key] not in keys, (file.name, number)
            keys.add(line[file.key])
            if file.kind == "faturas":
                emitted = day(line["data_emissao"])
                assert emitted <= day(line["data_vencimento"])
                assert (f"{emitted:%Y%m}" == file.month) != ((file.name, number) in warned)
                assert (
                    owners.setdefault(line["id_fatura"], line["id_cliente"]) == (line["id_cliente"])
                )
            else:
                # Files are in order: the invoice came before.
                assert owners[line["id_fatura"]] == line["id_cliente"], (file.name, number)
        if file.kind == "pagamentos":
            assert keys.isdisjoint(payments)
            payments |= keys


def test_some_payments_come_in_a_later_months_file_and_some_are_taken_back(simulated: Simulated):
    out = simulated.rejected()
    paid = [
        (file.month, day(line["data_pagamento"]), money(line["valor_pagamento"]))
        for file in simulated.of("pagamentos")
        for number, line in file.lines.items()
        if (file.name, number) not in out
    ]
    assert any(f"{when:%Y%m}" < month for month, when, _ in paid)
    assert not any(f"{when:%Y%m}" > month for month, when, _ in paid)
    reversals = [value for *_, value in paid if value < 0]
    assert 0 < len(reversals) < len(paid) / 50


def test_the_corrected_file_changes_what_is_listed_and_leaves_one_invoice_out(
    simulated: Simulated,
):
    first = simulated.files["tb_faturas_202605.csv"]
    second = simulated.files["tb_faturas_202605_corrigida.csv"]
    before = {line["id_fatura"]: line for line in first.lines.values()}
    after = {line["id_fatura"]: line for line in second.lines.values()}
    (gone,) = [each for each in simulated.defects if each.resultado == "continua como estava"]
    assert before.keys() - after.keys() == {first.lines[gone.linha]["id_fatura"]}
    assert after.keys() < before.keys()
    changed = {
        number
        for number, line in second.lines.items()
        if line["valor_fatura"] != before[line["id_fatura"]]["valor_fatura"]
    }
    assert changed == {
        each.linha for each in simulated.defects if each.resultado == "vale o arquivo corrigido"
    }


def test_ids_of_one_processor_begin_with_zeros_and_are_not_numbers(simulated: Simulated):
    ids = {line["id_fatura"] for file in simulated.of("faturas") for line in file.lines.values()}
    assert any(each.startswith("0") and each.isdigit() for each in ids)
    assert any("-" in each for each in ids)


def test_card_clients_are_the_portfolios_but_for_a_few(simulated: Simulated):
    clients = {
        line["id_cliente"]
        for file in simulated.of("faturas")
        for line in file.lines.values()
        if line["id_cliente"]
    }
    known = set(simulated.people.cliente_id)
    assert 0.6 * CLIENTS < len(clients & known) < 0.85 * CLIENTS
    assert 0 < len(clients - known) < 0.05 * CLIENTS


def test_worse_grades_pay_later_less_and_use_more_of_their_limit(
    simulated: Simulated, book: dict[str, Linha]
):
    people = simulated.people
    grade = dict(zip(people.cliente_id, people.risco.tolist(), strict=True))

    def mean(name: str, lowest: int, highest: int) -> float:
        return fmean(
            float(row[name] or 0)
            for cliente, row in book.items()
            if lowest <= grade.get(cliente, -1) <= highest and row["qt_fatura_vencida_u12m"]
        )

    for name in ("pc_inadimplencia_u12m", "pc_fatura_atraso_u12m", "nr_dias_atraso_medio_u12m"):
        assert mean(name, 0, 1) < mean(name, 3, 5) < mean(name, 7, 12), name
        assert mean(name, 7, 12) > 2 * mean(name, 0, 1), name
    assert mean("pc_valor_pago_u12m", 0, 1) > 1.1 * mean("pc_valor_pago_u12m", 7, 12)
    limit = {
        line["id_cliente"]: (money(line["valor_fatura"]), money(line["limite_credito"]))
        for line in simulated.files["tb_faturas_202609.csv"].lines.values()
    }

    def use(lowest: int, highest: int) -> float:
        return fmean(
            float(value / available)
            for cliente, (value, available) in limit.items()
            if lowest <= grade.get(cliente, -1) <= highest
        )

    assert use(0, 1) < use(3, 5) < use(7, 12)


def test_the_book_of_it_has_every_kind_of_payer(book: dict[str, Linha]):
    assert not any(row["fl_cobertura_incompleta_u12m"] for row in book.values())
    for name in (
        "qt_fatura_paga_em_dia", "qt_fatura_inadimplente", "qt_fatura_atraso", "qt_fatura_parcial",
        "qt_fatura_sem_pagamento", "vl_saldo_credor_total", "vl_pago_excedente",
        "qt_mes_sem_fatura",
    ):  # fmt: skip
        assert any(row[f"{name}_u12m"] for row in book.values()), name
    for name in ("fl_minimo_ausente", "fl_minimo_limitado"):
        assert {row[name] for row in book.values()} == {False, True}, name


def test_pieces_of_a_file_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def written(folder: Path) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes()
            for path in simulate_cartoes(make_population(100, 3), folder, NEWEST, 3)
        }

    whole = written(tmp_path / "whole")
    monkeypatch.setattr(dialects, "SLICE", 7)
    assert written(tmp_path / "pieces") == whole


def test_the_smallest_population_has_cards_too(tmp_path: Path):
    paths = list(simulate_cartoes(make_population(25, 1), tmp_path, NEWEST, 1))
    assert len(paths) == 2 * cartoes.MONTHS + 1
    assert all(len(read(path).lines) for path in paths)


def test_a_later_beginning_leaves_no_payment_of_invoices_before_it(tmp_path: Path):
    list(simulate_cartoes(make_population(60, 1), tmp_path, NEWEST, 1, 3))
    files = [read(path) for path in sorted((tmp_path / "cartoes").iterdir())]
    assert [file.month for file in files if file.kind == "faturas"] == [
        "202608",
        "202609",
        "202610",
    ]
    invoiced = {
        line["id_fatura"]
        for file in files
        if file.kind == "faturas"
        for line in file.lines.values()
    }
    # The last month has faults, orphans too.
    paid = {
        line["id_fatura"]
        for file in files[:-1]
        if file.kind == "pagamentos"
        for line in file.lines.values()
    }
    assert paid
    assert paid <= invoiced
