"""The sales API: whether each endpoint answers now.

Here: one row for each endpoint. Not here: when it was read last (`loads`).
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from loaders import cvcrm
from loaders.checks.finding import Finding, State
from loaders.errors import MiranteError
from loaders.server import Server

if TYPE_CHECKING:
    from loaders.cvcrm.client import Client, Pace
    from loaders.cvcrm.endpoints import Endpoint


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
