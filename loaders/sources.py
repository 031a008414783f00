"""The list of sources: what `mirante build` prepares tables for.

Here: one line a source. Not here: anything about a source (its own module).
"""

from loaders import carteira, cartoes
from loaders.file_loads import FileSource


def all_sources() -> tuple[FileSource, ...]:
    """Return every source that delivers files."""
    return (carteira.source(), cartoes.source())
