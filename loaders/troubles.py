"""Trouble of servers and disks that has a name: what happened, and what to do about it.

Here: telling it from an error's code, or from what dbt repeats of it. Not here: what a command
or a run then does (`cli`, `pipelines`, `building`), nor trouble of the first connection, which
knows the settings that it came from (`postgres`).

Nothing here quotes an error: what is said is ours, in Portuguese, whatever language the server
speaks and whatever row it complains of.
"""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg

from loaders.errors import MiranteError, ServidorForaDoArError, database_reason


@dataclass(frozen=True)
class Trouble:
    """Something that goes wrong in many places, and that somebody can put right.

    Attributes:
        happened: what, to follow a colon.
        todo: how to put it right, to be followed by "e rode de novo".
        may_pass: whether it may be over by itself in a minute.
    """

    happened: str
    todo: str
    may_pass: bool = False

    @property
    def advice(self) -> str:
        """What to do, as a sentence."""
        return f"{self.todo[0].upper()}{self.todo[1:]} e rode o mesmo comando de novo."

    def as_error(self, what: str, said: str | None = None) -> MiranteError:
        """Return the error that tells of it; one of those that Dagster tries again if it may pass.

        Args:
            what: did not come to its end.
            said: the server's words, without anybody's data.
        """
        kind = ServidorForaDoArError if self.may_pass else MiranteError
        told = f" (Postgres: {said})" if said else ""
        return kind(f"{what}: {self.happened}{told}. Nada ficou pela metade. {self.advice}")


FULL_SERVER: Final = Trouble(
    "o disco do servidor do banco está cheio",
    "libere espaço nele (`mirante check` diz quanto o banco ocupa)",
)
CUT: Final = Trouble(
    "a conexão com o servidor do banco caiu no meio",
    "confira a rede e se o servidor está no ar",
    may_pass=True,
)
NOT_READY: Final = Trouble(
    "o servidor do banco está ligando, desligando ou se recuperando",
    "espere até que ele atenda (`mirante db status`)",
    may_pass=True,
)
READ_ONLY: Final = Trouble(
    "o servidor do banco só aceita leitura: é uma réplica em recuperação, ou a sessão é só de"
    " leitura (default_transaction_read_only)",
    "aponte PGHOST e PGPORT (ou DATABASE_URL) para o servidor principal; com vários servidores"
    " em PGHOST, PGTARGETSESSIONATTRS=read-write acha o principal",
)
REFUSED_LOGIN: Final = Trouble(
    "o servidor do banco recusou o usuário ou a senha",
    "confira PGUSER e PGPASSWORD (ou DATABASE_URL)",
)
NO_DATABASE: Final = Trouble("o banco não existe", "confira PGDATABASE (ou DATABASE_URL)")
NO_CONNECTION_LEFT: Final = Trouble(
    "o servidor do banco está sem conexões livres",
    "feche sessões que ninguém usa, ou aumente max_connections",
    may_pass=True,
)
NO_MEMORY: Final = Trouble(
    "faltou memória ao servidor do banco", "dê-lhe mais memória, ou diminua o work_mem"
)
CANCELLED: Final = Trouble(
    "o servidor do banco cancelou o comando",
    "veja se alguém o cancelou, ou se o statement_timeout do usuário é curto demais",
)
NOT_ALLOWED: Final = Trouble(
    "falta uma permissão ao usuário do banco",
    "peça-a a quem administra o servidor (`mirante check` diz o que falta)",
)
CHANGED: Final = Trouble(
    "falta no banco uma tabela ou coluna que foi pedida pelo nome",
    "construa sem --select, o que refaz as tabelas que faltam; se já foi assim, devolva a que o"
    " Postgres nomeia, ou corrija o nome no modelo que a pede",
)
OTHER_COLUMNS: Final = Trouble(
    "as colunas de uma tabela que cresce não são mais as que o Mirante fez",
    "refaça-a do que está em raw (`mirante build --full-refresh --select MODELO+`, com o modelo"
    " que falhou)",
)

# Codes of Postgres, or the beginnings of their classes; the first that fits.
_CODES: Final = (
    ("53100", FULL_SERVER),
    ("53200", NO_MEMORY),
    ("53300", NO_CONNECTION_LEFT),
    ("57P03", NOT_READY),
    ("57P01", CUT),
    ("57P02", CUT),
    ("57P05", CUT),
    ("08", CUT),
    ("57014", CANCELLED),
    ("25006", READ_ONLY),
    ("28", REFUSED_LOGIN),
    ("3D000", NO_DATABASE),
    ("42501", NOT_ALLOWED),
    ("42P01", CHANGED),
    ("42703", CHANGED),
    ("3F000", CHANGED),
)

# dbt repeats the text alone. A server that speaks Portuguese says the second ones.
_TEXTS: Final = (
    (("no space left on device", "não há espaço disponível no dispositivo"), FULL_SERVER),
    (("disk quota exceeded",), FULL_SERVER),
    (("read-only transaction", "transação somente leitura"), READ_ONLY),
    (("the database system is", "o sistema de banco de dados está"), NOT_READY),
    (
        (
            "server closed the connection unexpectedly",
            "terminating connection due to",
            "connection already closed",
            "could not receive data from server",
            "could not send data to server",
            "connection refused",
            "connection timed out",
            "ssl connection has been closed unexpectedly",
            "connection not open",
            "servidor fechou a conexão inesperadamente",
            "terminando conexão por causa",
        ),
        CUT,
    ),
    (
        ("too many clients already", "remaining connection slots are reserved"),
        NO_CONNECTION_LEFT,
    ),
    (('fatal:  database "', 'fatal: database "', 'banco de dados "'), NO_DATABASE),
    (("password authentication failed", "autenticação do tipo senha falhou"), REFUSED_LOGIN),
    (("canceling statement due to",), CANCELLED),
    (("permission denied for", "must be owner of", "permissão negada"), NOT_ALLOWED),
    (("out of memory",), NO_MEMORY),
    (("schemas on this incremental model are out of sync",), OTHER_COLUMNS),
    (("does not exist", "não existe"), CHANGED),
)

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def trouble_of(error: BaseException) -> Trouble | None:
    """Return the trouble that an error is, or that caused it; None for one without a name.

    Args:
        error: of psycopg, of psycopg2, of the operating system, or caused by one of these.
    """
    for each in _chain(error):
        code = getattr(each, "sqlstate", None) or getattr(each, "pgcode", None)
        if code:
            return next((found for begin, found in _CODES if str(code).startswith(begin)), None)
        if _is_of_a_connection(each):
            # Without a code no server answered: the text is the client library's own.
            return trouble_in([str(each)]) or CUT
        if isinstance(each, OSError) and each.errno is not None:
            return disk_trouble(each.errno, each.filename)
    return None


def disk_trouble(number: int, where: object = None) -> Trouble | None:
    """Return the trouble that an error of this machine's disk is.

    Args:
        number: the operating system's code.
        where: file or folder, if it is known.
    """
    place = f" em {where}" if where else ""
    if number in _FULL:
        return Trouble(
            f"o disco desta máquina está cheio{place}",
            "libere espaço, ou leve MIRANTE_HOME para outro disco",
        )
    if number == errno.EROFS:
        return Trouble(
            f"o disco desta máquina só aceita leitura{place}",
            "aponte MIRANTE_HOME para um disco em que se possa escrever",
        )
    return None


def trouble_in(texts: Iterable[str]) -> Trouble | None:
    """Return the trouble that texts tell of, the most telling one first.

    Args:
        texts: what dbt says of the nodes that failed.
    """
    said = [text.lower() for text in texts]
    for signs, trouble in _TEXTS:
        if any(sign in text for sign in signs for text in said):
            return trouble
    return None


@contextmanager
def told_clearly(what: str) -> Iterator[None]:
    """Turn named trouble of the server or the disk, in a block, into an error that says it.

    Args:
        what: did not come to its end.

    Raises:
        ServidorForaDoArError: what happened may be over in a minute.
        MiranteError: it will not.
    """
    failure: MiranteError | None = None
    try:
        yield
    except (psycopg.Error, OSError) as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        failure = trouble.as_error(what, database_reason(error))
    # Outside the handler: the driver's error may quote rows, and tracebacks show chains.
    if failure:
        raise failure


def explained(error: BaseException) -> str | None:
    """Say what failed and what to do, without anybody's data; None if nobody knows.

    Args:
        error: any.
    """
    trouble, said = trouble_of(error), database_reason(error)
    if trouble is None:
        return said and f"o Postgres recusou ({type(error).__name__}): {said}."
    told = f" (Postgres: {said})" if said else ""
    return f"{trouble.happened}{told}. {trouble.advice}"


def _is_of_a_connection(error: BaseException) -> bool:
    # psycopg's and psycopg2's, the second of which only dlt needs imported.
    kind = type(error)
    return kind.__module__.startswith("psycopg") and kind.__name__ in (
        "OperationalError",
        "InterfaceError",
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
