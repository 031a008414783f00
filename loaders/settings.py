"""What the environment and `.env` say: the server, the home directory, the prefix.

Here: reading, cleaning and ranking those variables, and how any part of the project reads
its own. Not here: connecting to the server they name (`postgres`), starting the embedded
one (`embedded`), the settings of a source (`cvcrm.settings`).

Data flow: environment > `.env` at the project root > defaults. Two rules keep a
half-overridden server from being made of two different ones:

- an environment that names a server by PG* hides a DATABASE_URL of `.env`;
- an environment with DATABASE_URL (or PGSERVICE) hides every PG* of `.env`.

At the same level DATABASE_URL wins, and PG* fill in what the URL lacks.
"""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from loaders.errors import MiranteError

PROJECT_ROOT: Final = Path(__file__).resolve().parent.parent

# One of these set means "the user's own server".
NAMING_VARIABLES: Final = (
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGSERVICE",
)

# Postgres cuts names at 63 bytes. The longest schema is a raw one with dlt's suffix
# (raw_controladoria_staging, 25), and room is left for sources yet to come.
PREFIX_MAX_LENGTH: Final = 30


class EnvironmentSettings(BaseSettings):
    """Variables of the environment, then of `.env`. Empty means unset."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        case_sensitive=True,
        validate_default=True,
        extra="ignore",
        frozen=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Rank the sources: arguments, environment, `.env`."""
        return init_settings, env_settings, DotEnvSettingsSource(settings_cls, env_file=_env_file())


_Settings = TypeVar("_Settings", bound=EnvironmentSettings)


class _DotEnvBelowEnvironment(DotEnvSettingsSource):
    """`.env`, without what the environment's way of naming a server rules out."""

    def __call__(self) -> dict[str, Any]:
        values: dict[str, Any] = super().__call__()
        # A service name stands for a whole server, as a URL does.
        if os.environ.get("DATABASE_URL") or os.environ.get("PGSERVICE"):
            values.pop("DATABASE_URL", None)
            return {name: value for name, value in values.items() if not name.startswith("PG")}
        if any(os.environ.get(name) for name in NAMING_VARIABLES):
            values.pop("DATABASE_URL", None)
        return values


class Settings(EnvironmentSettings):
    """Everything a person may set about where data lives. Empty means unset."""

    DATABASE_URL: SecretStr | None = None
    PGHOST: str | None = None
    PGHOSTADDR: str | None = None
    PGPORT: str | None = None
    PGDATABASE: str | None = None
    PGUSER: str | None = None
    PGPASSWORD: SecretStr | None = None
    PGPASSFILE: str | None = None
    PGSERVICE: str | None = None
    PGSERVICEFILE: str | None = None
    PGOPTIONS: str | None = None
    PGSSLMODE: str | None = None
    PGSSLROOTCERT: str | None = None
    PGSSLCERT: str | None = None
    PGSSLKEY: str | None = None
    PGCHANNELBINDING: str | None = None
    PGGSSENCMODE: str | None = None
    PGREQUIREAUTH: str | None = None
    PGTARGETSESSIONATTRS: str | None = None
    PGCONNECT_TIMEOUT: str | None = None
    MIRANTE_HOME: Path = Path(".mirante")
    MIRANTE_INBOX: Path | None = None
    MIRANTE_SCHEMA_PREFIX: str = Field(default="")

    @field_validator("MIRANTE_SCHEMA_PREFIX")
    @classmethod
    def _prefix_makes_plain_names(cls, prefix: str) -> str:
        if prefix and not re.fullmatch(r"[a-z][a-z0-9_]*", prefix):
            raise ValueError(
                "use só letras minúsculas sem acento, números e _, começando por letra (ex.: ana_)"
            )
        if len(prefix) > PREFIX_MAX_LENGTH:
            raise ValueError(f"use no máximo {PREFIX_MAX_LENGTH} caracteres")
        if prefix.startswith("pg_"):
            raise ValueError("o Postgres reserva os nomes que começam por pg_")
        return prefix

    @field_validator("PGPORT")
    @classmethod
    def _ports_are_numbers(cls, port: str | None) -> str | None:
        # libpq takes one port per host, comma separated.
        if port and not re.fullmatch(r"\d{1,5}(,\d{0,5})*", port):
            raise ValueError("a porta deve ser um número (ex.: 5432)")
        return port

    @field_validator("MIRANTE_HOME", "MIRANTE_INBOX")
    @classmethod
    def _folders_are_absolute(cls, folder: Path | None) -> Path | None:
        # Against the project, not the shell's directory: the same `.env` line must not
        # mean a second server when the command is typed one directory further down.
        return folder and PROJECT_ROOT / folder.expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Rank the sources: arguments, environment, what is left of `.env`."""
        dotenv = _DotEnvBelowEnvironment(settings_cls, env_file=_env_file())
        return init_settings, env_settings, dotenv

    @property
    def names_a_server(self) -> bool:
        """Whether the user means their own server, rather than the embedded one."""
        return self.DATABASE_URL is not None or any(
            getattr(self, name) is not None for name in NAMING_VARIABLES
        )

    def libpq_variables(self) -> dict[str, str]:
        """The PG* variables that are set, as plain text (the password too)."""
        found: dict[str, str] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name.startswith("PG") and value is not None:
                found[name] = value.get_secret_value() if isinstance(value, SecretStr) else value
        return found


def _env_file() -> Path:
    """Where `.env` is. Tests point MIRANTE_ENV_FILE elsewhere, never at a developer's own."""
    return PROJECT_ROOT / os.environ.get("MIRANTE_ENV_FILE", ".env")


def load_settings() -> Settings:
    """Read where data lives, as `read_settings` does."""
    return read_settings(Settings)


def read_settings(kind: type[_Settings]) -> _Settings:
    """Read some variables from the environment and `.env`.

    Args:
        kind: which variables, and what each may be.

    Returns:
        The settings, read once per state of the environment and of the file.

    Raises:
        MiranteError: If a value cannot be used; names the variable, not its value.
    """
    names = tuple(sorted(kind.model_fields))
    environment = tuple((name, os.environ.get(name)) for name in names)
    try:
        stamp = _env_file().stat().st_mtime_ns
    except OSError:
        stamp = 0
    settings = _load(kind, environment, str(_env_file()), stamp)
    assert isinstance(settings, kind)  # noqa: S101 - the cache's key says so
    return settings


@lru_cache(maxsize=8)
def _load(
    kind: type[EnvironmentSettings],
    environment: tuple[tuple[str, str | None], ...],
    env_file: str,
    stamp: int,
) -> EnvironmentSettings:
    del environment, stamp  # only there to tell one state from another
    try:
        return kind()
    except ValidationError as error:
        # Never the value: it may be a password put in the wrong variable.
        problems = "; ".join(
            ": ".join(filter(None, [".".join(map(str, problem["loc"])), _reason(problem)]))
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise MiranteError(
            f"configuração inválida: {problems}. Corrija no ambiente ou em {env_file}."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "não está em UTF-8"
        raise MiranteError(f"não consegui ler {env_file}: {reason}.") from None


# Pydantic's own words, by the type of its errors; others are ours already.
_REASONS: Final = {
    "int_parsing": "deve ser um número inteiro",
    "int_from_float": "deve ser um número inteiro",
    "float_parsing": "deve ser um número, com ponto nos decimais",
    "finite_number": "deve ser um número",
    "greater_than_equal": "deve ser no mínimo {ge:g}",
    "less_than_equal": "deve ser no máximo {le:g}",
    "literal_error": "deve ser {expected}",
}


def _reason(problem: Mapping[str, Any]) -> str:
    template = _REASONS.get(problem["type"])
    if template is None:
        return str(problem["msg"]).removeprefix("Value error, ")
    context = problem.get("ctx") or {}
    # The names of the choices come joined by an English word.
    return template.format(**context).replace(" or ", " ou ")


def mirante_home() -> Path:
    """The directory of all that Mirante keeps: server data, port, password, scratch."""
    return load_settings().MIRANTE_HOME


def schema_name(name: str) -> str:
    """A schema's real name: the prefix, if there is one, and then the name."""
    return load_settings().MIRANTE_SCHEMA_PREFIX + name


def dbt_target() -> Path:
    """Where dbt leaves what it parsed and what became of a run; dbt's own variable names it."""
    return PROJECT_ROOT / (os.environ.get("DBT_TARGET_PATH") or "target")


def inbox() -> Path:
    """Where files wait to be loaded, a folder for each kind; below MIRANTE_HOME by default."""
    return load_settings().MIRANTE_INBOX or mirante_home() / "inbox"
