"""What the raw table of an endpoint holds already: asked page by page.

Here: which rows of a page are new or changed, the newest reference date, and the times that
rows get. Not here: writing (`landing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql

from loaders.cvcrm.endpoints import Endpoint
from loaders.cvcrm.rows import FIRST_SEEN, HASH, LOADED_AT, Key
from loaders.manifest import DLT_LOADS

_REFERENCE = "referencia_data"
_SQL_TYPES = {"bigint": "bigint", "text": "text"}


@dataclass(frozen=True)
class KnownRow:
    """A row that the table holds.

    Attributes:
        hash: of the row as delivered; None if it came with a load that was cut off, so
            that it is written again, by a load that counts.
        first_seen: when its key was first seen.
    """

    hash: str | None
    first_seen: datetime


class KnownRows:
    """The raw table of one endpoint, during one load."""

    def __init__(
        self, connection: psycopg.Connection[Any], schema: str, endpoint: Endpoint
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            connection: to the server.
            schema: the raw schema's real name.
            endpoint: whose table.
        """
        self._connection = connection
        self._endpoint = endpoint
        self._table = sql.Identifier(schema, endpoint.name)
        self._loads = sql.Identifier(schema, DLT_LOADS)
        self._last_time: datetime | None = None

    def newest_reference(self) -> date | None:
        """Return the newest reference date among the rows stored, None if none has one.

        `0000-00-00` is no date, and one in the future would hide everything before it.
        """
        if _REFERENCE not in self._endpoint.columns:
            return None
        row = self._connection.execute(
            sql.SQL(
                """
                with dated as (
                    select
                        case
                            when {column} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}'
                                then left({column}, 10)
                            when {column} ~ '^[0-9]{{2}}/[0-9]{{2}}/[0-9]{{4}}'
                                then concat_ws(
                                    '-',
                                    substr({column}, 7, 4),
                                    substr({column}, 4, 2),
                                    left({column}, 2)
                                )
                        end as day
                    from {table} as rows
                    inner join {loads} as loads
                        on rows._dlt_load_id = loads.load_id and loads.status = 0
                )

                select max(day)
                from dated
                where
                    pg_input_is_valid(day, 'date')
                    -- a day ahead: the server's clock may be in another zone
                    and day <= to_char(clock_timestamp() + interval '1 day', 'YYYY-MM-DD')
                """
            ).format(column=sql.Identifier(_REFERENCE), table=self._table, loads=self._loads)
        ).fetchone()
        return date.fromisoformat(row[0]) if row and row[0] else None

    def next_time(self) -> datetime:
        """Return the time for the rows of a page: the server's, later than all before."""
        if self._last_time is None:
            query = sql.SQL("select max({}) from {}").format(sql.Identifier(LOADED_AT), self._table)
            row = self._connection.execute(query).fetchone()
            self._last_time = row[0] if row else None
        row = self._connection.execute(
            "select greatest(clock_timestamp(), %s::timestamptz + interval '1 microsecond')",
            [self._last_time],
        ).fetchone()
        assert row is not None  # noqa: S101 - a select without FROM always has its row
        moment: datetime = row[0]
        self._last_time = moment
        return moment

    def look_up(self, keys: Sequence[Key]) -> dict[Key, KnownRow]:
        """Return the rows that the table holds of these keys."""
        names = self._endpoint.key
        wanted = [sql.Identifier(f"key_{number}") for number in range(len(names))]
        rows = self._connection.execute(
            sql.SQL(
                "select {columns}, {hash}, {first_seen}, coalesce(loads.status = 0, false)"
                " from unnest({arrays}) as wanted ({wanted})"
                " inner join {table} as rows on {matches}"
                " left join {loads} as loads on loads.load_id = rows._dlt_load_id"
            ).format(
                columns=sql.SQL(", ").join(sql.Identifier("rows", name) for name in names),
                hash=sql.Identifier("rows", HASH),
                first_seen=sql.Identifier("rows", FIRST_SEEN),
                arrays=sql.SQL(", ").join(
                    sql.SQL("%s::{}[]").format(sql.SQL(_SQL_TYPES[self._endpoint.columns[name]]))
                    for name in names
                ),
                wanted=sql.SQL(", ").join(wanted),
                table=self._table,
                matches=sql.SQL(" and ").join(
                    sql.SQL("{} = wanted.{}").format(sql.Identifier("rows", name), each)
                    for name, each in zip(names, wanted, strict=True)
                ),
                loads=self._loads,
            ),
            [list(part) for part in zip(*keys, strict=True)],
        ).fetchall()
        return {
            tuple(key): KnownRow(row_hash if complete else None, first_seen)
            for *key, row_hash, first_seen, complete in rows
        }
