"""The sales of `mirante demo`: a simulated developer, served as the real API would.

Here: the fake server for the time of a load, and whether it would mix with real sales. Not
here: the other steps of the demo (`demo`), the server (`loaders.cvcrm_server`).
"""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loaders.cvcrm_server import Tenant
    from loaders.postgres import Server


def load(server: "Server", folder: Path, next_day_seed: int | None = None) -> None:
    """Load the simulated sales through the API, without its pauses.

    Args:
        server: where to.
        folder: rows of each endpoint, as simulated.
        next_day_seed: let a day pass before, drawn from this seed.

    Raises:
        MiranteError: an endpoint could not be read.
    """
    from pydantic import SecretStr

    from loaders import cvcrm
    from loaders.cvcrm.settings import CvcrmSettings
    from loaders.cvcrm.telling import failure_message
    from loaders.cvcrm_server import CvdwServer
    from loaders.errors import MiranteError

    token, email = secrets.token_hex(16), "demo@example.com"
    tenant = _tenant(folder, next_day_seed)
    with CvdwServer(tenant, token=token, email=email) as api:
        settings = CvcrmSettings(
            CVCRM_BASE_URL=api.url,
            CVCRM_API_TOKEN=SecretStr(token),
            CVCRM_API_EMAIL=SecretStr(email),
            CVCRM_DELAY_S=0,
            CVCRM_PAGE_SIZE=500,
        )
        # Whole, as commissions paid and units sold keep their reference date.
        results = list(cvcrm.source().load(server, full=True, settings=settings))
    message = failure_message(results)
    if message:
        raise MiranteError(message)


def _tenant(folder: Path, next_day_seed: int | None) -> "Tenant":
    from loaders.cvcrm_server import Tenant
    from loaders.simulator.vendas.dia_seguinte import next_day

    tenant = Tenant.read(folder)
    return tenant if next_day_seed is None else next_day(tenant, next_day_seed)[0]


def has_others(server: "Server", folder: Path, next_day_seed: int) -> bool:
    """Say whether reservations are stored that the simulated developer does not have."""
    import psycopg
    from psycopg import sql

    from loaders import cvcrm

    ours = [row["idreserva"] for row in _tenant(folder, next_day_seed).rows("reservas")]
    with server.connect() as connection:
        try:
            found = connection.execute(
                sql.SQL("select exists (select from {} where idreserva != all(%s))").format(
                    sql.Identifier(cvcrm.source().schema, "reservas")
                ),
                [ours],
            ).fetchone()
        except psycopg.errors.UndefinedTable:
            return False
    return bool(found and found[0])
