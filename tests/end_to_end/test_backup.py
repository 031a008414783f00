"""A dump of one server, restored in another: all is there, and work goes on.

Then the key of the documents is changed there, as docs/operacao.md says.
"""

import json
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from loaders.embedded.binaries import program_directory
from loaders.embedded.layout import current_layout
from loaders.server import Server
from tests.loaders.files import portfolio
from tests.loaders.helpers import mirante

pytestmark = pytest.mark.slow

BUILD = (
    "build", "--select", "+vinculos", "+int_carteira__posicoes_versionadas",
    "--exclude-resource-type", "test",
)  # fmt: skip
HISTORY = "select num_contrato, dbt_valid_from, dbt_valid_to from historico.contratos order by 1, 2"
HASHES = "select fonte, registro, documento_hash from cliente_360.vinculos order by 1, 2"
OPERATIONS = "select operacao_id, tipo, alvo, estado from audit.operacoes order by 1"


@pytest.fixture
def restored(user_server: Server, embedded_server: Server) -> Iterator[Server]:
    """A second database of the same role, empty."""
    name = f"{user_server.dbname}_restaurada"
    with embedded_server.connect() as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("grant create on database {} to {}").format(
                sql.Identifier(name), sql.Identifier(user_server.user)
            )
        )
    yield replace(user_server, dbname=name)
    with embedded_server.connect() as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def program(server: Server, name: str, *arguments: str) -> None:
    subprocess.run(
        [str(program_directory(current_layout()) / name), *arguments],
        env=server.env(), check=True, capture_output=True,
    )  # fmt: skip


def done(*arguments: str) -> str:
    result = mirante(*arguments)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout + result.stderr


def rows(server: Server, query: str) -> list[tuple[Any, ...]]:
    with server.connect() as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


def test_a_dump_restores_and_work_goes_on(
    user_server: Server, restored: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    document = {"cliente_documento": "52998224725"}
    first = portfolio(tmp_path / "p1.csv", 3, **document)
    second = portfolio(tmp_path / "p2.csv", 2, **document)
    for path in (first, second):
        done("load", "carteira", str(path))
        done(*BUILD)
    before = {query: rows(user_server, query) for query in (HISTORY, HASHES, OPERATIONS)}
    assert len(before[HISTORY]) == 4
    dump = str(tmp_path / "mirante.dump")
    program(user_server, "pg_dump", "--format=custom", "--file", dump)
    program(
        restored, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error",
        "--dbname", restored.dbname, dump,
    )  # fmt: skip
    assert {query: rows(restored, query) for query in before} == before

    monkeypatch.setenv("PGDATABASE", restored.dbname)
    failing = [
        finding
        for finding in json.loads(mirante("check", "--json").stdout)
        if finding["estado"] == "falha"
    ]
    assert failing == []
    # It knows what was loaded, and the register can't be rewritten here either.
    assert "os mesmos bytes" in done("load", "carteira", str(second))
    with pytest.raises(psycopg.errors.RestrictViolation, match="só cresce"):
        rows(restored, "delete from audit.divergencias_eventos returning 1")
    # The next build changes nothing of history.
    done(*BUILD)
    assert rows(restored, HISTORY) == before[HISTORY]
    assert rows(restored, HASHES) == before[HASHES]

    # Another key: the same people, by other hashes.
    monkeypatch.setenv("MIRANTE_PII_KEY", secrets.token_hex(32))
    done(*BUILD)
    after = rows(restored, HASHES)
    assert [row[:2] for row in after] == [row[:2] for row in before[HASHES]]
    assert not {row[2] for row in after} & {row[2] for row in before[HASHES]}
