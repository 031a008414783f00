"""`mirante env`: the server as shell variables, for dbt, Dagster and psql."""

import shlex

import typer


def env() -> None:
    """Imprime as variáveis PG* do servidor: eval "$(mirante env)"."""
    from loaders.postgres import resolve_server
    from loaders.settings import load_settings, mirante_home

    variables = {**resolve_server().env(), "MIRANTE_HOME": str(mirante_home())}
    prefix = load_settings().MIRANTE_SCHEMA_PREFIX
    if prefix:
        variables["MIRANTE_SCHEMA_PREFIX"] = prefix
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
