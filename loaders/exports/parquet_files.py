"""Query results as Parquet files, for programs.

Here: a type of Arrow for each of Postgres's. Not here: which query, in which order.

Values come as the text that Postgres writes and are cast column by column, a batch at a
time. `pyarrow.csv` reads faster, but not a row longer than its block, and its batches end
where blocks do: not the same bytes every time.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from psycopg import sql

from loaders.errors import MiranteError
from loaders.exports.files import replacing
from loaders.exports.ordering import columns_of, in_order, text_rows

# What a batch, which is a row group, holds at most.
_ROWS: Final = 32_768
_CELLS: Final = 500_000
_CHARACTERS: Final = 64_000_000

_NUMERIC: Final = 1700
_TYPES: Final = {
    16: pa.bool_(),
    21: pa.int16(),
    23: pa.int32(),
    20: pa.int64(),
    700: pa.float32(),
    701: pa.float64(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
}


def export_parquet(
    connection: psycopg.Connection[Any],
    query: sql.Composable,
    path: Path,
    order_by: Sequence[str],
) -> int:
    """Write a query's rows to a Parquet file.

    What Arrow has no exact type for (numeric without a precision, json ...) stays text.

    Args:
        connection: to the server.
        query: a select.
        path: the file; its folder is made if missing.
        order_by: columns that order the rows; none for all columns.

    Returns:
        The number of rows.

    Raises:
        MiranteError: the file can't be written, or a value has no place in its type.
    """
    columns = columns_of(connection, query)
    schema = pa.schema([(column.name, _arrow_type(column)) for column in columns])
    number = 0
    with (
        replacing(path) as growing,
        text_rows(connection, in_order(query, columns, order_by)) as rows,
        pq.ParquetWriter(growing, schema, compression="zstd") as writer,
    ):
        for batch in _batches(rows, min(_ROWS, _CELLS // max(len(columns), 1))):
            arrays = [
                _cast(values, field)
                for values, field in zip(zip(*batch, strict=True), schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            number += len(batch)
    return number


def _arrow_type(column: psycopg.Column) -> pa.DataType:
    if column.type_code == _NUMERIC:
        precision, scale = column.precision, column.scale
        if precision is None or scale is None or not 0 <= scale <= precision <= 76:
            return pa.string()
        return (
            pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
        )
    return _TYPES.get(column.type_code, pa.string())


def _batches(
    rows: Iterator[tuple[str | None, ...]], most: int
) -> Iterator[list[tuple[str | None, ...]]]:
    """Cut rows into batches, by what they hold and nothing else."""
    batch: list[tuple[str | None, ...]] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += sum(map(len, filter(None, row)))
        if len(batch) == most or characters >= _CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _cast(values: Sequence[str | None], field: pa.Field) -> pa.Array:
    texts = pa.array(values, pa.string())
    if pa.types.is_boolean(field.type):
        return pc.equal(texts, "t")
    try:
        return texts.cast(field.type)
    except pa.ArrowInvalid:
        # Arrow's message would quote the value.
        raise MiranteError(
            f"a coluna {field.name} tem um valor que o Parquet não guarda como {field.type} "
            "(NaN, infinity ou um ano depois de 9999). Exporte como csv."
        ) from None
