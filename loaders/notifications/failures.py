"""What is told when a run did not end well, and when it does again.

Here: the messages. Not here: who finds out (`orchestration/defs/alertas`), nor how it travels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from loaders.notifications.message import Message
from loaders.notifications.rendering import render


@dataclass(frozen=True)
class Failure:
    """A run that failed.

    Attributes:
        work: what was run.
        run: the run, as who looks it up knows it.
        at: when it failed, in the time zone that readers live in.
        steps: what each failed step said; nothing of anybody's data.
    """

    work: str
    run: str
    at: datetime
    steps: Mapping[str, str]

    @property
    def linhas(self) -> list[tuple[str, str]]:
        """What a table of the failure has."""
        return [
            ("Trabalho", self.work),
            ("Execução", self.run),
            ("Quando", f"{self.at:%d/%m/%Y %H:%M}"),
            ("Passos", ", ".join(self.steps) or "nenhum começou"),
        ]

    @property
    def erro(self) -> str:
        """What the steps said, one after the other."""
        return "\n".join(f"{step}: {said}" for step, said in self.steps.items())


def failure_message(failure: Failure) -> Message:
    """Return the message about a failed run."""
    subject = f"Mirante: {failure.work} falhou"
    summary = f"{failure.work} não terminou; o que dependia do que falhou ficou como estava."
    told = "\n".join(f"{label}: {text}" for label, text in failure.linhas)
    advice = "`mirante check` diz o que está fora do lugar; rodar de novo é seguro."
    return Message(
        subject,
        "\n".join(filter(None, [summary, told, failure.erro, advice])),
        render("falha", subject, summary, falha=failure),
    )


@dataclass(frozen=True)
class Recovery:
    """A run that succeeded after others of the same work failed.

    Attributes:
        work: what was run.
        run: the run, as who looks it up knows it.
        at: when it ended, in the time zone that readers live in.
        since: when the work failed for the first time.
        failures: how often it failed since.
    """

    work: str
    run: str
    at: datetime
    since: datetime
    failures: int

    @property
    def linhas(self) -> list[tuple[str, str]]:
        """What a table of the recovery has."""
        return [
            ("Trabalho", self.work),
            ("Execução", self.run),
            ("Quando", f"{self.at:%d/%m/%Y %H:%M}"),
            ("Falhava desde", f"{self.since:%d/%m/%Y %H:%M}"),
            ("Falhas", str(self.failures)),
        ]


def recovery_message(recovery: Recovery) -> Message:
    """Return the message about work that runs again."""
    subject = f"Mirante: {recovery.work} voltou a passar"
    summary = f"{recovery.work} terminou bem depois de falhar; o que dependia dele está em dia."
    told = "\n".join(f"{label}: {text}" for label, text in recovery.linhas)
    return Message(
        subject,
        f"{summary}\n{told}",
        render("volta", subject, summary, volta=recovery),
    )
