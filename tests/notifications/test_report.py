"""The report of divergences as an e-mail, through a real mail server."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import fastexcel
import xlsxwriter

from loaders.divergencias.report import Band, Item, Report, Rule, report_message
from loaders.notifications import deliver
from tests.notifications.conftest import Mailbox

REPORT = Report(
    dia=date(2026, 10, 31),
    novas=1,
    abertas=1200,
    aplicadas=3,
    revertidas=0,
    regras=[Rule("TRADE_MARKETING", "a < b", "alta", 1, 1200, Decimal("1234.5"), Decimal("0.905"))],
    faixas=[Band("80 a 95 %", 1, 1200)],
    itens=[Item("c0ffee", "TRADE_MARKETING", "N1#2", "trade", None, "x", None, Decimal("0.905"))],
)


def test_an_email_has_the_report_and_its_workbook(mailbox: Mailbox, tmp_path: Path):
    workbook = tmp_path / "divergencias-2026-10-31.xlsx"
    with xlsxwriter.Workbook(workbook) as book:
        book.add_worksheet("dados").write_row(0, 0, ["caso", "regra"])
    (delivery,) = deliver(report_message(REPORT, workbook), "x")
    assert delivery.problem is None
    (mail,) = mailbox.mails
    assert mail["Subject"] == "Divergências de 31/10/2026: 1 nova(s), 1.200 aberta(s)"
    html = mail.get_body(("html",))
    text = mail.get_body(("plain",))
    assert html
    assert text
    for told in ("a &lt; b", "1.234,50", "90,5 %", "c0ffee", "N1#2", "80 a 95 %"):
        assert told in html.get_content()
    assert "TRADE_MARKETING: 1 nova(s), 1.200 aberta(s), diferença R$ 1.234,50" in (
        text.get_content()
    )
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == workbook.name
    read = fastexcel.read_excel(attached.get_content()).load_sheet("dados").to_polars()
    assert read.columns == ["caso", "regra"]
