"""The bank's clients with their metrics, one row each, for the analysts' notebooks.

Here: which columns of which marts. Not here: how a metric comes about (`models/`), files.
"""

from typing import Final

from psycopg import sql

from loaders.exports.table import ExportTable
from loaders.postgres import schema_name

NAME: Final = "cliente-360"
_SCHEMA: Final = "cliente_360"


def cliente_360() -> ExportTable:
    """Return the export, of the schemas in use now."""
    # The two marts are built one after the other: a client who is in the first only just
    # now is there without metrics.
    query = sql.SQL(
        """
        select
            clientes_banco.cliente_id,
            clientes_banco.nombre,
            clientes_banco.edad,
            clientes_banco.provincia,
            clientes_banco.ingresos_mensuales,
            metricas_bancarias.gasto_mensual_promedio,
            metricas_bancarias.score_endeudamiento
        from {clientes_banco} as clientes_banco
        left join {metricas_bancarias} as metricas_bancarias
            on clientes_banco.cliente_id = metricas_bancarias.cliente_id
        """
    ).format(
        clientes_banco=sql.Identifier(schema_name(_SCHEMA), "clientes_banco"),
        metricas_bancarias=sql.Identifier(schema_name(_SCHEMA), "metricas_bancarias"),
    )
    return ExportTable(NAME, "cliente_360", query, ("cliente_id",))
