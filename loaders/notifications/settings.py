"""What a person may set about messages: mail server, recipients, Slack.

Here: the variables and what each may be. Not here: where variables come from
(`loaders.settings`), sending (`smtp`, `slack`).
"""

import ipaddress
import re
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from loaders.settings import EnvironmentSettings, read_settings

# Looks are all that can be checked of an address; nothing in it may end a header.
_ADDRESS: Final = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")
_DEFAULT_PORTS: Final = {"starttls": 587, "ssl": 465, "none": 25}


class NotificationSettings(EnvironmentSettings):
    """Everything that may be set about messages. Empty means unset."""

    SMTP_HOST: str | None = None
    SMTP_PORT: Annotated[int, Field(ge=1, le=65535)] | None = None
    SMTP_SECURITY: Literal["starttls", "ssl", "none"] = "starttls"
    SMTP_USER: str | None = None
    SMTP_PASSWORD: SecretStr | None = None
    SMTP_FROM: str | None = None
    NOTIFICATION_RECIPIENTS: str | None = None
    # Whoever has the address may write to the channel: the whole of it is a secret.
    SLACK_WEBHOOK_URL: SecretStr | None = None

    @field_validator("SMTP_HOST")
    @classmethod
    def _host_is_a_name(cls, host: str | None) -> str | None:
        if host is not None and not re.fullmatch(r"[A-Za-z0-9_.:-]+", host):
            raise ValueError("só o nome do servidor (ex.: smtp.exemplo.com.br), sem porta nem //")
        return host

    @field_validator("SMTP_FROM")
    @classmethod
    def _sender_is_one_address(cls, address: str | None) -> str | None:
        if address is not None and not _ADDRESS.fullmatch(address.strip()):
            raise ValueError("um endereço de e-mail, sem nome (ex.: mirante@exemplo.com.br)")
        return address and address.strip()

    @field_validator("NOTIFICATION_RECIPIENTS")
    @classmethod
    def _recipients_are_addresses(cls, listed: str | None) -> str | None:
        if listed is not None and not all(map(_ADDRESS.fullmatch, _split(listed))):
            raise ValueError("endereços de e-mail, separados por vírgula")
        return listed

    @field_validator("SLACK_WEBHOOK_URL")
    @classmethod
    def _webhook_is_safe(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None:
            return None
        try:
            parts = urlsplit(url.get_secret_value().strip())
            host = parts.hostname or ""
        except ValueError:
            parts, host = urlsplit(""), ""
        if not host or not (
            parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        ):
            raise ValueError("o endereço que o Slack deu, começando por https://")
        return SecretStr(url.get_secret_value().strip())

    @model_validator(mode="after")
    def _mail_is_whole_and_safe(self) -> Self:
        if (self.SMTP_USER is None) != (self.SMTP_PASSWORD is None):
            raise ValueError("SMTP_USER e SMTP_PASSWORD: um sem o outro não entra no servidor")
        if self.recipients and self.SMTP_HOST is None:
            raise ValueError("NOTIFICATION_RECIPIENTS sem SMTP_HOST: por onde enviar?")
        if (
            self.SMTP_SECURITY == "none"
            and self.SMTP_PASSWORD is not None
            and not is_loopback(self.SMTP_HOST or "")
        ):
            raise ValueError("SMTP_SECURITY=none mandaria a senha às claras; use starttls ou ssl")
        return self

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who gets e-mail."""
        return tuple(dict.fromkeys(_split(self.NOTIFICATION_RECIPIENTS or "")))

    @property
    def sends_mail(self) -> bool:
        """Whether e-mail is configured: a server and somebody to write to."""
        return self.SMTP_HOST is not None and bool(self.recipients)

    @property
    def port(self) -> int:
        """The mail server's port, by default the usual one of how it is secured."""
        return self.SMTP_PORT or _DEFAULT_PORTS[self.SMTP_SECURITY]

    @property
    def sender(self) -> str:
        """Whom e-mail comes from: the login where that is an address, else this program."""
        if self.SMTP_FROM:
            return self.SMTP_FROM
        if self.SMTP_USER and _ADDRESS.fullmatch(self.SMTP_USER):
            return self.SMTP_USER
        return f"mirante@{self.SMTP_HOST}"


def _split(listed: str) -> list[str]:
    return [each.strip() for each in re.split(r"[,;]", listed) if each.strip()]


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def notification_settings() -> NotificationSettings:
    """Read the variables of messages.

    Raises:
        MiranteError: If a value cannot be used; names the variable, not its value.
    """
    return read_settings(NotificationSettings)
