"""What is told when a month's files did not come.

Here: the message. Not here: who finds out (`orchestration/defs/execucao/esperados`), nor how
it travels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from loaders.notifications.message import Message
from loaders.notifications.rendering import render


@dataclass(frozen=True)
class MissingMonth:
    """A month that a source owes.

    Attributes:
        source: as the commands call it.
        month: first day of the month.
        due: the day by which it had to be there.
        today: the day on which this is told.
        folder: where its files are waited for.
        entities: what of it is missing.
    """

    source: str
    month: date
    due: date
    today: date
    folder: str
    entities: Sequence[str]

    @property
    def days_late(self) -> int:
        """Days since the day by which it had to be there."""
        return (self.today - self.due).days

    @property
    def linhas(self) -> list[tuple[str, str]]:
        """What a table of it has."""
        late = self.days_late
        return [
            ("Fonte", self.source),
            ("Mês", f"{self.month:%m/%Y}"),
            ("Falta", ", ".join(self.entities)),
            (
                "Esperado até",
                f"{self.due:%d/%m/%Y} ({late} dia{'s' if late != 1 else ''} de atraso)",
            ),
            ("Pasta", self.folder),
        ]

    @property
    def conselho(self) -> str:
        """What to do about it."""
        return (
            f"Peça o arquivo a quem o gera e ponha-o na pasta (o sensor inbox_{self.source} o "
            f"carrega), ou carregue-o com `mirante load {self.source} ARQUIVO`. Se ele está na "
            "pasta, veja se foi recusado. O dia esperado está em MIRANTE_EXPECTED_DAYS."
        )


def missing_month_message(missing: MissingMonth) -> Message:
    """Return the message about a month that did not come."""
    subject = f"Mirante: falta {missing.source} de {missing.month:%m/%Y}"
    summary = (
        f"O mês {missing.month:%m/%Y} de {missing.source} não chegou; o que depende dele está "
        "como no mês anterior."
    )
    told = "\n".join(f"{label}: {text}" for label, text in missing.linhas)
    return Message(
        subject,
        "\n".join([summary, told, missing.conselho]),
        render("ausencia", subject, summary, ausencia=missing),
    )
