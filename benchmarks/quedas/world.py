"""A small warehouse with all sources, in states to go back to.

Here: its files (a first delivery, and a second one that also replaces months of the first),
its server and API, its commands, and databases that are kept to be restored. Not here: what
is done to it (`killing`, `steps`).

A state is kept as a database of its own; going back to it drops the database and copies that
one (`create database ... template`), half a second, and the server stays up.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.quedas import contents
from benchmarks.quedas.builds import build
from loaders import embedded
from loaders.cvcrm_server import CvdwServer, Tenant
from loaders.simulator import Source, simulate_all

PROJECT = Path(__file__).parents[2]
CLIENTS = 60
MONTH = "2026-10"
PARTITION = "2026-10"
# The same ids with other contents: a month of the one replaces that of the other.
FIRST, SECOND = 2026, 7
_TOKEN, _EMAIL = secrets.token_hex(8), "quedas@example.com"
_OURS = ("PG", "DATABASE_URL", "MIRANTE_", "CVCRM_", "DBT_", "DAGSTER_")

# What comes first of the first seed; then what comes of which seed.
_OF_FIRST = {
    "carteira": ["carteira_202609"],
    "categorias": ["categorias"],
    "cartoes": [
        f"tb_{kind}_2026{month:02}" for month in range(3, 9) for kind in ("faturas", "pagamentos")
    ],
    "banco": ["clientes", *(f"transacciones_2026{month:02}" for month in range(6, 9))],
    "controladoria": [f"controladoria_2026{month:02}" for month in range(5, 9)],
}
_OF_SECOND = {
    "carteira": [(FIRST, "carteira_202610"), (SECOND, "carteira_202610")],
    "cartoes": [
        (FIRST, "tb_faturas_202605_corrigida"), (SECOND, "tb_faturas_202608"),
        (FIRST, "tb_faturas_202609"), (FIRST, "tb_pagamentos_202609"),
        (FIRST, "tb_faturas_202610"), (FIRST, "tb_pagamentos_202610"),
    ],
    "banco": [
        (SECOND, "clientes"), (SECOND, "transacciones_202608"),
        (FIRST, "transacciones_202609"), (FIRST, "transacciones_202610"),
    ],
    "controladoria": [
        (SECOND, "controladoria_202608"), (FIRST, "controladoria_202609"),
        (FIRST, "controladoria_202610"),
    ],
}  # fmt: skip


class World:
    """A home of its own with its server, its API and its files."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        """Say where; nothing starts yet."""
        self.folder = folder
        self.home = Path(environment["MIRANTE_HOME"])
        self.environment = environment
        self.log = folder / "commands.log"
        self.server = embedded.describe()

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of a command of Mirante's."""
        return [sys.executable, "-m", "loaders", *arguments]

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a command in a group of its own; what it says goes to a file."""
        with self.log.open("wb") as log:
            return subprocess.Popen(
                self.command(*arguments), env=self.environment, cwd=PROJECT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def run(self, *arguments: str) -> float:
        """Run a command that must succeed, and return its seconds.

        Raises:
            RuntimeError: it failed; carries what it said.
        """
        began = time.perf_counter()
        if self.start(*arguments).wait():
            raise RuntimeError(f"{' '.join(arguments)}: {self.said()}")
        return time.perf_counter() - began

    def said(self) -> str:
        """Return the end of what the last command said."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]

    def wake(self) -> None:
        """Start the server if it is down."""
        self.server = embedded.ensure_running()

    def connect(self, dbname: str = "mirante") -> psycopg.Connection[Any]:
        """Connect to a database of the server, in autocommit."""
        return replace(self.server, dbname=dbname).connect(application_name="quedas")

    def contents(self, *prefixes: str) -> contents.Contents:
        """Read what is there now."""
        with self.connect() as connection:
            return contents.read(connection, prefixes or ("",))

    def keep(self, state: str) -> None:
        """Keep the database as a state to go back to."""
        self._copy("mirante", f"quedas_{state}")

    def restore(self, state: str) -> None:
        """Go back to a state."""
        self.wake()
        self._copy(f"quedas_{state}", "mirante")

    def _copy(self, source: str, target: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
                [source],
            )
            drop = sql.SQL("drop database if exists {} with (force)")
            connection.execute(drop.format(sql.Identifier(target)))
            connection.execute(
                sql.SQL("create database {} template {} strategy file_copy").format(
                    sql.Identifier(target), sql.Identifier(source)
                )
            )

    def second(self, source: str) -> list[str]:
        """Return the paths of what comes second of a source, in its order."""
        return [str(path) for path in sorted((self.folder / "segunda" / source).iterdir())]

    def _deliver(self) -> None:
        made = {seed: self.folder / f"simulado-{seed}" for seed in (FIRST, SECOND)}
        for seed, out in made.items():
            for _ in simulate_all(out, CLIENTS, seed, MONTH, tuple(Source)):
                pass
        for source, names in _OF_FIRST.items():
            for name in names:
                self._bring(made[FIRST] / source, name, self.folder / "primeira" / source, "")
        for source, files in _OF_SECOND.items():
            # Numbered by their order, which counts: later replaces earlier.
            for number, (seed, name) in enumerate(files):
                target = self.folder / "segunda" / source
                self._bring(made[seed] / source, name, target, f"{number}_")
        categories = self.folder / "segunda" / "categorias"
        categories.mkdir(parents=True)
        for number, name in enumerate(("PF", "PESSOAS")):
            (categories / f"{number}_categorias.csv").write_text(
                "linha;categoria\n" + "".join(f"Linha {n};{name} {n}\n" for n in range(40)),
                encoding="utf-8",
            )

    @staticmethod
    def _bring(source: Path, name: str, target: Path, mark: str) -> None:
        target.mkdir(parents=True, exist_ok=True)
        [path] = [each for each in source.iterdir() if each.stem == name]
        shutil.copyfile(path, target / f"{mark}{path.name}")

    def _serve(self, seed: int) -> CvdwServer:
        tenant = Tenant.read(self.folder / f"simulado-{seed}" / "cvcrm")
        return CvdwServer(tenant, token=_TOKEN, email=_EMAIL)


@contextmanager
def world() -> Iterator[World]:
    """Make the warehouse, with the first delivery loaded and built, and throw it away at the end.

    This process takes its environment, so that the project's own functions find it too.
    """
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="quedas-") as name:
        folder = Path(name)
        os.environ.update(
            MIRANTE_HOME=f"{folder}/home",
            MIRANTE_ENV_FILE=os.devnull,
            # What Postgres wrote is with the kernel, which a kill does not take along; each
            # copy of a database waits for the disk otherwise.
            MIRANTE_TEST_FSYNC="off",
            DBT_SEND_ANONYMOUS_USAGE_STATS="false",
            DBT_TARGET_PATH=f"{folder}/target",
            DBT_LOG_PATH=f"{folder}/logs",
            CVCRM_API_TOKEN=_TOKEN,
            CVCRM_API_EMAIL=_EMAIL,
            CVCRM_DELAY_S="0",
            CVCRM_PAGE_SIZE="500",
        )
        place = World(folder, dict(os.environ))
        place._deliver()
        data = None
        try:
            with place._serve(FIRST) as first, place._serve(SECOND) as second:
                place.wake()
                with place.connect() as connection:
                    data = Path(connection.execute("show data_directory").fetchone()[0])
                place.environment["CVCRM_BASE_URL"] = first.url
                for source in _OF_FIRST:
                    place.run("load", source, str(folder / "primeira" / source))
                place.run("load", "cvcrm", "--full")
                place.environment["CVCRM_BASE_URL"] = second.url
                place.run(*build())
                place.keep("primeira")
                os.environ.update(place.environment)
                yield place
        finally:
            embedded.stop()
            # Root's server keeps its data outside MIRANTE_HOME.
            if data:
                shutil.rmtree(data.parent, ignore_errors=True)
