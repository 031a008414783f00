"""The life of a segmentation's run, on a real server."""

from dataclasses import replace

import polars as pl
import psycopg
import pytest
from psycopg import sql

from loaders.checks import State
from loaders.checks.results import segmentations
from loaders.cluster_runs import runs, tables
from loaders.cluster_runs.entrada import fingerprint, read_entrada
from loaders.cluster_runs.runs import Finish, Situacao, Start
from loaders.errors import MiranteError
from loaders.server import Server

BEGUN = Start(
    perfil="PF Varejo",
    perfil_chave="PF VAREJO",
    parametros={"seed": 2026, "features": ["vl_saldo"], "match_cap": 0.75},
    versoes={"numpy": "2"},
    entrada_sha256="a" * 64,
)


def found(clusters: list[int], **changes: object) -> Finish:
    """A run that put clients c0, c1 ... into these clusters."""
    clientes = pl.DataFrame(
        {
            "cliente_id": [f"c{number}" for number in range(len(clusters))],
            "cluster": [label - 1 for label in clusters],
            "cluster_estavel": clusters,
            "escores": ['{"fator_1": -0.5}'] * len(clusters),
            "distancia": [0.25] * len(clusters),
            "agencia_id": ["", None, 'a"b;\n'][: len(clusters)],
            "vl_saldo": ["10.01"] * len(clusters),
        }
    )
    labels = sorted(set(clusters))
    resumo = pl.DataFrame(
        {
            "cluster_estavel": labels,
            "mudanca": ["novo"] * len(labels),
            "qt_cliente": [clusters.count(label) for label in labels],
            "pc_cliente": [100.0 * clusters.count(label) / len(clusters) for label in labels],
            "centroide": ['{"vl_saldo": 2.5}'] * len(labels),
        }
    )
    finish = Finish(
        Situacao.CONCLUIDA,
        None,
        {"sem valor em nr_atraso": 2},
        qt_cliente=len(clusters),
        qt_cluster=len(labels),
        silhuetas={2: 0.5},
        clientes=clientes,
        resumo=resumo,
        migracoes=pl.DataFrame(
            {"cluster_anterior": [None, 1], "cluster_atual": [1, None], "qt_cliente": [3, 1]}
        ),
    )
    return replace(finish, **changes)  # type: ignore[arg-type]


@pytest.fixture
def server(user_server: Server) -> Server:
    tables.ensure_tables(user_server)
    return user_server


def rows(server: Server, query: str) -> list[tuple[object, ...]]:
    with server.connect() as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def current_keys(server: Server) -> list[tuple[object, ...]]:
    return rows(
        server, "select perfil_chave from segmentacao.cluster_run where fl_atual order by 1"
    )


def test_tables_are_made_once_and_left_alone(server: Server):
    run_id = runs.start(server, BEGUN)
    tables.ensure_tables(server)
    assert rows(server, "select run_id from segmentacao.cluster_run") == [(run_id,)]


def test_a_run_is_visible_from_its_start_and_current_from_its_end(server: Server):
    run_id = runs.start(server, BEGUN)
    assert rows(server, "select situacao, fl_atual from segmentacao.cluster_run") == [
        ("executando", False)
    ]
    assert runs.last_good(server, "PF VAREJO") is None
    runs.finish(server, run_id, found([1, 1, 2]))
    assert runs.current_perfis(server) == {"PF VAREJO": "PF Varejo"}
    current = runs.last_good(server, "PF VAREJO")
    assert current is not None
    assert current.run_id == run_id
    assert current.parametros == BEGUN.parametros
    assert current.clientes.rows() == [("c0", 1), ("c1", 1), ("c2", 2)]
    assert current.centroides == {1: {"vl_saldo": 2.5}, 2: {"vl_saldo": 2.5}}
    assert current.highest_label == 2
    assert rows(
        server, "select qt_cliente, qt_excluido, qt_cluster from segmentacao.cluster_run"
    ) == [(3, 2, 2)]
    # An empty text, none, and one with what csv must escape.
    assert rows(
        server, "select agencia_id from segmentacao.cluster_run_clientes order by cliente_id"
    ) == [("",), (None,), ('a"b;\n',)]


def test_another_perfil_has_its_own_current_run(server: Server):
    for key in ("PF VAREJO", "PJ MEDIA"):
        begun = replace(BEGUN, perfil_chave=key)
        runs.finish(server, runs.start(server, begun), found([1, 2]))
    assert current_keys(server) == [("PF VAREJO",), ("PJ MEDIA",)]


def test_another_spelling_goes_on_with_the_same_history(server: Server):
    first = runs.start(server, BEGUN)
    runs.finish(server, first, found([1, 2]))
    last = runs.last_good(server, "PF VAREJO")
    assert last is not None
    assert last.run_id == first
    begun = replace(BEGUN, perfil="PF VAREJO")
    runs.finish(server, runs.start(server, begun), found([1, 2]))
    assert runs.current_perfis(server) == {"PF VAREJO": "PF VAREJO"}


def test_a_finish_that_breaks_leaves_nothing_and_the_last_run_current(server: Server):
    good = runs.start(server, BEGUN)
    runs.finish(server, good, found([1, 1, 2]))
    bad = runs.start(server, BEGUN)
    broken = found([1, 2, 2])
    # The clients fit, a cluster stands twice.
    with pytest.raises(psycopg.errors.UniqueViolation):
        runs.finish(server, bad, replace(broken, resumo=pl.concat([broken.resumo, broken.resumo])))
    runs.fail(server, bad, "quebrou")
    assert rows(
        server, "select run_id, situacao, motivo, fl_atual from segmentacao.cluster_run order by 1"
    ) == [(good, "concluida", None, True), (bad, "falhou", "quebrou", False)]
    assert rows(server, "select distinct run_id from segmentacao.cluster_run_clientes") == [(good,)]


def test_too_few_clients_are_in_no_cluster_until_the_same_are_found_again(server: Server):
    good = runs.start(server, BEGUN)
    runs.finish(server, good, found([1, 2]))
    too_few = Finish(Situacao.INSUFICIENTE, "por isso", {})
    runs.finish(server, runs.start(server, replace(BEGUN, run_anterior_id=good)), too_few)
    assert current_keys(server) == []
    # What comes next is matched to the last clusters all the same.
    last = runs.last_good(server, "PF VAREJO")
    assert last is not None
    assert last.run_id == good
    confirmed = "select confirmado_em from segmentacao.cluster_run where situacao = 'concluida'"
    before = rows(server, confirmed)
    same = Finish(Situacao.IGUAL, "por isso", {})
    runs.finish(server, runs.start(server, replace(BEGUN, run_anterior_id=good)), same)
    assert rows(server, "select run_id from segmentacao.cluster_run where fl_atual") == [(good,)]
    assert rows(server, confirmed) > before


def test_a_label_that_is_gone_is_not_given_again(server: Server):
    runs.finish(server, runs.start(server, BEGUN), found([1, 2, 3]))
    runs.finish(server, runs.start(server, BEGUN), found([1, 2, 2]))
    current = runs.last_good(server, "PF VAREJO")
    assert current is not None
    assert sorted(current.centroides) == [1, 2]
    assert current.highest_label == 3


def test_runs_that_never_ended_are_marked(server: Server):
    done = runs.start(server, BEGUN)
    runs.finish(server, done, found([1, 2]))
    killed = runs.start(server, BEGUN)
    assert runs.mark_interrupted(server) == 1
    assert runs.mark_interrupted(server) == 0
    assert rows(server, "select run_id, situacao from segmentacao.cluster_run order by run_id") == [
        (done, "concluida"),
        (killed, "interrompida"),
    ]


def test_check_says_what_is_current_and_what_came_of_the_last_try(server: Server):
    assert list(segmentations(server)) == []
    runs.finish(server, runs.start(server, BEGUN), found([1, 2]))
    [good] = segmentations(server)
    assert good.estado is State.OK
    assert good.detalhe.startswith("atual: de ")
    runs.fail(server, runs.start(server, BEGUN), "quebrou")
    runs.fail(
        server,
        runs.start(server, replace(BEGUN, perfil="PJ MEDIA", perfil_chave="PJ MEDIA")),
        "nunca foi",
    )
    failed, never = segmentations(server)
    assert failed.estado is State.AVISO
    assert failed.detalhe.startswith("atual: de ")
    assert failed.detalhe.endswith("falhou, quebrou")
    assert failed.fazer == 'mirante segment --perfil "PF Varejo"'
    assert never.detalhe.startswith("sem clusters agora")
    runs.start(server, BEGUN)
    running, _ = segmentations(server)
    assert running.estado is State.OK
    assert running.detalhe.endswith("em andamento")


def test_check_knows_of_no_segmentation_before_the_first_build(user_server: Server):
    assert list(segmentations(user_server)) == []


def test_clients_are_read_as_they_are(server: Server):
    with server.connect() as connection:
        connection.execute(
            sql.SQL(
                """
                create schema carteira;
                create table carteira.segmentacao_entrada as
                select * from (values
                    ('b', 'PF "A"', 'PF "A"', '', null, 'Carteira 1', 'X', 3, 70.91, '02', 0, 1.10,
                    9007199254740993.01::numeric(18, 2), null),
                    ('a', null, null, '0001', 'Agência, 1', null, null, null, null, null, null,
                    null, null, 'SEM_PERFIL')
                ) as linhas (cliente_id, cliente_perfil, perfil_chave, agencia_id, agencia_nome,
                carteira_nome, linha, nr_risco, cob_garantia, mod_bacen, nr_atraso, vl_contrato,
                vl_saldo, motivo_exclusao)
                """
            )
        )
    first, second = read_entrada(server).rows(named=True)
    assert first["cliente_id"] == "a"
    assert first["agencia_nome"] == "Agência, 1"
    assert first["nr_risco"] is None
    assert first["motivo_exclusao"] == "SEM_PERFIL"
    assert second["cliente_perfil"] == 'PF "A"'
    assert second["agencia_id"] == ""
    assert second["cob_garantia"] == 70.91
    # Not rounded on the way to the run's rows.
    assert second["vl_saldo"] == "9007199254740993.01"


def test_a_mart_that_was_never_built_is_named(server: Server):
    with pytest.raises(MiranteError, match=r"carteira\.segmentacao_entrada ainda não existe"):
        read_entrada(server)


def test_the_fingerprint_tells_any_change():
    frame = pl.DataFrame({"cliente_id": ["a", "b"], "x": [1.0, None], "y": ["", None]})
    assert fingerprint(frame) == fingerprint(frame.clone())
    others = [
        frame.with_columns(x=pl.Series([1.0, 0.0])),
        frame.with_columns(y=pl.Series([None, ""])),
        frame.head(1),
        frame.reverse(),
    ]
    assert len({fingerprint(each) for each in [frame, *others]}) == 5
