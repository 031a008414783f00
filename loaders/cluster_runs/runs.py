"""The life of a run: started, then finished with its rows, or failed.

Here: each step as one transaction, and what the current run says. Not here: the tables
(`tables`), the figures in the rows (the algorithm).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import polars as pl
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from loaders.cluster_runs import DATASET
from loaders.postgres import schema_name
from loaders.server import Server

_Connection = psycopg.Connection[tuple[Any, ...]]


class Situacao(StrEnum):
    """How a run is."""

    EXECUTANDO = "executando"
    CONCLUIDA = "concluida"
    # The same clients and parameters gave the last good run's clusters again: that one counts.
    IGUAL = "igual"
    # Too few clients, or all alike: there are no clusters now.
    INSUFICIENTE = "insuficiente"
    FALHOU = "falhou"
    # Killed: whoever comes next finds that out.
    INTERROMPIDA = "interrompida"


@dataclass(frozen=True)
class Start:
    """What is known of a run before it computes anything.

    Attributes:
        perfil: whose clients, as it is spelt now.
        perfil_chave: the same for all its spellings.
        parametros: of the algorithm, as JSON.
        versoes: of Python and of the libraries that the figures depend on.
        entrada_sha256: identity of the clients read.
        run_anterior_id: the last good run, to which labels are matched; None for the first.
    """

    perfil: str
    perfil_chave: str
    parametros: Mapping[str, Any]
    versoes: Mapping[str, str]
    entrada_sha256: str
    run_anterior_id: int | None = None


@dataclass(frozen=True)
class Finish:
    """What a run found. The frames have the tables' columns, without `run_id`.

    Attributes:
        situacao: CONCLUIDA, IGUAL or INSUFICIENTE; the frames are for CONCLUIDA only.
        motivo: why no clusters are stored; None where they are.
        exclusoes: clients left out, by reason.
        qt_cluster: number of clusters.
        silhuetas: score by number of clusters.
        fatores: loadings and eigenvalues, as JSON.
        ari: adjusted Rand index with the last good run, of the clients in both.
        qt_cliente: clients segmented.
        clientes: one row a client.
        resumo: one row a cluster, those that are gone too.
        migracoes: one row a pair of clusters.
    """

    situacao: Situacao
    motivo: str | None
    exclusoes: Mapping[str, int]
    qt_cluster: int = 0
    silhuetas: Mapping[int, float] = field(default_factory=dict)
    fatores: Mapping[str, Any] = field(default_factory=dict)
    ari: float | None = None
    qt_cliente: int = 0
    clientes: pl.DataFrame = field(default_factory=pl.DataFrame)
    resumo: pl.DataFrame = field(default_factory=pl.DataFrame)
    migracoes: pl.DataFrame = field(default_factory=pl.DataFrame)


@dataclass(frozen=True)
class LastGood:
    """The last run of a perfil that found clusters: what the next one is compared with.

    Attributes:
        run_id: which one.
        entrada_sha256: identity of its clients.
        parametros: of the algorithm, as JSON.
        clientes: `cliente_id` and `cluster_estavel`, a row a client.
        centroides: by stable label, the mean of each prepared column.
        highest_label: the largest stable label that the perfil ever had.
    """

    run_id: int
    entrada_sha256: str
    parametros: Mapping[str, Any]
    clientes: pl.DataFrame
    centroides: Mapping[int, Mapping[str, float]]
    highest_label: int


@dataclass(frozen=True)
class Last:
    """The newest run of a perfil, and the one that is current.

    Attributes:
        perfil: whose.
        situacao: how the newest run is.
        motivo: what it says.
        iniciado_em: when it began.
        atual_em: when the current one was last found; None if there is none.
    """

    perfil: str
    situacao: Situacao
    motivo: str | None
    iniciado_em: datetime
    atual_em: datetime | None


def table(name: str) -> sql.Identifier:
    """Return a table of the schema `segmentacao`."""
    return sql.Identifier(schema_name(DATASET), name)


def last_runs(server: Server) -> list[Last]:
    """Return the newest run of each perfil, by name; none before the first build."""
    query = sql.SQL(
        "select distinct on (perfil_chave) perfil, situacao, motivo, iniciado_em,"
        " max(confirmado_em) filter (where fl_atual) over (partition by perfil_chave)"
        " from {} order by perfil_chave, run_id desc"
    ).format(table("cluster_run"))
    try:
        with server.connect() as connection:
            found = connection.execute(query).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return []
    return [
        Last(perfil, Situacao(situacao), motivo, begun, current)
        for perfil, situacao, motivo, begun, current in found
    ]


def mark_interrupted(server: Server) -> int:
    """Mark the runs that never ended. Call it holding the lock: nobody else runs then.

    Returns:
        How many there were.
    """
    with server.connect() as connection:
        return connection.execute(
            sql.SQL(
                "update {} set situacao = 'interrompida', terminado_em = clock_timestamp(),"
                " motivo = 'o processo acabou antes do fim' where situacao = 'executando'"
            ).format(table("cluster_run"))
        ).rowcount


def current_perfis(server: Server) -> dict[str, str]:
    """Return the perfis that have clusters now, by their key."""
    with server.connect() as connection:
        return dict(
            connection.execute(
                sql.SQL("select perfil_chave, perfil from {} where fl_atual").format(
                    table("cluster_run")
                )
            ).fetchall()
        )


def last_good(server: Server, perfil_chave: str) -> LastGood | None:
    """Return the last run of a perfil that found clusters, current or not; None without one."""
    with server.connect() as connection:
        found = connection.execute(
            sql.SQL(
                "select run_id, entrada_sha256, parametros from {}"
                " where perfil_chave = %s and situacao = 'concluida' order by run_id desc limit 1"
            ).format(table("cluster_run")),
            [perfil_chave],
        ).fetchone()
        if found is None:
            return None
        run_id, entrada_sha256, parametros = found
        centroids = connection.execute(
            sql.SQL(
                "select cluster_estavel, centroide from {} where run_id = %s and qt_cliente > 0"
            ).format(table("cluster_run_resumo")),
            [run_id],
        ).fetchall()
        highest = connection.execute(
            sql.SQL(
                "select max(cluster_estavel) from {} inner join {} using (run_id)"
                " where perfil_chave = %s"
            ).format(table("cluster_run_resumo"), table("cluster_run")),
            [perfil_chave],
        ).fetchone()
        clients = _read_labels(connection, run_id)
    return LastGood(
        run_id,
        entrada_sha256,
        parametros,
        clients,
        dict(centroids),
        highest[0] if highest else 0,
    )


def _read_labels(connection: _Connection, run_id: int) -> pl.DataFrame:
    query = sql.SQL(
        "copy (select cliente_id, cluster_estavel from {} where run_id = {}) to stdout (format csv)"
    ).format(table("cluster_run_clientes"), sql.Literal(run_id))
    with connection.cursor().copy(query) as copy:
        text = b"".join(bytes(block) for block in copy)
    schema = {"cliente_id": pl.String, "cluster_estavel": pl.Int64}
    return pl.read_csv(io.BytesIO(text), has_header=False, schema=schema)


def start(server: Server, begun: Start) -> int:
    """Write a run down as running, for everybody to see.

    Returns:
        Its `run_id`.
    """
    with server.connect() as connection:
        row = connection.execute(
            sql.SQL(
                "insert into {} (perfil, perfil_chave, situacao, parametros, versoes,"
                " entrada_sha256, run_anterior_id)"
                " values (%s, %s, 'executando', %s, %s, %s, %s) returning run_id"
            ).format(table("cluster_run")),
            [
                begun.perfil,
                begun.perfil_chave,
                Jsonb(dict(begun.parametros)),
                Jsonb(dict(begun.versoes)),
                begun.entrada_sha256,
                begun.run_anterior_id,
            ],
        ).fetchone()
    assert row is not None  # noqa: S101 - an insert returns its row
    return int(row[0])


def finish(server: Server, run_id: int, found: Finish) -> None:
    """Write what a run found, and what is current now.

    That is this run if it found clusters, the last good one if it found the same, none if
    there are no clusters. All in one transaction: readers see the state before or after.
    """
    frames = {
        "cluster_run_clientes": found.clientes,
        "cluster_run_resumo": found.resumo,
        "cluster_run_migracoes": found.migracoes,
    }
    with server.connect(autocommit=False) as connection:
        for name, frame in frames.items():
            if frame.height:
                _copy(connection, name, frame.select(pl.lit(run_id).alias("run_id"), pl.all()))
        connection.execute(
            sql.SQL(
                "update {0} set fl_atual = false where fl_atual"
                " and perfil_chave = (select perfil_chave from {0} where run_id = %s)"
            ).format(table("cluster_run")),
            [run_id],
        )
        connection.execute(
            sql.SQL(
                "update {} set situacao = %s, motivo = %s,"
                " terminado_em = clock_timestamp(), qt_cliente = %s, qt_excluido = %s,"
                " exclusoes = %s, qt_cluster = %s, silhuetas = %s, fatores = %s, ari = %s"
                " where run_id = %s"
            ).format(table("cluster_run")),
            [
                found.situacao,
                found.motivo,
                found.qt_cliente,
                sum(found.exclusoes.values()),
                Jsonb(dict(found.exclusoes)),
                found.qt_cluster,
                Jsonb({str(k): score for k, score in found.silhuetas.items()}),
                Jsonb(dict(found.fatores)),
                found.ari,
                run_id,
            ],
        )
        connection.execute(
            sql.SQL(
                "update {0} set fl_atual = true, confirmado_em = clock_timestamp()"
                " where situacao = 'concluida' and run_id = ("
                "select case situacao when 'concluida' then run_id"
                " when 'igual' then run_anterior_id end from {0} where run_id = %s)"
            ).format(table("cluster_run")),
            [run_id],
        )


def fail(server: Server, run_id: int, motivo: str) -> None:
    """Leave a run visible with why it failed; the last good one stays current."""
    with server.connect() as connection:
        connection.execute(
            sql.SQL(
                "update {} set situacao = 'falhou', motivo = %s, terminado_em = clock_timestamp()"
                " where run_id = %s"
            ).format(table("cluster_run")),
            [motivo, run_id],
        )


def _copy(connection: _Connection, name: str, frame: pl.DataFrame) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    query = sql.SQL("copy {} ({}) from stdin (format csv)").format(table(name), columns)
    with connection.cursor().copy(query) as copy:
        copy.write(frame.write_csv(include_header=False))
