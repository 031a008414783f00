"""Which ways a message goes: all that are configured, or a file.

Here: the choice, and what became of each way. Not here: how each of them works.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loaders.errors import MiranteError
from loaders.exports.files import replacing
from loaders.notifications.message import Message
from loaders.notifications.settings import NotificationSettings, notification_settings
from loaders.settings import mirante_home

FOLDER: Final = "relatorios"


@dataclass(frozen=True)
class Delivery:
    """What became of one way out.

    Attributes:
        channel: `e-mail`, `slack` or `arquivo`.
        target: to whom or where; never a secret.
        problem: why it did not get there; none if it did.
    """

    channel: str
    target: str
    problem: str | None = None


def deliver(message: Message, file_stem: str) -> tuple[Delivery, ...]:
    """Send a message every way that is configured; with none, keep it as files.

    A way that fails stops no other. With all of them failing the message is kept as files
    too: a report that nobody got must be somewhere.

    Args:
        message: what to say.
        file_stem: the name of its files, should it become some.

    Returns:
        One delivery for each way tried.

    Raises:
        MiranteError: a variable can't be used, or files can't be written.
    """
    settings = notification_settings()
    deliveries = [*_sent(message, settings)]
    if all(delivery.problem for delivery in deliveries):
        deliveries.append(Delivery("arquivo", str(keep(message, file_stem))))
    return tuple(deliveries)


def arrived(deliveries: Sequence[Delivery]) -> bool:
    """Say whether somebody was told; a file counts only where nothing else is configured.

    With one way of two failing, once more would tell those again who were told.
    """
    ways = [each for each in deliveries if each.channel != "arquivo"] or deliveries
    return any(not each.problem for each in ways)


def _sent(message: Message, settings: NotificationSettings) -> list[Delivery]:
    from loaders.notifications.slack import send_slack
    from loaders.notifications.smtp import send_mail

    deliveries = []
    if settings.sends_mail:
        problem = None
        try:
            send_mail(message, settings)
        except MiranteError as error:
            problem = str(error)
        deliveries.append(Delivery("e-mail", ", ".join(settings.recipients), problem))
    if settings.SLACK_WEBHOOK_URL is not None:
        problem = None
        try:
            send_slack(message, settings.SLACK_WEBHOOK_URL)
        except MiranteError as error:
            problem = str(error)
        deliveries.append(Delivery("slack", "webhook", problem))
    return deliveries


def keep(message: Message, file_stem: str) -> Path:
    """Write a message to files of MIRANTE_HOME and return the page's path.

    Raises:
        MiranteError: they can't be written.
    """
    folder = mirante_home() / FOLDER
    page = folder / f"{file_stem}.html"
    for attachment in message.attachments:
        target = folder / f"{file_stem}{attachment.path.suffix}"
        with replacing(target) as growing:
            shutil.copyfile(attachment.path, growing)
    with replacing(page) as growing:
        growing.write_text(message.html, encoding="utf-8")
    return page
