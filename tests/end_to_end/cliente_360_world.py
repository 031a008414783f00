"""All sources of one simulated population, loaded and built.

Here: the world that the tests of client 360 and of personal data look at, the truth about
who is who in it, what each role sees, and what in a text is a document or a name. Not here:
a source's own story (their worlds).
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from rich.console import Console
from stdnum.br import cnpj, cpf

from loaders import banco, carteira, cartoes, controladoria, embedded
from loaders.building import dbt_environment, quiet_dbt, ready_to_build
from loaders.commands import demo_sales, segment
from loaders.file_loads import Outcome
from loaders.server import Server
from loaders.simulator import simulate_all

CLIENTS = 400
SCHEMAS = (
    "carteira", "cartoes", "vendas", "cliente_360", "pii", "historico", "segmentacao",
    "intermediate", "divergencias", "audit", "raw_banco", "raw_carteira", "raw_cartoes",
    "raw_cvcrm",
)  # fmt: skip
CANDIDATE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{2,3}[0-9A-Z./-]{8,16}(?![0-9A-Za-z])")
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

    def __init__(self, server: Server, folder: Path, prefix: str) -> None:
        self.server = server
        self.folder = folder
        self.prefix = prefix
        self.segmented: list[Path] = []

    def load(self) -> None:
        """Simulate and load everything."""
        for _ in simulate_all(self.folder, CLIENTS, 2026, "2026-10", card_months=3):
            pass
        deliveries = (
            (carteira.source(), "contratos", "carteira"),
            (carteira.source(), "categorias", "categorias"),
            (cartoes.source(), None, "cartoes"),
            (banco.source(), None, "banco"),
            (controladoria.source(), "bonus", "controladoria"),
        )
        for source, table, name in deliveries:
            results = list(source.load(self.server, table, [str(self.folder / name)]))
            assert {result.outcome for result in results} == {Outcome.CARREGADO}
        demo_sales.load(self.server, self.folder / "cvcrm")

    def build(self, *arguments: str) -> bool:
        """Build with dbt, of everything if nothing else is said."""
        with self.environment(), ready_to_build(self.server):
            return quiet_dbt(["build", *arguments])

    def segment(self) -> None:
        """Segment the clients, build what hangs on it, and keep the files."""
        with self.environment():
            console = Console(quiet=True)
            outcomes = segment.run(console, self.server)
            self.segmented = segment.publish(
                console, self.server, outcomes, self.folder / "segmentos"
            )

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Let dbt find the server for a while; other tests must not find it there."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in dbt_environment(self.server).items():
                patch.setenv(name, value)
            yield

    def identities(self) -> list[Identity]:
        """The truth about who is who."""
        with (self.folder / "identidades.csv").open(encoding="utf-8", newline="") as file:
            return [Identity(**row) for row in csv.DictReader(file)]

    def rows(self, statement: str, parameters: Any = None) -> list[dict[str, Any]]:
        """Ask; `{name}` is a schema."""
        with self.server.connect() as connection:
            return self.ask(connection, statement, parameters)

    def ask(
        self, connection: psycopg.Connection[Any], statement: str, parameters: Any = None
    ) -> list[dict[str, Any]]:
        """Ask over some connection; `{name}` is a schema."""
        schemas = {name: sql.Identifier(self.prefix + name) for name in SCHEMAS}
        cursor = connection.execute(sql.SQL(statement).format(**schemas), parameters)  # type: ignore[arg-type]
        if cursor.description is None:
            return []
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def tables(self) -> list[tuple[str, str]]:
        """Every table of the world's schemas."""
        with self.server.connect() as connection:
            return connection.execute(
                "select nspname, relname from pg_class inner join pg_namespace"
                " on relnamespace = pg_namespace.oid where relkind in ('r', 'p')"
                " and starts_with(nspname, %s)",
                [self.prefix],
            ).fetchall()

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
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(self.prefix + role)))
            yield connection


@contextmanager
def built_world(folder: Path, prefix: str) -> Iterator[World]:
    """Load and build everything; each file that asks has a world of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", prefix)
        world = World(embedded.ensure_running(), folder, prefix)
        world.load()
        assert world.build()
        yield world


def documents(text: str) -> list[str]:
    """Valid CPFs and CNPJs in a text."""
    found = []
    for candidate in CANDIDATE.findall(text):
        plain = re.sub(r"[./-]", "", candidate)
        if len(set(plain)) > 1 and (
            (len(plain) == 11 and plain.isdigit() and cpf.is_valid(plain))
            or (len(plain) == 14 and cnpj.is_valid(plain))
        ):
            found.append(candidate)
    return found


def people(text: str) -> set[str]:
    """Everything in a row's text that may be a value of its own."""
    return set(re.findall(r'(?<=[(,"])[^,"]+(?=[,")])', text))
