"""One request after another to the sales API, at its pace.

Here: login, pace, trying again, and parameters in the query or in the body. Not here: pages
and their envelopes (`reading`), what a failure means (`problems`).

A client is for one run: the pace holds between all of its requests, whatever they are for,
those that are tried again too.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
)
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from loaders.cvcrm import problems
from loaders.cvcrm.problems import ApiError, Problem
from loaders.cvcrm.settings import Api, CvcrmSettings

# To connect, and of silence while the answer comes: large pages take long to be prepared.
TIMEOUT_S: Final = (15.0, 120.0)
# A server that asks for more is not waited for: the schedule comes again.
LONGEST_WAIT_S: Final = 900.0


@dataclass
class Pace:
    """Keeps a time between the end of a request and the start of the next.

    Attributes:
        delay_s: at least so long, seconds.
        clock: monotonic, seconds.
        sleep: waits, seconds.
    """

    delay_s: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _last: float | None = None

    def wait(self) -> None:
        """Wait until the next request may begin."""
        # In a loop: a sleep may end early by a hair.
        while self._last is not None:
            rest = self._last + self.delay_s - self.clock()
            if rest <= 0:
                return
            self.sleep(rest)

    def mark(self) -> None:
        """Take note that a request ended."""
        self._last = self.clock()


@dataclass(frozen=True)
class Answer:
    """A success: its status and its JSON; fractions are Decimal, an empty 204 is None."""

    status: int
    json: Any


class Client:
    """Asks the API, and no other server."""

    def __init__(
        self,
        settings: CvcrmSettings,
        *,
        pace: Pace | None = None,
        timeout_s: tuple[float, float] = TIMEOUT_S,
        tries: int | None = None,
        on_wait: Callable[[Problem, float], None] = lambda problem, seconds: None,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            settings: of the API.
            pace: between requests; the settings' by default.
            timeout_s: to connect, and of silence, seconds.
            tries: of a request; the settings' by default.
            on_wait: told of a failure that is tried again, and in how many seconds.

        Raises:
            MiranteError: something needed is not set.
        """
        self.api: Api = settings.api()
        self.settings = settings
        self._pace = pace or Pace(settings.CVCRM_DELAY_S)
        self._timeout_s = timeout_s
        self._tries = tries or settings.CVCRM_MAX_RETRIES
        self._on_wait = on_wait
        self._unreached = False
        self._session = requests.Session()
        # No proxy may see what goes to this machine in clear. Elsewhere it is needed.
        self._session.trust_env = not self.api.is_loopback

    def get(self, path: str, parameters: dict[str, str | int] | None = None) -> Answer:
        """Ask for something, again if need be.

        Args:
            path: what follows the base URL.
            parameters: for the query or the body, as set.

        Raises:
            ApiError: it failed for good.
        """
        # Where nobody answers at all, to wait for it at each endpoint would take an hour.
        tries = 1 if self._unreached else self._tries
        retrying = Retrying(
            stop=stop_after_attempt(tries),
            wait=self._wait_s,
            retry=retry_if_exception(_may_pass),
            sleep=self._pace.sleep,
            before_sleep=self._tell,
            reraise=True,
        )
        return retrying(self._once, path, parameters or {})

    def _once(self, path: str, parameters: dict[str, str | int]) -> Answer:
        self._pace.wait()
        answer: requests.Response | None = None
        problem: Problem | None = None
        try:
            answer = self._send(path, parameters)
        except requests.RequestException as error:
            problem = _network_problem(error)
        finally:
            # Between two requests lie seconds, after which a server or a firewall may have
            # dropped a connection that was kept.
            self._session.close()
            self._pace.mark()
        # Raised out here: requests' errors carry the request, login and all, along.
        if problem is not None or answer is None:
            problem = problem or problems.no_answer("sem resposta", "a rede falhou")
            self._unreached = problem.unreached
            raise ApiError(problem)
        self._unreached = False
        if answer.status_code == 204:
            return Answer(204, None)
        parsed = _parsed(answer) if answer.status_code == 200 else None
        # Some errors come with a 200 and say their status inside.
        status = problems.status_inside(parsed) or answer.status_code
        if status != 200:
            wish = _retry_after_s(answer.headers.get("Retry-After"))
            raise ApiError(problems.of_status(status, path, answer.content, self.api, wish))
        return Answer(200, parsed)

    def _send(self, path: str, parameters: dict[str, str | int]) -> requests.Response:
        in_query = self.settings.CVCRM_PARAMS == "query"
        return self._session.get(
            self.api.base_url + path,
            params=parameters if in_query else None,
            json=None if in_query or not parameters else parameters,
            headers={
                "email": self.api.email,
                "token": self.api.token,
                "Accept": "application/json",
                "User-Agent": "mirante",
            },
            # A redirect could take the token to another host.
            allow_redirects=False,
            timeout=self._timeout_s,
        )

    def _wait_s(self, state: RetryCallState) -> float:
        problem = _problem(state)
        doubled = float(2 ** (state.attempt_number - 1))
        if problem is None:
            return 0.0
        if problem.retry_after_s is not None:
            return problem.retry_after_s
        # The vendor blocks for a minute. Everything else is over soon or not at all.
        base = self.settings.CVCRM_BACKOFF_S if problem.status == 429 else self._pace.delay_s
        return min(base * doubled, LONGEST_WAIT_S)

    def _tell(self, state: RetryCallState) -> None:
        problem = _problem(state)
        if problem is not None and state.next_action is not None:
            self._on_wait(problem, max(state.next_action.sleep, self._pace.delay_s))


def _problem(state: RetryCallState) -> Problem | None:
    error = state.outcome.exception() if state.outcome else None
    return error.problem if isinstance(error, ApiError) else None


def _may_pass(error: BaseException) -> bool:
    if not isinstance(error, ApiError) or not error.problem.passing:
        return False
    wish = error.problem.retry_after_s
    return wish is None or wish <= LONGEST_WAIT_S


def _parsed(answer: requests.Response) -> Any:
    try:
        # Money must not pass through binary fractions.
        return json.loads(answer.content, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        pass
    raise ApiError(
        problems.not_json(
            answer.status_code, answer.headers.get("Content-Type", ""), len(answer.content)
        )
    )


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _retry_after_s(header: str | None) -> float | None:
    """Read `Retry-After`: seconds, or a date; None if it is neither."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header.strip()[:9])
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _network_problem(error: requests.RequestException) -> Problem:
    """Say what the network did, without the address, which may have parameters."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NameResolutionError):
        return problems.no_answer(
            "sem resposta", "o nome do servidor em CVCRM_BASE_URL não existe", unreached=True
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return problems.no_answer(
            "sem resposta", "o proxy (HTTPS_PROXY) não levou ao servidor", unreached=True
        )
    if isinstance(error, requests.exceptions.SSLError):
        return problems.no_answer(
            "a conexão segura falhou", "o certificado do servidor não foi aceito", unreached=True
        )
    if isinstance(error, requests.ConnectTimeout) or isinstance(
        reason, NewConnectionError | ConnectTimeoutError
    ):
        return problems.no_answer(
            "sem resposta", "ninguém atende no endereço de CVCRM_BASE_URL", unreached=True
        )
    if isinstance(error, requests.Timeout):
        return problems.no_answer(
            "a resposta não veio a tempo", "o servidor do CVCRM ou a rede está lento"
        )
    return problems.no_answer(
        f"a conexão caiu no meio ({type(error).__name__})", "a rede ou o servidor do CVCRM falhou"
    )
