"""E-mail, through a real mail server."""

import smtplib
from email.message import EmailMessage

import pytest

from loaders.errors import MiranteError
from loaders.notifications import Message, smtp
from loaders.notifications.settings import notification_settings
from tests.notifications.conftest import PASSWORD, USER, Mailbox


def send(message: Message) -> None:
    smtp.send_mail(message, notification_settings())


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_an_email_has_text_html_and_attachment_for_all_recipients(
    mailbox: Mailbox, message: Message
):
    send(message)
    (mail,) = mailbox.mails
    assert mailbox.envelopes == [["ana@exemplo.com.br", "bia@exemplo.com.br"]]
    assert mailbox.logins == [(USER, PASSWORD)]
    assert mail["Subject"] == "Divergências de hoje"
    assert mail["From"] == USER
    assert mail["Auto-Submitted"] == "auto-generated"
    assert part(mail, "plain").strip() == message.text
    assert "São Paulo" in part(mail, "html")
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "divergências.csv"
    assert attachment.get_content() == "caso;regra\n1;A\n"


def test_a_busy_server_is_asked_again(mailbox: Mailbox, message: Message):
    mailbox.answers = ["451 try later", "451 try later"]
    send(message)
    assert len(mailbox.mails) == 1


def test_a_server_that_puts_off_whom_it_does_not_know_is_asked_again(
    mailbox: Mailbox, message: Message
):
    mailbox.put_off = 4
    send(message)
    assert mailbox.envelopes == [["ana@exemplo.com.br", "bia@exemplo.com.br"]]


def test_a_refused_email_is_not_sent_again(mailbox: Mailbox, message: Message):
    mailbox.answers = ["554 spam"]
    with pytest.raises(MiranteError, match=r"não aceitou a mensagem \(554\)"):
        send(message)
    assert mailbox.mails == []


def test_a_refused_recipient_is_named_and_the_others_get_it(mailbox: Mailbox, message: Message):
    mailbox.refused = {"bia@exemplo.com.br"}
    with pytest.raises(MiranteError, match=r"recusou bia@exemplo\.com\.br"):
        send(message)
    assert mailbox.envelopes == [["ana@exemplo.com.br"]]
    mailbox.refused.add("ana@exemplo.com.br")
    with pytest.raises(MiranteError, match=r"ana@exemplo\.com\.br, bia@exemplo\.com\.br"):
        send(message)


def test_a_wrong_password_is_told_without_it(
    mailbox: Mailbox, message: Message, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SMTP_PASSWORD", "outra-senha")
    with pytest.raises(MiranteError, match="SMTP_USER e SMTP_PASSWORD") as raised:
        send(message)
    assert "outra-senha" not in str(raised.value)
    assert mailbox.mails == []


def test_a_certificate_that_nobody_vouches_for_is_refused(
    mailbox: Mailbox, message: Message, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(MiranteError, match="conexão segura"):
        send(message)
    assert mailbox.logins == []


def test_a_server_that_is_not_there_is_told(
    mailbox: Mailbox, message: Message, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SMTP_PORT", "9")
    with pytest.raises(MiranteError, match=r"127\.0\.0\.1:9 não aceitou .*SMTP_PORT"):
        send(message)


def test_a_connection_lost_after_the_content_is_no_reason_to_send_twice():
    # Nobody knows whether it was taken.
    assert not smtp._may_pass(smtplib.SMTPServerDisconnected("gone"))
    assert not smtp._may_pass(TimeoutError())
