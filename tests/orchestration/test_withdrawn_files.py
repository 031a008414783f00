"""A load that was taken back, and a job that loads all that lies in the inbox."""

from pathlib import Path

import dagster as dg
import pytest

from loaders import carteira
from loaders.server import Server
from loaders.withdrawals import withdraw
from orchestration.defs.carga.carteira import CargaCarteira
from tests.loaders.files import portfolio


def loaded(graph: dg.Definitions, *named: Path) -> int:
    """Run the load alone and say how many files came in."""
    result = graph.resolve_job_def("carteira").execute_in_process(
        asset_selection=[dg.AssetKey(["raw_carteira", name]) for name in ("contratos", "arquivos")],
        run_config=dg.RunConfig(
            ops={"carga_carteira": CargaCarteira(contratos=[str(path) for path in named])}
        ),
    )
    [contracts] = [
        event.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(["raw_carteira", "contratos"])
    ]
    return int(str(contracts.metadata["arquivos_carregados"].value))


def test_it_stays_out_until_a_run_names_it(
    graph: dg.Definitions, user_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_INBOX", str(tmp_path))
    path = portfolio(tmp_path / "carteira" / "posicao.csv")
    assert loaded(graph) == 1
    withdraw(user_server, ["posicao.csv"])
    assert loaded(graph) == 0
    assert carteira.source().known_files(user_server) == []
    assert loaded(graph, path) == 1
    assert len(carteira.source().known_files(user_server)) == 1
