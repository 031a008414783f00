"""What was made of the loads: builds, tests, quarantine, segments.

Here: one function for each kind of row. Not here: the server (`server`), the loads (`loads`).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import psycopg
from psycopg import sql

from loaders.audit.schema import audit_name
from loaders.checks.finding import Finding, State, moment
from loaders.postgres import schema_name
from loaders.privacy.roles import OPEN
from loaders.server import Server

LONG_FOR_A_BUILD: Final = timedelta(hours=6)


def last_build(server: Server) -> Iterator[Finding]:
    """Say how the newest build ended, and which models and tests failed in it."""
    query = sql.SQL(
        "select estado, iniciada_em, erro, coalesce(depois -> 'nos' ->> 'warn', '0'),"
        " now() - iniciada_em > %s"
        " from {} where tipo = 'construcao' order by operacao_id desc limit 1"
    ).format(audit_name("operacoes"))
    with server.connect() as connection:
        try:
            row = connection.execute(query, [LONG_FOR_A_BUILD]).fetchone()
        except (
            psycopg.errors.UndefinedTable,
            psycopg.errors.InvalidSchemaName,
            psycopg.errors.InsufficientPrivilege,
        ):
            return  # the row of the audit says so
    if row is None:
        yield Finding("última construção", State.AVISO, "nenhuma ainda", "Rode `mirante build`.")
        return
    estado, when, error, warnings, long = row
    detail = f"de {moment(when)}: {estado}"
    if estado == "concluida":
        told = f", {warnings} teste(s) com aviso" if warnings != "0" else ""
        yield Finding("última construção", State.OK, detail + told)
    elif estado == "em_andamento":
        yield Finding(
            "última construção",
            State.AVISO if long else State.OK,
            detail,
            "Veja quem a faz (`mirante build` diz) e se ainda anda." if long else "",
        )
    else:
        yield Finding(
            "última construção",
            State.FALHA,
            f"{detail}; {error}" if error else detail,
            "Rode `mirante build`, que mostra as linhas de cada teste que falhou; o que depende"
            " delas ficou como estava.",
        )


def quarantine(server: Server) -> Iterator[Finding]:
    """Say how many lines of each area's files are in quarantine, and why."""
    areas = {schema_name(area): area for area in OPEN}
    with server.connect() as connection:
        found = connection.execute(
            "select nspname::text from pg_class"
            " inner join pg_namespace on pg_namespace.oid = relnamespace"
            " where relname = 'quarentena' and nspname = any(%s) order by 1",
            [list(areas)],
        ).fetchall()
        for (schema,) in found:
            name = f"quarentena {areas[schema]}"
            try:
                codes = connection.execute(
                    sql.SQL(
                        "select codigo, count(*), count(distinct arquivo) from {}"
                        " group by 1 order by 2 desc, 1"
                    ).format(sql.Identifier(schema, "quarentena"))
                ).fetchall()
            except psycopg.errors.InsufficientPrivilege:
                yield Finding(name, State.AVISO, f"{server.user} não pode ler {schema}.quarentena")
                continue
            if not codes:
                yield Finding(name, State.OK, "vazia")
                continue
            reasons = ", ".join(f"{code} {lines}" for code, lines, _ in codes)
            yield Finding(
                name,
                State.AVISO,
                f"{sum(lines for _, lines, _ in codes)} linhas fora: {reasons}",
                f"Veja {schema}.quarentena (arquivo, linha, detalhe); corrija na origem e carregue"
                " o arquivo de novo.",
            )


def segmentations(server: Server) -> Iterator[Finding]:
    """Say which run of each perfil is current, and how the newest one ended."""
    from loaders.cluster_runs.runs import Situacao, last_runs

    for last in last_runs(server):
        name = f"segmentação {last.perfil}"
        detail = f"atual: de {moment(last.atual_em)}" if last.atual_em else "sem clusters agora"
        if last.situacao in (Situacao.CONCLUIDA, Situacao.IGUAL):
            yield Finding(name, State.OK, detail)
            continue
        if last.situacao is Situacao.EXECUTANDO:
            yield Finding(name, State.OK, f"{detail}; em andamento")
            continue
        detail += f"; última tentativa em {moment(last.iniciado_em)}: {last.situacao}"
        detail += f", {last.motivo}" if last.motivo else ""
        todo = f'mirante segment --perfil "{last.perfil}"'
        if last.situacao is Situacao.INSUFICIENTE:
            todo = "Nada, se o perfil é mesmo pequeno assim."
        yield Finding(name, State.AVISO, detail, todo)
