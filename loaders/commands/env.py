"""`mirante env`: the server as shell variables, for dbt, Dagster and psql."""

import shlex

import typer


def env() -> None:
    """Imprime as variáveis PG* do servidor: eval "$(mirante env)"."""
    from loaders.errors import MiranteError
    from loaders.postgres import resolve_server
    from loaders.privacy.keys import pii_key, session_options
    from loaders.settings import load_settings, mirante_home

    server = resolve_server()
    variables = {**server.env(), "MIRANTE_HOME": str(mirante_home())}
    try:
        variables["PGOPTIONS"] = session_options(pii_key(server), server.options.get("options", ""))
    except MiranteError as error:
        # psql needs no key, and dbt asks for it.
        typer.echo(f"Aviso: {error}", err=True)
    prefix = load_settings().MIRANTE_SCHEMA_PREFIX
    if prefix:
        variables["MIRANTE_SCHEMA_PREFIX"] = prefix
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
