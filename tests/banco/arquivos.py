"""Bank files as a bank delivers them, and what the reference reads in their place.

Here: writing. Not here: which lines (`casos`, `aleatorio`), nor what becomes of them.
"""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

import xlsxwriter

from tests.banco.referencia import Arquivo, Celulas, Linha, typed_date, typed_number

COLUNAS = {
    "clientes": (
        "cliente_id", "nombre", "edad", "nacimiento", "provincia", "ingresos_mensuales",
        "documento",
    ),
    "transacciones": (
        "transaccion_id", "cliente_id", "fecha", "tipo", "monto", "comercio", "categoria",
    ),
}  # fmt: skip
# Not a column: a cell of this name is one more than the header has.
EXCEDENTE = "+"


@dataclass(frozen=True)
class Remessa:
    """A file to deliver.

    Attributes:
        nome: with its ending, `.csv` or `.xlsx`.
        entidade: `clientes` or `transacciones`.
        planilhas: lines by sheet; a csv has one, of no name.
        separador: of a csv.
    """

    nome: str
    entidade: str
    planilhas: Mapping[str, Sequence[Celulas]]
    separador: str = ","

    def escrever(self, folder: Path) -> tuple[Path, Arquivo]:
        """Write the file and say what is in it."""
        path = folder / self.nome
        if path.suffix == ".csv":
            [lines] = self.planilhas.values()
            _write_csv(path, COLUNAS[self.entidade], lines, self.separador)
        else:
            _write_xlsx(path, COLUNAS[self.entidade], self.planilhas)
        linhas = tuple(
            Linha(numero, celulas, planilha or None, EXCEDENTE in celulas)
            for planilha, lines in self.planilhas.items()
            for numero, celulas in enumerate(lines, start=2)
        )
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return path, Arquivo(self.nome, sha256, self.entidade, linhas)


def csv_de(nome: str, entidade: str, linhas: Iterable[Celulas], separador: str = ",") -> Remessa:
    return Remessa(nome, entidade, {"": tuple(linhas)}, separador)


def _write_csv(
    path: Path, columns: Sequence[str], lines: Iterable[Celulas], separator: str
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(columns)
        for line in lines:
            more = [line[EXCEDENTE]] if EXCEDENTE in line else []
            writer.writerow([*(line.get(name, "") for name in columns), *more])


def _write_xlsx(
    path: Path, columns: Sequence[str], sheets: Mapping[str, Iterable[Celulas]]
) -> None:
    """Write a workbook: texts in every second sheet, dates and numbers in the others."""
    book = xlsxwriter.Workbook(path)
    as_date = book.add_format({"num_format": "dd/mm/yyyy"})
    for number, (title, lines) in enumerate(sheets.items()):
        sheet = book.add_worksheet(title)
        sheet.write_row(0, 0, columns)
        for row, line in enumerate(lines, start=1):
            for column, name in enumerate(columns):
                cell = line.get(name, "")
                sheet.write_string(row, column, cell)
                if number % 2:
                    continue
                try:
                    if name == "fecha" and (day := typed_date(cell)):
                        sheet.write_datetime(row, column, datetime.combine(day, time()), as_date)
                    elif name == "monto" and (amount := typed_number(cell)) is not None:
                        sheet.write_number(row, column, float(amount))
                except ValueError:
                    # What has no type stays the text that it is.
                    continue
    book.close()
