"""One lineage from files to marts, with dbt's tests as checks."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg

from loaders import sources
from loaders.settings import PROJECT_ROOT


def test_staging_depends_on_the_dlt_assets_not_on_phantom_sources(graph):
    assets = graph.resolve_asset_graph()
    staging = assets.get(dg.AssetKey(["staging", "stg_carteira__contratos"]))
    assert staging.parent_keys == {
        dg.AssetKey(["raw_carteira", "contratos"]),
        dg.AssetKey(["staging", "stg_carteira__arquivos"]),
    }
    assert all(assets.get(key).is_materializable for key in assets.get_all_asset_keys())


def test_every_raw_table_is_an_asset(graph):
    keys = set(graph.resolve_asset_graph().get_all_asset_keys())
    for source in sources.all_sources():
        for contract in source.contracts:
            assert dg.AssetKey([source.dataset, contract.entity]) in keys


def test_history_and_marts_come_from_the_raw_tables(graph):
    assets = graph.resolve_asset_graph()
    raw = dg.AssetKey(["raw_carteira", "contratos"])
    for key in (["historico", "contratos"], ["carteira", "vw_ultimas_operacoes"]):
        assert raw in assets.upstream_key_iterator(dg.AssetKey(key)) or raw in set(
            dg.AssetSelection.assets(dg.AssetKey(key)).upstream().resolve(assets)
        )


def test_dbt_tests_are_asset_checks(graph):
    checks = graph.resolve_asset_graph().asset_check_keys
    names = {
        check.name
        for check in checks
        if check.asset_key == dg.AssetKey(["carteira", "clientes_carteira"])
    }
    assert "unique_clientes_carteira_num_contrato" in names
    assert "known_grade_clientes_carteira_risco_atual" in names


def test_every_asset_has_a_group_and_a_description(graph):
    assets = graph.resolve_asset_graph()
    for key in assets.get_all_asset_keys():
        node = assets.get(key)
        assert node.description, key
        assert node.group_name in {"carteira", "cartoes", "historico", "referencia"}, key


def test_the_job_reaches_all_of_the_area(graph):
    job = graph.resolve_job_def("carteira")
    selected = {key.to_user_string() for key in job.asset_layer.selected_asset_keys}
    assert {"raw_carteira/contratos", "carteira/dim_linha", "historico/contratos"} <= selected
    assert "referencia/risco_escala" in selected


def test_definitions_load_offline_in_an_empty_environment(tmp_path: Path):
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin",
        "HOME": str(tmp_path),
        # Nothing may listen here: a connection at import would fail the check.
        "PGHOST": "127.0.0.1",
        "PGPORT": "1",
    }
    result = subprocess.run(
        [str(Path(sys.executable).parent / "dg"), "check", "defs"],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "All definitions loaded successfully" in result.stdout + result.stderr
