"""Who may read and write the register, and what `mirante check` says of it."""

import psycopg
import pytest
from psycopg import sql

from loaders.audit.operations import operation
from loaders.audit.schema import downgrade, ensure_audit
from loaders.building import ready_to_build
from loaders.checks import State
from loaders.checks.server import audit
from loaders.postgres import resolve_server
from loaders.privacy.roles import ROLES
from loaders.server import Server

# Roles belong to the whole server, where other tests have made theirs.
PREFIX = "direitos_"


def test_check_says_how_the_register_is(user_server: Server):
    assert audit(user_server).estado is State.AVISO
    assert "ainda não existe" in audit(user_server).detalhe
    ensure_audit(user_server)
    assert audit(user_server).estado is State.OK
    downgrade(user_server, "0001")
    assert "está na migração 0001" in audit(user_server).detalhe
    with operation(user_server, "carga", "x"):
        pass
    assert audit(user_server).estado is State.OK


def test_check_says_what_to_ask_for_where_nothing_may_be_recorded(forbidden: Server):
    finding = audit(forbidden)
    assert finding.estado is State.AVISO
    assert "nada é registrado" in finding.detalhe
    assert 'GRANT "mirante_loader"' in finding.fazer
    assert 'para decidir divergências, que também se leem, GRANT "mirante_transformer"' in (
        finding.fazer
    )


def test_roles_get_what_they_need_of_the_register(
    embedded_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
    server = resolve_server()
    try:
        with ready_to_build(server):
            pass
        may = {}
        with server.connect() as connection:
            for role in ROLES:
                row = connection.execute(
                    """
                    select array(
                        select privilege
                        from unnest(array['select', 'insert', 'update', 'delete']) as privilege
                        where has_table_privilege(%s, %s, privilege)
                    )
                    """,
                    [PREFIX + role, f"{PREFIX}audit.operacoes"],
                ).fetchone()
                may[role] = row and row[0]
            assert may == {
                "mirante_loader": ["select", "insert", "update"],
                "mirante_transformer": ["select", "insert", "update"],
                "mirante_reader": ["select"],
                "mirante_reader_pii": ["select"],
            }
            # A loader of another user's server registers like its owner.
            connection.execute(
                sql.SQL("set role {}").format(sql.Identifier(f"{PREFIX}mirante_loader"))
            )
            number = connection.execute(
                f"select {PREFIX}audit.registrar_operacao('carga', 'x', 'eu')"
            ).fetchone()
            assert number is not None
            connection.execute(
                f"select {PREFIX}audit.finalizar_operacao(%s, 'concluida', 3)", number
            )
            connection.execute(f"select {PREFIX}audit.marcar_interrompidas()")
            # Nobody changes the rules that they are held to.
            for table in ("transicoes_divergencia", "configuracoes_sistema", "alembic_version"):
                connection.execute(f"select 1 from {PREFIX}audit.{table}")
                for statement in ("insert into {} default values", "delete from {}"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(statement.format(f"{PREFIX}audit.{table}"))
            for table, column in (
                ("transicoes_divergencia", "exige_motivo"),
                ("configuracoes_sistema", "valor"),
                ("alembic_version", "version_num"),
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"update {PREFIX}audit.{table} set {column} = null")
            connection.execute("reset role")
            # Made anew where the roles' default privileges are there already.
            downgrade(server, "base")
            ensure_audit(server)
            open_to_roles = connection.execute(
                """
                select role, name
                from unnest(%s::text[]) as role, unnest(%s::text[]) as name
                where has_table_privilege(role, name, 'insert, update, delete')
                """,
                [
                    [PREFIX + role for role in ROLES],
                    [
                        f"{PREFIX}audit.{name}"
                        for name in ("transicoes_divergencia", "configuracoes_sistema",
                                     "alembic_version")
                    ],
                ],
            ).fetchall()  # fmt: skip
            assert open_to_roles == []
            assert connection.execute(
                "select has_table_privilege(%s, %s, 'insert')",
                [f"{PREFIX}mirante_loader", f"{PREFIX}audit.operacoes"],
            ).fetchone() == (True,)
    finally:
        with embedded_server.connect() as connection:
            names = connection.execute(
                "select nspname::text from pg_namespace where starts_with(nspname, %s)", [PREFIX]
            ).fetchall()
            for (name,) in names:
                connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(name)))
            for role in ROLES:
                role_name = sql.Identifier(PREFIX + role)
                connection.execute(sql.SQL("drop owned by {}").format(role_name))
                connection.execute(sql.SQL("drop role {}").format(role_name))
