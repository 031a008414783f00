"""The server: sockets, threads, and the record of what was asked.

Here: HTTP on the loopback address. Not here: what is answered (`api`).
"""

import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

from loaders.cvcrm_server.answers import Answer
from loaders.cvcrm_server.api import Api, Incoming
from loaders.cvcrm_server.faults import Faults
from loaders.cvcrm_server.parameters import from_body
from loaders.cvcrm_server.scenario import Scenario
from loaders.cvcrm_server.tenant import Tenant
from loaders.errors import MiranteError

HOST: Final = "127.0.0.1"
_LARGEST_BODY: Final = 64 * 1024


@dataclass(frozen=True)
class Request:
    """A request that was answered.

    Attributes:
        at: when it came, `time.monotonic()` seconds.
        method: of HTTP.
        path: without the query string.
        params: what was sent in the query string or the body, as text.
        status: of the answer; that of one that broke off is 200, that of none is 0.
    """

    at: float
    method: str
    path: str
    params: dict[str, str]
    status: int


class CvdwServer:
    """The fake API in threads of this process, as a context."""

    def __init__(
        self,
        tenant: Tenant,
        scenario: Scenario | None = None,
        *,
        token: str,
        email: str,
        port: int = 0,
        host: str = HOST,
    ) -> None:
        """Set a server up; entering the context starts it.

        Args:
            tenant: rows to show; they may change meanwhile.
            scenario: faults; without one, none.
            token: that clients must send.
            email: that clients must send.
            port: to listen at; 0 takes a free one.
            host: the loopback address, which is the only one.

        Raises:
            MiranteError: another host.
        """
        if host != HOST:
            raise MiranteError(f"o servidor de mentira só atende em {HOST}, não em {host}.")
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self._api = Api(tenant, email, token)
        self._faults = Faults(scenario or Scenario())
        self._port = port
        self._http: _Http | None = None
        self._thread: threading.Thread | None = None

    @property
    def scenario(self) -> Scenario:
        """The faults; setting it begins the scenario at its beginning."""
        return self._faults.scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        self._faults = Faults(scenario)

    @property
    def url(self) -> str:
        """The address, without a path."""
        if self._http is None:
            raise MiranteError("o servidor de mentira não está no ar.")
        return f"http://{HOST}:{self._http.server_port}"

    def __enter__(self) -> Self:
        """Start to answer.

        Raises:
            MiranteError: the port is taken.
        """
        try:
            self._http = _Http(self, self._port)
        except OSError as error:
            raise MiranteError(
                f"a porta {self._port} não pode ser usada ({error.strerror}); escolha outra."
            ) from None
        self.stopping.clear()
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop to answer, also those who wait for a slow answer."""
        self.stopping.set()
        if self._http and self._thread:
            self._http.shutdown()
            self._http.server_close()
            self._thread.join()
        self._http = self._thread = None

    def answer(self, request: Incoming) -> Answer:
        """Answer a request and keep a record of it."""
        faults, at = self._faults, time.monotonic()
        if faults.scenario.slow_s:
            self.stopping.wait(faults.scenario.slow_s)
        answer = self._api.answer(request, faults)
        params = {**request.body, **request.query}
        # Before it is sent: who has an answer finds the record of it.
        self.requests.append(Request(at, request.method, request.path, params, answer.status))
        return answer


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    # Tests start servers by the dozen, and a port that has just been left may be used.
    allow_reuse_address = True

    def __init__(self, server: CvdwServer, port: int) -> None:
        self.fake = server
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    server_version = "CVDW"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    # Headers and body in one packet: apart, each answer waits for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Answer any method, as the API does not tell them from a wrong path."""
        address = urlsplit(self.path)
        sent = self._sent()
        answer = self.server.fake.answer(
            Incoming(
                self.command,
                address.path,
                dict(parse_qsl(address.query, keep_blank_values=True)),
                from_body(sent),
                self.headers.get("email", ""),
                self.headers.get("token", ""),
            )
        )
        self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def _sent(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if (
            not length.isdigit()
            or int(length) > _LARGEST_BODY
            or "Transfer-Encoding" in self.headers
        ):
            self.close_connection = True
            return b""
        return self.rfile.read(int(length))

    def _send(self, answer: Answer) -> None:
        if not answer.status:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.cut:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
        elif self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the record is `CvdwServer.requests`."""
