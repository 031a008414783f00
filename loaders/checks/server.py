"""The server: which it is, what this user may do on it, what is missing.

Here: one function for each row. Not here: what was loaded or built on it (the siblings).
"""

import shutil
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from loaders import sources
from loaders.audit import DATASET
from loaders.audit.schema import NEWEST, audit_name, migration
from loaders.building import SCHEMAS
from loaders.checks.finding import Finding, State
from loaders.embedded.layout import current_layout
from loaders.errors import MiranteError
from loaders.limits import GB, Level, database_usage
from loaders.postgres import Server, ensure_can_create, schema_name
from loaders.privacy.keys import pii_key
from loaders.privacy.roles import LOADER, ROLES, TRANSFORMER, may_create_roles, missing_roles
from loaders.settings import load_settings, mirante_home

# A month of files and the build's temporary tables fit in the first; hardly anything in the
# second.
LITTLE_ROOM_GB: Final = 5
NO_ROOM_GB: Final = 1


def reached(server: Server) -> Finding:
    """Say which server it is."""
    with server.connect() as connection:
        version = connection.info.parameter_status("server_version") or "?"
    kind = "embutido" if server.embedded else "do usuário"
    return Finding(
        "servidor", State.OK, f"{server.address} ({kind}), PostgreSQL {version.split()[0]}"
    )


def database(server: Server) -> Finding:
    """Say how large the database is, against the limit that somebody may have set."""
    usage = database_usage(server)
    detail = f"{usage.valor:.1f} GB"
    if usage.limite is not None:
        detail += f" de {usage.limite:g} GB"
    if usage.nivel is Level.LONGE:
        return Finding("banco", State.OK, detail)
    return Finding(
        "banco",
        State.FALHA if usage.nivel is Level.PASSOU else State.AVISO,
        detail,
        "Libere espaço (relações antigas de `falhas_de_teste`, prefixos que ninguém usa) ou"
        " aumente MIRANTE_LIMIT_DATABASE_GB.",
    )


def disk() -> Finding:
    """Say how much room there is for what is kept: MIRANTE_HOME, the embedded server's data."""
    folders = [mirante_home()]
    if not load_settings().names_a_server:
        # Root's server has its data elsewhere, on another disk perhaps.
        folders.append(current_layout().base)
    free, folder = min((_free(folder) / GB, folder) for folder in folders)
    detail = f"{free:.1f} GB livres onde está {folder}"
    if free >= LITTLE_ROOM_GB:
        return Finding("disco", State.OK, detail)
    return Finding(
        "disco",
        State.FALHA if free < NO_ROOM_GB else State.AVISO,
        detail,
        "Libere espaço, ou leve MIRANTE_HOME para outro disco: sem espaço o servidor embutido"
        " para, e cargas falham.",
    )


def _free(folder: Path) -> int:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    return shutil.disk_usage(there).free


def may_create(server: Server) -> Finding:
    """Say whether all schemas are there or can be made."""
    try:
        ensure_can_create(server, _schemas())
    except MiranteError as error:
        return Finding("permissões", State.FALHA, "faltam permissões", str(error))
    return Finding("permissões", State.OK, f"{server.user} pode criar o que falta")


def schemas(server: Server) -> Finding:
    """Say which schemas there are not yet."""
    with server.connect() as connection:
        rows = connection.execute(
            "select nspname::text from pg_namespace where nspname = any(%s)", [_schemas()]
        ).fetchall()
    present = {name for (name,) in rows}
    missing = [name for name in _schemas() if name not in present]
    if missing:
        return Finding(
            "schemas",
            State.AVISO,
            f"ainda não existem: {', '.join(missing)}",
            "Rode `mirante build`, que cria todos.",
        )
    return Finding("schemas", State.OK, f"{len(present)} schemas existem")


def key(server: Server) -> Finding:
    """Say whether there is a key to hash documents with, and whose."""
    try:
        pii_key(server)
    except MiranteError as error:
        return Finding("chave dos documentos", State.FALHA, "não pode ser usada", str(error))
    kind = "criada para o servidor embutido" if server.embedded else "de MIRANTE_PII_KEY"
    return Finding("chave dos documentos", State.OK, kind)


def roles(server: Server) -> Finding:
    """Say which roles of readers and writers are missing, and how to make them."""
    missing = missing_roles(server)
    if not missing:
        return Finding("papéis", State.OK, f"{len(ROLES)} papéis existem")
    detail = f"faltam {', '.join(missing)}"
    if may_create_roles(server):
        return Finding("papéis", State.AVISO, detail, "Rode `mirante build`, que os cria.")
    made = " ".join(f'CREATE ROLE "{role}" NOLOGIN;' for role in missing)
    return Finding(
        "papéis",
        State.AVISO,
        f"{detail}; {server.user} não pode criá-los",
        f"Se quer dar acesso por papéis, peça a quem administra o servidor: {made} Depois rode"
        " `mirante build`.",
    )


def audit(server: Server) -> Finding:
    """Say whether operations are registered, and whether the register is up to date."""
    name, schema = "auditoria", schema_name(DATASET)
    ask = (
        "Peça a quem administra o servidor: o schema tem de ser do usuário, que também pode"
        f' estar no papel {schema_name(LOADER)} ou {schema_name(TRANSFORMER)}: GRANT "'
        f'{schema_name(LOADER)}" TO "{server.user}"; para decidir divergências, que também se leem,'
        f' GRANT "{schema_name(TRANSFORMER)}" TO "{server.user}";'
    )
    with server.connect() as connection:
        try:
            found = migration(connection)
        except psycopg.errors.InsufficientPrivilege:
            detail = f"{server.user} não pode usar o schema {schema}: nada é registrado"
            return Finding(name, State.AVISO, detail, ask)
        if found is None:
            able = connection.execute(
                "select case when to_regnamespace(quote_ident(%(schema)s)) is null"
                " then has_database_privilege(current_database(), 'create')"
                " else has_schema_privilege(quote_ident(%(schema)s), 'create') end",
                {"schema": schema},
            ).fetchone()
            if able == (True,):
                detail = f"o schema {schema} ainda não existe"
                return Finding(name, State.AVISO, detail, "Nada: a próxima carga o cria.")
            detail = f"{server.user} não pode criar o schema {schema}: nada é registrado"
            todo = f'Peça: CREATE SCHEMA "{schema}" AUTHORIZATION "{server.user}";'
            return Finding(name, State.AVISO, detail, todo)
        if found < NEWEST:
            detail = f"o schema {schema} está na migração {found}, e a última é {NEWEST}"
            return Finding(name, State.AVISO, detail, "Nada: a próxima carga o atualiza.")
        try:
            rows = connection.execute(
                sql.SQL(
                    "select count(*) from {} where estado = 'falhou'"
                    " and iniciada_em > now() - interval '24 hours'"
                ).format(audit_name("operacoes"))
            ).fetchone()
        except psycopg.errors.InsufficientPrivilege:
            detail = f"{server.user} não pode usar o schema {schema}: nada é registrado"
            return Finding(name, State.AVISO, detail, ask)
    failed = rows[0] if rows else 0
    return Finding(
        name, State.OK, f"na última migração ({found}); {failed} operações falharam em 24 horas"
    )


def _schemas() -> list[str]:
    raw = [source.dataset for source in sources.all_sources()]
    return [schema_name(name) for name in (*raw, *SCHEMAS)]
