"""Why an endpoint could not be read, and what to do about it: one Portuguese line.

Here: the API's answers and failures of the network, turned into a cause and an advice. Not
here: which of them are tried again (`client` asks `Problem.passing`), nor which are no
failure of an endpoint that a tenant may lack (`loading`).

The API has several dialects of errors, and plain text besides. Of what it says only a
short, cleaned part is shown: neither the login nor anything that may be somebody's data.
"""

import html
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from loaders.cvcrm.settings import Api

# Statuses that may go away by themselves: the limit of requests, and the vendor's failures.
PASSING_STATUSES: Final = frozenset({422, 429, *range(500, 600)})

_SAID_MAX: Final = 160
# Every dialect of errors seen.
_SAID_KEYS: Final = ("error", "mensagem", "Response", "message", "erro")
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w.-]+")
# Documents, phones, ids, values: nothing of a row belongs in a message.
_NUMBER: Final = re.compile(r"\d(?:[\d.,/ -]*\d){4,}")

# Users try these, which are no part of the API, and get 405 for all of them.
_NO_ENDPOINTS: Final = (
    "/empreendimentos, /tipologias, /tipologia_unidades, /prosoluto e /valores_reservas"
    " não existem no CVDW"
)


@dataclass(frozen=True)
class Problem:
    """Why one endpoint could not be read.

    Attributes:
        status: of HTTP; None if there was no whole answer.
        what: what happened, such as `HTTP 405 (Method Not Allowed)`.
        cause: the likely cause.
        advice: what to do.
        said: what the server said, short and cleaned.
        passing: whether trying again may help.
        retry_after_s: how long the server asks to wait, seconds.
        unreached: nobody answered at the address at all.
        path: that was asked for; `{path}` in the cause.
    """

    what: str
    cause: str
    advice: str
    status: int | None = None
    said: str = ""
    passing: bool = False
    retry_after_s: float | None = None
    unreached: bool = False
    path: str = ""

    def __str__(self) -> str:
        """Return all of it in one line."""
        return self._told(self.path)

    def of_many(self) -> str:
        """Return it for several endpoints in the same trouble, without one's path."""
        return self._told("")

    @property
    def because(self) -> str:
        """The likely cause, with the path that was asked for."""
        return self._cause(self.path)

    def _cause(self, path: str) -> str:
        return " ".join(self.cause.replace("{path}", path).split())

    def _told(self, path: str) -> str:
        cause = self._cause(path)
        said = f'; o servidor disse: "{self.said}"' if self.said else ""
        return f"{self.what}{said}. Causa provável: {cause}. {self.advice}"

    @property
    def kind(self) -> tuple[str, int | None]:
        """What endpoints with the same trouble have in common."""
        return self.what, self.status


class ApiError(Exception):
    """An endpoint could not be read; `problem` says why, without login or data."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem, which is the message too."""
        super().__init__(str(problem))
        self.problem = problem


def of_status(
    status: int, path: str, body: bytes, api: Api, retry_after_s: float | None = None
) -> Problem:
    """Explain an answer that is no success.

    Args:
        status: of HTTP.
        path: that was asked for.
        body: of the answer.
        api: whose login must not be shown.
        retry_after_s: the server's own wish, seconds.
    """
    cause, advice = _explanation(status)
    said = what_was_said(body, api)
    return Problem(
        what=_named(status),
        cause=cause,
        advice=advice,
        status=status,
        path=path,
        said="" if said == _phrase(status) else said,
        passing=status in PASSING_STATUSES,
        retry_after_s=retry_after_s,
    )


def _explanation(status: int) -> tuple[str, str]:
    """Return the likely cause of a status, and what to do."""
    if 300 <= status < 400:
        return (
            "CVCRM_BASE_URL aponta para um endereço que encaminha para outro, e o token não"
            " vai para outro servidor",
            "Ponha em CVCRM_BASE_URL o endereço final (https://SUBDOMINIO.cvcrm.com.br).",
        )
    if status >= 500:
        return (
            "falha no servidor do CVCRM",
            "Rode de novo mais tarde; se persistir, abra um chamado no suporte do CVCRM.",
        )
    known = {
        400: (
            "o servidor não aceitou os parâmetros ou o filtro de data",
            "Rode com --full, que lê sem filtro; se persistir, troque CVCRM_PARAMS"
            " (query ou body).",
        ),
        401: (
            "e-mail ou token recusados, ou sem permissão neste endpoint",
            "Confira CVCRM_API_EMAIL e CVCRM_API_TOKEN; se outros endpoints respondem, peça a"
            " quem administra o CVCRM a permissão deste.",
        ),
        403: (
            "a permissão deste endpoint está desligada para o token",
            "Peça a quem administra o CVCRM que a ligue; as permissões são por endpoint.",
        ),
        404: (
            "o caminho {path} não existe nesse servidor",
            "Confira CVCRM_BASE_URL (https://SUBDOMINIO.cvcrm.com.br).",
        ),
        405: (
            "o caminho {path} não é um endpoint do CVDW nesse servidor, ou o plano contratado"
            f" não o inclui ({_NO_ENDPOINTS})",
            "Confira CVCRM_BASE_URL; se outros endpoints respondem, pergunte ao suporte do"
            " CVCRM se o plano tem este.",
        ),
        422: (
            "erro inesperado no servidor do CVCRM",
            "Rode de novo mais tarde; se persistir, abra um chamado no suporte do CVCRM.",
        ),
        429: (
            "limite de 20 requisições por minuto; outro programa pode estar usando o mesmo token",
            "Espere um minuto e rode de novo; se persistir, aumente CVCRM_DELAY_S.",
        ),
    }
    return known.get(
        status,
        (
            "resposta que o CVCRM não costuma dar",
            "Confira CVCRM_BASE_URL; se persistir, abra um chamado no suporte do CVCRM.",
        ),
    )


def _named(status: int) -> str:
    phrase = _phrase(status)
    return f"HTTP {status} ({phrase})" if phrase else f"HTTP {status}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def status_inside(answer: Any) -> int | None:
    """Return the status of an error that came as a success; None if it is none."""
    if not isinstance(answer, dict) or "dados" in answer:
        return None
    status = answer.get("codigo", answer.get("code"))
    return status if isinstance(status, int) and 400 <= status < 600 else None


def not_json(status: int, content_type: str, size: int) -> Problem:
    """Explain a success whose body is no JSON; it may hold rows, so nothing of it is shown."""
    kind = re.sub(r"[^\w/+.-].*", "", content_type)[:40] or "tipo não informado"
    return Problem(
        what=f"HTTP {status} com uma resposta que não é JSON ({kind}, {size} bytes)",
        cause="resposta cortada, ou CVCRM_BASE_URL leva a uma página em vez da API",
        advice="Rode de novo; se persistir, confira CVCRM_BASE_URL.",
        status=status,
        passing=True,
    )


def no_answer(what: str, cause: str, *, unreached: bool = False) -> Problem:
    """Explain a request that got no whole answer."""
    return Problem(
        what=what,
        cause=cause,
        advice="Confira CVCRM_BASE_URL, a rede e o proxy, e rode de novo.",
        passing=True,
        unreached=unreached,
    )


def not_an_envelope(detail: str) -> Problem:
    """Explain an answer of another shape than the endpoint's."""
    return Problem(
        what=f"resposta fora do formato ({detail})",
        cause="o CVCRM mudou este endpoint, ou CVCRM_BASE_URL leva a outro programa",
        advice="Confira CVCRM_BASE_URL; se outros endpoints respondem, avise quem mantém o"
        " Mirante.",
    )


def parameters_ignored(asked: int, answered: int, params: str) -> Problem:
    """Explain another page than the one that was asked for."""
    other = "body" if params == "query" else "query"
    return Problem(
        what=f"pedi a página {asked} e veio a {answered}",
        cause="o servidor ignorou os parâmetros da requisição",
        advice=f"Ponha CVCRM_PARAMS={other} e rode de novo.",
    )


def what_was_said(body: bytes, api: Api) -> str:
    """Return the message in the body of an error, fit to be shown; empty if there is none."""
    text = body[:20_000].decode("utf-8", "replace")
    try:
        said = _message(json.loads(text))
    except ValueError:
        said = _plain(text)
    for secret in (api.token, api.email):
        for form in (secret, quote(secret, safe=""), html.escape(secret)):
            said = re.sub(re.escape(form), "***", said, flags=re.IGNORECASE)
    said = _NUMBER.sub("…", _EMAIL.sub("…", said))
    said = " ".join("".join(char if char.isprintable() else " " for char in said).split())
    said = said.replace('"', "'").rstrip(".")
    return said if len(said) <= _SAID_MAX else said[:_SAID_MAX] + "…"


def _message(answer: Any) -> str:
    if isinstance(answer, str):
        return _plain(answer)
    if isinstance(answer, dict):
        for key in _SAID_KEYS:
            if isinstance(answer.get(key), str):
                return _plain(answer[key])
    # Of another shape: nobody knows what is in it.
    return ""


def _plain(text: str) -> str:
    title = re.search(r"<title[^>]*>(.*?)</title", text, flags=re.IGNORECASE | re.DOTALL)
    if title:
        text = title[1]
    return html.unescape(re.sub(r"<[^>]*>", " ", text))
