"""What was loaded, when, and whether that is long ago.

Here: one row for each table of files and each endpoint of the sales API. Not here: how old
a source may get (`loaders.freshness`), whether the API answers now (`api`).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from loaders import cvcrm, sources
from loaders.checks.finding import Finding, State, days, moment
from loaders.freshness import Age, Freshness, freshness
from loaders.server import Server

if TYPE_CHECKING:
    from loaders.cvcrm.cargas import History
    from loaders.cvcrm.endpoints import Endpoint


def file_loads(server: Server) -> Iterator[Finding]:
    """Say when each table of files was loaded last, and whether that is long ago."""
    of_files = {source.dataset for source in sources.file_sources()}
    for table in freshness(server):
        if table.fonte in of_files:
            detail = f"última carga em {moment(table.ultima)}"
            yield _aged(
                Finding(
                    f"carga {table.fonte}.{table.tabela}",
                    State.OK,
                    detail if table.ultima else "nada carregado ainda",
                ),
                table,
                "Peça os arquivos que faltam a quem os manda e carregue com"
                f" `mirante load {table.fonte.removeprefix('raw_')}`.",
            )


def _aged(finding: Finding, table: Freshness, todo: str) -> Finding:
    """Say of a table that is old what is wrong with that."""
    if table.veredito in (Age.EM_DIA, Age.NUNCA_VEIO) or table.idade is None:
        return finding
    limit = table.limite.error if table.veredito is Age.VENCIDA else table.limite.warn
    return replace(
        finding,
        estado=State.FALHA if table.veredito is Age.VENCIDA else State.AVISO,
        detalhe=(
            f"{finding.detalhe}: {table.veredito}, há {days(table.idade)} (limite: {days(limit)})"
        ),
        fazer=finding.fazer or todo,
    )


def cvcrm_loads(server: Server) -> Iterator[Finding]:
    """Say when each endpoint of the sales API was read last, and how that ended."""
    from loaders.cvcrm import cargas

    source = cvcrm.source()
    histories = source.histories(server)
    ages = {table.tabela: table for table in freshness(server) if table.fonte == source.dataset}
    for endpoint in source.endpoints:
        yield _aged(
            _endpoint_load(endpoint, cargas.of(histories, endpoint)),
            ages[endpoint.name],
            "mirante load cvcrm",
        )


def _endpoint_load(endpoint: "Endpoint", history: "History") -> Finding:
    from loaders.cvcrm.cargas import Situacao

    name = f"carga {cvcrm.DATASET}.{endpoint.name}"
    if history.last_try is None:
        return Finding(name, State.OK, "nada carregado ainda")
    good = f"última carga boa em {moment(history.last_good)}" if history.last_good else None
    detail = good or "nenhuma carga boa ainda"
    if history.last_outcome is Situacao.OK:
        return Finding(name, State.OK, detail)
    detail += f"; última tentativa em {moment(history.last_try)}: {history.last_outcome}"
    if history.is_stale:
        detail = f"DEFASADO; {detail}"
    if history.last_outcome is Situacao.INDISPONIVEL:
        return Finding(name, State.AVISO, detail, "Nada, se este CVCRM não tem este endpoint.")
    return Finding(name, State.AVISO, detail, f"{history.message} Depois: mirante load cvcrm.")
