"""Simulated bonuses: a workbook a month, all kinds of divergence in each, listed."""

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from loaders.simulator import workbooks
from loaders.simulator.bonus_lines import HEADER
from loaders.simulator.controladoria import MONTHS, SHEET, lines_a_month, simulate_controladoria
from loaders.simulator.defects import Defect

RULES = {"TRADE_MARKETING": 7, "PENDENTE_VERIFICACAO": 3, "VALIDACAO_VALORES": 6}
CODES = {"OBRIGATORIO_AUSENTE": 1, "TIPO_INVALIDO": 1, "DATA_IMPOSSIVEL": 1}


def simulate(folder: Path, seed: int = 7) -> tuple[list[Path], list[Defect]]:
    steps = simulate_controladoria(folder, date(2026, 10, 1), seed, lines_a_month(25))
    paths: list[Path] = []
    while True:
        try:
            paths.append(next(steps))
        except StopIteration as end:
            return paths, end.value


def read(path: Path) -> pl.DataFrame:
    sheet = fastexcel.read_excel(path).load_sheet(
        SHEET, header_row=workbooks.TITLE_ROWS, dtypes="string"
    )
    table = sheet.to_polars()
    assert tuple(table.columns) == HEADER
    return table


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Defect]]:
    return simulate(tmp_path_factory.mktemp("bonus"))


def test_each_month_has_every_kind_of_fault_where_the_list_says(
    simulated: tuple[list[Path], list[Defect]],
):
    paths, defects = simulated
    assert [path.stem[-6:] for path in paths] == [f"2026{month:02d}" for month in range(5, 11)]
    for path in paths:
        own = [each for each in defects if each.arquivo == path.name]
        assert Counter(each.resultado for each in own) == RULES | CODES
        table = read(path)
        for each in own:
            line = table.row(each.linha - workbooks.FIRST_LINE, named=True)
            if each.resultado == "PENDENTE_VERIFICACAO":
                assert "pendente" in line["bonus_utilizado"].lower()
            elif each.resultado == "TRADE_MARKETING":
                assert line["apontamento"].strip() == "Revisar Divergência!"
            elif each.resultado == "OBRIGATORIO_AUSENTE":
                assert line["idnfsexterno"] is None


def test_invoices_have_several_lines_and_some_come_again_with_more(
    simulated: tuple[list[Path], list[Defect]],
):
    tables = [read(path) for path in simulated[0]]
    assert len(tables) == MONTHS
    for before, after in pairwise(tables):
        sizes = after["idnfsexterno"].drop_nulls().value_counts()["count"]
        assert set(sizes.unique()) >= {1, 2}
        again = set(before["idnfsexterno"].drop_nulls()) & set(after["idnfsexterno"].drop_nulls())
        # Of the month whose competência is a text, none.
        assert len(again) == (0 if "2026-07" in before["competencia"].to_list() else 3)
        for number in again:
            assert before["idnfsexterno"].to_list().count(number) == 1
            assert after["idnfsexterno"].to_list().count(number) == 2


def test_same_seed_same_bytes(simulated: tuple[list[Path], list[Defect]], tmp_path: Path):
    (again, same), (other, _) = simulate(tmp_path / "a"), simulate(tmp_path / "b", 8)
    assert same == simulated[1]
    for path, twin, stranger in zip(simulated[0], again, other, strict=True):
        assert path.read_bytes() == twin.read_bytes() != stranger.read_bytes()
