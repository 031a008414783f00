"""Roles on a server whose user may not make any, and made by hand for it."""

from dataclasses import replace

import pytest
from psycopg import sql

from loaders.checks import State
from loaders.checks.server import roles
from loaders.postgres import resolve_server
from loaders.privacy.roles import OPEN, PII, ROLES, ensure_roles
from loaders.server import Server

# Roles belong to the whole server, where other tests have made theirs.
PREFIX = "papeis_"


@pytest.fixture(autouse=True)
def _prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)


def test_roles_that_nobody_here_may_make_are_a_warning_with_the_statements(user_server: Server):
    assert not ensure_roles(resolve_server())
    finding = roles(resolve_server())
    assert finding.estado is State.AVISO
    for role in ROLES:
        assert f'CREATE ROLE "{PREFIX}{role}" NOLOGIN;' in finding.fazer


def test_roles_made_by_hand_get_their_rights_from_the_next_build(
    user_server: Server, embedded_server: Server
):
    names = [sql.Identifier(PREFIX + role) for role in ROLES]
    with embedded_server.connect() as connection:
        for name in names:
            connection.execute(sql.SQL("create role {} nologin").format(name))
    try:
        assert ensure_roles(resolve_server())
        with user_server.connect() as connection:
            connection.execute(f"create table {PREFIX}vendas.nova ()")
            rights = {
                role: {
                    schema
                    for schema in (*OPEN, *PII)
                    if connection.execute(
                        "select has_schema_privilege(%s, %s, 'usage')",
                        [PREFIX + role, PREFIX + schema],
                    ).fetchone()
                    == (True,)
                }
                for role in ("mirante_reader", "mirante_reader_pii", "mirante_loader")
            }
            assert rights == {
                "mirante_reader": set(OPEN),
                "mirante_reader_pii": {*OPEN, *PII},
                "mirante_loader": set(),
            }
            may_read = {
                role: connection.execute(
                    "select has_table_privilege(%s, %s, 'select')",
                    [PREFIX + role, f"{PREFIX}vendas.nova"],
                ).fetchone()
                for role in rights
            }
            assert may_read == {
                "mirante_reader": (True,),
                "mirante_reader_pii": (True,),
                "mirante_loader": (False,),
            }
        assert roles(resolve_server()).estado is State.OK
    finally:
        # A role goes once nothing anywhere is granted to it.
        with replace(embedded_server, dbname=user_server.dbname).connect() as connection:
            for name in names:
                connection.execute(sql.SQL("drop owned by {}").format(name))
                connection.execute(sql.SQL("drop role {}").format(name))
