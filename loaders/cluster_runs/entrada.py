"""What a segmentation reads: the clients of `carteira.segmentacao_entrada`.

Here: the table as columns, and the identity of a perfil's part of it. Not here: what a
client's figures are (the dbt model).
"""

import hashlib
import io

import polars as pl
import psycopg
from psycopg import sql

from loaders.errors import MiranteError
from loaders.postgres import schema_name
from loaders.server import Server

PERFIL = "cliente_perfil"
# The same for all its spellings, of which another may be the usual one next month.
PERFIL_KEY = "perfil_chave"
_SCHEMA = {
    "cliente_id": pl.String,
    PERFIL: pl.String,
    PERFIL_KEY: pl.String,
    "agencia_id": pl.String,
    "agencia_nome": pl.String,
    "carteira_nome": pl.String,
    "linha": pl.String,
    "nr_risco": pl.Float64,
    "cob_garantia": pl.Float64,
    "mod_bacen": pl.String,
    "nr_atraso": pl.Float64,
    "vl_contrato": pl.Float64,
    # Handed on as it came, to the cent.
    "vl_saldo": pl.String,
    "motivo_exclusao": pl.String,
}


def read_entrada(server: Server) -> pl.DataFrame:
    """Read all clients, also those that are left out, in the order of their ids.

    Args:
        server: where the mart is.

    Returns:
        A frame of the mart's columns; figures as floats, NULL as null, `vl_saldo` as text.

    Raises:
        MiranteError: the mart was never built.
    """
    columns = sql.SQL(", ").join(map(sql.Identifier, _SCHEMA))
    query = sql.SQL(
        "copy (select {} from {}) to stdout (format csv, header, null '', force_quote *)"
    ).format(columns, sql.Identifier(schema_name("carteira"), "segmentacao_entrada"))
    buffer = io.BytesIO()
    try:
        with server.connect() as connection, connection.cursor().copy(query) as copy:
            for block in copy:
                buffer.write(block)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise MiranteError(
            f"{schema_name('carteira')}.segmentacao_entrada ainda não existe em {server.address}: "
            "carregue a carteira e rode `mirante build`."
        ) from None
    buffer.seek(0)
    # Postgres quotes every text and no NULL, which is how polars tells '' from nothing.
    return pl.read_csv(buffer, schema=_SCHEMA).sort("cliente_id")


def fingerprint(clients: pl.DataFrame) -> str:
    """Return the SHA-256 of clients, the same for the same rows in the same order."""
    return hashlib.sha256(clients.write_csv().encode()).hexdigest()
