"""What the parent asks of the child: plain data that goes through JSON.

Here: the job and its columns. The child must not import pydantic (it would cost more
than reading a small file), so the contract comes down to this.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class JobColumn:
    """A contract column, as reading needs it.

    Attributes:
        name: The raw table's column.
        folded: Every folded header that means it.
        required: The header must have it.
        is_number: Staging reads a number from its text.
        is_decimal: That number may have decimals.
    """

    name: str
    folded: frozenset[str]
    required: bool
    is_number: bool
    is_decimal: bool


@dataclass(frozen=True)
class Job:
    """One file to read.

    Attributes:
        path: The file.
        file_name: Its name without folders, as it lands and as messages name it.
        sha256: Of its bytes.
        loaded_at: ISO time stamp that lands with every line.
        folder: Private to this job; the CSV is left in it as `linhas.csv`.
        memory_mb: Limit of the child's address space, in MiB.
        seconds: Base of the time limit; more comes with the declared size.
        parent_pid: Who started the child.
        columns: The contract's, in order.
    """

    path: str
    file_name: str
    sha256: str
    loaded_at: str
    folder: str
    memory_mb: int
    seconds: float
    parent_pid: int
    columns: tuple[JobColumn, ...]

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
