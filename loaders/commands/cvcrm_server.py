"""`mirante cvcrm-server`: the local stand-in for CVCRM's API, until Ctrl-C."""

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

_MONTH = "2026-10"
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
    clients: Annotated[
        int, typer.Option(min=25, help="Sem --data: quantos clientes simular.")
    ] = 1500,
    seed: Annotated[int, typer.Option(help="Sem --data: mesma semente, mesmos dados.")] = 2026,
    cenario: Annotated[str, typer.Option(help=f"Que defeitos tem: {_SCENARIOS}.")] = "normal",
) -> None:
    """Serve uma API de mentira da CVCRM em 127.0.0.1, até Ctrl-C.

    Os dados são os de `mirante simulate --source vendas`. Ao começar, diz como
    apontar CVCRM_BASE_URL, CVCRM_API_EMAIL e CVCRM_API_TOKEN para ela.
    """
    from loaders.cvcrm_server import CvdwServer, Scenario, Tenant
    from loaders.cvcrm_server.presets import PRESETS

    scenario = Scenario.named(cenario)
    if data is None:
        typer.echo("Simulando vendas ...", err=True)
        data = _simulate(clients, seed)
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


def _simulate(clients: int, seed: int) -> Path:
    from loaders.settings import mirante_home
    from loaders.simulator import Source, simulate_all

    folder = mirante_home() / "cvcrm-server" / f"{clients}-{seed}"
    for _ in simulate_all(folder, clients, seed, _MONTH, [Source.VENDAS]):
        pass
    return folder
