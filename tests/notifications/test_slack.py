"""Slack's webhook, played by a server on loopback."""

import pytest

from loaders.errors import MiranteError
from loaders.notifications import Message, slack
from loaders.notifications.settings import notification_settings
from tests.notifications.conftest import Channel


def send(message: Message) -> None:
    webhook = notification_settings().SLACK_WEBHOOK_URL
    assert webhook is not None
    slack.send_slack(message, webhook)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)


def test_a_message_calls_nobody_and_names_its_attachment(channel: Channel, message: Message):
    send(message)
    (text,) = channel.texts
    assert text.startswith("*Divergências de hoje*\n1 &lt; 2 &amp; nova: &lt;!channel&gt;")
    assert text.endswith("_Anexo no e-mail: divergências.csv_")


def test_a_long_text_is_cut(channel: Channel):
    send(Message("longo", "x" * 10_000, ""))
    assert len(channel.texts[0]) == slack.LONGEST_TEXT
    assert channel.texts[0].endswith("…")


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_busy_slack_is_asked_again(channel: Channel, message: Message, code: int):
    channel.answers = [code, code]
    send(message)
    assert len(channel.texts) == 1


def test_a_revoked_address_is_told_without_it(channel: Channel, message: Message):
    channel.answers = [404]
    with pytest.raises(MiranteError, match="HTTP 404") as raised:
        send(message)
    assert "S3GREDO" not in str(raised.value)
    assert channel.texts == []


def test_a_slack_that_is_not_there_is_told_without_its_address(
    message: Message, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/services/S3GREDO")
    with pytest.raises(MiranteError, match="não consegui falar com o Slack") as raised:
        send(message)
    assert "S3GREDO" not in str(raised.value)
