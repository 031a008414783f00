"""The simulator's memory: that of a block of clients, however many there are."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from pathlib import Path
from loaders.simulator import Source, banco, carteira, cartoes, simulate_all
carteira.BLOCK = cartoes.BLOCK = banco.CHUNK = 5_000
out, source, clients = sys.argv[1:]
for _ in simulate_all(Path(out), int(clients), 7, "2026-10", [Source(source)]):
    pass
# Of this program alone: what getrusage tells includes the process that started it.
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def peak_mb(folder: Path, source: str, clients: int) -> float:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), source, str(clients)],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return int(result.stdout) / 1024


# Some blocks and many of them: from the first on nothing should grow.
@pytest.mark.parametrize(
    ("source", "few", "many"),
    [("cartoes", 20_000, 80_000), ("carteira", 5_000, 20_000), ("banco", 8_000, 32_000)],
)
def test_more_clients_take_the_same_memory(tmp_path: Path, source: str, few: int, many: int):
    least, most = peak_mb(tmp_path, source, few), peak_mb(tmp_path, source, many)
    # The interpreter and its libraries are 130 MB; what blocks take varies by a few.
    assert most < least + 25, (least, most)
    assert most < 250
