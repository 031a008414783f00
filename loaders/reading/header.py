"""Find the header by its names, and say what each column of the file is.

Here: which of the first rows is the header, which column is which, what is unknown.
Not here: reading those rows. Messages name headers and contract columns only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from loaders.errors import ArquivoRecusadoError
from loaders.names import column_letter, fold
from loaders.reading.job import JobColumn

SEARCHED_ROWS = 50
# Fewer common names could be a coincidence in a title or a summary.
_MIN_MATCHES = 3
# The key of a csv line's surplus fields in `_extras`; no header may take it.
SURPLUS_KEY = "_excedente"


@dataclass(frozen=True)
class Header:
    """A header row, matched against the contract.

    Attributes:
        row: Index among the rows given.
        cells: As seen, blank ones as "".
        positions: The file's column (from 0) of each contract column found.
        unknown: Name of each other column that has one.
        missing: Required columns that are not there.
    """

    row: int
    cells: tuple[str, ...]
    positions: dict[str, int]
    unknown: dict[int, str]
    missing: tuple[str, ...]

    def unknown_name(self, position: int) -> str:
        """Name a column outside the contract; by its letter if its header is blank."""
        return self.unknown.get(position, f"coluna_{column_letter(position)}")

    @property
    def shown(self) -> str:
        """The header for a message, without its blank cells."""
        return ", ".join(cell for cell in self.cells if cell)


def _matches(cells: Sequence[str], columns: Sequence[JobColumn]) -> dict[int, str]:
    """Give the contract column of each cell that is the name of one."""
    owner = {folded: column.name for column in columns for folded in column.folded}
    found = ((position, owner.get(fold(cell))) for position, cell in enumerate(cells) if cell)
    return {position: name for position, name in found if name}


def count_matches(cells: Sequence[str], columns: Sequence[JobColumn]) -> int:
    """Count the contract columns that a row names."""
    return len(set(_matches(cells, columns).values()))


def _is_header(matched: set[str], columns: Sequence[JobColumn]) -> bool:
    required = {column.name for column in columns if column.required}
    if len(required) < _MIN_MATCHES:
        return required <= matched
    return len(matched) >= _MIN_MATCHES


def _unknown_names(cells: Sequence[str], known: set[int]) -> dict[int, str]:
    """Name the other columns by their headers, each once."""
    taken = {SURPLUS_KEY}
    names: dict[int, str] = {}
    for position, cell in enumerate(cells):
        if position in known or not cell:
            continue
        name, count = cell, 1
        while name in taken:
            count += 1
            name = f"{cell}_{count}"
        taken.add(name)
        names[position] = name
    return names


def find_header(
    rows: Sequence[Sequence[str | None]], columns: Sequence[JobColumn], where: str = ""
) -> Header | None:
    """Find the row that names the most contract columns.

    Args:
        rows: The file's first rows.
        columns: The contract's columns.
        where: Begins the error's message, such as the sheet's name.

    Returns:
        The header, or None if no row is one.

    Raises:
        ArquivoRecusadoError: Two of its columns mean the same contract column.
    """
    clean = [tuple(" ".join((cell or "").split()) for cell in row) for row in rows[:SEARCHED_ROWS]]
    matches = [_matches(cells, columns) for cells in clean]
    if not matches:
        return None
    row = max(range(len(clean)), key=lambda index: (len(set(matches[index].values())), -index))
    matched = matches[row]
    if not _is_header(set(matched.values()), columns):
        return None
    positions: dict[str, int] = {}
    for position, name in matched.items():
        if name in positions:
            first, second = clean[row][positions[name]], clean[row][position]
            raise ArquivoRecusadoError(
                f"{where}as colunas '{first}' ({column_letter(positions[name])}) e '{second}' "
                f"({column_letter(position)}) da linha {row + 1} são a mesma coluna do contrato, "
                f"'{name}'. Renomeie ou apague uma delas e repita."
            )
        positions[name] = position
    return Header(
        row=row,
        cells=clean[row],
        positions=positions,
        unknown=_unknown_names(clean[row], set(matched)),
        missing=tuple(
            column.name for column in columns if column.required and column.name not in positions
        ),
    )


def missing_message(header: Header, row: int, where: str = "") -> str:
    """Say which required columns a header lacks.

    Args:
        header: The header found.
        row: Its line in the file, the first is 1.
        where: Begins the message, such as the sheet's name.
    """
    names = ", ".join(f"'{name}'" for name in header.missing)
    what = "falta a coluna obrigatória" if len(header.missing) == 1 else "faltam as colunas"
    return (
        f"{where}{what} {names}. Cabeçalho visto na linha {row}: {header.shown}. "
        "Acrescente a coluna, ou declare o nome usado como apelido no contrato, e repita."
    )


def no_header_message(required: Sequence[str], where: str) -> str:
    """Say that no row is a header, and what one must have."""
    return (
        f"{where} não tem cabeçalho nas primeiras {SEARCHED_ROWS} linhas. Ele precisa das colunas: "
        f"{', '.join(required)}. Acrescente o cabeçalho e repita."
    )
