"""The day's report: its figures, its workbook, and where it goes without any way out."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer

from loaders.cli import _run, app
from loaders.divergencias.report import MOST_SHOWN, read_report, send_report
from loaders.errors import MiranteError
from loaders.server import Server
from tests.divergencias.conftest import World
from tests.loaders.export.read_back import xlsx_sheets

RULES = """
    create schema referencia;
    create table referencia.divergencia_regras (regra text, descricao text);
    insert into referencia.divergencia_regras values ('TRADE_MARKETING', 'Difere <da> referência');
"""


def today() -> date:
    return datetime.now(ZoneInfo("America/Sao_Paulo")).date()


@pytest.fixture
def home(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with world.server.connect() as connection:
        connection.execute(RULES)  # type: ignore[arg-type]
    monkeypatch.setenv("MIRANTE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_figures_are_those_of_the_day_and_of_all_that_waits(world: World, home: Path):
    applied, reverted, rejected = (world.find(name) for name in ("N1", "N2", "N3"))
    world.find("N4", sugerido="13.50")
    world.find("N5", regra="VALIDACAO_VALORES", atual="abc", sugerido=None, base=0.7)
    gone = world.find("N6")
    world.process()
    world.forget(gone)
    world.process()
    world.approve(applied, reverted)
    world.revert(reverted)
    world.reject(rejected)
    report = read_report(world.server, today())
    assert (report.novas, report.abertas, report.aplicadas, report.revertidas) == (2, 2, 2, 1)
    trade, valores = report.regras
    assert (trade.regra, trade.descricao, trade.novas, trade.abertas, trade.diferenca) == (
        "TRADE_MARKETING", "Difere <da> referência", 1, 1, Decimal("3.50"),
    )  # fmt: skip
    # Of what is no number there is no difference.
    assert (valores.regra, valores.descricao, valores.diferenca) == ("VALIDACAO_VALORES", "", None)
    # (20 x 0.95 + 1) / (20 + 1 approved + 1 rejected + 1 reverted)
    assert round(trade.confianca or 0, 4) == Decimal("0.8696")
    assert [(band.nome, band.novas, band.abertas) for band in report.faixas] == [
        ("95 % ou mais", 0, 0),
        ("80 a 95 %", 1, 1),
        ("menos de 80 %", 1, 1),
    ]
    assert [(item.chave, item.valor_atual) for item in report.itens] == [
        ("N4", "10.00"),
        ("N5", "abc"),
    ]
    yesterday = read_report(world.server, today() - timedelta(days=1))
    assert (yesterday.novas, yesterday.abertas, yesterday.aplicadas) == (0, 2, 0)
    assert yesterday.itens == []


def test_the_page_has_some_and_the_workbook_all(world: World, home: Path):
    for number in range(MOST_SHOWN + 5):
        world.find(f"=N{number:02}")
    world.process()
    report, (delivery,) = send_report(world.server, today())
    assert (delivery.channel, report.restantes) == ("arquivo", 5)
    page = Path(delivery.target)
    assert page == home / "relatorios" / f"divergencias-{today():%Y-%m-%d}.html"
    html = page.read_text(encoding="utf-8")
    assert html.count("<code style") == MOST_SHOWN
    assert "e mais 5, no anexo" in html
    assert "Difere &lt;da&gt; referência" in html
    (header, *lines) = xlsx_sheets(page.with_suffix(".xlsx"))["dados"]
    names = [cell.content for cell in header if cell]
    assert names[:3] == ["caso", "regra", "severidade"]
    assert len(lines) == MOST_SHOWN + 5
    # A text, whatever it looks like.
    chave = lines[0][names.index("chave")]
    assert chave
    assert (chave.kind, chave.content) == ("inlineStr", "=N00")


def test_a_quiet_day_says_so(world: World, home: Path):
    report, (delivery,) = send_report(world.server, today())
    assert report.resumo == "Nenhuma divergência espera por decisão."
    assert "Nenhuma divergência aberta." in Path(delivery.target).read_text(encoding="utf-8")


def test_where_nothing_was_ever_processed_it_says_what_to_do(user_server: Server):
    with pytest.raises(MiranteError, match="mirante divergencias processar"):
        read_report(user_server, today())


def test_the_command_says_where_it_went(
    world: World, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    world.find("N1")
    world.process()

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mirante", "divergencias", "relatorio", *arguments])
        code = _run(typer.main.get_command(app))
        said = capsys.readouterr()
        return code, said.out, said.err

    code, out, _ = run("--json", "--dia", "2020-02-29")
    told = json.loads(out)
    assert (code, told["dia"], told["novas"], told["abertas"]) == (0, "2020-02-29", 0, 1)
    assert told["envios"][0]["channel"] == "arquivo"
    assert "divergencias-2020-02-29.html" in run("--dia", "2020-02-29")[1]
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/S3GREDO")
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)
    code, out, err = run()
    assert code == 1
    assert "slack: não consegui falar com o Slack" in err
    assert "S3GREDO" not in out + err
    # What reached nobody is somewhere.
    assert "arquivo:" in out
