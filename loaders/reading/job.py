"""What the parent asks of the child: plain data that goes through JSON.

Here: the job and its columns. The child must not import pydantic (it would cost more
than reading a small file), so the contract comes down to this.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

# Names of the columns beside the contract's, and in `_extras` the key of what a csv's line
# has beyond the header.
LINE = "_linha"
SHEET = "_planilha"
EXTRAS = "_extras"


@dataclass(frozen=True)
class JobColumn:
    """A contract column, as reading needs it.

    Attributes:
        name: The raw table's column.
        folded: Every folded header that means it.
        required: The header must have it.
        is_number: Staging reads a number from its text.
        is_decimal: That number may have decimals.
        is_date: Staging reads a date from its text.
    """

    name: str
    folded: frozenset[str]
    required: bool
    is_number: bool
    is_decimal: bool
    is_date: bool


@dataclass(frozen=True)
class Job:
    """One file to read as one kind of file.

    Attributes:
        path: The file.
        file_name: Its name without folders, as messages name it.
        entity: The raw table that a file of this kind is for.
        folder: Private to this job; the pieces are left in it.
        memory_mb: Limit of the child's address space, in MiB.
        seconds: Base of the time limit; more comes with the declared size.
        parent_pid: Who started the child.
        csv_only: A workbook is refused.
        columns: The contract's, in order.
    """

    path: str
    file_name: str
    entity: str
    folder: str
    memory_mb: int
    seconds: float
    parent_pid: int
    csv_only: bool
    columns: tuple[JobColumn, ...]

    def positions(self, chosen: Callable[[JobColumn], bool], found: Mapping[str, int]) -> list[int]:
        """Give the file's columns (from 0) that are contract columns of some sort.

        Args:
            chosen: Says which sort.
            found: The file's column of each contract column that the header has.
        """
        return [found[each.name] for each in self.columns if chosen(each) and each.name in found]

    def piece(self, number: int) -> Path:
        """Name one of the CSV pieces, the first is 0."""
        return Path(self.folder) / f"{self.entity}-{number}.csv"

    def create_piece(self, number: int) -> IO[bytes]:
        """Open a new piece, for its owner only."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        return os.fdopen(os.open(self.piece(number), flags, 0o600), "wb")

    @property
    def required_names(self) -> tuple[str, ...]:
        """The columns that a header must have."""
        return tuple(column.name for column in self.columns if column.required)

    def to_json(self) -> str:
        """Write the job for the child."""
        return json.dumps(asdict(self), default=sorted)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the job back in the child."""
        data: dict[str, Any] = json.loads(text)
        columns = tuple(
            JobColumn(**{**column, "folded": frozenset(column["folded"])})
            for column in data.pop("columns")
        )
        return cls(**data, columns=columns)
