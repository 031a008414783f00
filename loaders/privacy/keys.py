"""The key that documents are hashed with, and how SQL comes to it.

Here: finding or making MIRANTE_PII_KEY, the hash itself, the session's parameters in which
the models find it. Not here: which document is hashed (`macros/privacy/keyed_hash.sql`).

An unsalted hash of a CPF is found by trying all of them, so the hash is an HMAC-SHA256 and
its key stays outside the database: models compute it in SQL from two parameters of the
session (`mirante.pii_inner`, `mirante.pii_outer`: the key's two pads), which the client
sends as it connects. They stand in no statement, hence in no log, compiled model or error.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

from pydantic import Field, SecretStr

from loaders.embedded.layout import current_layout, write_private
from loaders.errors import MiranteError
from loaders.server import Server
from loaders.settings import EnvironmentSettings, mirante_home, read_settings

_FILE: Final = "pii_key"
_BLOCK: Final = 64  # bytes that SHA-256 takes at a time
_OURS: Final = re.compile(r"\s*-c mirante\.pii_\w+=\w*")


class PrivacySettings(EnvironmentSettings):
    """What may be set about personal data. Empty means unset."""

    MIRANTE_PII_KEY: SecretStr | None = Field(default=None)


def pii_key(server: Server) -> SecretStr:
    """The key of the documents on a server.

    Args:
        server: the embedded one's key is made on first use, in a file of 0600.

    Raises:
        MiranteError: a user's server, and no key.
    """
    given = read_settings(PrivacySettings).MIRANTE_PII_KEY
    if given is not None:
        if len(given.get_secret_value()) < 16:
            raise MiranteError(
                "MIRANTE_PII_KEY é curta demais: use ao menos 16 caracteres ao acaso, por"
                " exemplo os de `openssl rand -hex 32`."
            )
        return given
    if server.embedded:
        return SecretStr(_stored_key())
    raise MiranteError(
        "falta MIRANTE_PII_KEY, a chave com que CPF e CNPJ são embaralhados em"
        f" {server.address}. Crie uma (`openssl rand -hex 32`), guarde-a fora do banco e"
        " defina-a no ambiente ou no .env. Sem a mesma chave, os vínculos mudam."
    )


def _stored_key() -> str:
    layout = current_layout()
    layout.make_directories()
    path = mirante_home() / _FILE
    with layout.start_lock():
        try:
            return path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            write_private(path, secrets.token_hex(_BLOCK // 2))
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise MiranteError(f"não consegui ler {path}: {error.strerror}.") from None


def keyed_hash(key: SecretStr, document: str) -> str:
    """Hash a document as the models do.

    Args:
        key: of `pii_key`.
        document: 11 digits of a CPF or 14 characters of a CNPJ, without punctuation.

    Returns:
        64 hexadecimal digits.
    """
    return hmac.new(_bytes(key), document.encode(), hashlib.sha256).hexdigest()


def session_options(key: SecretStr, others: str = "") -> str:
    """Server options (PGOPTIONS) of a session that hashes documents.

    Args:
        key: of `pii_key`.
        others: options that were there; those of an earlier key are replaced.
    """
    block = _bytes(key)
    if len(block) > _BLOCK:
        block = hashlib.sha256(block).digest()
    block = block.ljust(_BLOCK, b"\0")
    pads = {"inner": 0x36, "outer": 0x5C}
    ours = (
        f"-c mirante.pii_{name}={bytes(byte ^ pad for byte in block).hex()}"
        for name, pad in pads.items()
    )
    return " ".join(filter(None, [without_key(others), *ours]))


def without_key(options: str) -> str:
    """Take the key out of server options: what is printed or kept must not have it."""
    return _OURS.sub("", options).strip()


def _bytes(key: SecretStr) -> bytes:
    return key.get_secret_value().encode()
