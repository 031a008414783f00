"""`mirante demo` among what somebody loaded. That it builds, the build's own tests tell."""

from pathlib import Path

from loaders.server import Server
from tests.loaders.cards import invoices, load, visible
from tests.loaders.helpers import mirante


def test_simulated_clients_do_not_mix_with_somebodys_cards(user_server: Server, tmp_path: Path):
    load(user_server, invoices(tmp_path / "tb_faturas_202409.csv"))
    result = mirante("demo", "--clients", "25")
    assert result.returncode == 1
    assert "não são desta demonstração" in result.stderr
    assert len(visible(user_server)) == 2
