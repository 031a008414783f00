"""The endpoints of the sales API: one YAML beside this module for each raw table.

Here: the model of an endpoint, and its reading with errors that name file and field. Not
here: how an endpoint is asked (`client`, `reading`), nor what its values mean (dbt).

Data flow: `<table>.yml` -> `load_endpoints()` -> `Endpoint` -> everything else of the source.
"""

import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from loaders.errors import MiranteError

FOLDER = Path(__file__).parent

ColumnType = Literal["text", "bigint", "decimal", "json"]
# A name that dlt would write otherwise would be a second column; `_` begins the loader's own.
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
_KEY_TYPES = ("text", "bigint")


class EndpointError(MiranteError):
    """An endpoint's file says something that can't be."""


class Changes(StrEnum):
    """What the reference date, by which one can filter, tells of changes."""

    # It is the date of the last change: what changed comes again by itself.
    DATED = "dated"
    # Nobody knows, so everything is read again now and then.
    UNKNOWN = "unknown"
    # It is the date of creation or sale: by it, a changed row never comes again.
    NEVER = "never"


class Style(StrEnum):
    """How an endpoint delivers rows."""

    PAGES = "pages"
    # A bare array of everything.
    LIST = "list"


class Endpoint(BaseModel):
    """One endpoint and the raw table that it fills.

    Attributes:
        name: The raw table; the file's name without its ending.
        order: Endpoints are read in this order.
        path: What follows the base URL.
        key: The columns that identify a row.
        changes: Whether a filter by reference date finds what changed.
        style: Pages, or one list.
        optional: A tenant may not have it, and that is no failure.
        columns: The columns that are known, each with its type; others land as text.
        pii: The columns with personal data.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name
    order: int
    path: Annotated[str, Field(pattern=r"^/[a-z0-9_/]+$")]
    key: Annotated[tuple[_Name, ...], Field(min_length=1)]
    changes: Changes = Changes.UNKNOWN
    style: Style = Style.PAGES
    optional: bool = False
    columns: Annotated[dict[_Name, ColumnType], Field(min_length=1)]
    pii: tuple[_Name, ...] = ()

    @model_validator(mode="after")
    def _names_are_columns(self) -> Self:
        for what, names in (("key", self.key), ("pii", self.pii)):
            for name in names:
                if name not in self.columns:
                    raise ValueError(f"a coluna '{name}' de {what} não está em columns")
        for name in self.key:
            if self.columns[name] not in _KEY_TYPES:
                raise ValueError(f"a coluna '{name}' da chave (key) deve ser text ou bigint")
        return self


def parse_endpoint(path: Path) -> Endpoint:
    """Read and check the file of one endpoint.

    Args:
        path: The YAML file.

    Raises:
        EndpointError: It is no YAML, or says something that can't be; the message names the
            file and the field.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", linha {mark.line + 1}" if mark else ""
        raise EndpointError(f"{path.name}{line}: não é YAML válido. Corrija o arquivo.") from error
    if not isinstance(data, dict):
        raise EndpointError(f"{path.name}: não tem campos. Corrija o arquivo.")
    try:
        return Endpoint.model_validate({**data, "name": path.stem})
    except ValidationError as error:
        problems = "; ".join(_problem(detail) for detail in error.errors())
        raise EndpointError(f"{path.name}: {problems}. Corrija o arquivo.") from error


def _problem(detail: Any) -> str:
    field = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    reason = re.sub("^Value error, ", "", detail["msg"])
    return f"campo '{field}': {reason}" if field else reason


@cache
def load_endpoints() -> tuple[Endpoint, ...]:
    """Read all endpoints, in the order in which they are loaded.

    Raises:
        EndpointError: As `parse_endpoint`.
    """
    found = (parse_endpoint(path) for path in FOLDER.glob("*.yml"))
    return tuple(sorted(found, key=lambda endpoint: (endpoint.order, endpoint.name)))
