"""What may be set about messages."""

import pytest

from loaders.errors import MiranteError
from loaders.notifications.settings import notification_settings


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SMTP_HOST": "smtp://correio:587"}, "SMTP_HOST"),
        ({"SMTP_HOST": "correio", "SMTP_PORT": "0"}, "SMTP_PORT"),
        ({"SMTP_HOST": "correio", "SMTP_SECURITY": "tls"}, "SMTP_SECURITY"),
        ({"SMTP_HOST": "correio", "SMTP_USER": "ana"}, "SMTP_PASSWORD"),
        ({"SMTP_HOST": "correio", "SMTP_FROM": "ana"}, "SMTP_FROM"),
        ({"NOTIFICATION_RECIPIENTS": "ana@exemplo.com.br"}, "SMTP_HOST"),
        ({"SMTP_HOST": "c", "NOTIFICATION_RECIPIENTS": "ana"}, "NOTIFICATION_RECIPIENTS"),
        ({"SMTP_HOST": "c", "NOTIFICATION_RECIPIENTS": "a@b.c\nBcc: d@e.f"}, "NOTIFICATION"),
        ({"SLACK_WEBHOOK_URL": "hooks.slack.com/s3gredo"}, "SLACK_WEBHOOK_URL"),
        ({"SLACK_WEBHOOK_URL": "http://hooks.slack.com/s3gredo"}, "SLACK_WEBHOOK_URL"),
        ({"SLACK_WEBHOOK_URL": "https://[s3gredo"}, "SLACK_WEBHOOK_URL"),
        (
            {
                "SMTP_HOST": "correio",
                "SMTP_SECURITY": "none",
                "SMTP_USER": "ana",
                "SMTP_PASSWORD": "s3gredo",
            },
            "às claras",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_named_and_not_shown(
    variables: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(MiranteError, match=named) as raised:
        notification_settings()
    assert "s3gredo" not in str(raised.value)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("ssl", 465), ("none", 25)])
def test_the_port_is_the_usual_one(security: str, port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SMTP_HOST", "correio.exemplo.com.br")
    monkeypatch.setenv("SMTP_SECURITY", security)
    assert notification_settings().port == port
    assert notification_settings().sender == "mirante@correio.exemplo.com.br"


def test_nothing_set_sends_no_mail_and_a_recipient_counts_once(monkeypatch: pytest.MonkeyPatch):
    assert not notification_settings().sends_mail
    monkeypatch.setenv("SMTP_HOST", "correio")
    assert not notification_settings().sends_mail
    monkeypatch.setenv("NOTIFICATION_RECIPIENTS", " a@b.c; d@e.f , a@b.c,")
    assert notification_settings().recipients == ("a@b.c", "d@e.f")
