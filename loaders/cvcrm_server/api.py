"""From a request to its answer.

Here: the order in which the API looks at a request, and its two forms of lists. Not here:
sockets (`server`), what the faults do (`faults`).
"""

import math
import time
from dataclasses import dataclass
from hmac import compare_digest
from http import HTTPStatus

from loaders.cvcrm_server.answers import Answer, error, not_json
from loaders.cvcrm_server.endpoints import Endpoint, endpoints_by_path
from loaders.cvcrm_server.faults import Faults
from loaders.cvcrm_server.parameters import Asked, InvalidParameterError, check
from loaders.cvcrm_server.scenario import Scenario, covers
from loaders.cvcrm_server.tenant import Stored, Tenant, wire


@dataclass(frozen=True)
class Incoming:
    """A request as it was read from the socket.

    Attributes:
        method: of HTTP.
        path: without the query string.
        query: parameters of the query string.
        body: parameters of the JSON body.
        email: header of that name.
        token: header of that name.
    """

    method: str
    path: str
    query: dict[str, str]
    body: dict[str, str]
    email: str
    token: str


@dataclass(frozen=True)
class Api:
    """The API over one tenant."""

    tenant: Tenant
    email: str
    token: str

    def answer(self, request: Incoming, faults: Faults) -> Answer:
        """Answer a request; of the faults, those that come a number of times are used up."""
        scenario = faults.scenario
        # Like a gateway in front of the API, the limit sees wrong requests too.
        wait_s = faults.limiter.refuse(time.monotonic()) if faults.limiter else 0.0
        if wait_s:
            return error(scenario, HTTPStatus.TOO_MANY_REQUESTS, wait_s)
        endpoint = endpoints_by_path().get(request.path)
        if request.method != "GET" or endpoint is None:
            return error(scenario, HTTPStatus.METHOD_NOT_ALLOWED)
        if not self._knows(request):
            return error(scenario, HTTPStatus.UNAUTHORIZED)
        status = _lasting(scenario, endpoint.table)
        if status:
            return error(scenario, status, scenario.retry_after_s)
        coming = faults.next_answer(endpoint.table)
        if coming == "drop":
            return Answer(0)
        if coming == "not_json":
            return not_json()
        if isinstance(coming, int) and coming >= HTTPStatus.BAD_REQUEST:
            return error(scenario, coming, scenario.retry_after_s)
        try:
            answer = self._rows(endpoint, _honoured(request, scenario), faults)
        except InvalidParameterError as invalid:
            return error(scenario, HTTPStatus.BAD_REQUEST, field_name=str(invalid))
        return Answer(answer.status, answer.body, cut=coming == "cut")

    def _knows(self, request: Incoming) -> bool:
        # Headers are latin-1, and compare_digest takes no other text than ASCII.
        pairs = ((request.email, self.email), (request.token, self.token))
        return all([compare_digest(given.encode(), right.encode()) for given, right in pairs])

    def _rows(self, endpoint: Endpoint, parameters: dict[str, str], faults: Faults) -> Answer:
        scenario, table = faults.scenario, endpoint.table
        if endpoint.listed:
            bodies = faults.spoil(table, self._active(table), 0)
            return _body(scenario, table, b"[" + b",".join(bodies) + b"]", bool(bodies))
        if covers(scenario.ignore_parameters, table):
            asked = Asked()
        else:
            asked = check(parameters, covers(scenario.reject_time_part, table))
        selected = self.tenant.select(table, asked.since, asked.until, asked.from_reference)
        ordered = selected[::-1] if covers(scenario.descending, table) else selected
        offset = (asked.page - 1) * asked.size
        rows = ordered[offset : offset + asked.size]
        envelope = {
            "pagina": asked.page,
            "registros": asked.size,
            "total_de_registros": len(selected),
            "total_de_paginas": math.ceil(len(selected) / asked.size),
        }
        content = b",".join(faults.spoil(table, rows, offset))
        if asked.page == 1:
            faults.after_first_page(self.tenant, table, selected)
        body = wire(envelope)[:-1] + b',"dados":[' + content + b"]}"
        return _body(scenario, table, body, bool(rows))

    def _active(self, table: str) -> list[Stored]:
        """Return the rows of a bare list, which leaves out the inactive and says nothing of it."""
        shown = []
        for row in self.tenant.rows(table):
            if row.pop("ativo", "S") != "N":
                shown.append(Stored("", 0, wire(row)))
        return shown


def _lasting(scenario: Scenario, table: str) -> int:
    if covers(scenario.not_available, table):
        return HTTPStatus.METHOD_NOT_ALLOWED
    if covers(scenario.forbidden, table):
        return HTTPStatus.FORBIDDEN
    return scenario.always.get(table, scenario.always.get("*", 0))


def _honoured(request: Incoming, scenario: Scenario) -> dict[str, str]:
    query = {} if scenario.only_body else request.query
    body = {} if scenario.only_query else request.body
    return {**body, **query}


def _body(scenario: Scenario, table: str, body: bytes, rows: bool) -> Answer:
    if not rows and covers(scenario.empty_as_204, table):
        return Answer(HTTPStatus.NO_CONTENT)
    return Answer(HTTPStatus.OK, body)
