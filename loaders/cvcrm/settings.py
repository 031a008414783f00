"""What a person may set about the sales API: address, login, pace.

Here: the variables CVCRM_* and what each may be. Not here: where variables come from
(`loaders.settings`), requests (`client`).
"""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from loaders.errors import MiranteError
from loaders.settings import EnvironmentSettings, read_settings

# The vendor's limit is 20 requests a minute.
SHORTEST_DELAY_S: Final = 3.0
_NEEDED: Final = ("CVCRM_BASE_URL", "CVCRM_API_TOKEN", "CVCRM_API_EMAIL")
_Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


@dataclass(frozen=True)
class Api:
    """Whom to ask, and as whom."""

    base_url: str
    token: str = field(repr=False)
    email: str = field(repr=False)

    @property
    def is_loopback(self) -> bool:
        """Whether the API is on this machine."""
        return _is_loopback(self.base_url)


class CvcrmSettings(EnvironmentSettings):
    """Everything that may be set about the sales API. Empty means unset."""

    CVCRM_BASE_URL: str | None = None
    CVCRM_API_TOKEN: SecretStr | None = None
    # No secret by itself, but half of the login and somebody's address.
    CVCRM_API_EMAIL: SecretStr | None = None
    CVCRM_DELAY_S: _Seconds = 10.0
    CVCRM_PAGE_SIZE: Annotated[int, Field(ge=1, le=500)] = 50
    CVCRM_BACKOFF_S: _Seconds = 60.0
    CVCRM_MAX_RETRIES: Annotated[int, Field(ge=1, le=20)] = 3
    CVCRM_PARAMS: Literal["query", "body"] = "query"
    CVCRM_OVERLAP_DAYS: Annotated[int, Field(ge=0, le=365)] = 1
    CVCRM_FULL_EVERY_H: Annotated[float, Field(ge=0, le=8760, allow_inf_nan=False)] = 24.0

    @field_validator("CVCRM_BASE_URL")
    @classmethod
    def _address_is_safe(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            parts = urlsplit(url.strip())
            host = parts.hostname or ""
            # Reading it is what checks it.
            _ = parts.port
        except ValueError:
            host = ""
        if not re.fullmatch(r"[A-Za-z0-9_.:-]+", host):
            raise ValueError("escreva https://SUBDOMINIO.cvcrm.com.br, com o subdomínio da empresa")
        if parts.username is not None or parts.password is not None:
            raise ValueError(
                "não ponha usuário nem senha no endereço; use CVCRM_API_EMAIL e CVCRM_API_TOKEN"
            )
        if parts.path.rstrip("/") or parts.query or parts.fragment:
            raise ValueError(
                "só o endereço, sem caminho (ex.: https://SUBDOMINIO.cvcrm.com.br);"
                " o Mirante acrescenta /api/v1/..."
            )
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(url.strip())):
            raise ValueError("use https://: o token não pode viajar às claras")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("CVCRM_API_TOKEN", "CVCRM_API_EMAIL")
    @classmethod
    def _fits_a_header(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is None:
            return None
        # What a header can't carry would come back in the HTTP library's error, quoted.
        text = secret.get_secret_value().strip()
        if not text or not all("!" <= char <= "~" for char in text):
            raise ValueError("tem espaço, acento ou caractere de controle; copie de novo")
        return SecretStr(text)

    @model_validator(mode="after")
    def _pace_is_allowed(self) -> Self:
        url = self.CVCRM_BASE_URL
        if self.CVCRM_DELAY_S < SHORTEST_DELAY_S and url is not None and not _is_loopback(url):
            raise ValueError(
                f"CVCRM_DELAY_S: deve ser no mínimo {SHORTEST_DELAY_S:g} segundos, o limite do"
                " CVCRM; menos, só com um servidor nesta máquina"
            )
        return self

    @property
    def missing(self) -> list[str]:
        """Names of the variables without which nothing can be asked."""
        return [name for name in _NEEDED if getattr(self, name) is None]

    def api(self) -> Api:
        """Return whom to ask.

        Raises:
            MiranteError: Something needed is not set; names all of it.
        """
        token, email, url = self.CVCRM_API_TOKEN, self.CVCRM_API_EMAIL, self.CVCRM_BASE_URL
        if token is None or email is None or url is None:
            raise MiranteError(
                f"falta configurar {', '.join(self.missing)}. Ponha no ambiente ou em .env"
                " (veja .env.example)."
            )
        return Api(url, token.get_secret_value(), email.get_secret_value())


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def cvcrm_settings() -> CvcrmSettings:
    """Read the variables CVCRM_*.

    Raises:
        MiranteError: If a value cannot be used; names the variable, not its value.
    """
    return read_settings(CvcrmSettings)
