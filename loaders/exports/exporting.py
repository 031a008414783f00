"""A table into a file, in any format.

Here: what a name means, and a session in which the same rows are the same texts. Not here:
how a format is written (a module each).
"""

from pathlib import Path

import psycopg

from loaders.audit.operations import operation
from loaders.errors import MiranteError
from loaders.export_formats import Format
from loaders.exports.cliente_360 import NAME as CLIENTE_360
from loaders.exports.cliente_360 import cliente_360
from loaders.exports.marts import find
from loaders.exports.table import ExportTable
from loaders.server import Server

# What a role, a database or the environment may set otherwise.
_SESSION = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
}


def export_table(name: str) -> ExportTable:
    """Return what a name means.

    Raises:
        UnknownNameError: nothing, or several tables.
        MiranteError: nothing was built yet.
    """
    return cliente_360() if name == CLIENTE_360 else find(name, others=(CLIENTE_360,)).as_export()


def export(server: Server, table: ExportTable, path: Path, kind: Format) -> int:
    """Write a table to a file, as one moment has it.

    Args:
        server: where the table is.
        table: what to write.
        path: the file; its folder is made if missing.
        kind: the file's format.

    Returns:
        The number of rows.

    Raises:
        MiranteError: the table is not built, or the file can't be written.
    """
    with operation(server, "exportacao", table.name, formato=kind.value) as told:
        told.rows = write_to(server, table, path, kind)
    return told.rows


def write_to(server: Server, table: ExportTable, path: Path, kind: Format) -> int:
    """Write a table as `export` does, for something else than a file to keep; not registered.

    Args:
        server: where the table is.
        table: what to write.
        path: the file; its folder is made if missing.
        kind: the file's format.

    Returns:
        The number of rows.

    Raises:
        MiranteError: the table is not built, or the file can't be written.
    """
    with server.connect(autocommit=False) as connection:
        for setting, value in _SESSION.items():
            connection.execute("select set_config(%s, %s, true)", (setting, value))
        try:
            return _write(connection, table, path, kind)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            raise MiranteError(
                f"{table.name} ainda não existe em {server.address}: rode `mirante build`, "
                "e depois exporte."
            ) from None


def _write(
    connection: psycopg.Connection[tuple[object, ...]], table: ExportTable, path: Path, kind: Format
) -> int:
    # pyarrow takes a while to import.
    if kind is Format.PARQUET:
        from loaders.exports.parquet_files import export_parquet as write
    elif kind is Format.XLSX:
        from loaders.exports.xlsx_files import export_xlsx as write
    else:
        from loaders.exports.csv_files import export_csv as write
    return write(connection, table.query, path, table.key)
