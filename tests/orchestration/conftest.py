"""The graph's definitions, loaded as `dagster dev` loads them."""

import dagster as dg
import pytest

from orchestration.definitions import defs


@pytest.fixture(scope="session")
def graph() -> dg.Definitions:
    """All definitions of the project."""
    return defs()
