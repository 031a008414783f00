"""Playing the faults that come a number of times, and those inside of rows.

Here: what is left to be played of a scenario, and spoiling the rows of a page. Not here:
the order in which a request is checked (`api`).
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from loaders.cvcrm_server.endpoints import endpoints
from loaders.cvcrm_server.limits import Limiter
from loaders.cvcrm_server.scenario import ALL, Answer, Scenario
from loaders.cvcrm_server.tenant import Stored, Tenant, wire


class Faults:
    """A scenario being played: what of it has been, and what is to come."""

    def __init__(self, scenario: Scenario) -> None:
        """Begin at the scenario's beginning."""
        self.scenario = scenario
        self.limiter = Limiter(scenario.rate_limit) if scenario.rate_limit else None
        self._lock = threading.Lock()
        self._coming: dict[str, list[Answer]] = {}
        for table in endpoints():
            coming: list[Answer] = list(_of(scenario.statuses, table, ()))
            coming += ["not_json"] * _of(scenario.not_json, table, 0)
            coming += ["cut"] * _of(scenario.cut, table, 0)
            self._coming[table] = coming
        self._shifts = {table: _of(scenario.shift, table, 0) for table in endpoints()}

    def next_answer(self, table: str) -> Answer:
        """Return what the next request of a table gets: 200 once its faults are over."""
        with self._lock:
            coming = self._coming[table]
            return coming.pop(0) if coming else 200

    def after_first_page(self, tenant: Tenant, table: str, rows: list[Stored]) -> None:
        """Let rows shift between pages, once.

        Args:
            tenant: whose row changes.
            table: that was read.
            rows: all that the request selects, ascending.
        """
        with self._lock:
            change = self._shifts.pop(table, 0)
        if isinstance(change, dict):
            tenant.upsert(table, change)
        elif change and rows:
            # The oldest become the newest. Ascending, those after them move up, and the
            # reader misses as many; descending, they move to where the reader has been.
            for stored in rows[:change]:
                _touch(tenant, table, stored, rows[-1].date)

    def spoil(self, table: str, rows: list[Stored], offset: int) -> list[bytes]:
        """Return rows as they go over the wire.

        Args:
            table: of them.
            rows: of one page.
            offset: how many rows come before the page.
        """
        new_field = _of(self.scenario.new_fields, table, "")
        changed = _of(self.scenario.type_change, table, "")
        if not new_field and not changed:
            return [stored.body for stored in rows]
        spoilt = []
        for number, stored in enumerate(rows, start=offset):
            row = json.loads(stored.body)
            if new_field:
                row[new_field] = number + 0.5 if number % 2 else number
            if isinstance(changed, tuple):
                row[changed[0]] = changed[1]
            elif changed and number < 2:
                row[changed] = ["a combinar", [1, 2]][number]
            spoilt.append(wire(row))
        return spoilt


def _of(by_table: Mapping[str, Any], table: str, default: Any) -> Any:
    return by_table.get(table, by_table.get(ALL, default))


def _touch(tenant: Tenant, table: str, stored: Stored, newest: str) -> None:
    row = json.loads(stored.body)
    try:
        moment = datetime.fromisoformat(newest) + timedelta(seconds=1)
    except ValueError:
        moment = datetime(2026, 1, 1)
    row["referencia_data"] = f"{moment:%Y-%m-%d %H:%M:%S}"
    tenant.upsert(table, row)
