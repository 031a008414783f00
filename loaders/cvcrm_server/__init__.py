"""A local stand-in for CVCRM's warehouse API (CVDW), faults included.

Here: the API as `contract` documents and live captures show it, on the loopback
address, over rows that a test or the simulator gives. Not here: the client
(`loaders.cvcrm`), nor making the rows (`loaders.simulator.vendas`).

    with CvdwServer(tenant, Scenario(), token="...", email="...") as server:
        requests.get(f"{server.url}/api/v1/cvdw/reservas", headers=...)

Each request goes through `api`, which asks `scenario` what is wrong today, `parameters`
what was asked for, and `tenant` for the rows.
"""

from loaders.cvcrm_server.scenario import RateLimit, Scenario
from loaders.cvcrm_server.server import CvdwServer, Request
from loaders.cvcrm_server.tenant import Tenant

__all__ = ["CvdwServer", "RateLimit", "Request", "Scenario", "Tenant"]
