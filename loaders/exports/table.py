"""What can be exported under one name.

Here: a value object and the error of a name that means none. Not here: where they are
found (`marts`, `cliente_360`).
"""

from dataclasses import dataclass

from psycopg import sql

from loaders.errors import MiranteError


class UnknownNameError(MiranteError):
    """A name that means no table, or several."""


@dataclass(frozen=True)
class ExportTable:
    """Rows that can be exported.

    Attributes:
        name: for people.
        file_stem: of the file, unless another one was asked for.
        query: a select of the rows.
        key: columns that tell rows apart and order them; none if that is not known.
    """

    name: str
    file_stem: str
    query: sql.Composable
    key: tuple[str, ...] = ()
