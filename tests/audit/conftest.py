"""A user's server whose register can be read, and one where nothing may be recorded."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from loaders import cartoes
from loaders.audit import operations
from loaders.file_loads import FileResult
from loaders.server import Server
from tests.loaders.cards import INVOICE, OPTIONAL, write


@pytest.fixture(autouse=True)
def _nothing_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning is given once a process; here each test is one."""
    monkeypatch.setattr(operations, "_told", set())


@pytest.fixture
def forbidden(user_server: Server, embedded_server: Server) -> Server:
    """A server whose schema `audit` is somebody else's."""
    with replace(embedded_server, dbname=user_server.dbname).connect() as connection:
        connection.execute("create schema audit")
        connection.execute(sql.SQL("create table audit.alembic_version (version_num text)"))
    return user_server


@pytest.fixture
def invoices(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of that many invoices."""

    def make(rows: int, name: str = "faturas.csv") -> Path:
        path = tmp_path / name
        write(path, *(INVOICE | OPTIONAL | {"id_fatura": f"{name}{row}"} for row in range(rows)))
        return path

    return make


def load(server: Server, *paths: Path) -> list[FileResult]:
    return list(cartoes.source().load(server, None, map(str, paths)))


def registered(server: Server, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    with server.connect() as connection:
        return connection.execute(
            f"select {columns} from audit.operacoes where {where} order by operacao_id"
        ).fetchall()
