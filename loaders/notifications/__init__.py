"""Tell people outside the command line: e-mail, Slack, or a file where neither is set.

Here: what a message is, which ways out are configured, and sending. Not here: what is worth
telling (`loaders.divergencias.report`, `orchestration/defs/alertas`).

Data flow: `Message` -> `deliver` -> one `Delivery` for each way out.
"""

from loaders.notifications.message import Attachment, Message
from loaders.notifications.sending import Delivery, arrived, deliver

__all__ = ["Attachment", "Delivery", "Message", "arrived", "deliver"]
