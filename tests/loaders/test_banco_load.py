"""Loading bank files: both kinds as csv and workbook, all their dresses, exactly once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loaders import banco, sources
from loaders.contracts import load_contract
from loaders.file_loads import Outcome
from loaders.reading import plain, read_file
from loaders.reading.launcher import make_job
from loaders.server import Server
from loaders.settings import mirante_home
from tests.loaders.bank import (
    CLIENT,
    TRANSACTION,
    clients,
    load,
    raw,
    transactions,
    visible,
)
from tests.loaders.cards import write
from tests.loaders.conftest import SECRET
from tests.loaders.helpers import mirante

Make = Callable[..., Path]
PORTUGUESE = {
    "nombre": "Nome", "edad": "Idade", "nacimiento": "Data Nascimento", "provincia": "UF",
    "ingresos_mensuales": "Renda Mensal", "documento": "CPF/CNPJ",
    "transaccion_id": "Transação ID", "fecha": "Data", "monto": "Valor",
    "comercio": "Estabelecimento",
}  # fmt: skip
ENGLISH = {
    "cliente_id": "customer_id", "nombre": "name", "edad": "age", "nacimiento": "birth_date",
    "provincia": "state", "ingresos_mensuales": "monthly_income", "documento": "document",
    "transaccion_id": "transaction_id", "fecha": "timestamp", "tipo": "type", "monto": "amount",
    "comercio": "merchant", "categoria": "category",
}  # fmt: skip
TABLES = {"clientes": CLIENT, "transacciones": TRANSACTION}


def rows(*lines: dict[str, str]) -> list[list[str]]:
    """Lay out lines as a sheet has them, the header first."""
    return [list(lines[0]), *(list(line.values()) for line in lines)]


def test_kinds_are_told_by_the_header_whatever_the_name_says(user_server: Server, tmp_path: Path):
    results = load(
        user_server,
        transactions(tmp_path / "clientes.csv"),
        clients(tmp_path / "transacciones_202609.csv", 3),
        write(tmp_path / "x.csv", TRANSACTION | {"transaccion_id": "T9"}, separator=";"),
    )
    assert [result.entidade for result in results] == ["transacciones", "clientes", "transacciones"]
    assert visible(user_server, "clientes") == [(2, "1"), (3, "2"), (4, "3")]
    assert visible(user_server) == [(2, "T1"), (3, "T2"), (2, "T9")]


def test_workbooks_are_told_by_their_sheets_headers(user_server: Server, workbook: Make):
    some = workbook(
        {
            "Capa": [["Extrato"]],
            "Janeiro": [["Movimentos"], [], *rows(TRANSACTION)],
            "Fevereiro": rows(TRANSACTION | {"transaccion_id": "T2"}),
        },
        name="clientes.xlsx",
    )
    who = workbook({"Base": rows(CLIENT)}, name="base.xlsx")
    results = load(user_server, some, who)
    assert [result.entidade for result in results] == ["transacciones", "clientes"]
    assert "planilhas lidas: Janeiro (1 linhas), Fevereiro (1 linhas)" in str(results[0].notices)
    assert raw(
        user_server,
        "select _planilha, _linha, transaccion_id, monto from {schema}.transacciones order by 3",
    ) == [("Janeiro", 4, "T1", "10.50"), ("Fevereiro", 2, "T2", "10.50")]
    assert visible(user_server, "clientes") == [(2, "1")]


@pytest.mark.parametrize("name", ["base.xlsx", "clientes.xlsx", "transacciones.xlsx"])
def test_a_workbook_with_both_kinds_is_refused_and_loses_neither(
    user_server: Server, workbook: Make, name: str
):
    both = workbook({"Quem": rows(CLIENT), "O quê": rows(TRANSACTION)}, name=name)
    [result] = load(user_server, both)
    assert result.outcome is Outcome.RECUSADO
    assert f"{name}: as planilhas 'Quem' (clientes) e 'O quê' (transacciones)" in result.detail
    assert "Salve as de cada tipo num arquivo próprio" in result.detail
    assert SECRET not in result.detail
    assert raw(user_server, "select 1 from {schema}.arquivos") == []


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("names", [{}, PORTUGUESE, ENGLISH], ids=["own", "portuguese", "english"])
def test_every_header_lands_in_the_contracts_columns_by_the_fast_reader(
    user_server: Server, tmp_path: Path, table: str, names: dict[str, str]
):
    line = TABLES[table]
    seen = {names.get(name, name).upper(): line[name] for name in reversed(line)}
    path = write(tmp_path / "a.csv", seen, seen)
    job = tmp_path / "job"
    job.mkdir()
    assert plain.read_plain(make_job(path, load_contract(table), job)) is not None
    [result] = load(user_server, path)
    assert (result.entidade, result.rows, result.notices) == (table, 2, ())
    columns = [column.name for column in banco.source().contract(table).columns]
    assert columns == list(line)
    landed = raw(user_server, f"select {', '.join(columns)} from {{schema}}.{table}")
    assert landed == [tuple(line.values())] * 2


@pytest.mark.parametrize(
    ("separator", "decimal", "date", "encoding", "end"),
    [
        (",", ".", "2026-09-01", "utf-8", "\n"),
        (";", ",", "01/09/2026", "latin-1", "\r\n"),
        (";", ",", "01/09/2026 23:59:59", "cp1252", "\n"),
        (";", ".", "2026-09-01 23:59:59", "utf-8-sig", "\r\n"),
        (",", ".", "2026-09-01T23:59:59-03:00", "utf-16", "\n"),
    ],
)
def test_every_way_to_write_a_csv_lands_as_it_came_and_is_recorded(
    user_server: Server,
    tmp_path: Path,
    separator: str,
    decimal: str,
    date: str,
    encoding: str,
    end: str,
):
    odd = {"latin-1": "\x81", "cp1252": "€"}.get(encoding, "")
    amount = f"-1234{decimal}56"
    line = TRANSACTION | {"fecha": date, "monto": amount, "comercio": f"Açaí{odd}"}
    path = write(tmp_path / "a.csv", line, separator=separator, end=end, encoding=encoding)
    assert load(user_server, path)[0].outcome is Outcome.CARREGADO
    assert raw(
        user_server,
        "select codificacao, separador, marca_decimal, formato_data from {schema}.arquivos",
    ) == [(encoding, separator, decimal, "dd/mm/aaaa" if "/" in date else "iso")]
    assert raw(
        user_server, "select fecha, monto, comercio, _marca_decimal from {schema}.transacciones"
    ) == [(date, amount, line["comercio"], decimal)]


def test_cells_of_a_workbook_land_as_texts_that_mean_the_same(user_server: Server, workbook: Make):
    def typed(book: Any) -> None:
        sheet = book.worksheets()[0]
        sheet.write_number(1, 2, 46266, book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_number(1, 4, 1.234)

    path = workbook({"S": rows(TRANSACTION)}, typed, name="movs.xlsx")
    assert load(user_server, path)[0].outcome is Outcome.CARREGADO
    # A text of 1.234 would be Brazilian thousands.
    assert raw(user_server, "select fecha, monto from {schema}.transacciones") == [
        ("2026-09-01 00:00:00", "1.2340")
    ]


def test_only_columns_outside_the_contract_are_extras(user_server: Server, tmp_path: Path):
    short = {name: CLIENT[name] for name in ("cliente_id", "nombre", "ingresos_mensuales")}
    [result] = load(user_server, write(tmp_path / "a.csv", short | {"Estado": "activo"}))
    assert "Estado" in result.notices[0]
    assert raw(
        user_server, "select cliente_id, provincia, documento, _extras from {schema}.clientes"
    ) == [("1", None, None, '{"Estado": "activo"}')]


@pytest.mark.parametrize(
    ("table", "missing"),
    [
        *(("clientes", name) for name in ("cliente_id", "nombre", "ingresos_mensuales")),
        *(("transacciones", name) for name in ("transaccion_id", "fecha", "monto")),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_missing_required_column_is_refused_by_name_and_nothing_lands(
    user_server: Server, tmp_path: Path, workbook: Make, table: str, missing: str, ending: str
):
    short = {name: SECRET for name in TABLES[table] if name != missing}
    # The name says nothing of the kind.
    path = (
        write(tmp_path / "base.csv", short)
        if ending == "csv"
        else workbook({"Base": rows(short)}, name="base.xlsx")
    )
    [result] = load(user_server, path)
    assert result.outcome is Outcome.RECUSADO
    assert result.detail.startswith(f"base.{ending}: ")
    assert f"falta a coluna obrigatória '{missing}'" in result.detail
    assert ", ".join(short) in result.detail
    assert SECRET not in result.detail
    assert raw(user_server, "select 1 from {schema}.arquivos") == []
    assert visible(user_server, table) == []


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_columns_that_would_clash_in_the_other_kind_do_not_refuse_a_file(
    user_server: Server, tmp_path: Path, workbook: Make, ending: str
):
    # For a file of clients `documento` and `cpf` would be one column named twice.
    line = TRANSACTION | {"nombre": SECRET, "documento": SECRET, "cpf": SECRET}
    twice = {name: SECRET for name in (*CLIENT, "cpf")}
    if ending == "csv":
        paths = [write(tmp_path / "a.csv", line), write(tmp_path / "b.csv", twice)]
    else:
        paths = [
            workbook({"S": rows(line)}, name="a.xlsx"),
            workbook({"S": rows(twice)}, name="b.xlsx"),
        ]
    good, bad = load(user_server, *paths)
    assert (good.outcome, good.entidade, good.rows) == (Outcome.CARREGADO, "transacciones", 1)
    assert bad.outcome is Outcome.RECUSADO
    assert "'documento' (G) e 'cpf' (H)" in bad.detail
    assert SECRET not in bad.detail


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_of_no_kind_is_refused_with_what_each_needs(
    user_server: Server, tmp_path: Path, workbook: Make, ending: str
):
    line = {"nome": SECRET, "x": SECRET}
    path = (
        write(tmp_path / "a.csv", line)
        if ending == "csv"
        else workbook({"S": rows(line)}, name="a.xlsx")
    )
    [result] = load(user_server, path)
    assert result.outcome is Outcome.RECUSADO
    for word in ("ingresos_mensuales (clientes)", "tipo, monto (transacciones)"):
        assert word in result.detail
    assert SECRET not in result.detail


def test_hostile_workbooks_are_refused_by_name_and_do_not_stop_the_others(
    user_server: Server, tmp_path: Path, workbook: Make, archive: Make
):
    far = workbook(
        {"Base": rows(TRANSACTION)},
        lambda book: book.worksheets()[0].write(1048575, 16383, SECRET),
        name="canto.xlsx",
    )
    bomb = archive(b" " * (150 << 20), name="bomba.xlsx")
    cut = tmp_path / "cortado.xlsx"
    cut.write_bytes(workbook({"Base": rows(CLIENT)}, name="inteiro.xlsx").read_bytes()[:2000])
    results = load(user_server, far, bomb, cut, transactions(tmp_path / "bom.csv"))
    assert [result.outcome for result in results] == [
        *[Outcome.RECUSADO] * 3, Outcome.CARREGADO
    ]  # fmt: skip
    for result, words in zip(results[:3], ("Ctrl+End", "zip bomb", "truncado"), strict=True):
        assert result.detail.startswith(result.arquivo)
        assert words in result.detail
        assert SECRET not in result.detail
    assert visible(user_server) == [(2, "T1"), (3, "T2")]


def test_the_same_bytes_are_a_no_op_and_other_bytes_a_version_beside_the_first(
    user_server: Server, tmp_path: Path
):
    paths = [clients(tmp_path / "clientes.csv"), transactions(tmp_path / "t_202609.csv")]
    load(user_server, *paths)

    def everything() -> list[object]:
        return [
            raw(user_server, f"select * from {{schema}}.{table} order by _carregado_em, 2, 5")
            for table in ("clientes", "transacciones", "arquivos")
        ]

    before = everything()
    again = load(user_server, *paths)
    assert {result.outcome for result in again} == {Outcome.SEM_MUDANCA}
    assert everything() == before
    transactions(paths[1], monto="11.00")
    assert load(user_server, *paths)[1].outcome is Outcome.CARREGADO
    assert raw(
        user_server,
        "select count(distinct _arquivo_sha256), count(*) from {schema}.transacciones",
    ) == [(2, 4)]


def test_the_command_takes_both_kinds_mixed_and_shows_no_personal_data(
    user_server: Server, tmp_path: Path
):
    clients(tmp_path / "clientes.csv", 3)
    transactions(tmp_path / "transacciones_202609.csv")
    bad = write(tmp_path / "y.csv", {"cpf": SECRET, "nome": SECRET})
    result = mirante("load", "banco", str(tmp_path), "--json")
    assert result.returncode == 1
    told = json.loads(result.stdout)
    assert [(each["arquivo"], each["entidade"], each["rows"]) for each in told] == [
        ("clientes.csv", "clientes", 3),
        ("transacciones_202609.csv", "transacciones", 2),
        ("y.csv", "", 0),
    ]
    bad.unlink()
    again = mirante("load", "banco", str(tmp_path / "*.csv"))
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("nada a fazer") == 2
    for text in (result.stdout, result.stderr, again.stdout, again.stderr):
        assert SECRET not in text
    assert [path for path in (mirante_home() / "scratch").rglob("*") if path.is_file()] == []


def test_raw_tables_are_there_before_the_first_file(user_server: Server):
    source = next(each for each in sources.file_sources() if each.dataset == banco.DATASET)
    source.ensure_tables(user_server)
    for table in ("clientes", "transacciones", "arquivos"):
        assert raw(user_server, f"select * from {{schema}}.{table}") == []


def test_millions_of_transactions_take_no_more_memory(tmp_path: Path):
    peaks = []
    for count in (100_000, 600_000):
        path = transactions(tmp_path / f"{count}.csv", count)
        scratch = tmp_path / f"s{count}"
        scratch.mkdir()
        result = read_file(path, banco.contracts(), scratch=scratch)
        assert (result.entity, result.rows) == ("transacciones", count)
        peaks.append(result.peak_rss_mb or 0)
    assert max(peaks) < 150
    assert peaks[1] < peaks[0] + 20
