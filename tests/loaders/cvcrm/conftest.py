"""A sales API on loopback, a real Postgres, and a load between the two.

`world` is both: its tenant holds rows, its server plays faults, its loads go to a database
of the test's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from psycopg import sql

from loaders import cvcrm
from loaders.cvcrm.loading import CvcrmSource, EndpointResult
from loaders.cvcrm_server import CvdwServer, Scenario, Tenant
from loaders.server import Server
from tests.loaders.files import query

# What may appear nowhere.
TOKEN = "t0ken-Secreto-9f3"
EMAIL = "integracao.secreta@construtora.example"
PERSON = "MARIA SECRETA 529.982.247-25"


def reservation(number: int, **values: Any) -> dict[str, Any]:
    """One reservation as it goes over the wire."""
    return {
        "idreserva": number,
        "referencia": str(number),
        "referencia_data": f"2026-10-{1 + number % 28:02} 10:00:00",
        "ativo": "S",
        "cliente": PERSON,
        "valor_contrato": 385000.55,
        "situacao": "Reservada",
        "campos_adicionais": [{"nome": "Renda", "valor": "1.000,00"}],
    } | values


def commission(number: int, **values: Any) -> dict[str, Any]:
    """One commission, whose reference date is that of its creation."""
    return {
        "idcomissao": number,
        "referencia_data": f"2026-10-{1 + number % 28:02} 10:00:00",
        "ativo": "S",
        "idreserva": number,
        "situacao": "Aberta",
        "valor_comissao": 1000,
    } | values


def reservations(count: int, **values: Any) -> list[dict[str, Any]]:
    return [reservation(number, **values) for number in range(1, count + 1)]


@dataclass
class World:
    """The API and the database of one test."""

    api: CvdwServer
    tenant: Tenant
    server: Server
    source: CvcrmSource = field(default_factory=cvcrm.source)

    def load(self, *only: str, **options: Any) -> dict[str, EndpointResult]:
        """Load endpoints; reservations alone by default."""
        loaded = self.source.load(self.server, only=only or ["reservas"], **options)
        return {result.endpoint: result for result in loaded}

    def load_one(self, name: str = "reservas", **options: Any) -> EndpointResult:
        return self.load(name, **options)[name]

    def query(self, text: str) -> list[tuple[Any, ...]]:
        return query(self.server, text, "raw_cvcrm")

    def rows(self, column: str, table: str = "reservas") -> list[Any]:
        """The values of a column in the order of the key."""
        key = next(each.key for each in self.source.endpoints if each.name == table)
        order = ", ".join(key)
        found = self.query(f'select "{column}" from {{schema}}.{table} order by {order}')
        return [value for (value,) in found]

    def cargas(self, columns: str = "situacao") -> list[tuple[Any, ...]]:
        """What the table of readings says, the latest last."""
        return self.query(f"select {columns} from {{schema}}.cargas order by iniciada_em")

    def everything(self) -> str:
        """All that is in the raw schema but the rows of endpoints, as text."""
        with self.server.connect() as connection:
            tables = connection.execute(
                "select table_name from information_schema.tables"
                " where table_schema in ('raw_cvcrm', 'raw_cvcrm_staging')"
                " and (table_name = 'cargas' or table_name ~ '^_dlt')"
            ).fetchall()
            return "".join(
                str(
                    connection.execute(
                        sql.SQL("select * from {}").format(sql.Identifier("raw_cvcrm", table))
                    ).fetchall()
                )
                for (table,) in tables
            )


@pytest.fixture
def tenant() -> Tenant:
    return Tenant({"reservas": reservations(7)})


@pytest.fixture
def api(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[CvdwServer]:
    """The API, named by the environment, without waits."""
    with CvdwServer(tenant, Scenario(), token=TOKEN, email=EMAIL) as server:
        for name, value in {
            "CVCRM_BASE_URL": server.url,
            "CVCRM_API_TOKEN": TOKEN,
            "CVCRM_API_EMAIL": EMAIL,
            "CVCRM_DELAY_S": "0",
            "CVCRM_BACKOFF_S": "0.05",
            "CVCRM_PAGE_SIZE": "3",
        }.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def world(api: CvdwServer, tenant: Tenant, user_server: Server) -> World:
    return World(api, tenant, user_server)
