"""Read one endpoint: page by page, keeping what changed and counting what was seen.

Here: envelopes, the order of pages, and whether all rows came. Not here: requests
(`client`), typing (`rows`), what the table holds (`known`), writing (`landing`).

Rows can shift between pages while one reads them: one is then seen twice and another never.
So the distinct keys are counted against the total that the API gives, and if some are
missing all pages are read once more in the same run.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from loaders.cvcrm import problems
from loaders.cvcrm.cargas import Plan
from loaders.cvcrm.client import Client
from loaders.cvcrm.endpoints import Endpoint, Style
from loaders.cvcrm.known import KnownRows
from loaders.cvcrm.problems import ApiError
from loaders.cvcrm.rows import FIRST_SEEN, HASH, LOADED_AT, Key, Row, RowTyper, Typed

# As often as pages are read in one run.
READINGS = 2


@dataclass(frozen=True)
class Page:
    """One page as it came.

    Attributes:
        rows: as delivered.
        total: rows of all pages, by the API.
        pages: how many there are, by the API.
    """

    rows: list[Row]
    total: int
    pages: int


class Reading:
    """One reading of one endpoint.

    Attributes:
        endpoint: which one.
        plan: what of it.
        qt_informada: rows that there are, by the API.
        qt_gravada: rows handed on to be stored.
        failure: what made it stop, for whoever runs it behind dlt.
    """

    def __init__(
        self,
        client: Client,
        endpoint: Endpoint,
        plan: Plan,
        known: KnownRows,
        on_page: Callable[[int, int], None] = lambda read, total: None,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            client: of this run.
            endpoint: which one.
            plan: what of it.
            known: what its table holds.
            on_page: told after each page how many rows were seen, and how many there are.
        """
        self.endpoint = endpoint
        self.plan = plan
        self.qt_informada = 0
        self.qt_gravada = 0
        self.failure: Exception | None = None
        self._client = client
        self._known = known
        self._on_page = on_page
        self._type = RowTyper(endpoint)
        # The hash of what this run stores, None of what the table held as it is.
        self._seen: dict[Key, str | None] = {}

    @property
    def qt_lida(self) -> int:
        """How many different rows were seen."""
        return len(self._seen)

    @property
    def is_complete(self) -> bool:
        """Whether all rows that there are were seen. A bare list gives no number."""
        return self.endpoint.style is Style.LIST or self.qt_lida >= self.qt_informada

    def changed(self) -> Iterator[list[Row]]:
        """Read, and give what is new or changed.

        Yields:
            The rows of a page, ready to be stored; the later of two of one key counts.

        Raises:
            ApiError: the endpoint can't be read.
            TypeChangedError: a declared column holds another type.
        """
        try:
            for _ in range(READINGS):
                for page in self._pages():
                    rows = self._new(page)
                    self.qt_gravada += len(rows)
                    self._on_page(self.qt_lida, self.qt_informada)
                    if rows:
                        yield rows
                if self.is_complete:
                    return
        except Exception as error:
            # dlt wraps it in its own, whose text nobody knows.
            self.failure = error
            raise

    def _pages(self) -> Iterator[Page]:
        if self.endpoint.style is Style.LIST:
            page = _list(self._client.get(self.endpoint.path).json)
            self.qt_informada = page.total
            yield page
            return
        number = 1
        while True:
            page = self._page(number)
            self.qt_informada = page.total
            yield page
            if number >= page.pages or not page.rows:
                return
            number += 1

    def _page(self, number: int) -> Page:
        settings = self._client.settings
        parameters: dict[str, str | int] = {
            "pagina": number,
            "registros_por_pagina": settings.CVCRM_PAGE_SIZE,
        }
        if self.plan.desde is not None:
            # The date alone: with a time some tenants answer 400.
            parameters["a_partir_data_referencia"] = self.plan.desde.isoformat()
        answer = self._client.get(self.endpoint.path, parameters)
        if answer.status == 204:
            # On a later page it says no more than that the list got shorter.
            return Page([], 0 if number == 1 else self.qt_informada, 0)
        return page_of(answer.json, number, settings.CVCRM_PAGE_SIZE, settings.CVCRM_PARAMS)

    def _new(self, page: Page) -> list[Row]:
        """Return what of a page is to be stored; of two rows of one key, the later."""
        typed: dict[Key, Typed] = {}
        for row in page.rows:
            if not any(name in row for name in self.endpoint.key):
                raise ApiError(
                    problems.not_an_envelope(f"uma linha sem {', '.join(self.endpoint.key)}")
                )
            one = self._type(row)
            typed[one.key] = one
        if not typed:
            return []
        moment = self._known.next_time()
        known = self._known.look_up(list(typed))
        rows = []
        for key, one in typed.items():
            held = known.get(key)
            stored = self._seen.get(key)
            # What this run stores counts before what the table held when it began.
            if one.hash == (stored or (held.hash if held else None)):
                self._seen.setdefault(key, None)
                continue
            self._seen[key] = one.hash
            rows.append(
                one.row
                | {
                    HASH: one.hash,
                    FIRST_SEEN: held.first_seen if held else moment,
                    LOADED_AT: moment,
                }
            )
        return rows


def count_rows(client: Client, endpoint: Endpoint) -> int:
    """Ask an endpoint for one row, and return how many there are.

    Raises:
        ApiError: it can't be read.
    """
    if endpoint.style is Style.LIST:
        return _list(client.get(endpoint.path).json).total
    answer = client.get(endpoint.path, {"pagina": 1, "registros_por_pagina": 1})
    if answer.status == 204:
        return 0
    return page_of(answer.json, 1, 1, client.settings.CVCRM_PARAMS).total


def page_of(answer: Any, number: int, size: int, params: str) -> Page:
    """Read the envelope of a page.

    Args:
        answer: as parsed.
        number: of the page that was asked for.
        size: of the pages that were asked for.
        params: how they were asked for, `query` or `body`.

    Raises:
        ApiError: it is no envelope, or that of another page.
    """
    if not isinstance(answer, dict):
        raise ApiError(problems.not_an_envelope("esperava um objeto com dados"))
    total = _count(answer.get("total_de_registros"))
    rows = answer.get("dados")
    if total == 0 and not rows:
        return Page([], 0, 0)
    if total is None or not isinstance(rows, list):
        raise ApiError(problems.not_an_envelope("sem total_de_registros ou dados"))
    if not all(isinstance(row, dict) for row in rows):
        raise ApiError(problems.not_an_envelope("uma linha não é um objeto"))
    answered = _count(answer.get("pagina"))
    if answered is None:
        raise ApiError(problems.not_an_envelope("sem pagina"))
    if answered != number:
        raise ApiError(problems.parameters_ignored(number, answered, params))
    pages = _count(answer.get("total_de_paginas"))
    if pages is None:
        # The server may give smaller pages than were asked for, and says so.
        pages = -(-total // (_count(answer.get("registros")) or size))
    return Page(rows, total, pages)


def _list(answer: Any) -> Page:
    rows = [] if answer is None else answer
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ApiError(problems.not_an_envelope("esperava uma lista"))
    return Page(rows, len(rows), 1)


def _count(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
