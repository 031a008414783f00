"""Segmenting the mart's clients on a real server; the algorithm has its own tests."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from psycopg import sql

from loaders.building import BUILD_LOCK
from loaders.cluster_runs.runs import Situacao
from loaders.errors import MiranteError
from loaders.locks import advisory_lock
from loaders.names import text_key
from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from orchestration import segmenting
from orchestration.segmentation import Parameters, segment
from orchestration.segmenting import Outcome, segment_perfis

QUICK = Parameters(n_init=3, k_max=4)


def clients(perfil: str, count: int, seed: int, drift: float = 0.0) -> pl.DataFrame:
    """Clients of two kinds: small good ones and large bad ones."""
    rng = np.random.default_rng([seed, count])
    bad = np.arange(count) % 3 == 0
    return pl.DataFrame(
        {
            "cliente_id": [f"{perfil}-{number:04d}" for number in range(count)],
            "cliente_perfil": [perfil] * count,
            "perfil_chave": [text_key(perfil)] * count,
            "agencia_id": [f"{number % 4:02d}" for number in range(count)],
            "agencia_nome": [f"Agência {number % 4}" for number in range(count)],
            "carteira_nome": ["Carteira 1"] * count,
            "linha": ["Cheque"] * count,
            "nr_risco": np.where(bad, 9, 2) + rng.integers(0, 3, count),
            "cob_garantia": rng.uniform(0, 130, count).round(2),
            "mod_bacen": ["02"] * count,
            "nr_atraso": np.where(bad, rng.integers(60, 200, count), 0),
            "vl_contrato": (np.exp(rng.normal(9 + 2 * bad + drift, 0.3))).round(2),
            "vl_saldo": (np.exp(rng.normal(8 + 2 * bad + drift, 0.3))).round(2),
            "motivo_exclusao": [None] * count,
        }
    )


def build(server: Server, *frames: pl.DataFrame) -> None:
    """Make the mart of these clients, as dbt would."""
    frame = pl.concat(frames, how="vertical_relaxed")
    with server.connect(autocommit=False) as connection:
        connection.execute(
            """
            create schema if not exists carteira;
            drop table if exists carteira.segmentacao_entrada;
            create table carteira.segmentacao_entrada (
                cliente_id text primary key, cliente_perfil text, perfil_chave text,
                agencia_id text, agencia_nome text, carteira_nome text, linha text,
                nr_risco integer, cob_garantia numeric(15, 2), mod_bacen text, nr_atraso integer,
                vl_contrato numeric(15, 2), vl_saldo numeric(15, 2), motivo_exclusao text
            )
            """
        )
        copy_in = sql.SQL("copy carteira.segmentacao_entrada from stdin (format csv)")
        with connection.cursor().copy(copy_in) as copy:
            copy.write(frame.write_csv(include_header=False))


def run(server: Server, *only: str, parameters: Parameters = QUICK) -> dict[str, Outcome]:
    return {each.perfil: each for each in segment_perfis(server, parameters, only)}


def rows(server: Server, query: str) -> list[tuple[Any, ...]]:
    with server.connect() as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


LABELS = """
    select cliente_id, cluster_estavel, cluster, escores::text, distancia
    from segmentacao.cluster_run_clientes
    inner join segmentacao.cluster_run using (run_id)
    where fl_atual
    order by cliente_id
"""


def test_each_perfil_is_a_run_with_a_row_for_each_client(user_server: Server):
    build(user_server, clients("PF", 90, 1), clients("PJ", 60, 2), clients("RURAL", 9, 3))
    outcomes = run(user_server)
    assert {perfil: each.situacao for perfil, each in outcomes.items()} == {
        "PF": Situacao.CONCLUIDA,
        "PJ": Situacao.CONCLUIDA,
        "RURAL": Situacao.INSUFICIENTE,
    }
    assert outcomes["RURAL"].motivo
    counted = rows(
        user_server,
        "select perfil, qt_cliente, count(cliente_id), sum(vl_saldo) from segmentacao.cluster_run"
        " left join segmentacao.cluster_run_clientes using (run_id) group by 1, 2 order by 1",
    )
    balances = rows(
        user_server,
        "select cliente_perfil, sum(vl_saldo) from carteira.segmentacao_entrada group by 1",
    )
    assert counted == [
        ("PF", 90, 90, dict(balances)["PF"]),
        ("PJ", 60, 60, dict(balances)["PJ"]),
        ("RURAL", 0, 0, None),
    ]
    # Not as many clusters as there are clients: the two kinds are found.
    sizes = rows(
        user_server,
        "select resumo.qt_cliente from segmentacao.cluster_run_resumo as resumo inner join"
        " segmentacao.cluster_run using (run_id) where perfil = 'PF' order by cluster",
    )
    assert sizes == [(60,), (30,)]


def test_the_run_keeps_what_it_was_made_with(user_server: Server):
    build(user_server, clients("PF", 60, 1))
    run(user_server)
    [(parameters, versions, digest, silhouettes, factors, started, ended)] = rows(
        user_server,
        "select parametros, versoes, entrada_sha256, silhuetas, fatores, iniciado_em, terminado_em"
        " from segmentacao.cluster_run",
    )
    assert parameters["seed"] == QUICK.seed
    assert parameters["k_max"] == 4
    assert versions.keys() == {"python", "numpy", "scipy", "scikit-learn"}
    assert len(digest) == 64
    assert set(silhouettes) == {"2", "3", "4"}
    assert len(factors["cargas"]) == len(factors["colunas"])
    assert started < ended


def test_the_same_clients_again_find_the_same_and_add_no_rows(user_server: Server):
    build(user_server, clients("PF", 90, 1))
    first = run(user_server)["PF"]
    before = rows(user_server, LABELS)
    # dbt makes the table anew, in an order of its own.
    build(user_server, clients("PF", 90, 1).reverse())
    again = run(user_server)["PF"]
    assert again.situacao is Situacao.IGUAL
    assert again.motivo == f"mesmos clientes e parâmetros da run {first.run_id}"
    assert rows(user_server, LABELS) == before
    assert rows(user_server, "select count(*) from segmentacao.cluster_run_clientes") == [(90,)]


def test_other_parameters_are_another_run(user_server: Server):
    build(user_server, clients("PF", 90, 1))
    run(user_server)
    other = run(user_server, parameters=replace(QUICK, features=("nr_risco", "vl_saldo")))["PF"]
    assert other.situacao is Situacao.CONCLUIDA
    assert rows(user_server, "select fl_atual from segmentacao.cluster_run order by run_id") == [
        (False,),
        (True,),
    ]


def test_a_new_month_keeps_its_labels_and_says_who_moved(user_server: Server):
    first = clients("PF", 90, 1)
    build(user_server, first)
    run(user_server)
    before = {client: label for client, label, *_ in rows(user_server, LABELS)}
    # Ten left, ten came, all owe a little more, and three turned bad.
    moved = first["cliente_id"].gather([1, 2, 4]).to_list()
    month = clients("PF", 100, 1, drift=0.05).slice(10)
    month = month.with_columns(
        nr_risco=pl.when(pl.col("cliente_id").is_in(moved)).then(11).otherwise("nr_risco"),
    )
    build(user_server, month)
    outcome = run(user_server)["PF"]
    assert outcome.segmentation is not None
    after = {client: label for client, label, *_ in rows(user_server, LABELS)}
    common = before.keys() & after.keys()
    assert len(common) == 80
    assert sum(before[client] == after[client] for client in common) >= 77
    matrix = rows(
        user_server,
        "select cluster_anterior, cluster_atual, qt_cliente from segmentacao.cluster_run_migracoes"
        f" where run_id = {outcome.run_id}",
    )
    assert sum(count for *_, count in matrix) == 100
    assert sum(count for was, _, count in matrix if was is None) == 10
    assert sum(count for _, now, count in matrix if now is None) == 10
    [(ari, previous)] = rows(
        user_server,
        f"select ari, run_anterior_id from segmentacao.cluster_run where run_id = {outcome.run_id}",
    )
    assert ari == pytest.approx(outcome.segmentation.ari)
    assert ari > 0.8
    assert previous < outcome.run_id


def test_one_that_fails_keeps_its_last_good_run_and_not_the_others_from_theirs(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    build(user_server, clients("PF", 60, 1), clients("PJ", 60, 2))
    good = run(user_server)

    def breaks(given: Any, *rest: Any) -> Any:
        if str(given.ids[0]).startswith("PF"):
            raise RuntimeError(f"algo quebrou no cliente {given.ids[0]}")
        return segment(given, *rest)

    monkeypatch.setattr(segmenting, "segment", breaks)
    build(user_server, clients("PF", 61, 1), clients("PJ", 61, 2))
    outcomes = run(user_server)
    assert outcomes["PF"].situacao is Situacao.FALHOU
    assert outcomes["PJ"].situacao is Situacao.CONCLUIDA
    # What broke may have quoted somebody.
    assert outcomes["PF"].motivo == "erro inesperado (RuntimeError)"
    assert rows(
        user_server, "select run_id from segmentacao.cluster_run where fl_atual order by 1"
    ) == [(good["PF"].run_id,), (outcomes["PJ"].run_id,)]
    assert rows(
        user_server, "select perfil, motivo from segmentacao.cluster_run where situacao = 'falhou'"
    ) == [("PF", "erro inesperado (RuntimeError)")]


def test_a_perfil_that_shrank_has_no_clusters_and_finds_its_labels_again(user_server: Server):
    build(user_server, clients("PF", 60, 1))
    run(user_server)
    before = rows(user_server, LABELS)
    build(user_server, clients("PF", 60, 1).head(20))
    assert run(user_server)["PF"].situacao is Situacao.INSUFICIENTE
    assert rows(user_server, LABELS) == []
    build(user_server, clients("PF", 60, 1))
    assert run(user_server)["PF"].situacao is Situacao.IGUAL
    assert rows(user_server, LABELS) == before


def test_a_perfil_without_clients_any_more_has_no_clusters_and_that_is_said_once(
    user_server: Server,
):
    build(user_server, clients("PF", 60, 1), clients("PJ", 60, 2))
    run(user_server)
    build(user_server, clients("PF", 60, 1))
    outcomes = run(user_server)
    assert outcomes["PJ"].situacao is Situacao.INSUFICIENTE
    assert rows(user_server, "select perfil from segmentacao.cluster_run where fl_atual") == [
        ("PF",)
    ]
    assert list(run(user_server)) == ["PF"]


def test_a_perfil_that_is_spelt_otherwise_goes_on(user_server: Server):
    build(user_server, clients("PJ MEDIO", 60, 1))
    first = run(user_server)["PJ MEDIO"]
    renamed = clients("PJ MEDIO", 60, 1).with_columns(cliente_perfil=pl.lit("PJ Médio"))
    build(user_server, renamed)
    second = run(user_server)["PJ Médio"]
    assert second.segmentation is not None
    assert second.segmentation.ari == 1.0
    assert rows(
        user_server, "select run_id, run_anterior_id from segmentacao.cluster_run where fl_atual"
    ) == [(second.run_id, first.run_id)]


def test_clients_without_a_figure_are_left_out_and_counted(user_server: Server):
    frame = clients("PF", 60, 1).with_columns(
        nr_atraso=pl.when(pl.int_range(pl.len()) < 3).then(None).otherwise("nr_atraso"),
        cliente_perfil=pl.when(pl.int_range(pl.len()) == 59).then(None).otherwise("cliente_perfil"),
    )
    build(user_server, frame)
    run(user_server)
    [(inside, outside, reasons)] = rows(
        user_server, "select qt_cliente, qt_excluido, exclusoes from segmentacao.cluster_run"
    )
    assert (inside, outside) == (56, 3)
    assert sum(reasons.values()) == 3
    assert all("nr_atraso" in reason for reason in reasons)
    # Who has no such figure is in where it is not asked for.
    run(user_server, parameters=replace(QUICK, features=("nr_risco", "vl_saldo")))
    assert rows(user_server, "select qt_cliente from segmentacao.cluster_run where fl_atual") == [
        (59,)
    ]


def test_perfis_are_chosen_in_any_spelling_and_no_other_is(user_server: Server):
    build(user_server, clients("PF Média", 60, 1), clients("PJ", 60, 2), clients("P-J", 60, 3))
    assert list(run(user_server, "pf media")) == ["PF Média"]
    assert list(run(user_server, "pj")) == ["PJ"]
    with pytest.raises(MiranteError, match="perfil PX; os perfis são P-J, PF Média, PJ"):
        run(user_server, "PX")


def test_nothing_to_segment_says_what_to_do(user_server: Server):
    with pytest.raises(MiranteError, match="mirante build"):
        run(user_server)
    build(user_server, clients("PF", 30, 1).with_columns(cliente_perfil=pl.lit(None, pl.String)))
    with pytest.raises(MiranteError, match="não há clientes com perfil"):
        run(user_server)


def test_nobody_builds_while_clients_are_segmented(user_server: Server):
    build(user_server, clients("PF", 60, 1))
    told: list[str] = []
    finished = threading.Event()

    def second() -> None:
        list(segment_perfis(user_server, QUICK, on_wait=told.append))
        finished.set()

    with advisory_lock(user_server, BUILD_LOCK):
        thread = threading.Thread(target=second, daemon=True)
        thread.start()
        assert not finished.wait(1.5)
    assert finished.wait(60)
    thread.join(60)
    assert len(told) == 1
    assert "mirante build" in told[0]


KILLED = """
import os, signal, sys
from loaders.cluster_runs import runs
from loaders.postgres import resolve_server
from orchestration import segmenting
from orchestration.segmentation import Parameters

copy = runs._copy

def dies(connection, name, frame):
    if name == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)
    copy(connection, name, frame)

runs._copy = dies
if sys.argv[1] == "segment":
    segmenting.segment = lambda *rest: os.kill(os.getpid(), signal.SIGKILL)
list(segmenting.segment_perfis(resolve_server(), Parameters(n_init=3, k_max=4)))
"""


@pytest.mark.parametrize(
    "where", ["segment", "cluster_run_clientes", "cluster_run_resumo", "cluster_run_migracoes"]
)
def test_killed_anywhere_and_run_again_it_completes(
    user_server: Server, tmp_path: Path, where: str
):
    build(user_server, clients("PF", 60, 1))
    good = run(user_server)["PF"]
    before = rows(user_server, LABELS)
    build(user_server, clients("PF", 70, 1))
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    died = subprocess.run(
        [sys.executable, str(script), where],
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert died.returncode == -9, died.stderr
    assert rows(user_server, LABELS) == before
    again = run(user_server)["PF"]
    assert again.situacao is Situacao.CONCLUIDA
    assert rows(user_server, "select situacao from segmentacao.cluster_run order by run_id") == [
        ("concluida",),
        ("interrompida",),
        ("concluida",),
    ]
    assert rows(user_server, "select count(*) from segmentacao.cluster_run_clientes") == [
        (60 + 70,)
    ]
    assert good.run_id < again.run_id
