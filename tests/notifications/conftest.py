"""A mail server and a Slack webhook on loopback, which keep what they are told."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from loaders.notifications import Attachment, Message

USER = "mirante@exemplo.com.br"
PASSWORD = "s3nha-do-correio"
RECIPIENTS = "ana@exemplo.com.br, bia@exemplo.com.br"


@dataclass
class Mailbox:
    """What a mail server took, and how it behaves."""

    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    # Answers to the next e-mails, before any is taken.
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    # How many recipients to put off before any is taken.
    put_off: int = 0
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Refuse whom the test wants refused, for good or for now."""
        if self.put_off:
            self.put_off -= 1
            return "450 try later"
        if address in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take an e-mail, unless the test has another answer."""
        if self.answers:
            return self.answers.pop(0)
        mail = message_from_bytes(envelope.content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.envelopes.append(list(envelope.rcpt_tos))
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """Let in who has the password."""
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        login = (data.login.decode(), data.password.decode())
        self.logins.append(login)
        return AuthResult(success=login == (USER, PASSWORD), handled=False)


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    """A certificate authority that this process trusts."""
    authority = trustme.CA()
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return authority


@pytest.fixture
def mailbox(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that asks for STARTTLS and a login, named by SMTP_*."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    # The controller tries its own port, so it can't be left to find one.
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        mailbox = Mailbox(port=found.getsockname()[1])
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=mailbox.port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=mailbox.authenticate,
    )
    controller.start()
    try:
        for name, value in {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mailbox.port),
            "SMTP_USER": USER,
            "SMTP_PASSWORD": PASSWORD,
            "NOTIFICATION_RECIPIENTS": RECIPIENTS,
        }.items():
            monkeypatch.setenv(name, value)
        yield mailbox
    finally:
        controller.stop()


@dataclass
class Channel:
    """What a webhook was told; the codes of its next answers, 200 after them."""

    texts: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    """A Slack webhook, named by SLACK_WEBHOOK_URL."""
    channel = Channel()

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            code = channel.answers.pop(0) if channel.answers else 200
            if code == 200:
                channel.texts.append(body["text"])
            self.send_response(code)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        monkeypatch.setenv(
            "SLACK_WEBHOOK_URL", f"http://127.0.0.1:{server.server_port}/services/S3GREDO"
        )
        yield channel
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def message(tmp_path: Path) -> Message:
    """A message with accents, markup and an attachment."""
    path = tmp_path / "divergências.csv"
    path.write_text("caso;regra\n1;A\n", encoding="utf-8")
    return Message(
        "Divergências\nde hoje",
        "1 < 2 & nova: <!channel>",
        "<p>Olá, São Paulo</p>",
        (Attachment(path, "text/csv"),),
    )
