"""Which ways a message goes, and where it stays when there is none."""

from pathlib import Path

import pytest

from loaders.notifications import Message, deliver
from tests.notifications.conftest import Channel, Mailbox


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIRANTE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_without_any_way_out_a_message_becomes_files(message: Message, home: Path):
    (delivery,) = deliver(message, "divergencias-2026-11-22")
    page = home / "relatorios" / "divergencias-2026-11-22.html"
    assert (delivery.channel, delivery.target, delivery.problem) == ("arquivo", str(page), None)
    assert page.read_text(encoding="utf-8") == message.html
    assert (page.with_suffix(".csv")).read_bytes() == message.attachments[0].path.read_bytes()
    # The same again takes the files' place.
    deliver(message, "divergencias-2026-11-22")
    assert sorted(path.name for path in page.parent.iterdir()) == [
        "divergencias-2026-11-22.csv",
        "divergencias-2026-11-22.html",
    ]


def test_every_way_that_is_configured_is_used(
    mailbox: Mailbox, channel: Channel, message: Message, home: Path
):
    deliveries = deliver(message, "x")
    assert [(each.channel, each.problem) for each in deliveries] == [
        ("e-mail", None),
        ("slack", None),
    ]
    assert len(mailbox.mails) == len(channel.texts) == 1
    assert not home.exists()


def test_a_way_that_fails_stops_no_other_and_is_told(
    mailbox: Mailbox, channel: Channel, message: Message, home: Path
):
    mailbox.answers = ["554 spam"]
    mail, slack = deliver(message, "x")
    assert mail.problem
    assert "554" in mail.problem
    assert slack.problem is None
    assert len(channel.texts) == 1
    assert not home.exists()


def test_what_reached_nobody_is_kept_as_files(channel: Channel, message: Message, home: Path):
    channel.answers = [404]
    slack, kept = deliver(message, "x")
    assert slack.problem
    assert kept.channel == "arquivo"
    assert (home / "relatorios" / "x.html").exists()
