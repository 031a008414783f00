"""What goes back over the wire.

Here: an answer as a value, and the bodies of errors in the dialects that were seen. Not
here: when there is an error.
"""

import math
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from time import time
from typing import Any, Final

from loaders.cvcrm_server.scenario import Scenario
from loaders.cvcrm_server.tenant import wire

_JSON: Final = "application/json; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_HTML: Final = "text/html; charset=utf-8"

# As captured; those that are missing were seen as plain text, or never.
_BODIES: Final[dict[int, dict[str, Any]]] = {
    400: {"error": "O campo a_partir_data_referencia não é válido", "code": 400},
    401: {"codigo": 401, "mensagem": "E-mail e/ou token incorreto(s)."},
    403: {"codigo": 403, "mensagem": "Permissão desabilitada para este painel."},
    422: {"mensagem": "Erro inesperado, tente novamente mais tarde.", "codigo": 422},
    429: {"Response": "Too many requests"},
}


@dataclass(frozen=True)
class Answer:
    """An answer to be sent.

    Attributes:
        status: of HTTP; 0 ends the connection without an answer.
        body: whole, also of one that is to be cut.
        content_type: of the body.
        headers: others.
        cut: whether the connection breaks off in the middle of the body.
    """

    status: int
    body: bytes = b""
    content_type: str = _JSON
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def error(scenario: Scenario, status: int, wait_s: float = 0.0, field_name: str = "") -> Answer:
    """Refuse a request.

    Args:
        scenario: for its dialect of errors, and whether 429 says when to come back.
        status: 400 or more.
        wait_s: seconds to say with a 429.
        field_name: the parameter that a 400 complains of.
    """
    headers = {}
    if status == HTTPStatus.TOO_MANY_REQUESTS and scenario.retry_after == "seconds":
        headers["Retry-After"] = str(math.ceil(wait_s))
    elif status == HTTPStatus.TOO_MANY_REQUESTS and scenario.retry_after == "date":
        headers["Retry-After"] = formatdate(math.ceil(time() + wait_s), usegmt=True)
    body = dict(_BODIES.get(status, {}))
    if status == HTTPStatus.BAD_REQUEST and field_name:
        body["error"] = f"O campo {field_name} não é válido"
    content_type, content = _dressed(scenario.error_style, status, body)
    return Answer(status, content, content_type, headers)


def not_json() -> Answer:
    """Answer 200 with the page of somebody in between."""
    return Answer(200, b"<html><body><h1>Em manuten\xc3\xa7\xc3\xa3o</h1></body></html>", _HTML)


def _dressed(style: str, status: int, body: dict[str, Any]) -> tuple[str, bytes]:
    phrase = HTTPStatus(status).phrase
    texts = [value for value in body.values() if isinstance(value, str)]
    text = texts[0] if texts else phrase
    if style == "html":
        return _HTML, f"<html><body><h1>{status} {phrase}</h1></body></html>".encode()
    if style == "json" and not body:
        body = {"codigo": status, "mensagem": phrase}
    if style != "text" and body:
        return _JSON, wire(body)
    return _TEXT, text.encode()
