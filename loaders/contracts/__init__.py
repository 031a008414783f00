"""What each source's files must have: one YAML beside this module for each file kind.

Here: the model of a contract, and its reading with errors that name file and column.
Not here: how a file is read (`loaders.reading`), nor what its values must be (dbt).

Data flow: `<name>.yml` -> `load_contract(name)` -> `Contract` -> `loaders.reading`.
"""

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from loaders.errors import MiranteError
from loaders.names import fold

FOLDER = Path(__file__).parent

# The types that staging casts to. A name outside this list is a typing error.
_TYPE = r"^(text|integer|bigint|boolean|date|timestamptz|numeric\(\d{1,3},\s*\d{1,2}\))$"
_IDENTIFIER = r"^[a-z][a-z0-9_]{0,62}$"


class ContractError(MiranteError):
    """A contract file is missing or says something that can't be."""


class ContractColumn(BaseModel):
    """One column of a file, as the raw table names it.

    Attributes:
        name: The column's name in the raw table.
        type: What staging casts it to; raw keeps the text.
        required: The header must have it, else the file is refused.
        not_null: A blank value sends its line to quarantine (staging does that).
        aliases: Other names seen in headers; compared folded, like the name.
        description: One line for the docs.
        pii: Personal data; shown only to a privileged role.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=_IDENTIFIER)]
    type: Annotated[str, Field(pattern=_TYPE)] = "text"
    required: bool = False
    not_null: bool = False
    aliases: tuple[str, ...] = ()
    description: str = ""
    pii: bool = False

    @property
    def is_number(self) -> bool:
        """Whether staging reads a number from its text."""
        return self.type.startswith(("numeric", "integer", "bigint"))

    @property
    def folded_names(self) -> frozenset[str]:
        """Every folded header that means this column."""
        return frozenset(fold(name) for name in (self.name, *self.aliases))


class Contract(BaseModel):
    """One kind of file: its columns and its key.

    Attributes:
        source: The source, and so the raw schema (`raw_<source>`).
        entity: The raw table.
        description: What the file is, one row of it.
        columns: In the order in which they land.
        key: The columns that identify a row.
        csv_only: A workbook is refused: its sheets would have lines of equal numbers, where
            a line is known by its file and number alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[str, Field(pattern=_IDENTIFIER)]
    entity: Annotated[str, Field(pattern=_IDENTIFIER)]
    description: Annotated[str, Field(min_length=1)]
    columns: Annotated[tuple[ContractColumn, ...], Field(min_length=1)]
    key: Annotated[tuple[str, ...], Field(min_length=1)]
    csv_only: bool = False

    @model_validator(mode="after")
    def _names_are_consistent(self) -> Self:
        owners: dict[str, str] = {}
        for column in self.columns:
            for folded in column.folded_names:
                if folded in owners:
                    raise ValueError(
                        f"coluna '{column.name}': o nome ou apelido '{folded}' já é da coluna "
                        f"'{owners[folded]}'"
                    )
                owners[folded] = column.name
        for name in self.key:
            if name not in owners.values():
                raise ValueError(f"coluna '{name}' da chave (key) não está em columns")
        return self

    @property
    def required(self) -> tuple[ContractColumn, ...]:
        """The columns that a header must have."""
        return tuple(column for column in self.columns if column.required)


def _where(data: Any, location: tuple[int | str, ...]) -> str:
    """Say which part of the YAML an error is about, by column name if it has one."""
    if len(location) >= 2 and location[0] == "columns" and isinstance(location[1], int):
        entry = data["columns"][location[1]]
        name = entry.get("name") if isinstance(entry, dict) else None
        field = ".".join(str(part) for part in location[2:])
        position = f"coluna '{name}'" if name else f"coluna de posição {location[1] + 1}"
        return f"{position}, campo '{field}'" if field else position
    return f"campo '{'.'.join(str(part) for part in location)}'" if location else "contrato"


def parse_contract(path: Path) -> Contract:
    """Read and check one contract file.

    Args:
        path: The YAML file.

    Raises:
        ContractError: It is missing, is not YAML, or says something that can't be; the
            message names the file and the column.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yml")))
        raise ContractError(
            f"Contrato '{path.name}' não existe em {path.parent.name}/. Existem: {known}."
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", linha {mark.line + 1}" if mark else ""
        raise ContractError(f"{path.name}{line}: não é YAML válido. Corrija o contrato.") from error
    try:
        return Contract.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{_where(data, detail['loc'])}: {re.sub('^Value error, ', '', detail['msg'])}"
            for detail in error.errors()
        )
        raise ContractError(f"{path.name}: {problems}. Corrija o contrato.") from error


@cache
def load_contract(name: str) -> Contract:
    """Read the contract of one kind of file.

    Args:
        name: The YAML's name without its ending: `carteira`, `categorias`.

    Raises:
        ContractError: As `parse_contract`.
    """
    return parse_contract(FOLDER / f"{name}.yml")
