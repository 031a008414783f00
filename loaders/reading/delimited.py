"""Read a csv: every record as it came, also those of another length than the header.

Here: records to frames with real line numbers, surplus fields, the decimal mark. Not
here: encoding and separator (`text`), the writing (`landing`).

pyarrow splits the records because it hands over those of another length, with their
number, instead of failing, cutting or filling them without a word.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from loaders.errors import ArquivoRecusadoError
from loaders.reading.formats import DecimalMark
from loaders.reading.header import (
    SEARCHED_ROWS,
    Header,
    find_header,
    missing_message,
    no_header_message,
)
from loaders.reading.job import LINE, Job
from loaders.reading.landing import SURPLUS, Landing, json_text
from loaders.reading.text import Utf8Stream, detect_encoding, detect_separator, sample

# A record must fit in a block; no real cell is this long.
_BLOCK_BYTES = 4 << 20
# Records of another length are handled one by one: more of them is another format.
_MAX_RAGGED = 1_000_000
_RECORD = "_registro"
_BREAKS = "_quebras"
_END = "mirante-fim-do-arquivo"


def _unterminated(after_line: int) -> ArquivoRecusadoError:
    return ArquivoRecusadoError(
        f"há aspas abertas e nunca fechadas no registro que começa na linha {after_line}. "
        "Feche ou apague as aspas nessa linha e repita."
    )


class _Records:
    """The records of one file, in frames, with their numbers."""

    def __init__(self, path: Path, encoding: str, separator: str, width: int) -> None:
        self._separator = separator
        self._width = width
        self._ragged: list[tuple[int, str]] = []
        self._next = 1
        self._line = 1
        self._last_line = 1
        self._ended = False
        self._ragged_count = 0
        # One field more than a record has, so that the added line is told apart.
        last_line = _END + separator * width
        names = [str(position) for position in range(width)]
        self._stream = pa.PythonFile(Utf8Stream(path, encoding, last_line), mode="r")
        self._options = {
            "read_options": pa_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK_BYTES, column_names=names
            ),
            "parse_options": pa_csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._keep,
            ),
            "convert_options": pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                check_utf8=False,
            ),
        }

    def _keep(self, row: Any) -> str:
        """Keep a record of another length; pyarrow leaves it out of its batch."""
        if row.text.startswith(_END):
            self._ended = True
        else:
            self._ragged.append((row.number, row.text))
            self._ragged_count += 1
        # pyarrow swallows what a handler raises; `error` makes it stop by itself.
        return "error" if self._ragged_count > _MAX_RAGGED else "skip"

    def frames(self) -> Iterator[pl.DataFrame]:
        """Give the records with `_linha`, and surplus fields as a JSON array.

        Yields:
            Frames in order. `_linha` is the record's first line in the file.

        Raises:
            ArquivoRecusadoError: A quote is never closed.
        """
        try:
            for batch in pa_csv.open_csv(self._stream, **self._options):
                yield self._frame(pl.DataFrame(pl.from_arrow(batch)))
        except pa.ArrowInvalid as error:
            # pyarrow's own text may quote a record: `from None`.
            if self._ragged_count > _MAX_RAGGED:
                raise ArquivoRecusadoError(
                    f"mais de {_MAX_RAGGED} linhas têm outro número de campos que o cabeçalho. "
                    "Confira o separador e exporte o arquivo de novo."
                ) from None
            if "straddling" in str(error):
                self._frame(None)
                raise _unterminated(self._line) from None
            if "Empty CSV" not in str(error):
                raise
        if self._ragged:
            yield self._frame(None)
        if not self._ended:
            raise _unterminated(self._last_line)

    def _numbers(self, count: int) -> list[int]:
        """Number the batch's records: those that the kept ones leave free, in order."""
        kept = {number for number, _ in self._ragged}
        if not kept:
            return list(range(self._next, self._next + count))
        numbers: list[int] = []
        number = self._next
        while len(numbers) < count:
            if number not in kept:
                numbers.append(number)
            number += 1
        return numbers

    def _frame(self, regular: pl.DataFrame | None) -> pl.DataFrame:
        names = [str(position) for position in range(self._width)]
        schema = dict.fromkeys(names, pl.String)
        if regular is None:
            regular = pl.DataFrame(schema=schema)
        numbers = self._numbers(regular.height)
        breaks = [pl.col(name).str.count_matches(r"\r\n|\r|\n").fill_null(0) for name in names]
        frame = regular.with_columns(
            pl.Series(_RECORD, numbers, dtype=pl.Int64),
            pl.sum_horizontal(breaks).cast(pl.Int64).alias(_BREAKS),
            pl.lit(None, dtype=pl.String).alias(SURPLUS),
        )
        last = numbers[-1] if numbers else None
        now = [kept for kept in self._ragged if last is None or kept[0] < last]
        # A kept record after the batch's last waits: the numbers between aren't known.
        self._ragged = [] if last is None else self._ragged[len(now) :]
        if now:
            ragged = pl.DataFrame(
                [self._split(number, text) for number, text in now],
                schema={**schema, _RECORD: pl.Int64, _BREAKS: pl.Int64, SURPLUS: pl.String},
                orient="row",
            )
            frame = pl.concat([frame, ragged]).sort(_RECORD)
        if not frame.height:
            return frame.rename({_RECORD: LINE}).drop(_BREAKS)
        # Each record begins one line after the one before, and its breaks are lines too.
        lines = (
            self._line
            + (pl.col(_RECORD) - self._next)
            + (pl.col(_BREAKS).cum_sum() - pl.col(_BREAKS))
        )
        final, total = frame[_RECORD][-1], int(frame[_BREAKS].sum())
        frame = frame.with_columns(lines.alias(LINE)).drop(_RECORD, _BREAKS)
        self._last_line = frame[LINE][-1]
        self._line += final - self._next + 1 + total
        self._next = final + 1
        return frame

    def _split(self, number: int, text: str) -> tuple[str | int | None, ...]:
        """Split a record of another length into its fields and the surplus."""
        csv.field_size_limit(len(text) + 1)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._separator)
        fields = next(reader, [])
        cells = [field or None for field in fields[: self._width]]
        cells += [None] * (self._width - len(cells))
        surplus = fields[self._width :]
        # A separator at a line's end is no field.
        array = json.dumps(surplus, ensure_ascii=False) if any(surplus) else None
        breaks = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
        return (*cells, number, breaks, array)


def _join_surplus(frame: pl.DataFrame, width: int, header_width: int) -> pl.DataFrame:
    """Make fields beyond the header surplus too, where most lines have them."""
    beyond = [str(position) for position in range(header_width, width)]
    if not beyond:
        return frame
    texts = [pl.coalesce(json_text(name), pl.lit('""')) for name in beyond]
    array = pl.concat_str(pl.lit("["), pl.concat_str(texts, separator=", "))
    more = pl.col(SURPLUS).str.strip_prefix("[")
    joined = (
        pl.when(pl.col(SURPLUS).is_not_null())
        .then(pl.concat_str(array, pl.lit(", "), more))
        .when(pl.any_horizontal(pl.col(beyond).is_not_null()))
        .then(pl.concat_str(array, pl.lit("]")))
    )
    return frame.with_columns(joined.alias(SURPLUS)).drop(beyond)


def _see_decimals(mark: DecimalMark, frame: pl.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name in frame.columns and not mark.comma:
            texts = frame[name].str.strip_chars_end()
            mark.comma = bool(texts.str.contains(r",\d+$").any())
            # Three decimals could be Brazilian thousands.
            points = texts.str.contains(r"\.(?:\d{1,2}|\d{4,})$")
            mark.point = mark.point or bool(points.any())


def _width(records: Sequence[Sequence[str]], header: Header) -> int:
    """Give the number of fields that most lines below the header have.

    Records of another number are slower, and all lines may end in a separator that
    the header has not.
    """
    lengths = Counter(len(record) for record in records[header.row + 1 :] if any(record))
    return max(lengths.most_common(1)[0][0] if lengths else 0, len(header.cells), 1)


def read_delimited(job: Job) -> dict[str, Any]:
    """Read a csv whole.

    Args:
        job: What to read.

    Returns:
        What was seen, as plain data.

    Raises:
        ArquivoRecusadoError: It can't land.
    """
    path = Path(job.path)
    encoding = detect_encoding(path)
    separator = detect_separator(path, encoding, job.columns)
    records = sample(path, encoding, separator)
    header = find_header(records[:SEARCHED_ROWS], job.columns)
    if header is None:
        raise ArquivoRecusadoError(no_header_message(job.required_names, "o arquivo"))
    # The header's line counts the breaks in the cells of records before it.
    above = [cell for record in records[: header.row] for cell in record]
    header_line = header.row + 1 + sum(len(cell.splitlines()) - 1 for cell in above if cell)
    if header.missing:
        raise ArquivoRecusadoError(missing_message(header, header_line))
    width = _width(records, header)
    decimals = [
        str(position)
        for position in job.positions(lambda column: column.is_decimal, header.positions)
    ]
    landing, mark, rows = Landing(job), DecimalMark(), 0
    for whole in _Records(path, encoding, separator, width).frames():
        frame = whole.filter(pl.col(LINE) > header_line)
        _see_decimals(mark, frame, decimals)
        rows += landing.write(_join_surplus(frame, width, len(header.cells)), header, None)
    landing.close()
    unknown = list(dict.fromkeys([*header.unknown.values(), *landing.letter_columns]))
    return {
        "format": "csv",
        "sheets_read": [
            {"name": None, "header_row": header_line, "header": header.cells, "rows": rows}
        ],
        "sheets_ignored": [],
        "unknown_columns": unknown,
        "missing_optional": [
            column.name for column in job.columns if column.name not in header.positions
        ],
        "encoding": encoding,
        "separator": separator,
        "decimal_mark": mark.decide(separator),
        "date_format": landing.dates.decide(),
        "pieces": [rows],
        "piece_separator": ",",
        "notices": _notices(job.file_name, unknown, landing.surplus_rows),
    }


def _notices(name: str, unknown: Sequence[str], surplus_rows: int) -> list[str]:
    notices = []
    if unknown:
        notices.append(
            f"{name}: colunas fora do contrato, guardadas em _extras: {', '.join(unknown)}."
        )
    if surplus_rows:
        notices.append(
            f"{name}: {surplus_rows} linhas têm mais campos que o cabeçalho; "
            "o excedente está em _extras."
        )
    return notices
