"""What goes wrong around a load and a build: told in one clear message, nothing half done.

Here: a full disk, a connection cut off, a wrong password, a server that does not answer or
takes no writes. Not here: what happens within dbt (`end_to_end/test_build_faults`), tables that
somebody changed (`test_changed_by_hand`), the first connection's other faults
(`test_postgres_server`), kills (`test_killed_load`).
"""

import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from loaders.embedded import binaries
from loaders.embedded.layout import current_layout
from loaders.errors import MiranteError, ServidorForaDoArError
from loaders.file_loads import Outcome
from loaders.server import Server
from loaders.settings import mirante_home
from loaders.troubles import (
    CHANGED,
    CUT,
    FULL_SERVER,
    NO_DATABASE,
    NOT_READY,
    OTHER_COLUMNS,
    READ_ONLY,
    REFUSED_LOGIN,
    Trouble,
    trouble_in,
    trouble_of,
)  # fmt: skip
from tests.loaders.conftest import SECRET
from tests.loaders.files import VISIBLE, load, portfolio, query
from tests.loaders.helpers import (
    CuttingProxy,
    fill,
    mirante,
    on_a_small_disk,
    plain_server,
    small_disk,
)  # fmt: skip

BUILD = ("build", "--quiet", "--select", "stg_carteira__contratos+1")


def told(result: "subprocess.CompletedProcess[str]", server: Server, *words: str) -> str:
    """Check that a command failed in a way fit to be shown, and give what it said."""
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    for secret in (SECRET, server.password):
        assert not secret or secret not in result.stdout + result.stderr
    message = result.stderr[result.stderr.index("Erro: ") :]
    for word in words:
        assert word in message
    return message


def lines(server: Server) -> int:
    """Count what readers see."""
    return len(query(server, VISIBLE))


def left_in_scratch() -> list[Path]:
    return [path for path in (mirante_home() / "scratch").rglob("*") if path.is_file()]


@pytest.fixture
def proxy(user_server: Server) -> Iterator[CuttingProxy]:
    """A way to the user's server that can be cut."""
    proxy = CuttingProxy(user_server.port)
    yield proxy
    proxy.close()


def test_a_full_disk_of_the_server_stops_the_load_and_it_goes_on_later(
    user_server: Server, embedded_server: Server, tmp_path: Path
):
    more = portfolio(tmp_path / "b.csv", 3000)
    with on_a_small_disk(user_server, embedded_server, "24m") as disk:
        load(user_server, portfolio(tmp_path / "a.csv"))
        ballast = fill(disk)
        told(
            mirante("load", "carteira", str(more)), user_server,
            "b.csv: a carga não terminou: o disco do servidor do banco está cheio",
            "Libere espaço nele", "rode o mesmo comando de novo",
        )  # fmt: skip
        assert left_in_scratch() == []
        assert lines(user_server) == 2
        ballast.unlink()
        assert mirante("load", "carteira", str(more)).returncode == 0
        assert lines(user_server) == 3002


def test_a_full_disk_of_this_machine_stops_the_load_and_names_the_folder(
    user_server: Server, tmp_path: Path
):
    path = portfolio(tmp_path / "a.csv", 2_000)
    load(user_server, portfolio(tmp_path / "b.csv"))
    with small_disk("64k", mode=700) as home:
        told(
            mirante("load", "carteira", str(path), MIRANTE_HOME=str(home)), user_server,
            f"o disco desta máquina está cheio em {home}", "leve MIRANTE_HOME para outro disco",
        )  # fmt: skip
        assert [each for each in (home / "scratch").rglob("*") if each.is_file()] == []
        fill(home)
        told(
            mirante("load", "carteira", str(path), MIRANTE_HOME=str(home)), user_server,
            "o disco desta máquina está cheio",
        )  # fmt: skip
        assert lines(user_server) == 2
        subprocess.run(["/bin/mount", "-o", "remount,size=64m", str(home)], check=True)
        assert mirante("load", "carteira", str(path), MIRANTE_HOME=str(home)).returncode == 0
    assert lines(user_server) == 2_002


@pytest.mark.parametrize("marker", [b"COPY ", b"attach partition"])
def test_a_line_that_drops_stops_the_load_and_the_next_completes(
    user_server: Server, proxy: CuttingProxy, tmp_path: Path, marker: bytes
):
    load(user_server, portfolio(tmp_path / "a.csv"))
    path = portfolio(tmp_path / "b.csv", 3)
    with proxy.cutting_at(marker):
        told(
            mirante("load", "carteira", str(path), PGPORT=str(proxy.port)), user_server,
            "b.csv: a carga não terminou: a conexão com o servidor do banco caiu no meio",
            "Confira a rede", "rode o mesmo comando de novo",
        )  # fmt: skip
    assert lines(user_server) == 2
    assert left_in_scratch() == []
    assert mirante("load", "carteira", str(path), PGPORT=str(proxy.port)).returncode == 0
    assert lines(user_server) == 5


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"PGPASSWORD": "s3gredo-errado"}, "usuário ou senha recusados. Confira PGUSER"),
        ({"PGDATABASE": "nao_existe"}, "o banco ou o usuário não existe. Confira PGDATABASE"),
        ({"PGPORT": "SILENT", "PGCONNECT_TIMEOUT": "2"}, "o servidor não respondeu a tempo"),
    ],
)
def test_a_server_that_lets_nobody_in_stops_load_and_build_alike(
    user_server: Server, tmp_path: Path, changes: dict[str, str], advice: str
):
    # One that takes the connection and never says a word.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        changes = {name: port if value == "SILENT" else value for name, value in changes.items()}
        path = portfolio(tmp_path / "a.csv")
        for command in (("load", "carteira", str(path)), BUILD):
            message = told(mirante(*command, **changes), user_server, advice)
            assert "s3gredo" not in message
    # It must not count as one that may be back in a minute if it is the password.
    assert load(user_server, path)[0].outcome is Outcome.CARREGADO


@pytest.fixture
def replica(embedded_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """PG* that name a server in recovery."""
    monkeypatch.setenv("MIRANTE_PII_KEY", "00" * 32)
    programs = binaries.program_directory(current_layout())
    with plain_server(programs, standby=True) as (_, port):
        name_it(monkeypatch, port)
        yield


def name_it(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    for name, value in {
        "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "mirante", "PGDATABASE": "postgres",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


def test_a_replica_is_named_before_anything_is_read(replica: None, tmp_path: Path):
    nobody = Server("127.0.0.1", 1, "postgres", "mirante")
    for command in (("load", "carteira", str(portfolio(tmp_path / "a.csv"))), BUILD):
        told(
            mirante(*command), nobody,
            "só aceita leitura: é uma réplica", "Aponte PGHOST e PGPORT",
        )  # fmt: skip
    looked = mirante("check")
    assert "só aceita leitura: é uma réplica" in looked.stdout


def test_a_server_that_is_starting_up_is_waited_for(
    embedded_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    programs = binaries.program_directory(current_layout())
    with plain_server(programs, standby=True, settings=["hot_standby=off"]) as (_, port):
        name_it(monkeypatch, port)
        told(
            mirante("load", "carteira", str(portfolio(tmp_path / "a.csv"))),
            Server("127.0.0.1", port, "postgres", "mirante"),
            "ligando, desligando ou se recuperando. Espere",
        )


def test_a_role_that_may_only_read_is_told_so_and_not_that_it_is_a_replica(
    user_server: Server, tmp_path: Path
):
    message = told(
        mirante(
            "load", "carteira", str(portfolio(tmp_path / "a.csv")),
            PGOPTIONS="-c default_transaction_read_only=on",
        ),
        user_server,
        "só aceita leitura: default_transaction_read_only está ligado",
    )  # fmt: skip
    assert "réplica" not in message


class _Coded(psycopg.OperationalError):
    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.sqlstate = code


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (_Coded("x", "53100"), FULL_SERVER),
        (_Coded("x", "57P01"), CUT),
        (_Coded("x", "08006"), CUT),
        (_Coded("x", "57P03"), NOT_READY),
        (_Coded("x", "25006"), READ_ONLY),
        (_Coded("x", "28P01"), REFUSED_LOGIN),
        (psycopg.OperationalError('FATAL:  database "x" does not exist'), NO_DATABASE),
        (psycopg.OperationalError("FATAL:  the database system is starting up"), NOT_READY),
        (psycopg.OperationalError("server closed the connection unexpectedly"), CUT),
        (psycopg.errors.UndefinedColumn("x"), CHANGED),
        (psycopg.errors.UniqueViolation("x"), None),
        (ValueError("connection refused"), None),
        (OSError("x"), None),
    ],
)
def test_trouble_is_told_by_its_code_and_without_one_by_the_librarys_words(
    error: Exception, trouble: Trouble | None
):
    outer = RuntimeError("dlt")
    outer.__cause__ = error
    assert trouble_of(outer) == trouble


@pytest.mark.parametrize(
    ("texts", "trouble"),
    [
        (["Database Error\n  could not extend file: No space left on device"], FULL_SERVER),
        (['ERRO:  relação "x" não existe'], CHANGED),
        (["ERRO:  não pode executar CREATE TABLE em uma transação somente leitura"], READ_ONLY),
        (["The source and target schemas on this incremental model are out of sync!"],
         OTHER_COLUMNS),
        # What follows from the other is not what is told.
        (['relation "x" does not exist', "server closed the connection unexpectedly"], CUT),
        (["Got 3 results, configured to fail if != 0"], None),
    ],
)  # fmt: skip
def test_trouble_is_told_by_what_dbt_repeats_of_it(texts: list[str], trouble: Trouble | None):
    assert trouble_in(texts) == trouble


def test_a_cut_connection_may_pass_and_a_full_disk_does_not(
    user_server: Server, proxy: CuttingProxy, tmp_path: Path
):
    load(user_server, portfolio(tmp_path / "a.csv"))
    through = replace(user_server, port=proxy.port)
    # Dagster runs the step again for this error, and not for its parent.
    with proxy.cutting_at(b"COPY "), pytest.raises(ServidorForaDoArError):
        load(through, portfolio(tmp_path / "b.csv", 3))
    assert type(FULL_SERVER.as_error("x")) is MiranteError
