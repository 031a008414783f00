"""Write what was read as the CSV that Postgres copies, line by line as it came.

Here: the columns of the landed CSV, blank lines left out, unknown columns as JSON.
Not here: how cells were read. Frames come with one text column a file column, named
by its position ("0", "1", ...), and `_linha`; a csv's also with `_excedente`.
"""

import json
import os
from pathlib import Path
from typing import IO

import polars as pl

from loaders.errors import ArquivoRecusadoError
from loaders.reading.header import SURPLUS_KEY, Header
from loaders.reading.job import Job
from loaders.reading.launcher import CSV_NAME

LINE = "_linha"
SURPLUS = "_excedente"
_BLOCK_BYTES = 1 << 20


def json_text(column: str) -> pl.Expr:
    """Write a text column's values as JSON strings; NULL stays NULL."""
    quoted = pl.struct(pl.col(column).alias("v")).struct.json_encode()
    body = quoted.str.strip_prefix('{"v":').str.strip_suffix("}")
    return pl.when(pl.col(column).is_not_null()).then(body)


def cell_columns(frame: pl.DataFrame) -> list[str]:
    """Give the frame's columns that are the file's."""
    return [name for name in frame.columns if name not in (LINE, SURPLUS)]


class Landing:
    """One CSV in the making; frames of any number of sheets go in.

    Attributes:
        letter_columns: Unknown columns named by letter that had a value.
        surplus_rows: Lines that had more fields than the header.
    """

    def __init__(self, job: Job) -> None:
        """Open the CSV in the job's folder, for its owner only."""
        self._job = job
        self._path = Path(job.folder) / CSV_NAME
        self._file: IO[bytes] = os.fdopen(
            os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        )
        self.letter_columns: dict[str, None] = {}
        self.surplus_rows = 0
        names = ["_arquivo", "_arquivo_sha256", "_planilha", LINE, "_carregado_em"]
        names += [column.name for column in job.columns]
        self._file.write((",".join([*names, "_extras"]) + "\n").encode())

    def _extras(self, frame: pl.DataFrame, header: Header) -> pl.Expr:
        known = {str(position) for position in header.positions.values()}
        members: list[pl.Expr] = []
        for column in cell_columns(frame):
            if column in known or frame[column].null_count() == frame.height:
                continue
            position = int(column)
            name = header.unknown_name(position)
            if position not in header.unknown:
                self.letter_columns[name] = None
            key = json.dumps(name, ensure_ascii=False)
            members.append(pl.concat_str(pl.lit(f"{key}: "), json_text(column)))
        if SURPLUS in frame.columns and frame[SURPLUS].null_count() < frame.height:
            self.surplus_rows += frame.height - frame[SURPLUS].null_count()
            members.append(pl.concat_str(pl.lit(f'"{SURPLUS_KEY}": '), pl.col(SURPLUS)))
        if not members:
            return pl.lit(None, dtype=pl.String)
        joined = pl.concat_str(members, separator=", ", ignore_nulls=True)
        return pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}")))

    def write(self, frame: pl.DataFrame, header: Header, sheet: str | None) -> int:
        """Write a frame's lines, wholly blank ones left out.

        Args:
            frame: Lines below the header.
            header: Which column is which.
            sheet: Lands as `_planilha`.

        Returns:
            The number of lines written.
        """
        cells = cell_columns(frame)
        if not cells or not frame.height:
            return 0
        # An empty text and no cell at all are the same to whoever typed the sheet.
        texts = [pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in cells]
        not_blank = [pl.col(name).str.strip_chars() != "" for name in cells]
        if SURPLUS in frame.columns:
            not_blank.append(pl.col(SURPLUS).is_not_null())
        frame = frame.filter(pl.any_horizontal(not_blank)).with_columns(texts)
        if not frame.height:
            return 0
        columns = [
            pl.lit(self._job.file_name).alias("_arquivo"),
            pl.lit(self._job.sha256).alias("_arquivo_sha256"),
            pl.lit(sheet, dtype=pl.String).alias("_planilha"),
            pl.col(LINE),
            pl.lit(self._job.loaded_at).alias("_carregado_em"),
        ]
        for column in self._job.columns:
            position = str(header.positions.get(column.name, -1))
            value = pl.col(position) if position in cells else pl.lit(None, dtype=pl.String)
            columns.append(value.alias(f"c_{column.name}"))
        columns.append(self._extras(frame, header).alias("_extras"))
        frame.select(columns).write_csv(self._file, include_header=False)
        return frame.height

    def close(self) -> None:
        """Finish the CSV.

        Raises:
            ArquivoRecusadoError: A text holds a NUL, which Postgres can't store.
        """
        self._file.close()
        with self._path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                if b"\0" in block:
                    raise ArquivoRecusadoError(
                        "há caracteres nulos em células, que o banco não guarda. "
                        "Abra o arquivo no Excel, salve de novo e repita."
                    )
