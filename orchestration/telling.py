"""What became of a message, in the log of a tick or a run."""

import logging
from collections.abc import Iterable

from loaders.notifications import Delivery


def log_deliveries(log: logging.Logger, deliveries: Iterable[Delivery]) -> None:
    """Say of each way out how it went; an address and a reason, never a secret."""
    for delivery in deliveries:
        if delivery.problem:
            log.error(f"{delivery.channel}: {delivery.problem}")
        else:
            log.info(f"{delivery.channel}: {delivery.target}")
