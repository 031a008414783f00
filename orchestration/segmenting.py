"""Segmenting the portfolio: read the clients, run the algorithm a perfil, keep what it found.

Here: the order of things, and the algorithm's result as rows. Not here: the algorithm
(`segmentation`), the tables (`loaders.cluster_runs`), what Dagster and the command show.

One perfil after the other, each a run of its own: one that fails leaves its last good run
current and does not keep the others from theirs.
"""

import platform
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from json import dumps
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from loaders.audit.operations import Register, recording
from loaders.building import BUILD_LOCK
from loaders.cluster_runs import runs
from loaders.cluster_runs.entrada import PERFIL, PERFIL_KEY, fingerprint, read_entrada
from loaders.cluster_runs.runs import Finish, LastGood, Situacao, Start
from loaders.cluster_runs.tables import ensure_tables
from loaders.errors import MiranteError
from loaders.locks import advisory_lock
from loaders.names import text_key
from loaders.server import Server
from loaders.troubles import explained
from orchestration.segmentation import (
    FEATURES,
    Clients,
    Parameters,
    Previous,
    Segmentation,
    segment,
)

_LIBRARIES = ("numpy", "scipy", "scikit-learn")
# What a client belongs to, kept with the run: the portfolio moves on, the run does not.
_BELONGING = ("agencia_id", "agencia_nome", "carteira_nome", "linha", "vl_saldo")


@dataclass(frozen=True)
class Outcome:
    """How one perfil went.

    Attributes:
        perfil: which one.
        run_id: its row in `cluster_run`.
        situacao: how the run ended.
        motivo: why no clusters were stored, in Portuguese; None if they were.
        segmentation: what was found; None if the run failed.
        seconds: what it took, its rows written.
    """

    perfil: str
    run_id: int
    situacao: Situacao
    motivo: str | None
    segmentation: Segmentation | None
    seconds: float


def segment_perfis(
    server: Server,
    parameters: Parameters,
    only: Sequence[str] = (),
    on_start: Callable[[str, int], None] = lambda perfil, clients: None,
    on_wait: Callable[[str], None] = lambda holder: None,
) -> Iterator[Outcome]:
    """Segment the clients of each perfil and make what was found current.

    Nobody builds meanwhile: dbt would read some runs in one model and others in the next.

    Args:
        server: where the marts are.
        parameters: of the algorithm.
        only: perfis, in any spelling; none for all that have clients, or clusters still.
        on_start: told each perfil and how many clients it has.
        on_wait: told who segments at the moment, if one has to wait.

    Yields:
        One outcome a perfil, by name; also of those that failed.

    Raises:
        MiranteError: the mart is not there or empty, or has no such perfil.
    """
    with (
        advisory_lock(server, BUILD_LOCK, on_wait=on_wait),
        recording(server) as register,
    ):
        ensure_tables(server)
        runs.mark_interrupted(server)
        entrada = read_entrada(server).drop_nulls(PERFIL)
        for key, perfil in _chosen(entrada, runs.current_perfis(server), only):
            clients = entrada.filter(pl.col(PERFIL_KEY) == key)
            on_start(perfil, clients.height)
            yield _recorded(register, server, key, perfil, clients, parameters)


def _chosen(
    entrada: pl.DataFrame, current: dict[str, str], only: Sequence[str]
) -> list[tuple[str, str]]:
    """Return key and name of the perfis to segment.

    Who has clusters and no clients any more is among them: it is to have none.
    """
    if entrada.is_empty():
        raise MiranteError(
            "não há clientes com perfil para segmentar: carregue a carteira "
            "(`mirante load carteira`) e rode `mirante build`."
        )
    known = current | dict(entrada.select(PERFIL_KEY, PERFIL).unique().iter_rows())
    asked = {text_key(name): name for name in only}
    unknown = [name for key, name in asked.items() if key not in known]
    if unknown:
        raise MiranteError(
            f"não há clientes do perfil {', '.join(unknown)}; os perfis são "
            f"{', '.join(sorted(known.values()))}."
        )
    return sorted((key, name) for key, name in known.items() if not asked or key in asked)


def _recorded(
    register: Register,
    server: Server,
    key: str,
    perfil: str,
    clients: pl.DataFrame,
    parameters: Parameters,
) -> Outcome:
    """Run one perfil as an operation of the register."""
    with register.operation("segmentacao", perfil) as operation:
        found = _run(server, key, perfil, clients, parameters)
        operation.rows = clients.height
        operation.after = {
            "run_id": found.run_id,
            "situacao": str(found.situacao),
            "qt_cluster": found.segmentation.k if found.segmentation else None,
        }
        if found.situacao is Situacao.FALHOU:
            operation.error = found.motivo or str(found.situacao)
    return found


def _run(
    server: Server, key: str, perfil: str, clients: pl.DataFrame, parameters: Parameters
) -> Outcome:
    started = perf_counter()
    last = runs.last_good(server, key)
    begun = Start(
        perfil=perfil,
        perfil_chave=key,
        parametros=asdict(parameters) | {"features": list(parameters.features)},
        versoes=_versions(),
        entrada_sha256=fingerprint(clients),
        run_anterior_id=last.run_id if last else None,
    )
    run_id = runs.start(server, begun)

    def outcome(situacao: Situacao, motivo: str | None, found: Segmentation | None) -> Outcome:
        return Outcome(perfil, run_id, situacao, motivo, found, perf_counter() - started)

    try:
        found = segment(as_clients(clients), parameters, as_previous(last) if last else None)
        finish = _finish(found, clients, begun, last)
        runs.finish(server, run_id, finish)
    except Exception as error:
        # Whatever it was: it belongs into the run, and the other perfis are none the worse.
        motivo = _reason(error)
        runs.fail(server, run_id, motivo)
        return outcome(Situacao.FALHOU, motivo, None)
    return outcome(finish.situacao, finish.motivo, found)


def in_words_of(message: str, names: Mapping[str, str]) -> str:
    """Return what the algorithm says of its parameters, in other names for them.

    Args:
        message: of a ValueError; after a colon come the user's own words.
        names: by the algorithm's names.
    """
    said, colon, quoted = message.partition(": ")
    for name, other in names.items():
        said = re.sub(rf"\b{name}\b", other, said)
    return said + colon + quoted


def _versions() -> dict[str, str]:
    """Return the versions that the last digits of a figure depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}


def _reason(error: Exception) -> str:
    """Say what went wrong without quoting anybody's data."""
    if isinstance(error, MiranteError | ValueError | MemoryError):
        return f"{error}" or type(error).__name__
    return explained(error) or f"erro inesperado ({type(error).__name__})"


def as_clients(frame: pl.DataFrame) -> Clients:
    """Return rows of `segmentacao_entrada` as the algorithm takes them."""
    columns: dict[str, Any] = {}
    for feature in FEATURES:
        values = frame[feature.name]
        columns[feature.name] = (
            np.array(values.to_list(), dtype=object) if feature.is_category else values.to_numpy()
        )
    return Clients(np.array(frame["cliente_id"].to_list(), dtype=np.str_), columns)


def as_previous(last: LastGood) -> Previous:
    """Return the last good run as what the next one is matched to."""
    return Previous(
        ids=np.array(last.clientes["cliente_id"].to_list(), dtype=np.str_),
        labels=last.clientes["cluster_estavel"].to_numpy(),
        centroids=last.centroides,
        highest_label=last.highest_label,
    )


def _finish(
    found: Segmentation, clients: pl.DataFrame, begun: Start, last: LastGood | None
) -> Finish:
    exclusoes = Counter(map(str, found.left_out_reason))
    if found.k is None:
        return Finish(Situacao.INSUFICIENTE, found.motivo, exclusoes)
    frame = _clientes(found, clients)
    if last and _same(begun, frame, last):
        situacao, motivo = Situacao.IGUAL, f"mesmos clientes e parâmetros da run {last.run_id}"
    else:
        situacao, motivo = Situacao.CONCLUIDA, None
    stored = situacao is Situacao.CONCLUIDA
    return Finish(
        situacao,
        motivo,
        exclusoes,
        qt_cliente=len(found.ids),
        qt_cluster=found.k,
        silhuetas=found.silhouettes,
        fatores=_fatores(found),
        ari=found.ari,
        clientes=frame if stored else pl.DataFrame(),
        resumo=_resumo(found) if stored else pl.DataFrame(),
        migracoes=_migracoes(found) if stored else pl.DataFrame(),
    )


def _same(begun: Start, frame: pl.DataFrame, last: LastGood) -> bool:
    """Whether the last good run was made of the same and found the same."""
    columns = ["cliente_id", "cluster_estavel"]
    return (
        begun.entrada_sha256 == last.entrada_sha256
        and dict(begun.parametros) == dict(last.parametros)
        and frame.select(columns)
        .sort("cliente_id")
        .equals(last.clientes.select(columns).sort("cliente_id"))
    )


def _clientes(found: Segmentation, clients: pl.DataFrame) -> pl.DataFrame:
    scores = pl.struct(
        pl.Series(f"fator_{number}", column)
        for number, column in enumerate(found.scores.T, start=1)
    )
    frame = pl.DataFrame(
        {
            "cliente_id": found.ids.tolist(),
            "cluster": found.cluster,
            "cluster_estavel": found.stable.astype(np.int64),
            "distancia": found.distance,
        }
    ).with_columns(scores.struct.json_encode().alias("escores"))
    return frame.join(
        clients.select("cliente_id", *_BELONGING),
        on="cliente_id",
        how="left",
        validate="1:1",
        maintain_order="left",
    )


def _resumo(found: Segmentation) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "cluster_estavel": each.stable,
                "cluster": each.cluster,
                "rotulo": each.label,
                "mudanca": str(each.change),
                "cluster_relacionado": each.related,
                "qt_cliente": each.size,
                "pc_cliente": each.share,
                "medias": dumps(dict(each.means)),
                "medianas": dumps(dict(each.medians)),
                "participacoes": dumps(
                    {name: dict(values) for name, values in each.shares.items()},
                    ensure_ascii=False,
                ),
                "centroide": dumps(dict(each.centroid), ensure_ascii=False),
            }
            for each in found.clusters
        ],
        infer_schema_length=None,
    )


def _migracoes(found: Segmentation) -> pl.DataFrame:
    return pl.DataFrame(
        found.migration,
        schema={"cluster_anterior": pl.Int64, "cluster_atual": pl.Int64, "qt_cliente": pl.Int64},
        orient="row",
    )


def _fatores(found: Segmentation) -> dict[str, Any]:
    model = found.factors
    if model is None:
        return {}
    return {
        "colunas": list(model.columns),
        "cargas": model.loadings.tolist(),
        "unicidades": model.uniquenesses.tolist(),
        "autovalores": model.eigenvalues.tolist(),
        "autovalores_do_acaso": model.random_eigenvalues.tolist(),
        "constantes": list(found.dropped),
        "referencias": list(found.reference),
    }
