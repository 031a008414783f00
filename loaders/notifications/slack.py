"""A message in a Slack channel, through an incoming webhook.

Here: one request. Not here: what is written (`message`), nor which ways out there are
(`sending`).
"""

from typing import Final

import requests
from pydantic import SecretStr
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from loaders.errors import MiranteError
from loaders.notifications.message import Message

TIMEOUT_S: Final = 15
TRIES: Final = 3
# Slack cuts longer ones.
LONGEST_TEXT: Final = 3_000


class _RefusedError(Exception):
    """An answer other than 200; knows its code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def send_slack(message: Message, webhook: SecretStr) -> None:
    """Write a message to the webhook's channel.

    Args:
        message: what to say; of attachments the names.
        webhook: the address; stands in no error, for whoever has it may write.

    Raises:
        MiranteError: Slack did not take it.
    """
    attempts = Retrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(TRIES),
        wait=wait_exponential(multiplier=1, max=10),
        reraise=True,
    )
    try:
        attempts(_post, webhook.get_secret_value(), slack_text(message))
    except _RefusedError as error:
        raise MiranteError(
            f"o Slack não aceitou a mensagem (HTTP {error.code}). Confira SLACK_WEBHOOK_URL: "
            "o endereço pode ter sido revogado."
        ) from None
    except requests.RequestException as error:
        # Its own text quotes the address.
        raise MiranteError(
            f"não consegui falar com o Slack ({type(error).__name__}). Confira a rede e "
            "SLACK_WEBHOOK_URL."
        ) from None


def slack_text(message: Message) -> str:
    """Return a message as Slack takes it, its control characters as text, cut if too long."""
    parts = [f"*{_escaped(message.headline)}*", _escaped(message.text)]
    if message.attachments:
        names = ", ".join(attachment.path.name for attachment in message.attachments)
        parts.append(f"_Anexo no e-mail: {_escaped(names)}_")
    text = "\n".join(parts)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _post(url: str, text: str) -> None:
    answer = requests.post(url, json={"text": text}, timeout=TIMEOUT_S, allow_redirects=False)
    if answer.status_code != requests.codes.ok:
        raise _RefusedError(answer.status_code)


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, _RefusedError):
        return error.code == requests.codes.too_many_requests or error.code >= 500
    # After a time-out nobody knows whether it was taken.
    return isinstance(error, requests.ConnectionError) and not isinstance(error, requests.Timeout)
