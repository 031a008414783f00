"""How long ago each source delivered, against how old dbt's sources say it may get.

Here: the limits (`freshness` of the sources in dbt's manifest), the newest delivery of each
raw table, and the verdict. Not here: who tells it (`loaders.checks`, `orchestration`).

The same limits are what `dbt source freshness` goes by. Whoever never delivered is not late:
not everybody has all sources.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from loaders import cvcrm, sources
from loaders.server import Server
from loaders.settings import dbt_target


class Age(StrEnum):
    """How old the newest delivery is."""

    EM_DIA = "em dia"
    ATRASADA = "atrasada"
    VENCIDA = "vencida"
    NUNCA_VEIO = "nunca veio"


@dataclass(frozen=True)
class Limit:
    """How old a table may get.

    Attributes:
        warn: older is late; None where nobody waits.
        error: older is too late to work with.
    """

    warn: timedelta | None = None
    error: timedelta | None = None

    def verdict(self, age: timedelta) -> Age:
        """Say how an age is."""
        if self.error is not None and age > self.error:
            return Age.VENCIDA
        if self.warn is not None and age > self.warn:
            return Age.ATRASADA
        return Age.EM_DIA


@dataclass(frozen=True)
class Freshness:
    """One raw table.

    Attributes:
        fonte: its schema, without prefix (`raw_carteira`).
        tabela: its name.
        ultima: when it was delivered last, whole; None if never.
        limite: how old it may get.
        idade: how old it is.
    """

    fonte: str
    tabela: str
    ultima: datetime | None
    limite: Limit
    idade: timedelta | None

    @property
    def veredito(self) -> Age:
        """How that is."""
        return Age.NUNCA_VEIO if self.idade is None else self.limite.verdict(self.idade)


def freshness(server: Server) -> list[Freshness]:
    """Return how old every raw table of every source is, by the server's clock.

    Args:
        server: where they are.
    """
    limits = declared_limits()
    with server.connect() as connection:
        row = connection.execute("select now()").fetchone()
    now: datetime = row[0] if row else datetime.now().astimezone()
    return [
        Freshness(
            fonte,
            tabela,
            ultima,
            limits.get((fonte, tabela), Limit()),
            None if ultima is None else now - ultima,
        )
        for (fonte, tabela), ultima in _newest(server).items()
    ]


def _newest(server: Server) -> dict[tuple[str, str], datetime | None]:
    newest: dict[tuple[str, str], datetime | None] = {}
    for source in sources.file_sources():
        for contract in source.contracts:
            newest[source.dataset, contract.entity] = None
        for known in source.known_files(server):
            newest[source.dataset, known.entidade] = known.carregado_em
    api = cvcrm.source()
    histories = api.histories(server)
    for endpoint in api.endpoints:
        history = histories.get(endpoint.name)
        newest[api.dataset, endpoint.name] = history.last_stored if history else None
    return newest


def declared_limits() -> Mapping[tuple[str, str], Limit]:
    """Return the limits of every raw table that has some; none before dbt has parsed."""
    manifest = dbt_target() / "manifest.json"
    try:
        stamp = manifest.stat().st_mtime_ns
    except OSError:
        return {}
    return _declared(manifest, stamp)


@lru_cache(maxsize=1)
def _declared(manifest: Path, stamp: int) -> Mapping[tuple[str, str], Limit]:
    del stamp  # only there to tell one state of the file from another
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["sources"].values()
    return {
        (node["source_name"], node["name"]): Limit(
            _span(node["freshness"].get("warn_after")), _span(node["freshness"].get("error_after"))
        )
        for node in nodes
        if node.get("freshness")
    }


def _span(declared: Mapping[str, Any] | None) -> timedelta | None:
    if not declared or declared.get("count") is None:
        return None
    return timedelta(**{f"{declared['period']}s": declared["count"]})
