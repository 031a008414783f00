"""CVCRM: the sales API of property developers (CVDW), read page by page.

Here: the name of the source and of its schema. Not here: which endpoints there are
(`endpoints`), requests (`client`), reading pages (`reading`), what of a row is stored
(`rows`), the load (`loading`), what a sale means (dbt, `models/`).

Flow: `endpoints/*.yml` -> `loading` plans what to read -> `reading` asks `client` for pages
and `rows` for what changed -> `landing` hands it to dlt, with the row of `cargas` that says
how it went.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loaders.cvcrm.loading import CvcrmSource

DATASET = "raw_cvcrm"


def source() -> "CvcrmSource":
    """Return the source as the commands and the graph use it."""
    from loaders.cvcrm.endpoints import load_endpoints
    from loaders.cvcrm.loading import CvcrmSource

    return CvcrmSource(load_endpoints())
