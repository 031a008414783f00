"""What works and what does not: the rows of `mirante check`.

Here: their order. Not here: one small function for each thing that can be right or wrong,
giving rows that say what to do (the modules of this package), nor how rows are shown
(`commands/check.py`).
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

import psycopg

from loaders.checks import api, loads, results
from loaders.checks import server as of_server
from loaders.checks.finding import Finding, State
from loaders.errors import MiranteError
from loaders.postgres import Server, resolve_server
from loaders.troubles import explained

if TYPE_CHECKING:
    from loaders.cvcrm.client import Pace

__all__ = ["Finding", "State", "findings"]


def findings(
    *,
    probe: bool = True,
    on_start: Callable[[str], None] = lambda name: None,
    pace: "Pace | None" = None,
) -> Iterator[Finding]:
    """Look at everything, one thing after another.

    Args:
        probe: whether to ask the sales API, which takes a second for each endpoint.
        on_start: told what is looked at, before what takes long.
        pace: between requests to the sales API; the settings' by default.
    """
    try:
        server = resolve_server()
    except MiranteError as error:
        yield Finding("servidor", State.FALHA, str(error), "Rode `mirante db status`.")
        server = None
    if server is not None:
        yield from _looked("servidor", lambda: [of_server.reached(server)])
        for name, look in _LOOKS.items():
            yield from _looked(name, partial(look, server))
    yield from _looked("disco", lambda: [of_server.disk()])
    if probe:
        yield from api.cvcrm_api(server, on_start, pace)


# By what a row is called if looking itself fails.
_LOOKS: Final[dict[str, Callable[[Server], Iterable[Finding]]]] = {
    "banco": lambda server: [of_server.database(server)],
    "permissões": lambda server: [of_server.may_create(server)],
    "schemas": lambda server: [of_server.schemas(server)],
    "chave dos documentos": lambda server: [of_server.key(server)],
    "papéis": lambda server: [of_server.roles(server)],
    "auditoria": lambda server: [of_server.audit(server)],
    "cargas de arquivos": loads.file_loads,
    "cargas do CVCRM": loads.cvcrm_loads,
    "última construção": results.last_build,
    "quarentena": results.quarantine,
    "segmentações": results.segmentations,
}


def _looked(name: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Give what a look finds; that it could not look is a finding too."""
    try:
        yield from look()
    except MiranteError as error:
        yield Finding(name, State.FALHA, str(error), _LOOK_AGAIN)
    except OSError as error:
        yield Finding(name, State.FALHA, error.strerror or type(error).__name__, _LOOK_AGAIN)
    except psycopg.Error as error:
        reason = explained(error) or f"o Postgres recusou ({type(error).__name__})"
        yield Finding(name, State.FALHA, reason, _LOOK_AGAIN)


_LOOK_AGAIN: Final = "Resolva o que está dito e rode `mirante check` de novo."
