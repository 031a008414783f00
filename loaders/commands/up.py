"""`mirante up`: Dagster's webserver and daemon together, until somebody stops them."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from loaders.server import Server
    from loaders.serving.home import DagsterHome
    from loaders.serving.storage import Storage


def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Porta da página, só local.")] = 3000,
    ligar: Annotated[
        bool, typer.Option("--ligar", help="Liga todos os agendamentos e sensores.")
    ] = False,
    preparar: Annotated[
        bool,
        typer.Option(
            "--preparar",
            help='Só prepara DAGSTER_HOME e diz as variáveis: eval "$(mirante up --preparar)".',
        ),
    ] = False,
) -> None:
    """Mantém no ar a página e o daemon do Dagster, até Ctrl-C ou SIGTERM.

    Execuções, agendamentos e o que está ligado ficam em DAGSTER_HOME (padrão: dagster/
    do MIRANTE_HOME) e, onde o usuário do banco pode criá-lo, no schema dagster.
    """
    from loaders.postgres import resolve_server
    from loaders.serving.home import dagster_home, prepare_home
    from loaders.serving.storage import choose_storage

    if preparar:
        storage = choose_storage(resolve_server())
        home = prepare_home(storage.lines)
        for name, value in {"DAGSTER_HOME": str(home.folder), **storage.variables}.items():
            typer.echo(f"export {name}={shlex.quote(value)}")
        return
    with _alone(dagster_home()):
        _refuse_a_taken_port(port)
        server = resolve_server()
        storage = choose_storage(server)
        _serve(port, ligar, server, storage, prepare_home(storage.lines))


def _serve(
    port: int, ligar: bool, server: "Server", storage: "Storage", home: "DagsterHome"
) -> None:
    from contextlib import ExitStack

    from loaders.errors import MiranteError
    from loaders.locks import advisory_lock
    from loaders.serving.environment import parse_manifest, service_environment
    from loaders.serving.processes import Services, Stopped
    from loaders.serving.switches import switch_on

    def refuse(holder: str) -> None:
        raise MiranteError(f"outro `mirante up` já usa {storage.told}: {holder}.")

    with ExitStack() as stack:
        if storage.in_postgres:
            # Two daemons on one storage would start every run twice.
            stack.enter_context(advisory_lock(server, "up", on_wait=refuse))
        if home.edited:
            _tell(
                f"{home.folder / 'dagster.yaml'} foi editado: fica como está, e diz onde ficam as "
                "execuções."
            )
        else:
            _tell(f"Execuções em {storage.told}; DAGSTER_HOME {home.folder}.")
        _tell("Lendo o projeto dbt ...")
        environment = service_environment(server, storage, home.folder)
        parse_manifest(server, environment)
        try:
            with Services(port, environment) as services:
                services.wait_until_it_answers()
                if ligar:
                    started = switch_on(services.url)
                    _tell(f"Ligados: {', '.join(started) or 'já estavam todos'}.")
                _tell(f"Dagster em {services.url}; Ctrl-C encerra.")
                services.watch()
        except Stopped:
            _tell("Encerrado.")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Refuse a second one on the same DAGSTER_HOME; the kernel lets go whatever ends us."""
    import os

    from loaders.embedded.layout import try_flock
    from loaders.errors import MiranteError

    path = folder / "mirante-up.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise MiranteError(f"não consegui escrever em {folder}: {error.strerror}.") from None
    try:
        if not try_flock(descriptor):
            holder = os.read(descriptor, 20).decode(errors="replace").strip()
            raise MiranteError(
                f"já há um `mirante up` em {folder} (pid {holder}). Encerre-o, ou use outro "
                "DAGSTER_HOME."
            )
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


def _refuse_a_taken_port(port: int) -> None:
    import socket

    from loaders.errors import MiranteError

    with socket.socket() as probe:
        # As the webserver binds: a port that was let go just now is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise MiranteError(
                f"a porta {port} de 127.0.0.1 não está livre ({error.strerror}). Use --port."
            ) from None


def _tell(text: str) -> None:
    typer.echo(text, err=True)
