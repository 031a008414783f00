"""The list of sources: what `mirante build` prepares tables for.

Here: what a source is to the rest of the project, and one line a source. Not here: anything
about a source (its own module).
"""

from typing import Protocol

from loaders import banco, carteira, cartoes, controladoria, cvcrm
from loaders.file_loads import FileSource
from loaders.server import Server


class Source(Protocol):
    """What every source has, files or not."""

    @property
    def dataset(self) -> str:
        """Name of the source and of its schema, without prefix (`raw_carteira`)."""

    @property
    def manifest(self) -> str:
        """The table that says what landed, and when."""

    def ensure_tables(self, server: Server) -> None:
        """Create the source's raw tables where they are missing; cheap when all are there."""


def file_sources() -> tuple[FileSource, ...]:
    """Return every source that delivers files."""
    return (carteira.source(), cartoes.source(), banco.source(), controladoria.source())


def all_sources() -> tuple[Source, ...]:
    """Return every source."""
    return (*file_sources(), cvcrm.source())
