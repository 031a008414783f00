"""A car brand's bonuses land as they came, every line of an invoice."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from loaders import controladoria
from loaders.file_loads import FileResult, Outcome
from loaders.server import Server
from tests.loaders.cards import write
from tests.loaders.conftest import SECRET
from tests.loaders.controladoria import LINE
from tests.loaders.files import query
from tests.loaders.helpers import mirante


def load(server: Server, *paths: Path) -> list[FileResult]:
    return list(controladoria.source().load(server, "bonus", [str(path) for path in paths]))


def raw(server: Server, text: str) -> list[tuple[Any, ...]]:
    return query(server, text, controladoria.DATASET)


def test_every_line_of_an_invoice_lands_as_it_came(user_server: Server, tmp_path: Path):
    path = write(tmp_path / "controladoria_202610.csv", LINE, LINE, LINE | {"trade": " R$ 5 "})
    [result] = load(user_server, path)
    assert (result.outcome, result.rows) == (Outcome.CARREGADO, 3)
    assert raw(
        user_server,
        "select _linha, idnfsexterno, trade, trade_mkt_dpto from {schema}.bonus order by 1",
    ) == [
        (2, "NF1", "300.00", "a confirmar"),
        (3, "NF1", "300.00", "a confirmar"),
        (4, "NF1", " R$ 5 ", "a confirmar"),
    ]
    [again] = load(user_server, path)
    assert again.outcome is Outcome.SEM_MUDANCA


def test_a_workbook_is_found_by_other_names_of_its_columns_and_dates_are_days(
    user_server: Server, workbook: Any
):
    header = [
        "Id NF Externo", "Modelo", "Mês Competência", "Vlr Bonus", "Valor Trade",
        "Bonus Departamento", "Trade Departamento", "Situação Bônus", "Observação",
        "Data Processamento",
    ]  # fmt: skip
    row = ["NF1", "Aurora", date(2026, 10, 1), 10.5, 2, 10.5, 2, "Sim", "OK", date(2026, 10, 5)]
    days = {"default_date_format": "dd/mm/yyyy"}
    path = workbook({"Bônus": [["Bônus de outubro"], header, row]}, name="b.xlsx", **days)
    [result] = load(user_server, path)
    assert (result.outcome, result.rows) == (Outcome.CARREGADO, 1)
    [(competencia, bonus, day)] = raw(
        user_server, "select competencia, valor_bonus, dta_processamento from {schema}.bonus"
    )
    assert (competencia[:10], bonus, day[:10]) == ("2026-10-01", "10.5", "2026-10-05")


def test_the_command_refuses_what_is_no_such_file_and_shows_none_of_it(
    user_server: Server, tmp_path: Path
):
    write(tmp_path / "a.csv", LINE)
    write(tmp_path / "b.csv", {"idnfsexterno": SECRET, "trade": SECRET})
    result = mirante("load", "controladoria", str(tmp_path), "--json")
    assert result.returncode == 1
    told = json.loads(result.stdout)
    assert [(each["arquivo"], each["rows"]) for each in told] == [("a.csv", 1), ("b.csv", 0)]
    assert "des_modelo" in result.stderr
    assert SECRET not in result.stdout + result.stderr
