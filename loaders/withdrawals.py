"""Take loads of files back: the lines stay in raw, marked, and count no more.

Here: which load a name, a path, a hash or an operation means, and the one transaction that
marks it. Not here: what is built of it (dbt finds out by itself, `macros/curadas/withdrawals.sql`),
loading it again (`file_loads`), how it is told (`commands/rollback.py`).

Data flow: what somebody typed -> `Load` of the manifest, exactly one -> `retirado_em` in its
row, under the build's lock and the source's.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from loaders import cvcrm, sources
from loaders.audit.operations import Operation, Register, recording, who
from loaders.audit.schema import audit_name
from loaders.building import BUILD_LOCK
from loaders.errors import MiranteError
from loaders.file_loads import FileSource, totals
from loaders.locks import advisory_lock
from loaders.manifest import MANIFEST, KnownFile, landed_files
from loaders.postgres import Server, schema_name
from loaders.privacy.documents import mentions_document

if TYPE_CHECKING:
    from collections.abc import Iterator

_Connection = psycopg.Connection[tuple[Any, ...]]

_HASH = re.compile(r"[0-9a-f]{8,64}")
_SHOWN = 10
_DIGITS_SHOWN = 12


@dataclass(frozen=True)
class Load:
    """A file of a source, as its last load left it."""

    source: FileSource
    file: KnownFile

    @property
    def fonte(self) -> str:
        """The source as commands name it."""
        return self.source.fonte

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back."""
        return self.file.retirado_em is not None

    def __str__(self) -> str:
        """Describe it in one line, for whoever has to choose."""
        said = (
            f"{self.file.arquivo} ({self.fonte}, {self.file.entidade}): sha256"
            f" {self.file.sha256[:_DIGITS_SHOWN]}, {lines(self.file.linhas)}, carregado em"
            f" {moment(self.file.carregado_em)}"
        )
        if self.file.retirado_em:
            said += f", retirado em {moment(self.file.retirado_em)}"
        return said


@dataclass(frozen=True)
class Withdrawal:
    """What became of one load that was to be taken back.

    Attributes:
        load: the load, as it was.
        changed: whether this withdrew it; false if it was taken back before.
        operation: its number in the register; None where nothing is recorded.
    """

    load: Load
    changed: bool
    operation: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what a program may read."""
        return {
            "arquivo": self.load.file.arquivo,
            "fonte": self.load.fonte,
            "entidade": self.load.file.entidade,
            "sha256": self.load.file.sha256,
            "linhas": self.load.file.linhas,
            "carregado_em": self.load.file.carregado_em.isoformat(),
            "resultado": "retirado" if self.changed else "sem mudança",
            "operacao": self.operation,
        }


def withdraw(
    server: Server,
    targets: Sequence[str],
    *,
    fonte: str | None = None,
    motivo: str | None = None,
    on_wait: Callable[[str], None] = lambda holder: None,
) -> list[Withdrawal]:
    """Take loads back, all of them or none.

    Args:
        server: where.
        targets: what means one load each: name or path of a file, the beginning of its
            SHA-256, or the number of the load's operation.
        fonte: the only source to look in; all of them by default.
        motivo: why; kept with the mark.
        on_wait: told who holds a lock, if one has to wait.

    Returns:
        What became of each load, in the order given.

    Raises:
        MiranteError: a target means no load, or several, or one of the sales API; the reason
            names somebody's document; or the server's user may not mark it. Nothing was
            taken back then.
    """
    if motivo and mentions_document(motivo):
        raise MiranteError(
            "o motivo tem um CPF ou CNPJ, e o que se escreve aqui fica para sempre. Diga-o sem o"
            " documento."
        )
    asked = [each for each in sources.file_sources() if fonte in (None, each.fonte)]
    # Before any waiting: what is mistyped is said at once.
    chosen = _choose(server, asked, targets)
    of_sources = list({load.source.dataset: load.source for load in chosen}.values())
    with ExitStack() as held:
        # In the order of a build, which takes a source's lock when it makes its tables.
        held.enter_context(advisory_lock(server, BUILD_LOCK, on_wait=on_wait))
        for source in of_sources:
            source.ensure_tables(server)
        for source in of_sources:
            held.enter_context(advisory_lock(server, source.lock, on_wait=on_wait))
        register = held.enter_context(recording(server))
        # While it waited a load may have come, or gone.
        return _withdraw(server, _choose(server, asked, targets), motivo, register)


def _withdraw(
    server: Server, loads: Sequence[Load], motivo: str | None, register: Register
) -> list[Withdrawal]:
    with ExitStack() as recorded, server.connect() as connection:
        operations: dict[Load, Operation] = {}
        for load in loads:
            if not load.is_withdrawn:
                operations[load] = recorded.enter_context(
                    register.operation(
                        "retirada",
                        load.source.dataset,
                        arquivo=load.file.arquivo,
                        entidade=load.file.entidade,
                        sha256=load.file.sha256,
                        motivo=motivo,
                    )
                )
        with _refused(server), connection.transaction():
            for load in loads:
                if operation := operations.get(load):
                    operation.before = _totals(connection, load)
                    _mark(connection, load, who(server), motivo)
                    operation.after = _totals(connection, load)
                    operation.rows = load.file.linhas
        return [
            Withdrawal(load, True, operations[load].number)
            if load in operations
            else Withdrawal(load, False)
            for load in loads
        ]


def _mark(connection: _Connection, load: Load, quem: str, motivo: str | None) -> None:
    """Mark a load's row of the manifest; a load that comes later has a later time."""
    connection.execute(
        sql.SQL(
            """
            with agora as (
                select greatest(
                    clock_timestamp(), max(_carregado_em) + interval '1 microsecond'
                ) as momento
                from {manifest}
            )

            update {manifest} as arquivos
            set
                retirado_em = agora.momento,
                ultima_retirada_em = agora.momento,
                retirado_por = %(quem)s,
                motivo_retirada = %(motivo)s
            from agora
            where
                arquivos._arquivo_sha256 = %(sha256)s
                and arquivos._carregado_em = %(carregado_em)s
            """
        ).format(manifest=_manifest(load.source)),
        {
            "quem": quem,
            "motivo": motivo,
            "sha256": load.file.sha256,
            "carregado_em": load.file.carregado_em,
        },
    )


def _totals(connection: _Connection, load: Load) -> dict[str, int]:
    files = landed_files(connection, load.source.dataset, load.source.contracts)
    return totals((each for each in files if each.retirado_em is None), load.file.entidade)


@contextmanager
def _refused(server: Server) -> "Iterator[None]":
    """Say what rights are missing, instead of a table's name alone."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege:
        raise MiranteError(
            f"{server.user} não pode retirar cargas: falta acesso às tabelas arquivos dos schemas"
            f" raw. Quem carrega pode; peça o papel {schema_name('mirante_loader')} ou rode com o"
            " usuário que carregou."
        ) from None


def _choose(server: Server, asked: Sequence[FileSource], targets: Iterable[str]) -> list[Load]:
    """Find the load that each target means; one that is named twice counts once."""
    with _refused(server), server.connect() as connection:
        loads = [
            Load(source, file)
            for source in asked
            for file in landed_files(connection, source.dataset, source.contracts)
        ]
        chosen = [_find(connection, loads, asked, target) for target in targets]
    return list({(load.source.dataset, load.file.sha256): load for load in chosen}.values())


def _find(
    connection: _Connection, loads: Sequence[Load], asked: Sequence[FileSource], target: str
) -> Load:
    named = [load for load in loads if load.file.arquivo == target]
    if named:
        return _only(named, target)
    if target.isdecimal():
        found = _by_operation(connection, loads, asked, int(target))
        if found:
            return found
    if _HASH.fullmatch(target.lower()):
        hashed = [load for load in loads if load.file.sha256.startswith(target.lower())]
        if hashed:
            return _only(hashed, target)
    if Path(target).name != target:
        return _by_path(loads, target)
    if target.removeprefix("raw_").split(".")[0] in _api_names():
        raise MiranteError(_of_the_api(target))
    raise MiranteError(_unknown(loads, target))


def _only(found: Sequence[Load], target: str) -> Load:
    """Take the one load in force; where there is none, the newest that was taken back."""
    in_force = [load for load in found if not load.is_withdrawn]
    if len(in_force) == 1 or not in_force:
        return max(in_force or found, key=lambda load: load.file.carregado_em)
    raise MiranteError(
        f"{target}: há {len(in_force)} cargas em vigor com esse nome; diga qual pelo sha256"
        f" (8 dígitos ou mais){_several_sources(in_force)}:\n{_listed(in_force)}"
    )


def _several_sources(loads: Sequence[Load]) -> str:
    return ", ou a fonte com --fonte" if len({load.fonte for load in loads}) > 1 else ""


def _by_path(loads: Sequence[Load], target: str) -> Load:
    """Find a file by its bytes; by its name if it is there no more."""
    from loaders.reading import sha256_of

    path = Path(target).expanduser()
    named = [load for load in loads if load.file.arquivo == path.name]
    if path.is_file():
        try:
            sha256 = sha256_of(path)
        except OSError as error:
            raise MiranteError(
                f"{path}: não foi possível ler o arquivo ({error.strerror})."
            ) from None
        hashed = [load for load in loads if load.file.sha256 == sha256]
        if hashed:
            return _only(hashed, target)
        if named:
            # It was corrected on disk: nobody should guess that the old bytes are meant.
            raise MiranteError(
                f"{target}: os bytes deste arquivo nunca foram carregados; outros com o mesmo nome"
                f" foram. Diga o nome sem pasta ou o sha256:\n{_listed(named)}"
            )
    if named:
        return _only(named, target)
    raise MiranteError(_unknown(loads, path.name))


def _by_operation(
    connection: _Connection, loads: Sequence[Load], asked: Sequence[FileSource], operacao: int
) -> Load | None:
    """Find the load that an operation was; None if there is no such operation."""
    query = sql.SQL(
        "select tipo, alvo, detalhes ->> 'sha256', detalhes ->> 'resultado', terminada_em"
        " from {} where operacao_id = %s"
    ).format(audit_name("operacoes"))
    try:
        row = connection.execute(query, [operacao]).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return None
    if row is None:
        return None
    tipo, alvo, sha256, resultado, ended = row
    if tipo != "carga":
        raise MiranteError(f"a operação {operacao} não é uma carga, mas {tipo} ({alvo}).")
    if alvo.split(".")[0] == cvcrm.DATASET:
        raise MiranteError(_of_the_api(f"a operação {operacao} ({alvo})"))
    if resultado != "carregado":
        raise MiranteError(
            f"a operação {operacao} não carregou nada ({resultado or 'interrompida'})."
        )
    found = [load for load in loads if (load.source.dataset, load.file.sha256) == (alvo, sha256)]
    if not found:
        if alvo not in [source.dataset for source in asked]:
            raise MiranteError(
                f"a operação {operacao} é uma carga de {alvo.removeprefix('raw_')}: confira"
                " --fonte."
            )
        raise MiranteError(
            f"a operação {operacao} carregou um arquivo que não está mais em {alvo}."
        )
    [load] = found
    if ended is not None and load.file.carregado_em > ended:
        raise MiranteError(
            f"a carga da operação {operacao} foi retirada, e os mesmos bytes foram carregados de"
            f" novo depois. Diga qual carga pelo nome ou sha256:\n{_listed(found)}"
        )
    return load


def _api_names() -> set[str]:
    from loaders.cvcrm.endpoints import load_endpoints

    return {"cvcrm", *(endpoint.name for endpoint in load_endpoints())}


def _of_the_api(what: str) -> str:
    return (
        f"{what}: uma carga da API de vendas não pode ser retirada. As linhas são juntadas pelo id,"
        " e o que havia antes delas não fica guardado. `mirante load cvcrm --full` lê tudo de novo."
    )


def _unknown(loads: Sequence[Load], target: str) -> str:
    said = f"{target}: nenhuma carga com esse nome, sha256 ou número de operação."
    close = get_close_matches(target, {load.file.arquivo for load in loads}, n=_SHOWN)
    near = [load for load in loads if load.file.arquivo in close]
    if near:
        return f"{said} Parecidas:\n{_listed(near)}"
    if not loads:
        return f"{said} Nenhum arquivo foi carregado ainda."
    newest = sorted(loads, key=lambda load: load.file.carregado_em, reverse=True)
    return f"{said} As últimas:\n{_listed(newest)}"


def _listed(loads: Sequence[Load]) -> str:
    lines = [f"  {load}" for load in loads[:_SHOWN]]
    if len(loads) > _SHOWN:
        lines.append(f"  e mais {len(loads) - _SHOWN}")
    return "\n".join(lines)


def _manifest(source: FileSource) -> sql.Identifier:
    return sql.Identifier(schema_name(source.dataset), MANIFEST)


def lines(count: int) -> str:
    """Write how many lines as people read it here."""
    return f"{count:,} {'linha' if count == 1 else 'linhas'}".replace(",", ".")


def moment(value: datetime) -> str:
    """Write a moment in the time zone of whoever reads it."""
    return f"{value.astimezone():%d/%m/%Y %H:%M:%S}"
