"""What works and what does not: the rows of `mirante check`.

Here: one small function for each thing that can be right or wrong, giving rows that say
what to do. Not here: how they are shown (`commands/check.py`).
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from loaders import cvcrm, sources
from loaders.audit import DATASET
from loaders.audit.schema import NEWEST, audit_name, migration
from loaders.building import SCHEMAS
from loaders.errors import MiranteError
from loaders.postgres import Server, ensure_can_create, resolve_server, schema_name
from loaders.privacy.keys import pii_key
from loaders.privacy.roles import (
    LOADER,
    ROLES,
    TRANSFORMER,
    may_create_roles,
    missing_roles,
)

if TYPE_CHECKING:
    from loaders.cvcrm.cargas import History
    from loaders.cvcrm.client import Client, Pace
    from loaders.cvcrm.endpoints import Endpoint


class State(StrEnum):
    """How something is."""

    OK = "ok"
    # Worth knowing; nothing is broken.
    AVISO = "aviso"
    FALHA = "falha"


@dataclass(frozen=True)
class Finding:
    """One row.

    Attributes:
        nome: what was looked at.
        estado: how it is.
        detalhe: what was found.
        fazer: what to do about it; empty if nothing.
    """

    nome: str
    estado: State
    detalhe: str
    fazer: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return what a program may read."""
        return {name: str(value) for name, value in asdict(self).items()}


def findings(
    *, on_start: Callable[[str], None] = lambda name: None, pace: "Pace | None" = None
) -> Iterator[Finding]:
    """Look at everything, one thing after another.

    Args:
        on_start: told what is looked at, before what takes long.
        pace: between requests to the sales API; the settings' by default.
    """
    try:
        server = resolve_server()
    except MiranteError as error:
        yield Finding("servidor", State.FALHA, str(error), "Rode `mirante db status`.")
        server = None
    if server is not None:
        yield reached(server)
        yield may_create(server)
        yield schemas(server)
        yield key(server)
        yield roles(server)
        yield audit(server)
        yield from file_loads(server)
        yield from cvcrm_loads(server)
        yield from segmentations(server)
    yield from cvcrm_api(server, on_start, pace)


def reached(server: Server) -> Finding:
    """Say which server it is."""
    with server.connect() as connection:
        version = connection.info.parameter_status("server_version") or "?"
    kind = "embutido" if server.embedded else "do usuário"
    return Finding(
        "servidor", State.OK, f"{server.address} ({kind}), PostgreSQL {version.split()[0]}"
    )


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


def file_loads(server: Server) -> Iterator[Finding]:
    """Say when each table of files was loaded last."""
    for source in sources.file_sources():
        newest: dict[str, datetime] = {}
        for known in source.known_files(server):
            newest[known.entidade] = known.carregado_em
        for contract in source.contracts:
            moment = newest.get(contract.entity)
            detail = f"última carga em {_moment(moment)}" if moment else "nada carregado ainda"
            yield Finding(f"carga {source.dataset}.{contract.entity}", State.OK, detail)


def cvcrm_loads(server: Server) -> Iterator[Finding]:
    """Say when each endpoint of the sales API was read last, and how that ended."""
    from loaders.cvcrm import cargas

    source = cvcrm.source()
    histories = source.histories(server)
    for endpoint in source.endpoints:
        yield _endpoint_load(endpoint, cargas.of(histories, endpoint))


def _endpoint_load(endpoint: "Endpoint", history: "History") -> Finding:
    from loaders.cvcrm.cargas import Situacao

    name = f"carga {cvcrm.DATASET}.{endpoint.name}"
    if history.last_try is None:
        return Finding(name, State.OK, "nada carregado ainda")
    good = f"última carga boa em {_moment(history.last_good)}" if history.last_good else None
    detail = good or "nenhuma carga boa ainda"
    if history.last_outcome is Situacao.OK:
        return Finding(name, State.OK, detail)
    detail += f"; última tentativa em {_moment(history.last_try)}: {history.last_outcome}"
    if history.is_stale:
        detail = f"DEFASADO; {detail}"
    if history.last_outcome is Situacao.INDISPONIVEL:
        return Finding(name, State.AVISO, detail, "Nada, se este CVCRM não tem este endpoint.")
    return Finding(name, State.AVISO, detail, f"{history.message} Depois: mirante load cvcrm.")


def segmentations(server: Server) -> Iterator[Finding]:
    """Say which run of each perfil is current, and how the newest one ended."""
    from loaders.cluster_runs.runs import Situacao, last_runs

    for last in last_runs(server):
        name = f"segmentação {last.perfil}"
        detail = f"atual: de {_moment(last.atual_em)}" if last.atual_em else "sem clusters agora"
        if last.situacao in (Situacao.CONCLUIDA, Situacao.IGUAL):
            yield Finding(name, State.OK, detail)
            continue
        if last.situacao is Situacao.EXECUTANDO:
            yield Finding(name, State.OK, f"{detail}; em andamento")
            continue
        detail += f"; última tentativa em {_moment(last.iniciado_em)}: {last.situacao}"
        detail += f", {last.motivo}" if last.motivo else ""
        todo = f'mirante segment --perfil "{last.perfil}"'
        if last.situacao is Situacao.INSUFICIENTE:
            todo = "Nada, se o perfil é mesmo pequeno assim."
        yield Finding(name, State.AVISO, detail, todo)


def cvcrm_api(
    server: Server | None,
    on_start: Callable[[str], None] = lambda name: None,
    pace: "Pace | None" = None,
) -> Iterator[Finding]:
    """Ask each endpoint of the sales API for one row, at the configured pace.

    Args:
        server: whose loads must not be disturbed; None if there is none.
        on_start: told the endpoint before it is asked.
        pace: between requests; the settings' by default.
    """
    from loaders.cvcrm.client import Client
    from loaders.cvcrm.settings import cvcrm_settings

    try:
        settings = cvcrm_settings()
    except MiranteError as error:
        yield Finding("API do CVCRM", State.FALHA, "configuração errada", str(error))
        return
    if settings.missing:
        yield Finding(
            "API do CVCRM",
            State.AVISO,
            f"não foi sondada: falta configurar {', '.join(settings.missing)}",
            "Se usa o CVCRM, veja .env.example.",
        )
        return
    source = cvcrm.source()
    holder = source.lock_holder(server) if server else None
    if holder:
        # The two together could pass the vendor's limit, and the load would be blocked.
        yield Finding(
            "API do CVCRM",
            State.AVISO,
            f"não foi sondada: há uma carga em andamento ({holder})",
            "Rode de novo quando ela terminar.",
        )
        return
    client = Client(settings, pace=pace, tries=1)
    for endpoint in source.endpoints:
        on_start(endpoint.name)
        yield _endpoint_answers(client, endpoint)


def _endpoint_answers(client: "Client", endpoint: "Endpoint") -> Finding:
    from loaders.cvcrm import telling
    from loaders.cvcrm.loading import may_lack
    from loaders.cvcrm.problems import ApiError
    from loaders.cvcrm.reading import count_rows

    name = f"API do CVCRM: {endpoint.name}"
    try:
        count = count_rows(client, endpoint)
    except ApiError as error:
        problem = error.problem
        if may_lack(endpoint, problem):
            return Finding(
                name,
                State.AVISO,
                f"{problem.what}: este CVCRM não tem este endpoint",
                "Nada: ele é opcional.",
            )
        return Finding(name, State.FALHA, f"{problem.what}: {problem.because}", problem.advice)
    return Finding(name, State.OK, f"responde, {telling.number(count)} linhas")


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone():%d/%m/%Y %H:%M}" if moment else "nunca"
