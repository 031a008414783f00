"""What goes wrong around dbt while it builds: one clear message, and the next build completes.

Here: a full disk of the server, a line that drops, sessions that somebody ends, tables that
somebody changed, for `mirante build` and for the step of a Dagster run. Not here: loads, and
servers that let nobody in (`loaders/test_server_faults`), raw tables
(`loaders/test_changed_by_hand`).

One database behind one port for all of it: dbt parses the project anew for each other one.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from loaders import cli
from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from orchestration import passing
from orchestration.definitions import defs
from tests.loaders.files import load, portfolio, query
from tests.loaders.helpers import CuttingProxy, fill, on_a_small_disk

pytestmark = pytest.mark.slow

MODEL = "int_carteira__contratos_conferidos"
MODELS = (f"+{MODEL}", "+dim_linha")


@dataclass
class World:
    """A portfolio that is loaded, and the ways in which its build can be disturbed."""

    server: Server
    admin: Server
    proxy: CuttingProxy
    # None where nobody may mount one: everything else is tried still.
    disk: Path | None
    capture: pytest.CaptureFixture[str]

    def build(self) -> tuple[int, str]:
        """Build two models, and what they read, as the command does.

        Returns:
            Its exit code, and what it says last.
        """
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["mirante", "build", "--quiet", "--select", *MODELS])
            with pytest.raises(SystemExit) as ended:
                cli.main()
        said = self.capture.readouterr().err
        assert self.server.password not in said
        assert "Traceback" not in said
        return int(ended.value.code or 0), said[said.find("Erro: ") :]

    @contextmanager
    def sessions_ended(self) -> Iterator[None]:
        """End each session of dbt as soon as it is seen."""
        over = threading.Event()

        def end_them() -> None:
            with self.admin.connect() as connection:
                while not over.wait(0.01):
                    connection.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                        " where datname = %s and application_name = 'dbt'",
                        [self.server.dbname],
                    )

        ending = threading.Thread(target=end_them)
        ending.start()
        try:
            yield
        finally:
            over.set()
            ending.join()

    def judged(self) -> int:
        """Count what the build made."""
        [(count,)] = query(self.server, f"select count(*) from {{schema}}.{MODEL}", "intermediate")
        return int(count)


@pytest.fixture
def world(
    user_server: Server,
    embedded_server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[World]:
    monkeypatch.chdir(PROJECT_ROOT)
    proxy = CuttingProxy(user_server.port)
    monkeypatch.setenv("PGPORT", str(proxy.port))
    with ExitStack() as stack:
        stack.callback(proxy.close)
        try:
            disk = stack.enter_context(on_a_small_disk(user_server, embedded_server, "64m"))
        except pytest.skip.Exception:
            disk = None
        load(user_server, portfolio(tmp_path / "a.csv"))
        yield World(user_server, embedded_server, proxy, disk, capsys)


def test_a_build_that_is_disturbed_says_by_what_and_the_next_completes(
    world: World, tmp_path: Path
):
    assert world.build()[0] == 0
    load(world.server, portfolio(tmp_path / "b.csv", 3000))
    if world.disk is not None:
        build_on_a_full_disk(world, world.disk)

    with world.proxy.cutting_at(MODEL.encode()):
        code, said = world.build()
    assert code == 1
    assert "a conexão com o servidor do banco caiu no meio" in said
    assert "Confira a rede" in said

    with world.sessions_ended():
        code, said = world.build()
    assert code == 1
    assert "a conexão com o servidor do banco caiu no meio" in said
    assert world.judged() == 2
    assert world.build()[0] == 0
    assert world.judged() == 3002

    # What comes of raw alone is made again; numbers that were given once are not.
    by_hand(
        world,
        f"alter table intermediate.{MODEL} drop column codigo cascade",
        "alter table carteira.dim_linha drop column grafias",
    )
    code, said = world.build()
    assert code == 1
    assert "carteira.dim_linha perdeu fora do Mirante: grafias" in said
    by_hand(
        world,
        "drop table carteira.dim_linha cascade",
        "create view carteira.dim_linha as select 'x' as linha",
        "create view carteira.minha as select * from carteira.dim_linha",
    )
    assert world.build()[0] == 0
    assert world.judged() == 3002
    with world.server.connect() as connection:
        connection.execute("select grafias from carteira.dim_linha")
        connection.execute(f"select codigo from intermediate.{MODEL}")


def build_on_a_full_disk(world: World, disk: Path) -> None:
    ballast = fill(disk)
    code, said = world.build()
    assert code == 1
    assert "o disco do servidor do banco está cheio" in said
    assert "Libere espaço nele" in said
    assert world.judged() == 2
    # In a run of Dagster it is the same, and is not tried again.
    failure = step_failure()
    assert "o disco do servidor do banco está cheio" in failure
    ballast.unlink()


def by_hand(world: World, *statements: str) -> None:
    with world.server.connect() as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def step_failure() -> str:
    """Run the model as a step of Dagster's, and give what Mirante says of its failure."""
    graph = defs()
    with dg.DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as patch:
        patch.setattr(passing, "WAIT_SECONDS", 0.0)
        done = graph.resolve_job_def("carteira").execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(["intermediate", MODEL])],
            raise_on_error=False,
        )
        assert not done.success
        events = instance.all_logs(done.run_id)
        assert not [each for each in events if "STEP_UP_FOR_RETRY" in str(each.dagster_event)]
        error = done.failure_data_for_node("dbt_build").error
    while error and error.cls_name != "MiranteError":
        error = error.cause
    return error.message if error else ""
