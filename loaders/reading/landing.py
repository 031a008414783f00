"""Write what was read as the CSV that Postgres copies, line by line as it came.

Here: the columns of the landed CSV, blank lines left out, unknown columns as JSON.
Not here: how cells were read. Frames come with one text column a file column, named
by its position ("0", "1", ...), and `_linha`; a csv's also with `_excedente`.
"""

import json

import polars as pl

from loaders.errors import ArquivoRecusadoError
from loaders.reading.formats import BRAZILIAN, ISO, DateFormat
from loaders.reading.header import SURPLUS_KEY, Header
from loaders.reading.job import EXTRAS, LINE, SHEET, Job

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
        job: What is read.
        letter_columns: Unknown columns named by letter that had a value.
        surplus_rows: Lines that had more fields than the header.
        dates: What the date columns' texts look like.
    """

    def __init__(self, job: Job) -> None:
        """Open the CSV in the job's folder, for its owner only."""
        self.job = job
        self._file = job.create_piece(0)
        self.dates = DateFormat()
        self.letter_columns: dict[str, None] = {}
        self.surplus_rows = 0
        names = [LINE, SHEET, *(column.name for column in job.columns), EXTRAS]
        self._file.write((",".join(names) + "\n").encode())

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
            pl.col(LINE),
            pl.lit(sheet, dtype=pl.String).alias(SHEET),
        ]
        for column in self.job.columns:
            position = str(header.positions.get(column.name, -1))
            value = pl.col(position) if position in cells else pl.lit(None, dtype=pl.String)
            columns.append(value.alias(f"c_{column.name}"))
        self._see_dates(frame, header)
        columns.append(self._extras(frame, header).alias(EXTRAS))
        frame.select(columns).write_csv(self._file, include_header=False)
        return frame.height

    def _see_dates(self, frame: pl.DataFrame, header: Header) -> None:
        for position in self.job.positions(lambda column: column.is_date, header.positions):
            if str(position) in frame.columns:
                texts = frame[str(position)].drop_nulls()
                iso, brazilian = texts.str.contains(ISO), texts.str.contains(BRAZILIAN)
                self.dates.see(
                    bool(iso.any()), bool(brazilian.any()), not bool((iso | brazilian).all())
                )

    def close(self) -> None:
        """Finish the CSV.

        Raises:
            ArquivoRecusadoError: A text holds a NUL, which Postgres can't store.
        """
        self._file.close()
        with self.job.piece(0).open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                if b"\0" in block:
                    raise ArquivoRecusadoError(
                        "há caracteres nulos em células, que o banco não guarda. "
                        "Abra o arquivo no Excel, salve de novo e repita."
                    )
