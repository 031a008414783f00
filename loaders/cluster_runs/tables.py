"""The tables of the schema `segmentacao` that runs write; dbt reads them as a source.

Here: their definition, made where missing. Not here: rows (`runs`).
"""

from psycopg import sql

from loaders.cluster_runs import DATASET
from loaders.locks import lock_key
from loaders.postgres import schema_name
from loaders.server import Server

_TABLES = """
create schema if not exists {schema};

create table if not exists {schema}.cluster_run (
    run_id bigint generated always as identity primary key,
    perfil text not null,
    perfil_chave text not null,
    situacao text not null check (
        situacao in (
            'executando', 'concluida', 'igual', 'insuficiente', 'falhou', 'interrompida'
        )
    ),
    motivo text,
    fl_atual boolean not null default false,
    iniciado_em timestamptz not null default clock_timestamp(),
    terminado_em timestamptz,
    confirmado_em timestamptz,
    parametros jsonb not null,
    versoes jsonb not null,
    entrada_sha256 text not null,
    run_anterior_id bigint references {schema}.cluster_run,
    qt_cliente integer,
    qt_excluido integer,
    exclusoes jsonb,
    qt_cluster integer,
    silhuetas jsonb,
    fatores jsonb,
    ari double precision,
    check (not fl_atual or situacao = 'concluida')
);

-- Two current runs of a perfil would count its clients twice.
create unique index if not exists cluster_run__atual
on {schema}.cluster_run (perfil_chave) where fl_atual;

create table if not exists {schema}.cluster_run_clientes (
    run_id bigint not null references {schema}.cluster_run on delete cascade,
    cliente_id text not null,
    cluster integer not null,
    cluster_estavel integer not null,
    escores jsonb not null,
    distancia double precision not null,
    agencia_id text,
    agencia_nome text,
    carteira_nome text,
    linha text,
    vl_saldo numeric(15, 2),
    primary key (run_id, cliente_id)
);

create table if not exists {schema}.cluster_run_resumo (
    run_id bigint not null references {schema}.cluster_run on delete cascade,
    cluster_estavel integer not null,
    cluster integer,
    rotulo text,
    mudanca text not null check (
        mudanca in ('novo', 'mantido', 'dividido', 'fundido', 'aposentado')
    ),
    cluster_relacionado integer,
    qt_cliente integer not null,
    pc_cliente double precision not null,
    medias jsonb,
    medianas jsonb,
    participacoes jsonb,
    centroide jsonb,
    primary key (run_id, cluster_estavel)
);

create table if not exists {schema}.cluster_run_migracoes (
    run_id bigint not null references {schema}.cluster_run on delete cascade,
    cluster_anterior integer,
    cluster_atual integer,
    qt_cliente integer not null,
    unique nulls not distinct (run_id, cluster_anterior, cluster_atual)
);
"""


def ensure_tables(server: Server) -> None:
    """Create the schema and its tables where they are missing; cheap when all are there."""
    schema = schema_name(DATASET)
    with server.connect(autocommit=False) as connection:
        found = connection.execute(
            "select count(*) from pg_tables"
            " where schemaname = %s and tablename like 'cluster_run%%'",
            [schema],
        ).fetchone()
        if found != (4,):
            # `if not exists` alone fails where two make the same at once.
            connection.execute(
                "select pg_advisory_xact_lock(%s)", [lock_key("cluster_runs", schema)]
            )
            connection.execute(sql.SQL(_TABLES).format(schema=sql.Identifier(schema)))
