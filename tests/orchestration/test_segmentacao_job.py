"""The job that loads, builds, segments and builds on the segments, in this process."""

import base64
import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from loaders.simulator.carteira import simulate_carteira
from loaders.simulator.population import make_population
from orchestration.defs.segmentacao.segmentacao import Arquivos, Segmentacao, segmentacao
from tests.loaders.files import portfolio
from tests.loaders.helpers import mirante
from tests.segmentation.referencia_entrada import COLUMNS, entrada

PREFIX = "segmenta_"
MONTHS = [date(2026, 9, 30), date(2026, 10, 31)]
CLUSTER_RUN = dg.AssetKey(["segmentacao", "cluster_run"])
ENTRADA = dg.AssetKey(["carteira", "segmentacao_entrada"])


def test_segments_come_between_models(graph: dg.Definitions):
    assets = graph.resolve_asset_graph()
    assert assets.get(CLUSTER_RUN).parent_keys == {ENTRADA}
    assert assets.get(CLUSTER_RUN).check_keys
    downstream = {key.path[-1] for key in assets.get(CLUSTER_RUN).child_keys}
    assert downstream == {"stg_segmentacao__runs"}
    files = assets.get(dg.AssetKey(["segmentacao", "arquivos"]))
    assert dg.AssetKey(["segmentacao", "vw_clusters_atuais"]) in files.parent_keys
    selected = graph.resolve_job_def("carteira").asset_layer.selected_asset_keys
    assert ENTRADA in selected
    assert not [key for key in selected if key.path[0] == "segmentacao"]


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two positions of a portfolio with perfis large and small."""
    folder = tmp_path_factory.mktemp("posicoes")
    files = list(simulate_carteira(make_population(340, 5), folder, MONTHS, 5))
    return files[:2]


@pytest.mark.slow
def test_a_job_segments_then_a_new_month_and_stops_at_a_failing_test(
    parsed: None,
    graph: dg.Definitions,
    embedded_server: Server,
    months: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    inbox = tmp_path / "inbox"
    (inbox / "carteira").mkdir(parents=True)
    monkeypatch.setenv("MIRANTE_INBOX", str(inbox))
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
    monkeypatch.chdir(PROJECT_ROOT)
    out = tmp_path / "arquivos"
    config = dg.RunConfig(
        ops={
            "segmentar": Segmentacao(k_max=4),
            "segmentacao__arquivos": Arquivos(pasta=str(out)),
        }
    )

    def run(**options: Any) -> dg.ExecuteInProcessResult:
        job = graph.resolve_job_def("segmentacao")
        return job.execute_in_process(instance=instance, run_config=config, **options)

    def rows(query: str) -> list[tuple[Any, ...]]:
        with embedded_server.connect() as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    with dg.DagsterInstance.ephemeral() as instance:
        _deliver(months[0], inbox)
        first = run()
        assert first.success
        _pictures_are_there(_metadata(first, "cluster_run"), ": silhueta e cargas$", 4 * 2)
        _pictures_are_there(_metadata(first, "cluster_run_clientes"), ": clusters$", 4 * 1)
        assert "mantido" not in _metadata(first, "cluster_run_resumo")["PF VAREJO"].value
        assert _metadata(first, "cluster_run_migracoes") == {}
        checks = {
            check.check_name: check
            for check in first.get_asset_check_evaluations()
            if check.asset_key == CLUSTER_RUN
        }
        # Twenty clients are not enough for clusters, which is no error.
        assert not checks["perfis_segmentados"].passed
        assert checks["perfis_segmentados"].severity is dg.AssetCheckSeverity.WARN
        assert set(checks["perfis_segmentados"].metadata) == {"PJ MEDIA"}
        _marts_have_every_client(rows)
        _entrada_is_as_defined(rows)

        _deliver(months[1], inbox)
        second = run()
        assert second.success
        assert "mantido" in _metadata(second, "cluster_run_resumo")["PF VAREJO"].value
        assert "antes \\ agora" in _metadata(second, "cluster_run_migracoes")["PF VAREJO"].value
        _marts_have_every_client(rows)
        kept, gone = rows(
            "select sum(qt_cliente_anterior), sum(qt_saida) from"
            f" {PREFIX}segmentacao.vw_evolucao_clusters where fl_atual and perfil = 'PF VAREJO'"
        )[0]
        assert kept > 2 * gone > 0
        current = rows(f"select * from {PREFIX}segmentacao.vw_clusters_atuais order by 1")
        by_job = {path.name: path.read_bytes() for path in out.glob("*.csv")}
        assert len(by_job) == 4 * 2 + 3

        # The command finds the same of the same clients, and writes the same bytes.
        folder = tmp_path / "comando"
        told = mirante("segment", "--k-max", "4", "--out", str(folder), "--json")
        assert told.returncode == 0, told.stderr
        situations = {each["perfil"]: each["situacao"] for each in json.loads(told.stdout)}
        assert situations == dict.fromkeys(situations, "igual") | {"PJ MEDIA": "insuficiente"}
        assert {path.name: path.read_bytes() for path in folder.glob("*.csv")} == by_job
        assert len(list(folder.glob("*.png"))) == 4 * 3
        assert rows(f"select * from {PREFIX}segmentacao.vw_clusters_atuais order by 1") == current
        runs = rows(f"select count(*) from {PREFIX}segmentacao.cluster_run")

        # A grade that the scale does not know fails its test, which blocks the segmentation.
        portfolio(inbox / "carteira" / "carteira_pior.csv", 3, risco_atual="Z9")
        third = run(raise_on_error=False)
        assert not third.success
        materialized = {event.asset_key for event in third.get_asset_materialization_events()}
        assert dg.AssetKey(["raw_carteira", "contratos"]) in materialized
        assert not {CLUSTER_RUN, ENTRADA} & materialized
        assert rows(f"select * from {PREFIX}segmentacao.vw_clusters_atuais order by 1") == current
        assert rows(f"select count(*) from {PREFIX}segmentacao.cluster_run") == runs


def test_a_parameter_that_is_not_possible_fails_with_its_name(
    graph: dg.Definitions, embedded_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", "segmenta_nada_")
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [segmentacao],
            instance=instance,
            raise_on_error=False,
            run_config=dg.RunConfig(ops={"segmentar": Segmentacao(k_min=5, k_max=4)}),
        )
    failure = result.failure_data_for_node("segmentar")
    assert "k_min (5) é maior que k_max (4)" in failure.user_failure_data.description


def _deliver(position: Path, inbox: Path) -> None:
    shutil.copy(position, inbox / "carteira" / position.name)


def _metadata(result: dg.ExecuteInProcessResult, table: str) -> dict[str, Any]:
    for event in result.get_asset_materialization_events():
        if event.asset_key == dg.AssetKey(["segmentacao", table]):
            return dict(event.materialization.metadata)
    raise AssertionError(table)


def _pictures_are_there(metadata: dict[str, Any], names: str, count: int) -> None:
    texts = [value.value for name, value in metadata.items() if re.search(names, name)]
    pictures = re.findall(r"!\[\w+\]\(data:image/png;base64,([\w+/=]+)\)", "".join(texts))
    assert len(pictures) == count
    assert all(base64.b64decode(each).startswith(b"\x89PNG") for each in pictures)


def _entrada_is_as_defined(rows: Any) -> None:
    columns = (
        "num_contrato", "cliente_id", "cliente_perfil", "agencia_id", "carteira_nome", "linha",
        "mod_bacen", "risco_inicial", "atraso", "cob_garantia", "valor_contrato", "saldo_atual",
    )  # fmt: skip
    contracts = [
        dict(zip(columns, row, strict=True))
        for row in rows(f"select {', '.join(columns)} from {PREFIX}carteira.clientes_carteira")
    ]
    scale = dict(rows(f"select risco, nr_ordem from {PREFIX}referencia.risco_escala"))
    built = rows(
        f"select {', '.join(COLUMNS)} from {PREFIX}carteira.segmentacao_entrada"
        ' order by cliente_id collate "C"'
    )
    assert built == entrada(contracts, scale)


def _marts_have_every_client(rows: Any) -> None:
    schema = f"{PREFIX}segmentacao"
    segmented = rows(f"select sum(qt_cliente) from {schema}.cluster_run where fl_atual")
    assert segmented[0][0] > 200
    for table in ("clusters_por_agencia", "clusters_por_carteira", "clusters_por_linha"):
        assert rows(f"select sum(qt_cliente) from {schema}.{table}") == segmented, table
    assert (
        rows(f"select sum(qt_cliente) from {schema}.vw_evolucao_clusters where fl_atual")
        == segmented
    )
    assert rows(f"select count(*) from {schema}.vw_clusters_atuais") == segmented
    # Who is in no cluster is left out with a reason, or of a perfil that is too small.
    assert rows(
        f"""
        select count(*)
        from {PREFIX}carteira.segmentacao_entrada as entrada
        left join {schema}.vw_clusters_atuais as atuais using (cliente_id)
        where
            atuais.cliente_id is null
            and entrada.motivo_exclusao is null
            and entrada.cliente_perfil != 'PJ MEDIA'
        """
    ) == [(0,)]
