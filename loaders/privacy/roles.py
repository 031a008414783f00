"""The four roles, and what each may do in which schema.

Here: making the roles where the server's user may, and their rights. Not here: who belongs
to a role: whoever runs the server says `grant mirante_reader to ana`.

The roles log nobody in and own nothing; loads and builds run as whoever owns the schemas.
Rights on tables are default privileges of each schema: they hold for a table from the moment
it is made, so a rebuild, which swaps tables, has no moment without them. dbt's own `grants`
would need the roles on every server, also where nobody may make them.
"""

from collections.abc import Iterator
from typing import Final

import psycopg
from psycopg import sql

from loaders import sources
from loaders.server import Server
from loaders.settings import schema_name

LOADER: Final = "mirante_loader"
TRANSFORMER: Final = "mirante_transformer"
READER: Final = "mirante_reader"
READER_PII: Final = "mirante_reader_pii"
ROLES: Final = (LOADER, TRANSFORMER, READER, READER_PII)

# Nobody's name or document is in these: what the tables of `pii` show of them is masked.
OPEN: Final = (
    "carteira", "cartoes", "vendas", "segmentacao", "cliente_360", "divergencias", "historico",
    "referencia",
)  # fmt: skip
# What was done and decided; of people it names those who work here only.
AUDIT: Final = ("audit",)
INNER: Final = ("staging", "intermediate", "falhas_de_teste")
PII: Final = ("pii",)

_READ: Final = ("select",)
_WRITE: Final = ("select", "insert", "update", "delete")
# What holds whoever records: only the owner changes it.
CLOSED: Final = ("transicoes_divergencia", "configuracoes_sistema", "alembic_version")
# What was written down stays.
_RECORD: Final = ("select", "insert", "update")


def rights() -> Iterator[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Yield a role, a schema, and the role's rights on the schema and on its tables."""
    raw = [source.dataset for source in sources.all_sources()]
    table = (
        (LOADER, raw, ("usage", "create"), _WRITE),
        (TRANSFORMER, raw, ("usage",), _READ),
        (TRANSFORMER, (*INNER, *OPEN, *PII), ("usage", "create"), _WRITE),
        (READER, OPEN, ("usage",), _READ),
        (READER_PII, (*OPEN, *PII), ("usage",), _READ),
        (LOADER, AUDIT, ("usage",), _RECORD),
        (TRANSFORMER, AUDIT, ("usage",), _RECORD),
        (READER, AUDIT, ("usage",), _READ),
        (READER_PII, AUDIT, ("usage",), _READ),
    )
    for role, schemas, on_schema, on_tables in table:
        for schema in schemas:
            yield schema_name(role), schema_name(schema), on_schema, on_tables


def ensure_roles(server: Server) -> bool:
    """Make the roles that are missing, and let them into the schemas.

    Schemas of what dbt builds are made here, for the rights on them to be there before the
    first table is.

    Args:
        server: where; its user needs CREATEROLE to make roles.

    Returns:
        Whether all roles are there now.
    """
    with server.connect() as connection:
        if not _make_missing(connection):
            return False
        _make_schemas(connection)
        for role, schema, on_schema, on_tables in rights():
            _grant(connection, role, schema, on_schema, on_tables)
        close_audit(connection)
    return True


def close_audit(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Take from the roles what lets them change the rules that they are held to.

    Default privileges can't leave out a table, so this follows whatever grants them and
    whatever makes the tables.

    Args:
        connection: of the tables' owner; on anybody else's tables it does nothing.
    """
    rows = connection.execute(
        """
        select distinct nspname::text, relname::text, rolname::text
        from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        cross join aclexplode(relacl) as acl
        inner join pg_roles on acl.grantee = pg_roles.oid
        where
            nspname = any(%s)
            and relname = any(%s)
            and rolname = any(%s)
            and acl.privilege_type <> 'SELECT'
            and pg_has_role(relowner, 'usage')
        """,
        [
            [schema_name(name) for name in AUDIT],
            list(CLOSED),
            [schema_name(role) for role in (LOADER, TRANSFORMER)],
        ],
    ).fetchall()
    for schema, table, role in rows:
        connection.execute(
            sql.SQL("revoke insert, update, delete, truncate on {} from {}").format(
                sql.Identifier(str(schema), str(table)), sql.Identifier(str(role))
            )
        )


def missing_roles(server: Server) -> list[str]:
    """Names of the roles that are not there."""
    with server.connect() as connection:
        return _missing(connection)


def may_create_roles(server: Server) -> bool:
    """Whether the server's user may make roles."""
    with server.connect() as connection:
        return _may_create(connection)


def _may_create(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute(
        "select rolsuper or rolcreaterole from pg_roles where rolname = current_user"
    ).fetchone()
    return bool(row and row[0])


def _missing(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    wanted = [schema_name(role) for role in ROLES]
    rows = connection.execute(
        "select rolname::text from pg_roles where rolname = any(%s)", [wanted]
    )
    known = {row[0] for row in rows}
    return [role for role in wanted if role not in known]


def _make_missing(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    missing = _missing(connection)
    if not missing:
        return True
    if not _may_create(connection):
        return False
    for role in missing:
        try:
            connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            continue  # a build of another database, at the same moment
    return True


def _make_schemas(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    wanted = [schema_name(name) for name in (*INNER, *OPEN, *PII)]
    rows = connection.execute(
        "select nspname::text from pg_namespace where nspname = any(%s)", [wanted]
    )
    known = {row[0] for row in rows}
    for name in wanted:
        if name not in known:
            connection.execute(
                sql.SQL("create schema if not exists {}").format(sql.Identifier(name))
            )


def _grant(
    connection: psycopg.Connection[tuple[object, ...]],
    role: str,
    schema: str,
    on_schema: tuple[str, ...],
    on_tables: tuple[str, ...],
) -> None:
    """Grant what is not granted yet: a grant clashes with whoever changes the tables."""
    names = {"role": sql.Identifier(role), "schema": sql.Identifier(schema)}
    has_all = connection.execute(
        """
        select
            (
                select bool_and(has_schema_privilege(%(role)s, pg_namespace.oid, privilege))
                from unnest(%(on_schema)s::text[]) as wanted (privilege)
            )
            and exists (
                select 1
                from pg_default_acl
                cross join aclexplode(defaclacl) as acl
                where
                    defaclnamespace = pg_namespace.oid
                    and defaclrole = (select oid from pg_roles where rolname = current_user)
                    and acl.grantee = (select oid from pg_roles where rolname = %(role)s)
            )
        from pg_namespace
        -- One may work with an audit of somebody else's, but grant nothing of it.
        where nspname = %(schema)s and pg_has_role(nspowner, 'usage')
        """,
        {"role": role, "schema": schema, "on_schema": list(on_schema)},
    ).fetchone()
    if has_all is None or has_all[0]:
        return
    words = {
        "on_schema": sql.SQL(", ").join(map(sql.SQL, on_schema)),
        "on_tables": sql.SQL(", ").join(map(sql.SQL, on_tables)),
    }
    for statement in (
        "grant {on_schema} on schema {schema} to {role}",
        "grant {on_tables} on all tables in schema {schema} to {role}",
        "alter default privileges in schema {schema} grant {on_tables} on tables to {role}",
    ):
        connection.execute(sql.SQL(statement).format(**names, **words))
