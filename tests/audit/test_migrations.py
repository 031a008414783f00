"""The schema `audit`: made once whoever comes first, there for each prefix, taken back whole."""

import os
import subprocess
import sys

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql

from loaders.audit import schema
from loaders.audit.schema import NEWEST, downgrade, ensure_audit, migration, upgrade
from loaders.postgres import resolve_server
from loaders.server import Server

UPGRADE = """
import sys
from loaders.audit.schema import ensure_audit
from loaders.postgres import resolve_server
server = resolve_server()
print("ready", flush=True)
sys.stdin.readline()
ensure_audit(server)
"""


def tables(server: Server, name: str) -> set[str]:
    with server.connect() as connection:
        return {
            row[0]
            for row in connection.execute(
                "select relname::text from pg_class where relnamespace = to_regnamespace(%s)"
                " and relkind in ('r', 'v')",
                [name],
            )
        }


def test_the_newest_migration_is_the_one_that_commands_ask_for():
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST


def test_upgrade_then_downgrade_leaves_nothing_and_upgrade_makes_the_same(user_server: Server):
    ensure_audit(user_server)
    made = tables(user_server, "audit")
    assert made >= {
        "operacoes", "sessoes_processamento", "divergencias_processadas", "divergencias_eventos",
        "correcoes", "configuracoes_sistema", "chaves_idempotencia", "vw_operacoes_resumo",
        "vw_divergencias_abertas", "vw_divergencias_estado", "vw_regras_decisoes",
        "vw_correcoes_vigentes", "vw_metricas_regras",
    }  # fmt: skip
    downgrade(user_server, "0001")
    assert "divergencias_eventos" not in tables(user_server, "audit")
    assert "operacoes" in tables(user_server, "audit")
    downgrade(user_server, "base")
    assert tables(user_server, "audit") == {"alembic_version"}
    with user_server.connect() as connection:
        left = connection.execute(
            "select proname from pg_proc where pronamespace = 'audit'::regnamespace"
        ).fetchall()
    assert left == []
    upgrade(user_server)
    assert tables(user_server, "audit") == made


def test_everything_in_it_says_what_it_is(user_server: Server):
    ensure_audit(user_server)
    with user_server.connect() as connection:
        silent = connection.execute(
            """
            select relname::text, attname::text
            from pg_class
            inner join pg_attribute on attrelid = pg_class.oid and attnum > 0
            where
                relnamespace = 'audit'::regnamespace
                and relkind in ('r', 'v')
                and relname not in ('alembic_version')
                and not attisdropped
                and (
                    col_description(pg_class.oid, attnum) is null
                    or obj_description(pg_class.oid, 'pg_class') is null
                )
            union all
            select proname::text, null
            from pg_proc
            where
                pronamespace = 'audit'::regnamespace
                and obj_description(oid, 'pg_proc') is null
            """
        ).fetchall()
    assert silent == []


def test_prefixes_live_apart_on_one_database(user_server: Server, monkeypatch: pytest.MonkeyPatch):
    for prefix in ("ana_", "bia_"):
        monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", prefix)
        ensure_audit(resolve_server())
    downgrade(user_server, "base")
    assert "operacoes" in tables(user_server, "ana_audit")
    assert "operacoes" not in tables(user_server, "bia_audit")
    assert tables(user_server, "audit") == set()
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", "ana_")
    with user_server.connect() as connection:
        number = connection.execute(
            sql.SQL("select {}('carga', 'x', 'eu')").format(
                sql.Identifier("ana_audit", "registrar_operacao")
            )
        ).fetchone()
        assert number == (1,)
        assert connection.execute("select count(*) from ana_audit.operacoes").fetchone() == (1,)


def test_processes_that_upgrade_at_once_make_one_schema(user_server: Server):
    waiting = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ},
        )
        for _ in range(3)
    ]  # fmt: skip
    for process in waiting:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in waiting:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in waiting:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    with user_server.connect() as connection:
        assert migration(connection) == NEWEST
        count = connection.execute("select count(*) from audit.configuracoes_sistema").fetchone()
    assert count == (2,)


def test_settings_say_who_changed_them(user_server: Server):
    ensure_audit(user_server)
    with user_server.connect() as connection:
        connection.execute(
            "update audit.configuracoes_sistema set valor = '0.9', alterada_por = 'outro'"
            " where chave = 'confianca_minima_automatica'"
        )
        row = connection.execute(
            "select alterada_por, alterada_em > now() - interval '1 minute'"
            " from audit.configuracoes_sistema where chave = 'confianca_minima_automatica'"
        ).fetchone()
    assert row == (user_server.user, True)


def test_functions_look_for_tables_in_audit_before_anybodys_temporary_ones(user_server: Server):
    ensure_audit(user_server)
    with user_server.connect() as connection:
        paths = connection.execute(
            "select distinct proconfig from pg_proc where pronamespace = 'audit'::regnamespace"
        ).fetchall()
    assert paths == [(["search_path=audit, pg_temp"],)]
