"""The `mirante` command: its parts, exit codes and how errors are shown.

Here: registration, one line a command, and the border where exceptions become
messages. Not here: what a command does (`loaders.commands`). Commands import what is
heavy inside their functions: `mirante --help` must not wait for dlt.

Exit codes: 0 done, 1 the work failed, 2 wrong usage.
"""

import io
import os
import sys
import traceback
from typing import Annotated, Any

import typer

from loaders.cli_texts import in_portuguese, usage_message
from loaders.commands import (
    build,
    check,
    cvcrm_server,
    db,
    demo,
    divergencias,
    env,
    export,
    load,
    privacy,
    rollback,
    segment,
    simulate,
    up,
)
from loaders.errors import MiranteError
from loaders.interruption import interruptions_kept
from loaders.troubles import explained

app = typer.Typer(
    name="mirante",
    help="Mirante: dos arquivos e APIs ao banco analítico no Postgres.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(db.app, name="db")
app.add_typer(load.app, name="load")
app.add_typer(privacy.app, name="privacy")
app.add_typer(divergencias.app, name="divergencias")
app.command("build", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    build.build
)
app.command("rollback")(rollback.rollback)
app.command("segment")(segment.segment)
app.command("export")(export.export)
app.command("demo")(demo.demo)
app.command("simulate")(simulate.simulate)
app.command("cvcrm-server")(cvcrm_server.cvcrm_server)
app.command("env")(env.env)
app.command("check")(check.check)
app.command("up")(up.up)

_debug = False


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Mostra o erro completo (pode conter dados pessoais).")
    ] = False,
) -> None:
    global _debug
    _debug = debug


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without accents is no failure
            stream.reconfigure(errors="replace")
    # A wrong usage may come before the callback is reached.
    global _debug
    _debug = False
    with interruptions_kept():
        code = _run(in_portuguese(typer.main.get_command(app)))
    sys.exit(code)


def _run(command: Any) -> int:
    try:
        result = command.main(prog_name="mirante", standalone_mode=False)
        sys.stdout.flush()
        if result == 130:  # Typer takes Ctrl-C and says nothing
            _tell("Interrompido.")
    except MiranteError as error:
        _report(str(error))
        return 1
    except typer.TyperException as error:
        message = usage_message(error)
        if message:
            _tell(message)
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        _tell("Interrompido.")
        return 130
    except BrokenPipeError:
        # The reader left (`| head`). Python would complain again on closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        _report(_safe_description(error))
        return 1
    return result if isinstance(result, int) else 0


def _report(message: str) -> None:
    if _debug:
        _tell(traceback.format_exc())
    _tell(f"Erro: {message}")


def _tell(message: str) -> None:
    typer.echo(message, err=True)


def _safe_description(error: Exception) -> str:
    """What can be said of an unexpected exception without quoting anybody's data."""
    name = type(error).__name__
    hint = "Rode de novo com `mirante --debug ...` para ver o erro completo."
    reason = explained(error)
    if reason:
        return f"{reason} {hint}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({name}). {hint}"
    return f"erro inesperado ({name}). {hint}"
