"""Which Postgres server: the user's own, or the embedded one.

Here: the decision, the first connection, what the server must be and allow. Not here:
reading variables (`settings`), running a server (`embedded`), loading anything.
"""

import os
from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from loaders.errors import MiranteError, ServidorForaDoArError
from loaders.server import APPLICATION_NAME, Server
from loaders.settings import Settings, load_settings, schema_name

__all__ = ["Server", "ensure_can_create", "resolve_server", "schema_name", "table_exists"]

# pg_input_is_valid, on which every safe cast rests, came with 16.
MINIMUM_VERSION: Final = 160000

_DEFAULTS: Final[dict[str, Any]] = {"connect_timeout": "15"}

# What says nothing more than the default: ours, and one that libpq fills in by itself.
_SAYS_NOTHING: Final = {**_DEFAULTS, "sslcertmode": "allow"}

# What the connection itself settled; the rest of the parameters travels with the server.
_SETTLED: Final = frozenset(
    {
        "host", "port", "dbname", "user", "password", "passfile", "service", "servicefile",
        "application_name", "fallback_application_name", "client_encoding", "replication",
    }
)  # fmt: skip


def resolve_server(*, start: bool = True) -> Server:
    """Find the server that the environment and `.env` mean.

    Args:
        start: Whether to start the embedded server when it is not running.

    Returns:
        A server that answered just now, or that is the embedded one and not started.

    Raises:
        MiranteError: If it cannot be reached, is too old, or the settings are wrong.
    """
    settings = load_settings()
    if uses_own_server(settings):
        return _own_server(settings)
    from loaders import embedded

    return embedded.ensure_running() if start else embedded.describe()


def uses_own_server(settings: Settings | None = None) -> bool:
    """Whether a server of the user's is meant, rather than the embedded one.

    A shell where `mirante env` was evaluated names the embedded server by PG*: its
    password, which no other server has, tells so, and it is still started when needed.
    """
    settings = settings or load_settings()
    if not settings.names_a_server:
        return False
    password = settings.PGPASSWORD
    if settings.DATABASE_URL is None and settings.PGHOST == "127.0.0.1" and password is not None:
        from loaders import embedded

        return password.get_secret_value() != embedded.stored_password()
    return True


def _own_server(settings: Settings) -> Server:
    from loaders.privacy.keys import without_key

    parameters = _libpq_parameters(settings)
    _unset_empty_variables()
    try:
        with psycopg.connect("", autocommit=True, **_DEFAULTS | parameters) as connection:
            _check_version(connection)
            info = connection.info
            options = {
                key: value
                for key, value in info.get_parameters().items()
                if key not in _SETTLED and value and value != _SAYS_NOTHING.get(key)
            }
            # psycopg looks names up by itself and reports the address as if it were ours.
            options.pop("hostaddr", None)
            # A shell where `mirante env` was evaluated has the key of the documents in
            # PGOPTIONS, and these options are printed.
            options["options"] = without_key(options.get("options", ""))
            if not options["options"]:
                del options["options"]
            if "hostaddr" in parameters:
                options["hostaddr"] = info.hostaddr
            return Server(
                host=info.host,
                port=info.port,
                dbname=info.dbname,
                user=info.user,
                password=info.password,
                options=options,
            )
    except psycopg.Error as error:
        kind = ServidorForaDoArError if _may_pass(error) else MiranteError
        raise kind(_connection_problem(error, parameters)) from None


def _libpq_parameters(settings: Settings) -> dict[str, Any]:
    """Merge DATABASE_URL over the PG* variables, in libpq's own names."""
    keywords = {
        option.envvar.decode(): option.keyword.decode()
        for option in Conninfo.get_defaults()
        if option.envvar
    }
    parameters: dict[str, Any] = {"application_name": APPLICATION_NAME}
    for name, value in settings.libpq_variables().items():
        if name in keywords:
            parameters[keywords[name]] = value
        else:  # the service file has a variable, but no parameter in every libpq
            os.environ.setdefault(name, value)
    if settings.DATABASE_URL is not None:
        try:
            url = conninfo_to_dict(settings.DATABASE_URL.get_secret_value())
        except psycopg.Error:
            # libpq's message quotes the URL, password and all.
            raise MiranteError(
                "DATABASE_URL não é um endereço que o Postgres entenda. Escreva"
                " postgresql://usuario:senha@servidor:5432/banco, com os caracteres especiais"
                " da senha codificados (@ vira %40)."
            ) from None
        parameters |= {key: value for key, value in url.items() if value not in (None, "")}
    return parameters


def _unset_empty_variables() -> None:
    """Take empty PG* out of this process: libpq would read `PGSSLMODE=""` as a value."""
    for option in Conninfo.get_defaults():
        name = option.envvar.decode() if option.envvar else ""
        if name and os.environ.get(name) == "":
            del os.environ[name]


def _check_version(connection: psycopg.Connection[Any]) -> None:
    number = connection.info.server_version
    if number >= MINIMUM_VERSION:
        return
    info = connection.info
    version = info.parameter_status("server_version") or str(number // 10000)
    raise MiranteError(
        f"o servidor em {info.host}:{info.port} é PostgreSQL {version.split()[0]}; o Mirante"
        " precisa do 16 ou mais novo. Aponte PGHOST/DATABASE_URL para outro servidor, ou"
        " retire essas variáveis para usar o servidor embutido."
    )


def _may_pass(error: psycopg.Error) -> bool:
    """Whether the server was not there, rather than unwilling: it may be there in a minute."""
    text = str(error).lower()
    return any(
        sign in text
        for sign in (
            "connection refused",
            "timeout",
            "timed out",
            "no such file or directory",
            "server closed the connection",
            "the database system is",
            "too many clients",
            "remaining connection slots",
        )
    )


def _connection_problem(error: psycopg.Error, parameters: dict[str, Any]) -> str:
    """Say what failed and what to do, without anything secret."""
    where = (
        f"{parameters.get('host') or 'servidor padrão'}:{parameters.get('port') or 5432}"
        f"/{parameters.get('dbname') or parameters.get('user') or ''}"
    )
    raw = str(error).strip()
    text = raw.lower()
    for secret in (parameters.get("password"), parameters.get("sslpassword")):
        if secret:
            raw = raw.replace(str(secret), "***")
    causes = (
        (
            ("password authentication failed", "no password supplied"),
            "usuário ou senha recusados. Confira PGUSER e PGPASSWORD (ou DATABASE_URL)",
        ),
        (
            ("no pg_hba.conf entry",),
            "o servidor não aceita esta máquina, usuário ou banco (pg_hba.conf);"
            " talvez exija PGSSLMODE=require",
        ),
        (
            ("could not translate host name", "name or service not known", "failed to resolve"),
            "o nome do servidor não existe. Confira PGHOST",
        ),
        (
            ("definition of service",),
            "o serviço de PGSERVICE não existe no arquivo de serviços",
        ),
        (("does not exist",), "o banco ou o usuário não existe. Confira PGDATABASE e PGUSER"),
        (("timeout", "timed out"), "o servidor não respondeu a tempo. Confira rede e firewall"),
        (
            ("connection refused", "no such file or directory"),
            "ninguém atende nesse endereço. Confira PGHOST e PGPORT e se o servidor está no ar",
        ),
        (
            ("ssl", "certificate"),
            "a conexão segura falhou. Confira PGSSLMODE e PGSSLROOTCERT",
        ),
        (("too many clients", "remaining connection slots"), "o servidor está sem conexões livres"),
        (
            ("the database system is",),
            "o servidor está ligando, desligando ou se recuperando. Espere e rode de novo",
        ),
        (
            ("session is read-only", "server is in hot standby"),
            "o servidor só aceita leitura: é uma réplica. Aponte PGHOST e PGPORT (ou DATABASE_URL)"
            " para o principal",
        ),
    )
    reason = next(
        (advice for needles, advice in causes if any(needle in text for needle in needles)),
        "a conexão falhou",
    )
    # libpq adds a question, and psycopg a heading when a name has several addresses.
    noise = ("Is the server running", "Multiple connection attempts")
    lines = [line.strip() for line in raw.splitlines() if not line.strip().startswith(noise)]
    detail = lines[-1] if lines else type(error).__name__
    return f"não consegui conectar a {where}: {reason}. (Postgres: {detail})"


def ensure_can_create(server: Server, schemas: Sequence[str]) -> None:
    """Check that these schemas can be made, or are there and the role's own.

    Whoever asks is about to write, so a server that takes no writes is told here too, before
    anything is read.

    Args:
        server: Where.
        schemas: Real names, prefix included.

    Raises:
        MiranteError: If one is neither; says which, and the GRANT that is missing. If the
            server is a replica or the session is read-only; says which.
    """
    with server.connect() as connection:
        row = connection.execute(
            """
            select
                has_database_privilege(current_database(), 'CREATE'),
                array(
                    select wanted.name
                    from unnest(%(schemas)s::text[]) as wanted (name)
                    left join pg_namespace on nspname = wanted.name
                    where nspname is null
                ),
                array(
                    select nspname::text
                    from pg_namespace
                    where
                        nspname = any(%(schemas)s::text[])
                        and not pg_has_role(nspowner, 'USAGE')
                ),
                pg_is_in_recovery(),
                current_setting('transaction_read_only')::boolean
            """,
            {"schemas": list(schemas)},
        ).fetchone()
    if row is None:  # a select without FROM always has its row
        raise AssertionError
    may_create, missing, foreign, is_replica, is_read_only = row
    if is_replica or is_read_only:
        raise MiranteError(
            f"o servidor {server.address} só aceita leitura: "
            + (
                "é uma réplica (em recuperação). Aponte PGHOST e PGPORT (ou DATABASE_URL) para o"
                " servidor principal; com vários servidores em PGHOST,"
                " PGTARGETSESSIONATTRS=read-write acha o principal."
                if is_replica
                else f"default_transaction_read_only está ligado. Peça a quem administra o"
                f' servidor: ALTER ROLE "{server.user}" SET default_transaction_read_only = off;'
                " ou retire-o de PGOPTIONS."
            )
        )
    problems = []
    if missing and not may_create:
        problems.append(
            f"o usuário {server.user} não pode criar schemas no banco {server.dbname}"
            f" (faltam: {', '.join(missing)}). Peça a quem administra o servidor:"
            f' GRANT CREATE ON DATABASE "{server.dbname}" TO "{server.user}";'
        )
    if foreign:
        problems.append(
            f"os schemas {', '.join(foreign)} já existem e são de outro usuário. Use outro"
            f" MIRANTE_SCHEMA_PREFIX, ou peça:"
            + "".join(f' ALTER SCHEMA "{name}" OWNER TO "{server.user}";' for name in foreign)
        )
    if problems:
        raise MiranteError(" ".join(problems))


def table_exists(connection: psycopg.Connection[Any], schema: str, table: str) -> bool:
    """Whether a table or view is there.

    Args:
        connection: To the server.
        schema: Real name, prefix included.
        table: Its name.
    """
    row = connection.execute(
        "select to_regclass(format('%%I.%%I', %s::text, %s::text)) is not null", [schema, table]
    ).fetchone()
    return bool(row and row[0])
