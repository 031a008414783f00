"""What is told: one subject, the same content as HTML and as plain text.

Here: value objects. Not here: what they say, nor how they travel.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message.

    Attributes:
        path: where it is; it has to stay there until the message is sent.
        content_type: as MIME has it, `application/...`.
    """

    path: Path
    content_type: str


@dataclass(frozen=True)
class Message:
    """One message, whatever way it goes.

    Attributes:
        subject: one line; breaks in it become blanks.
        text: the content for who sees no HTML, and for Slack.
        html: the same as a whole HTML page.
        attachments: for e-mail; Slack names them only.
    """

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()

    @property
    def headline(self) -> str:
        """The subject in one line, as a header takes it."""
        return " ".join(self.subject.split())
