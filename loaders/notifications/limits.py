"""What is told of a run that came near to a limit, or passed it.

Here: the message. Not here: the limits (`loaders.limits`), nor who measures.
"""

from collections.abc import Sequence

from loaders.limits import Level, Usage
from loaders.notifications.message import Message
from loaders.notifications.rendering import render


def limits_message(work: str, usages: Sequence[Usage]) -> Message:
    """Return the message about limits.

    Args:
        work: what was run.
        usages: what it used of each limit that is worth telling.
    """
    passed = any(usage.nivel is Level.PASSOU for usage in usages)
    subject = f"Mirante: {work} {'passou de' if passed else 'está perto de'} um limite"
    summary = "Nada foi interrompido. Reveja os limites (MIRANTE_LIMIT_* no .env) ou o que cresceu."
    rows = [(usage.nome, _told(usage)) for usage in usages]
    text = "\n".join([summary, *(f"{name}: {told}" for name, told in rows)])
    return Message(subject, text, render("limites", subject, summary, linhas=rows, passou=passed))


def _told(usage: Usage) -> str:
    limit = usage.limite or 0
    share = f"{usage.valor / limit:.0%}" if limit else "?"
    return f"{_number(usage.valor)} de {_number(limit)} {usage.unidade} ({share})"


def _number(value: float) -> str:
    whole = f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"
    return whole.translate(str.maketrans(",.", ".,"))
