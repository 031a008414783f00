"""The current clusters as files, named as the analysts know them.

Here: which rows and columns of which table make which file. Not here: writing one
(`loaders.exports`), pictures (`orchestration.segmentation.plots`).

No file has run numbers or times in it: the same clusters give the same bytes.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from psycopg import sql

from loaders.exports import FOLDER, export_csv
from loaders.postgres import schema_name
from loaders.server import Server

__all__ = ["FOLDER", "export_clusters", "file_stem"]

_CROSSED = {
    "clusters_por_agencia": ("perfil", "cluster_estavel", "agencia_id", "agencia_nome"),
    "clusters_por_carteira": ("perfil", "cluster_estavel", "carteira_nome"),
    "clusters_por_linha": ("perfil", "cluster_estavel", "linha"),
}
_FIGURES = ("nr_risco", "cob_garantia", "nr_atraso", "vl_contrato", "vl_saldo")
_CLIENT = (
    "cliente_id", "perfil", "cluster_estavel", "rotulo", "agencia_id", "agencia_nome",
    "carteira_nome", "linha", "vl_saldo", *(f"nr_fator_{number}" for number in range(1, 6)),
    "nr_distancia",
)  # fmt: skip
_SUMMARY = (
    "perfil", "cluster_estavel", "rotulo", "qt_cliente", "pc_cliente",
    *(f"{figure}_{kind}" for figure in _FIGURES for kind in ("media", "mediana")),
    "participacoes",
)  # fmt: skip


def file_stem(perfil: str) -> str:
    """Return a perfil's name as part of a file's: plain letters, digits and `_`.

    Perfis that differ in more than case, accents and spaces have different ones.
    """
    plain = "".join(
        char for char in unicodedata.normalize("NFD", perfil) if not unicodedata.combining(char)
    )
    stem = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")
    if re.fullmatch(r"[A-Za-z0-9 ]+", plain):
        return stem
    return f"{stem}_{hashlib.sha256(perfil.encode()).hexdigest()[:6]}".lstrip("_")


def export_clusters(server: Server, folder: Path = FOLDER) -> Iterator[Path]:
    """Write the clusters of every perfil, their summaries and the three cross tables.

    Args:
        server: where the tables are.
        folder: where to.

    Yields:
        Each file written.

    Raises:
        MiranteError: a file can't be written.
    """
    with server.connect() as connection:
        perfis = connection.execute(
            # Who has no clusters any more gets files without rows: old ones would mislead.
            sql.SQL("select distinct perfil from {} order by 1").format(
                _table("vw_evolucao_clusters")
            )
        ).fetchall()
        for (perfil,) in perfis:
            path = folder / f"perfil_{file_stem(perfil)}_clusters.csv"
            query = _select(_CLIENT, "vw_clusters_atuais", perfil)
            export_csv(connection, query, path, ["cluster_estavel", "cliente_id"])
            yield path
            path = folder / f"perfil_{file_stem(perfil)}_cluster_summary.csv"
            query = _select(_SUMMARY, "vw_evolucao_clusters", perfil) + sql.SQL(
                " and fl_atual and qt_cliente > 0"
            )
            export_csv(connection, query, path, ["cluster_estavel"])
            yield path
        for table, keys in _CROSSED.items():
            path = folder / f"{table}.csv"
            query = sql.SQL("select * from {}").format(_table(table))
            export_csv(connection, query, path, keys)
            yield path


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(schema_name("segmentacao"), name)


def _select(columns: tuple[str, ...], table: str, perfil: str) -> sql.Composed:
    return sql.SQL("select {} from {} where perfil = {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), _table(table), sql.Literal(perfil)
    )
