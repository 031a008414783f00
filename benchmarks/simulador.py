r"""A million clients in all sources, simulated.

Anchor, in the same run: as many bytes written one after another to the same disk, with an
fsync at the end, which is the least that any simulation could take. Whole processes are
timed, start to end, once each: they take minutes. The memory of a tenth of the clients,
simulated first, tells whether it grows with them.

Free disk, for a million clients: 15 GB. What one side wrote is gone before the next begins.

Run by hand: `python -m benchmarks.simulador [clients [folder]]`; the folder, on the disk to
write to, is by default that of temporary files.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.carteira import row
from benchmarks.measure import Measured, measure

PLAIN = """
import os, sys
block, left = os.urandom(1 << 20), int(sys.argv[2])
with open(sys.argv[1], "wb", buffering=0) as file:
    while left:
        left -= file.write(block[:left])
    os.fsync(file.fileno())
"""


def simulate(folder: Path, clients: int) -> tuple[Measured, int]:
    """Simulate all sources, and throw the files away.

    Args:
        folder: where to; it must not be there yet.
        clients: how many.

    Returns:
        What it took, and the bytes that were written.
    """
    mirante = str(Path(sys.executable).with_name("mirante"))
    command = [mirante, "simulate", "--out", str(folder), "--clients", str(clients)]
    taken = measure(command)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder)
    return taken, size


def write_plainly(path: Path, size: int) -> Measured:
    """Write as many bytes, and throw the file away."""
    taken = measure([sys.executable, "-c", PLAIN, str(path), str(size)])
    path.unlink()
    return taken


def main() -> None:
    """Simulate a tenth of the clients and all, write as much, print the table."""
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    disk = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        few, _ = simulate(Path(folder) / "few", clients // 10)
        all_, size = simulate(Path(folder) / "all", clients)
        plain = write_plainly(Path(folder) / "plain", size)
    print(f"{clients} clients, {size / 1e9:.1f} GB, one run each")
    print("| work | seconds | peak MiB | anchor | anchor seconds | ratio |")
    print("|---|---|---|---|---|---|")
    row("all sources", all_, "writing as many bytes", plain)
    print(f"| a tenth of the clients | {few.seconds:.2f} | {few.peak_mb:.0f} | | | |")
    print(f"memory of all to that of a tenth: {all_.peak_mb / few.peak_mb:.2f}")


if __name__ == "__main__":
    main()
