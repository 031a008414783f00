"""The list of faults that were put into simulated files on purpose.

Here: what an entry of the list is, and the file `defeitos.csv` with those of all sources.
Not here: planting them (the module of each source).
"""

import csv
from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Defect:
    """A fault put into a file on purpose, and what must come of it.

    Attributes:
        arquivo: name of the file, without its folder.
        linha: line in it, from 1; a header counts.
        coluna: canonical name of the column that is spoilt; "" for a whole line.
        defeito: what is wrong, in Portuguese.
        resultado: a code of the quarantine, or in words what the value must become.
        planilha: sheet of a workbook that the line is in; "" in other files.
    """

    arquivo: str
    linha: int
    coluna: str
    defeito: str
    resultado: str
    planilha: str = ""


def write_defects(path: Path, defects: list[Defect]) -> None:
    """Write the list of planted faults, in the order of files, sheets and lines."""
    columns = [column.name for column in fields(Defect)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for defect in sorted(
            defects, key=lambda each: (each.arquivo, each.planilha, each.linha, each.coluna)
        ):
            writer.writerow([getattr(defect, column) for column in columns])
