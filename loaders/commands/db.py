"""`mirante db`: the server, whichever it is."""

import json
from typing import Annotated, Any

import typer

from loaders.errors import MiranteError

app = typer.Typer(
    help="O servidor Postgres: ligar, desligar, onde está, como conectar.",
    no_args_is_help=True,
)

_AsJson = Annotated[bool, typer.Option("--json", help="Saída em JSON, para programas.")]


@app.command()
def start() -> None:
    """Liga o servidor embutido (na primeira vez, cria o banco)."""
    from loaders.postgres import resolve_server

    server = resolve_server()
    if server.embedded:
        typer.echo(f"Servidor embutido no ar em {server.address}.")
    else:
        typer.echo(f"Seu servidor em {server.address} responde; não há o que ligar aqui.")


@app.command()
def stop() -> None:
    """Desliga o servidor embutido; os dados ficam."""
    from loaders import embedded
    from loaders.postgres import uses_own_server

    if uses_own_server():
        typer.echo("Você usa um servidor seu (PGHOST ou DATABASE_URL); não há o que desligar aqui.")
    elif embedded.stop():
        typer.echo("Servidor embutido desligado.")
    else:
        typer.echo("O servidor embutido já estava desligado.")


@app.command()
def status(as_json: _AsJson = False) -> None:
    """Diz qual servidor está em uso, onde, e se está no ar."""
    from loaders.postgres import uses_own_server

    found = _own_status() if uses_own_server() else _embedded_status()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for key, label in _LABELS.items():
        value = found.get(key)
        if value is not None and value != "":
            typer.echo(f"{label + ':':<18}{_WORDS.get(value, value)}")


@app.command()
def url() -> None:
    """Imprime o endereço com a senha, para psql e outros programas."""
    from loaders.postgres import resolve_server

    typer.echo(resolve_server().dsn())


_LABELS = {
    "mode": "Servidor",
    "running": "No ar",
    "version": "Versão",
    "host": "Endereço",
    "port": "Porta",
    "database": "Banco",
    "user": "Usuário",
    "schema_prefix": "Prefixo",
    "data_directory": "Dados",
    "log_file": "Registro",
    "pid": "Processo",
    "runs_as": "Roda como",
    "problem": "Problema",
}
_WORDS: dict[Any, str] = {
    "embedded": "embutido",
    "own": "seu (PGHOST ou DATABASE_URL)",
    True: "sim",
    False: "não",
}


def _own_status() -> dict[str, Any]:
    from loaders.postgres import resolve_server
    from loaders.settings import load_settings

    prefix = load_settings().MIRANTE_SCHEMA_PREFIX
    try:
        server = resolve_server(start=False)
        with server.connect() as connection:
            version = connection.info.parameter_status("server_version")
    except MiranteError as error:
        # Not an error of `status`: that it does not answer is what was asked.
        return {"mode": "own", "running": False, "schema_prefix": prefix, "problem": str(error)}
    return {
        "mode": "own",
        "running": True,
        "version": version,
        "host": server.host,
        "port": server.port,
        "database": server.dbname,
        "user": server.user,
        "schema_prefix": prefix,
    }


def _embedded_status() -> dict[str, Any]:
    from loaders import embedded
    from loaders.settings import load_settings

    found = embedded.status()
    return {
        "mode": "embedded",
        "running": found.running,
        "version": found.version,
        "host": found.server.host,
        "port": found.server.port or None,
        "database": found.server.dbname,
        "user": found.server.user,
        "schema_prefix": load_settings().MIRANTE_SCHEMA_PREFIX,
        "data_directory": str(found.data_directory),
        "log_file": str(found.log_file),
        "pid": found.pid,
        "runs_as": found.runs_as,
    }
