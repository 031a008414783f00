"""Every piece of work is in the register, also what failed, and what was killed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg import sql

from loaders.audit.operations import operation, recording
from loaders.building import ready_to_build
from loaders.errors import MiranteError
from loaders.export_formats import Format
from loaders.exports.exporting import export
from loaders.exports.table import ExportTable
from loaders.file_loads import Outcome
from loaders.server import Server
from tests.audit.conftest import load, registered
from tests.loaders.helpers import mirante

KILLED = """
import sys
from loaders.audit.operations import operation
from loaders.postgres import resolve_server
with operation(resolve_server(), "construcao", "dbt"):
    print("begun", flush=True)
    sys.stdin.readline()
"""


def test_a_load_has_a_row_a_file_with_what_it_changed(
    user_server: Server, invoices: Callable[..., Path], tmp_path: Path
):
    empty = tmp_path / "vazio.csv"
    empty.write_text("nada\n", encoding="utf-8")
    first, second = invoices(3), invoices(2, "outras.csv")
    load(user_server, first, second, empty)
    load(user_server, first)
    rows = registered(
        user_server,
        "alvo, detalhes ->> 'arquivo', estado, qt_linhas, detalhes ->> 'resultado',"
        " antes, depois, terminada_em >= iniciada_em",
    )
    target = "raw_cartoes"
    assert rows[:2] == [
        (
            target, "faturas.csv", "concluida", 3, "carregado",
            {"arquivos": 0, "linhas": 0}, {"arquivos": 1, "linhas": 3}, True,
        ),
        (
            target, "outras.csv", "concluida", 2, "carregado",
            {"arquivos": 1, "linhas": 3}, {"arquivos": 2, "linhas": 5}, True,
        ),
    ]  # fmt: skip
    assert rows[2][:5] == (target, "vazio.csv", "falhou", 0, "recusado")
    assert rows[3][:5] == (target, "faturas.csv", "concluida", 0, "sem mudança")


def test_whoever_works_is_named(user_server: Server):
    with operation(user_server, "carga", "teste"):
        pass
    ((quem,),) = registered(user_server, "quem")
    assert quem.endswith(f"/{user_server.user}")
    assert len(quem) > len(user_server.user) + 1


def test_a_failure_is_registered_with_its_reason_and_still_raised(user_server: Server):
    with pytest.raises(MiranteError), operation(user_server, "construcao", "dbt"):
        raise MiranteError("não passou")
    with pytest.raises(ValueError, match="secreto"), operation(user_server, "carga", "x"):
        raise ValueError("secreto")
    with (
        pytest.raises(MiranteError),
        operation(user_server, "apagamento", "uma pessoa", silent=True),
    ):
        raise MiranteError("52998224725")
    with pytest.raises(KeyboardInterrupt), operation(user_server, "carga", "y"):
        raise KeyboardInterrupt
    assert registered(user_server, "estado, erro") == [
        ("falhou", "não passou"),
        ("falhou", "erro inesperado (ValueError)"),
        ("falhou", "MiranteError"),
        ("interrompida", "parada antes do fim (KeyboardInterrupt)"),
    ]


def test_what_a_failure_said_of_itself_stays(user_server: Server):
    def build() -> None:
        with operation(user_server, "construcao", "dbt") as told:
            told.error = "1 nó(s) com erro: model.mirante.x"
            raise RuntimeError("exit code 1")

    with pytest.raises(RuntimeError):
        build()
    assert registered(user_server, "estado, erro") == [
        ("falhou", "1 nó(s) com erro: model.mirante.x")
    ]


def test_a_killed_operation_is_marked_by_the_next_one_and_a_living_one_is_not(
    user_server: Server,
):
    with recording(user_server):
        pass
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ},
    )  # fmt: skip
    assert killed.stdout is not None
    assert killed.stdout.readline() == "begun\n"
    with operation(user_server, "carga", "viva"):
        assert registered(user_server, "alvo, estado") == [
            ("dbt", "em_andamento"),
            ("viva", "em_andamento"),
        ]
        killed.kill()
        killed.communicate()
        wait_until_gone(user_server)
        with operation(user_server, "exportacao", "depois"):
            pass
        assert registered(user_server, "alvo, estado, erro is null") == [
            ("dbt", "interrompida", False),
            ("viva", "em_andamento", True),
            ("depois", "concluida", True),
        ]


def wait_until_gone(server: Server) -> None:
    with server.connect() as connection:
        for _ in range(200):
            row = connection.execute(
                "select count(*) from pg_stat_activity"
                " where application_name = 'mirante audit' and datname = current_database()"
            ).fetchone()
            if row == (1,):
                return
            connection.execute("select pg_sleep(0.05)")
    raise AssertionError


def test_an_operation_ends_on_another_connection_if_its_own_was_cut(user_server: Server):
    with operation(user_server, "carga", "cortada"), user_server.connect() as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'mirante audit' and datname = current_database()"
        )
        # Meanwhile somebody takes it for a dead one.
        wait = "select count(*) from pg_stat_activity where application_name = 'mirante audit'"
        while connection.execute(wait + " and datname = current_database()").fetchone() != (0,):
            pass
        with recording(user_server):
            pass
        assert registered(user_server, "estado") == [("interrompida",)]
    assert registered(user_server, "estado") == [("concluida",)]


def test_an_export_is_registered_with_its_rows(user_server: Server, tmp_path: Path):
    table = ExportTable("teste", "teste", sql.SQL("select generate_series(1, 4) as n"))
    assert export(user_server, table, tmp_path / "t.csv", Format.CSV) == 4
    rows = registered(user_server, "tipo, alvo, qt_linhas, detalhes ->> 'formato'")
    assert rows == [("exportacao", "teste", 4, "csv")]


def test_a_build_is_registered(user_server: Server):
    with ready_to_build(user_server):
        pass
    with pytest.raises(MiranteError), ready_to_build(user_server):
        raise MiranteError("a construção não passou")
    assert registered(user_server, "tipo, estado, erro") == [
        ("construcao", "concluida", None),
        ("construcao", "falhou", "a construção não passou"),
    ]


def test_without_rights_on_audit_everything_works_and_it_is_said_once(
    forbidden: Server, invoices: Callable[..., Path], caplog: pytest.LogCaptureFixture
):
    (result,) = load(forbidden, invoices(2))
    assert result.outcome is Outcome.CARREGADO
    with ready_to_build(forbidden):
        pass
    said = [record.getMessage() for record in caplog.records if "audit" in record.name]
    assert len(said) == 1
    assert "permission denied for schema audit" in said[0]


def test_where_audit_can_not_be_made_the_command_says_so_on_stderr(
    user_server: Server, embedded_server: Server, invoices: Callable[..., Path]
):
    load(user_server, invoices(2))
    path = invoices(3, "outras.csv")
    with user_server.connect() as connection:
        connection.execute("drop schema audit cascade")
    with embedded_server.connect() as connection:
        connection.execute(
            sql.SQL("revoke create on database {0} from {0}").format(
                sql.Identifier(user_server.user)
            )
        )
    done = mirante("load", "cartoes", str(path), str(path))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("não pude registrar") == 1
    assert "Traceback" not in done.stderr


def test_the_summary_counts_operations_by_day_and_kind(user_server: Server):
    for rows in (3, 4):
        with operation(user_server, "carga", "x") as told:
            told.rows = rows
    with pytest.raises(MiranteError), operation(user_server, "carga", "x"):
        raise MiranteError("não")
    with user_server.connect() as connection:
        summary = connection.execute(
            "select tipo, qt_operacao, qt_concluida, qt_falhou, qt_interrompida,"
            " qt_em_andamento, qt_linhas, segundos_mediana >= 0 from audit.vw_operacoes_resumo"
        ).fetchall()
    assert summary == [("carga", 3, 2, 1, 0, 0, 7, True)]
