"""The command: its exit codes, what a program reads, what a spreadsheet gets."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer

from loaders.cli import _run, app
from loaders.divergencias import processing
from tests.divergencias.conftest import World
from tests.loaders.export.read_back import xlsx_sheets


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command in this process, with nothing to build."""
    real = processing.process

    def process(server: Any, **options: Any) -> Any:
        return real(server, **options, build=lambda arguments: True)

    monkeypatch.setattr(processing, "process", process)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mirante", "divergencias", *arguments])
        code = _run(typer.main.get_command(app))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_day_from_detection_to_undo(world: World, run: Any):
    caso, other = world.find("N1"), world.find("N2", sugerido=None, regra="VALIDACAO_VALORES")
    code, out, _ = run("processar", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["modo"], told["novas"]) == ("manual", 2)
    assert told["janelas"] == {"controladoria": {"inicio": "2026-10-30", "fim": "2026-10-31"}}

    code, out, _ = run("listar", "--json", "--regra", "TRADE_MARKETING")
    assert json.loads(out) == [
        {
            "caso": caso, "regra": "TRADE_MARKETING", "chave": "N1", "campo": "bonus_dpto",
            "competencia": "2026-10-01", "valor_atual": "10.00", "valor_sugerido": "12.00",
            "confianca": 0.95, "estado": "detectada",
        }
    ]  # fmt: skip
    assert json.loads(run("listar", "--formato", "json", "--min-confianca", "0.99")[1]) == []
    assert len(json.loads(run("listar", "--json", "--limite", "1")[1])) == 1

    code, out, err = run("aprovar", caso, "nada", "--json")
    assert code == 1
    assert [each["ok"] for each in json.loads(out)] == [True, False]
    assert "nada: não é um caso" in err
    assert run("rejeitar", other, "--motivo", "está certo")[0] == 0
    assert run("reabrir", other, "--motivo", "não estava")[0] == 0
    assert run("aprovar", other, "--valor", "11,5", "--chave-idempotencia", "a")[0] == 0
    assert world.state(other) == "aplicada"
    assert run("reverter", caso)[0] == 0
    assert run("reverter", caso)[0] == 0
    states = {each["caso"]: each["estado"] for each in json.loads(run("listar", "--json")[1])}
    assert states == {caso: "revertida", other: "aplicada"}
    rules = {each["regra"]: each for each in json.loads(run("metricas", "--json")[1])}
    assert rules["TRADE_MARKETING"]["qt_revertida"] == 1
    assert rules["VALIDACAO_VALORES"]["pc_precisao"] == 100.0


@pytest.mark.parametrize(
    "arguments",
    [
        ("rejeitar", "x"),
        ("reabrir", "x"),
        ("aprovar",),
        ("listar", "--estado", "quebrada"),
        ("listar", "--min-confianca", "2"),
        ("listar", "--formato", "xml"),
        ("processar", "--modo", "talvez"),
        ("processar", "--data-inicio", "2026-10-31", "--data-fim", "2026-10-01"),
        ("processar", "--data-inicio", "31/10/2026"),
        ("exportar", "--formato", "csv"),
        ("exportar", "--formato", "csv", "--out", "x.xlsx"),
        ("exportar", "--formato", "parquet", "--out", "x.parquet"),
    ],
)
def test_wrong_usage_is_2(run: Any, arguments: tuple[str, ...]):
    assert run(*arguments)[0] == 2


def test_a_text_of_the_source_is_no_formula(world: World, run: Any, tmp_path: Path):
    world.find("=1+1", sugerido="@SUM(A1)", atual='=HYPERLINK("x")', campo="bonus_utilizado")
    run("processar")
    for text in (
        run("listar", "--formato", "csv")[1],
        (run("exportar", "--formato", "csv", "--out", str(tmp_path / "d.csv")),
         (tmp_path / "d.csv").read_text(encoding="utf-8-sig"))[1],
    ):  # fmt: skip
        (row,) = csv.DictReader(io.StringIO(text))
        assert row["chave"] == "'=1+1"
        assert row["valor_sugerido"] == "'@SUM(A1)"
        assert row["valor_atual"].startswith("'=")
    code, out, _ = run("exportar", "--formato", "xlsx", "--out", str(tmp_path / "d.xlsx"), "--json")
    assert (code, json.loads(out)["linhas"]) == (0, 1)
    (sheet,) = xlsx_sheets(tmp_path / "d.xlsx").values()
    header, line = sheet
    cells = {head.content: cell for head, cell in zip(header, line, strict=False) if head}
    # The reader of the test refuses formulas and links.
    assert cells["chave"] is not None
    assert cells["chave"].content == "=1+1"
    assert list(cells)[:9] == [
        "caso", "regra", "chave", "campo", "competencia", "valor_atual", "valor_sugerido",
        "confianca", "estado",
    ]  # fmt: skip


def test_where_nobody_looks_a_list_is_lines(world: World, run: Any):
    caso = world.find("N1")
    run("processar")
    header, line = run("listar")[1].splitlines()
    assert header.split("\t")[0] == "caso"
    assert line.split("\t")[0] == caso
    assert "Nenhum caso" not in run("metricas")[1]


def test_dt_base_goes_to_dbt(world: World, monkeypatch: pytest.MonkeyPatch):
    given: list[str] = []
    processing.process(
        world.server,
        dt_base=date(2026, 10, 31),
        build=lambda arguments: bool(given.extend(arguments)) or True,
    )
    assert given[-2:] == ["--vars", '{"dt_base": "2026-10-31"}']
    assert world.rows("select dt_base from audit.sessoes_processamento") == [(date(2026, 10, 31),)]
