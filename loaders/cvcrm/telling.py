"""How a load of the sales API is told, in Portuguese: by the command and by the graph alike.

Here: one line an endpoint, and the message of a load in which some failed. Not here: the
load (`loading`), where the lines go (`commands`, `orchestration/`).
"""

from collections.abc import Sequence
from datetime import date, datetime

from loaders.cvcrm.cargas import Modo, Situacao
from loaders.cvcrm.loading import EndpointResult


def line(result: EndpointResult) -> str:
    """Return what became of an endpoint, in one line."""
    if result.situacao is Situacao.ERRO:
        return f"{result.endpoint}: falhou"
    if result.situacao is Situacao.INDISPONIVEL:
        return f"{result.endpoint}: indisponível neste CVCRM, o que é permitido"
    seconds = f"{result.seconds:.1f}".replace(".", ",")
    incomplete = ", INCOMPLETA" if result.situacao is Situacao.INCOMPLETA else ""
    return (
        f"{result.endpoint}: {number(result.qt_lida)} lidas, {number(result.qt_gravada)}"
        f" gravadas ({reading(result.modo, result.desde)}{incomplete}) em {seconds} s"
    )


def reading(modo: Modo, desde: date | None) -> str:
    """Return how much was read."""
    return f"{modo} desde {desde}" if desde else str(modo)


def number(count: int) -> str:
    """Write a number as Brazilians do."""
    return f"{count:,}".replace(",", ".")


def notices(result: EndpointResult) -> list[str]:
    """Return what else is to be known of an endpoint that did not fail."""
    if result.situacao is Situacao.ERRO or not result.mensagem:
        return []
    return [f"aviso: {result.mensagem}", *stale(result)]


def stale(result: EndpointResult) -> list[str]:
    """Return the stale mark, if an endpoint has one."""
    if not result.defasado or result.ultima_carga is None:
        return []
    return [f"DEFASADO: os dados são de {_moment(result.ultima_carga)}"]


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone():%d/%m/%Y %H:%M}"


def failure_message(results: Sequence[EndpointResult]) -> str | None:
    """Return the message of a load in which endpoints failed; None if none did.

    Each with its likely cause, those with the same one together: a wrong address makes all
    fail alike, and that is one message.
    """
    failed = [result for result in results if result.situacao is Situacao.ERRO]
    if not failed:
        return None
    nothing_came = not any(result.situacao.stored for result in results)
    if nothing_came:
        # Nor did one that may be lacking: it is not that which is the matter.
        failed = list(results)
    alike: dict[object, list[EndpointResult]] = {}
    for result in failed:
        kind = result.problem.kind if result.problem else result.mensagem
        alike.setdefault(kind, []).append(result)
    if nothing_came:
        opening = f"nenhum dos {len(results)} endpoint(s) do CVCRM pôde ser carregado"
        ending = "Nada mudou no banco: os últimos dados bons continuam lá."
    else:
        opening = f"{len(failed)} de {len(results)} endpoint(s) do CVCRM falharam"
        ending = "Os demais foram carregados; nos que falharam, os últimos dados bons continuam lá."
    lines = [f"{opening}:"]
    for group in alike.values():
        names = ", ".join(result.endpoint for result in group)
        problem = group[0].problem if len(group) > 1 else None
        lines.append(f"  {names}: {problem.of_many() if problem else group[0].mensagem}")
    lines.append(ending)
    old = [
        f"{result.endpoint} ({_moment(result.ultima_carga)})"
        for result in results
        if result.defasado and result.ultima_carga
    ]
    if old:
        lines.append(f"DEFASADOS, com dados mais velhos que a última tentativa: {', '.join(old)}.")
    return "\n".join(lines)
