"""A developer's sales loaded from the API on given days, built, and compared.

Here: loads whose time is chosen, builds, and the cells in which what was built differs
from `tests.vendas.referencia`. Not here: what must be in them.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from psycopg import sql
from pydantic import SecretStr

from loaders import cvcrm
from loaders.building import dbt_environment, quiet_dbt, ready_to_build
from loaders.cvcrm.settings import CvcrmSettings
from loaders.cvcrm_server import CvdwServer, Scenario, Tenant
from loaders.cvcrm_server.endpoints import endpoints
from loaders.server import Server
from tests.vendas.contas import Celula, Registro
from tests.vendas.leitura import CHAVES, Carga
from tests.vendas.referencia import TABELAS, Referencia

# The tests read staging models too that no mart does.
SELECTION = (
    "--select", "+path:models/marts/vendas", "path:models/staging/cvcrm", "path:tests/data/vendas"
)  # fmt: skip
WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
# The reference knows the class and the total of a condição; the rest is as it came.
PARTIAL = {"valores_reservas"}

# Table, key, column, and what the reference and the build say.
Difference = tuple[str, tuple[Any, ...], str, Celula, Celula]


class Vendas:
    """The sales area of one schema prefix, and what was delivered into it."""

    def __init__(self, server: Server, prefix: str) -> None:
        self.server = server
        self.prefix = prefix
        self.cargas: list[Carga] = []

    def load(
        self,
        tenant: Tenant,
        moment: datetime,
        full: bool = True,
        scenario: Scenario | None = None,
        only: Sequence[str] = tuple(CHAVES),
    ) -> dict[str, int]:
        """Load through the API as if it were `moment`, and say how many rows were written.

        What is written carries the server's time, which is then set to `moment`: history
        and `dt_base` do not depend on the day on which the tests run. The reference learns
        of complete loads only, one of which must come before the next build.
        """
        token, email = secrets.token_hex(8), "testes@example.com"
        [[began]] = self.rows("select clock_timestamp()")
        with CvdwServer(tenant, scenario or Scenario(), token=token, email=email) as api:
            settings = CvcrmSettings(
                CVCRM_BASE_URL=api.url,
                CVCRM_API_TOKEN=SecretStr(token),
                CVCRM_API_EMAIL=SecretStr(email),
                CVCRM_DELAY_S=0,
                CVCRM_PAGE_SIZE=500,
                CVCRM_BACKOFF_S=0,
            )
            results = list(
                cvcrm.source().load(self.server, full=full, only=only, settings=settings)
            )
        with self.server.connect() as connection:
            for table in endpoints():
                for column in ("_visto_em", "_carregado_em"):
                    connection.execute(
                        sql.SQL("update {} set {column} = %s where {column} >= %s").format(
                            sql.Identifier(f"{self.prefix}raw_cvcrm", table),
                            column=sql.Identifier(column),
                        ),
                        (moment, began),
                    )
            # When it began stays: the next load asks how long ago that was.
            connection.execute(
                sql.SQL("update {} set terminada_em = %s where terminada_em >= %s").format(
                    sql.Identifier(f"{self.prefix}raw_cvcrm", "cargas")
                ),
                (moment, began),
            )
        if full:
            stored = {result.endpoint for result in results if result.situacao.stored}
            self.cargas.append(
                Carga(moment, {table: tenant.rows(table) for table in CHAVES if table in stored})
            )
        return {result.endpoint: result.qt_gravada for result in results}

    def build(self, dt_base: date | None = None, tests: bool = True) -> bool:
        """Build the sales area and run its tests."""
        arguments = list(SELECTION)
        if dt_base is not None:
            arguments += ["--vars", f"{{dt_base: {dt_base}}}"]
        if not tests:
            arguments += WITHOUT_TESTS
        with pytest.MonkeyPatch.context() as patch:
            # dbt reads the server from the environment; other tests must not find it there.
            for name, value in dbt_environment(self.server).items():
                patch.setenv(name, value)
            with ready_to_build(self.server):
                return quiet_dbt(["build", *arguments])

    def rows(self, statement: str) -> list[Any]:
        """Ask; `{name}` is a schema."""
        names = ("vendas", "historico", "raw_cvcrm", "intermediate", "falhas_de_teste")
        schemas = {name: sql.Identifier(self.prefix + name) for name in names}
        with self.server.connect() as connection:
            return connection.execute(sql.SQL(statement).format(**schemas)).fetchall()  # type: ignore[arg-type]

    def table(self, name: str) -> list[Registro]:
        """Read a table of schema vendas."""
        with self.server.connect() as connection:
            cursor = connection.execute(
                sql.SQL("select * from {}").format(sql.Identifier(f"{self.prefix}vendas", name))
            )
            columns = [column.name for column in cursor.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def differences(self, dt_base: date | None = None) -> list[Difference]:
        """Name every cell in which the build differs from the reference."""
        reference = Referencia(self.cargas, dt_base)
        return [
            difference
            for table, (key, compute) in TABELAS.items()
            for difference in compare(table, key, compute(reference), self.table(table))
        ]


def compare(
    table: str, key: Sequence[str], expected: list[Registro], found: list[Registro]
) -> Iterator[Difference]:
    """Yield the cells that differ, and the rows or columns that only one side has."""
    ours = {tuple(row[column] for column in key): row for row in expected}
    theirs = {tuple(row[column] for column in key): row for row in found}
    assert len(ours) == len(expected), f"{table}: the reference repeats a key"
    if len(theirs) != len(found):
        yield table, (), "repeated key", len(ours), len(found)
    for missing in ours.keys() - theirs.keys():
        yield table, missing, "row", "present", None
    for added in theirs.keys() - ours.keys():
        yield table, added, "row", None, "present"
    if expected and found and table not in PARTIAL:
        for column in expected[0].keys() ^ found[0].keys():
            yield table, (), column, column in expected[0], column in found[0]
    for each in ours.keys() & theirs.keys():
        for column, value in ours[each].items():
            if column in theirs[each] and theirs[each][column] != value:
                yield table, each, column, value, theirs[each][column]
