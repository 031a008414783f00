"""All sources of one simulated population, loaded and built.

Here: the world that the tests of client 360 and of personal data look at, the truth about
who is who in it, and what each role sees. Not here: a source's own story (their worlds).
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from loaders import banco, carteira, cartoes
from loaders.building import dbt_environment, quiet_dbt, ready_to_build
from loaders.commands import demo_sales
from loaders.file_loads import Outcome
from loaders.server import Server
from loaders.simulator import simulate_all

PREFIX = "c360_"
CLIENTS = 400
# What stands in the simulator's list of a document that links.
GOOD = {"inteiro", "sem zeros", "alfanumérico"}


@dataclass(frozen=True)
class Identity:
    """A record of a source, and whose it is."""

    fonte: str
    registro: str
    pessoa: str
    documento: str


class World:
    """The server, the simulated files, and questions about what was built of them."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder

    def load(self) -> None:
        """Simulate and load everything."""
        for _ in simulate_all(self.folder, CLIENTS, 2026, "2026-10", card_months=3):
            pass
        deliveries = (
            (carteira.source(), "contratos", "carteira"),
            (carteira.source(), "categorias", "categorias"),
            (cartoes.source(), None, "cartoes"),
            (banco.source(), None, "banco"),
        )
        for source, table, name in deliveries:
            results = list(source.load(self.server, table, [str(self.folder / name)]))
            assert {result.outcome for result in results} == {Outcome.CARREGADO}
        demo_sales.load(self.server, self.folder / "cvcrm")

    def build(self, *arguments: str) -> bool:
        """Build with dbt, of everything if nothing else is said."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in dbt_environment(self.server).items():
                patch.setenv(name, value)
            with ready_to_build(self.server):
                return quiet_dbt(["build", *arguments])

    def identities(self) -> list[Identity]:
        """The truth about who is who."""
        with (self.folder / "identidades.csv").open(encoding="utf-8", newline="") as file:
            return [Identity(**row) for row in csv.DictReader(file)]

    def rows(self, statement: str, parameters: Any = None) -> list[dict[str, Any]]:
        """Ask; `{name}` is a schema."""
        with self.server.connect() as connection:
            return ask(connection, statement, parameters)

    def clusters_of_records(self) -> dict[str, set[tuple[str, str]]]:
        """The records of each client that was put together."""
        found = defaultdict(set)
        for row in self.rows("select * from {cliente_360}.vinculos"):
            found[row["cliente_360_id"]].add((row["fonte"], row["registro"]))
        return found

    @contextmanager
    def as_role(self, role: str) -> Iterator[psycopg.Connection[Any]]:
        """Open a connection that may do what a role may."""
        with self.server.connect() as connection:
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(PREFIX + role)))
            yield connection


def ask(
    connection: psycopg.Connection[Any], statement: str, parameters: Any = None
) -> list[dict[str, Any]]:
    """Ask; `{name}` is a schema."""
    names = (
        "carteira", "cartoes", "vendas", "cliente_360", "pii", "historico", "segmentacao",
        "intermediate", "raw_banco", "raw_carteira", "raw_cvcrm",
    )  # fmt: skip
    schemas = {name: sql.Identifier(PREFIX + name) for name in names}
    cursor = connection.execute(sql.SQL(statement).format(**schemas), parameters)  # type: ignore[arg-type]
    if cursor.description is None:
        return []
    columns = [column.name for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
