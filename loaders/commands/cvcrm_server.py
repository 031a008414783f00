"""`mirante cvcrm-server`: the local stand-in for CVCRM's API, until Ctrl-C."""

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

# Listed again in `loaders.cvcrm_server.presets`, whose import every other command would pay.
_SCENARIOS = (
    "normal, limite, limite-avisado, instavel, lento, tudo-405, sem-permissao, sem-situacao, "
    "erros-em-texto, so-corpo, ignora-parametros, descendente, muda-no-meio, campo-novo, "
    "tipo-trocado"
)


def cvcrm_server(
    data: Annotated[
        Path | None,
        typer.Option(help="Pasta com <tabela>.jsonl, ou a que tem cvcrm/. Sem ela, simula."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Porta; 0 escolhe uma livre.")] = 8765,
    cenario: Annotated[str, typer.Option(help=f"Que defeitos tem: {_SCENARIOS}.")] = "normal",
) -> None:
    """Serve uma API de mentira da CVCRM em 127.0.0.1, até Ctrl-C.

    Os dados são os de `mirante simulate --source vendas`. Nada sai desta máquina.
    """
    from loaders.cvcrm_server import CvdwServer, Scenario, Tenant
    from loaders.cvcrm_server.presets import PRESETS
    from loaders.errors import MiranteError

    scenario = Scenario.named(cenario)
    if data is None:
        raise MiranteError("diga a pasta dos dados: --data PASTA.")
    tenant = Tenant.read(data / "cvcrm" if (data / "cvcrm").is_dir() else data)
    given = os.environ.get("CVCRM_API_TOKEN")
    token = given or secrets.token_hex(16)
    email = os.environ.get("CVCRM_API_EMAIL") or "demo@example.com"
    with CvdwServer(tenant, scenario, token=token, email=email, port=port) as server:
        # A token of the environment may be a real one, and stays out of sight.
        shown = '"$CVCRM_API_TOKEN"' if given else token
        for line in (
            f"CVDW de mentira em {server.url}, cenário {cenario}: {PRESETS[cenario].text}.",
            "Em outro terminal:",
            f"  export CVCRM_BASE_URL={server.url}",
            f"  export CVCRM_API_EMAIL={email}",
            f"  export CVCRM_API_TOKEN={shown}",
            "Ctrl-C encerra.",
        ):
            typer.echo(line, err=True)
        try:
            while not server.stopping.wait(3600):
                pass
        except KeyboardInterrupt:
            typer.echo(f"Encerrado; {len(server.requests)} requisições.", err=True)
