"""A message as an e-mail.

Here: MIME and the mail server. Not here: what is written (`message`), nor which ways out
there are (`sending`).
"""

import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from loaders.errors import MiranteError
from loaders.notifications.message import Message
from loaders.notifications.settings import NotificationSettings

TIMEOUT_S: Final = 30
TRIES: Final = 3


def send_mail(message: Message, settings: NotificationSettings) -> None:
    """Send a message to all recipients, as one e-mail.

    Args:
        message: what to say.
        settings: a mail server and somebody to write to.

    Raises:
        MiranteError: the server did not take it, or not for everybody; the text has neither
            password nor content.
    """
    mail = as_mail(message, settings)
    where = f"{settings.SMTP_HOST}:{settings.port}"
    attempts = Retrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(TRIES),
        wait=wait_exponential(multiplier=1, max=10),
        reraise=True,
    )
    try:
        refused = attempts(_send, mail, settings)
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    except smtplib.SMTPAuthenticationError:
        raise MiranteError(
            f"o servidor de e-mail {where} recusou o login. Confira SMTP_USER e SMTP_PASSWORD."
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise MiranteError(
            f"o servidor de e-mail {where} não oferece o que foi pedido (STARTTLS ou login). "
            "Confira SMTP_SECURITY, SMTP_USER e SMTP_PASSWORD."
        ) from None
    except ssl.SSLError as error:
        raise MiranteError(
            f"a conexão segura com o servidor de e-mail {where} falhou ({error.reason}). "
            "Confira SMTP_SECURITY e o certificado do servidor."
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise MiranteError(
            f"o servidor de e-mail {where} não aceitou a mensagem ({_reason(error)})."
            " Confira SMTP_HOST, SMTP_PORT e SMTP_SECURITY."
        ) from None
    if refused:
        raise MiranteError(
            f"o servidor de e-mail {where} recusou {', '.join(sorted(refused))}. "
            "Confira NOTIFICATION_RECIPIENTS."
        )


def as_mail(message: Message, settings: NotificationSettings) -> EmailMessage:
    """Return a message as MIME: plain text, HTML, attachments."""
    mail = EmailMessage()
    mail["Subject"] = message.headline
    mail["From"] = settings.sender
    mail["To"] = ", ".join(settings.recipients)
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2])
    # No answers of machines to a machine.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        kind, _, subtype = attachment.content_type.partition("/")
        mail.add_attachment(
            attachment.path.read_bytes(),
            maintype=kind,
            subtype=subtype,
            filename=attachment.path.name,
        )
    return mail


def _send(mail: EmailMessage, settings: NotificationSettings) -> dict[str, tuple[int, bytes]]:
    """Hand the e-mail over, and return whom the server refused."""
    context = ssl.create_default_context()
    host, port = settings.SMTP_HOST or "", settings.port
    server: smtplib.SMTP
    if settings.SMTP_SECURITY == "ssl":
        server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    with server:
        if settings.SMTP_SECURITY == "starttls":
            server.starttls(context=context)
        if settings.SMTP_USER is not None and settings.SMTP_PASSWORD is not None:
            server.login(settings.SMTP_USER, settings.SMTP_PASSWORD.get_secret_value())
        return server.send_message(mail)


def _may_pass(error: BaseException) -> bool:
    """Whether the same may succeed in a moment, and was not taken already."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        # Some servers put off whom they don't know yet.
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    return isinstance(error, ConnectionRefusedError | socket.gaierror)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return str(error.smtp_code)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
