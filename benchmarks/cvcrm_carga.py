"""A developer's 100 000 reservations, from the sales API to raw.

The server is the local fake one, in a process of its own, without pauses between requests
and with the largest pages. Anchor, in the same run: a plain reader that asks for the same
pages and parses them, and keeps nothing. The real API's pace of a request each three seconds
is far behind both: 200 pages take ten minutes.

Run by hand: `python -m benchmarks.cvcrm_carga [reservations]`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.carteira import middle, row
from benchmarks.measure import Measured, measure

RUNS = 3
READER = """
import sys, requests
session, page, pages = requests.Session(), 1, 1
session.headers.update({"token": "t", "email": "e"})
while page <= pages:
    answer = session.get(sys.argv[1], params={"pagina": page, "registros_por_pagina": 500})
    pages = answer.json()["total_de_paginas"]
    page += 1
"""
SERVER = """
import sys
from pathlib import Path
from loaders.cvcrm_server import CvdwServer, Tenant
tenant = Tenant({"reservas": Tenant.read(Path(sys.argv[1])).rows("reservas")})
with CvdwServer(tenant, token="t", email="e", port=0) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


def main() -> None:
    """Simulate, serve, run all sides, print the table."""
    from loaders.simulator import Source, simulate_all

    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    mirante = str(Path(sys.executable).with_name("mirante"))
    sides: dict[str, list[Measured]] = {"read": [], "first": [], "again": []}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "simulado"
        for _ in simulate_all(out, 3 * wanted, 1, "2026-10", [Source.VENDAS]):
            pass
        size = (out / "cvcrm" / "reservas.jsonl").stat().st_size / 1e6
        with (out / "cvcrm" / "reservas.jsonl").open("rb") as file:
            reservations = sum(1 for _ in file)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "MIRANTE_HOME": f"{folder}/home",
            "MIRANTE_ENV_FILE": os.devnull,
            "CVCRM_API_TOKEN": "t",
            "CVCRM_API_EMAIL": "e",
            "CVCRM_DELAY_S": "0",
            "CVCRM_PAGE_SIZE": "500",
        }
        load = [mirante, "load", "cvcrm", "--endpoint", "reservas", "--full"]
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(out / "cvcrm")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            base = server.stdout.readline().strip()
            environment["CVCRM_BASE_URL"] = base
            measure([mirante, "db", "start"], environment)
            for run in range(RUNS):
                prefixed = {**environment, "MIRANTE_SCHEMA_PREFIX": f"b{run}_"}
                url = f"{base}/api/v1/cvdw/reservas"
                sides["read"].append(measure([sys.executable, "-c", READER, url], environment))
                sides["first"].append(measure(load, prefixed))
                sides["again"].append(measure(load, prefixed))
        finally:
            server.stdin.close()
            server.wait(30)
            measure([mirante, "db", "stop"], environment)
    print(f"{reservations} reservations, {size:.0f} MB of JSON, median of {RUNS}")
    print("| work | seconds | peak MiB | anchor | anchor seconds | ratio |")
    print("|---|---|---|---|---|---|")
    anchor = "reading the pages, keeping nothing"
    row("first load", middle(sides["first"]), anchor, middle(sides["read"]))
    row("all again, nothing changed", middle(sides["again"]), anchor, middle(sides["read"]))


if __name__ == "__main__":
    main()
