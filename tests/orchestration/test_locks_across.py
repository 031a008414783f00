"""A build of the command beside one of Dagster's: one waits, and says for whom."""

import subprocess
import sys
from collections.abc import Iterator

import dagster as dg

from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from orchestration.defs.transformacao import dbt as dbt_steps


def test_a_build_of_the_command_waits_for_dagsters_and_says_who_it_is(
    user_server: Server,
):
    # The step is Dagster's own; instead of dbt it starts the command, to look at its wait.
    said: list[str] = []

    class Waiting:
        target_path = PROJECT_ROOT / "nada"

        def stream(self) -> Iterator[object]:
            command = subprocess.Popen(
                [sys.executable, "-m", "loaders", "build", "--select", "risco_escala"],
                cwd=PROJECT_ROOT,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert command.stderr is not None
            try:
                said.append(command.stderr.readline())
                # It waits, rather than fails.
                assert command.poll() is None
            finally:
                command.kill()
                command.communicate()
            yield from ()

    class Dbt:
        def cli(self, *_: object, **__: object) -> Waiting:
            return Waiting()

    @dg.op(out=dg.Out(dg.Nothing))
    def dbt_build(context: dg.OpExecutionContext) -> Iterator[object]:
        yield from dbt_steps._build(context, Dbt())  # type: ignore[arg-type]

    @dg.job
    def build() -> None:
        dbt_build()

    assert build.execute_in_process().success
    [line] = said
    assert line.startswith("Esperando outra construção terminar: mirante build pid ")
    assert "127.0.0.1" in line
