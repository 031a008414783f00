"""One lineage from files to marts, with dbt's tests as checks."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg

from loaders import cvcrm, sources
from loaders.manifest import DLT_LOADS
from loaders.settings import PROJECT_ROOT
from orchestration.partitions import FILE_MONTHS
from orchestration.translation import raw_key


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
    for source in sources.file_sources():
        for contract in source.contracts:
            assert dg.AssetKey([source.dataset, contract.entity]) in keys
    for endpoint in cvcrm.source().endpoints:
        assert dg.AssetKey(["raw_cvcrm", endpoint.name]) in keys
    for source in sources.all_sources():
        assert raw_key(source.dataset, DLT_LOADS) == raw_key(source.dataset, source.manifest)
        assert raw_key(source.dataset, source.manifest) in keys


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
        assert node.group_name in {
            "auditoria",
            "banco",
            "carteira",
            "cartoes",
            "controladoria",
            "cvcrm",
            "divergencias",
            "operacao",
            "vendas",
            "segmentacao",
            "cliente_360",
            "pii",
            "historico",
            "referencia",
        }, key


def test_each_job_reaches_all_of_its_area_and_nothing_of_another(graph):
    carteira, segmentacao, cartoes, vendas, banco, controladoria, cliente_360, divergencias = (
        _selected(graph, name)
        for name in (
            "carteira", "segmentacao", "cartoes", "vendas", "banco", "controladoria",
            "cliente_360", "divergencias",
        )
    )  # fmt: skip
    assert {"raw_carteira/contratos", "carteira/dim_linha", "historico/contratos"} <= carteira
    assert "referencia/risco_escala" in carteira
    assert {
        "raw_cartoes/arquivos",
        "cartoes/cartoes__quarentena",
        "cartoes/book_fatura_resumo",
        "intermediate/int_cartoes__book_fechamentos",
        "intermediate/int_cartoes__retiradas_aplicadas",
        "referencia/book_variaveis",
    } <= cartoes
    # It reads the calendar of holidays only.
    assert "intermediate/int_cartoes__dias_uteis" in cartoes
    assert {"raw_cvcrm/reservas", "raw_cvcrm/cargas"} <= vendas
    # Clusters do not move with every file, and are made of the newest ones.
    assert carteira < segmentacao
    assert {"segmentacao/cluster_run", "segmentacao/arquivos"} <= segmentacao - carteira
    assert segmentacao.isdisjoint(cartoes)
    assert vendas.isdisjoint(segmentacao | cartoes)
    assert {"raw_banco/clientes", "raw_banco/transacciones", "raw_banco/arquivos"} <= banco
    assert {"cliente_360/metricas_bancarias", "cliente_360/cliente_360__quarentena"} <= banco
    assert banco.isdisjoint(segmentacao | cartoes | vendas)
    assert {"raw_controladoria/bonus", "divergencias/controladoria_corrigida"} <= controladoria
    assert "intermediate/int_divergencias__trade_marketing" in controladoria
    assert "intermediate/int_divergencias__saldo_acima_valor" in carteira
    assert controladoria.isdisjoint(segmentacao | cartoes | vendas | banco)
    # What joins sources waits for all of them.
    assert {"cliente_360/vinculos", "cliente_360/cliente_360", "pii/clientes"} <= cliente_360
    areas = segmentacao | cartoes | vendas | banco | controladoria
    assert cliente_360.isdisjoint(areas)
    assert {
        "intermediate/int_divergencias__casos_encontrados",
        "divergencias/fct_divergencias",
        "divergencias/vw_resumo",
        "referencia/divergencia_regras",
    } <= divergencias
    # The controllership's own area with it: its day begins with its files.
    assert controladoria <= divergencias
    assert (divergencias - controladoria).isdisjoint(areas | cliente_360)
    every = {key.to_user_string() for key in graph.resolve_asset_graph().get_all_asset_keys()}
    watch = _selected(graph, "vigilancia")
    assert watch == {"operacao/resumo"}
    assert areas | cliente_360 | divergencias | watch == every


def _selected(graph: dg.Definitions, job: str) -> set[str]:
    layer = graph.resolve_job_def(job).asset_layer
    return {key.to_user_string() for key in layer.selected_asset_keys}


def test_cards_come_and_close_by_month_and_what_lies_between_has_none(graph):
    assets = graph.resolve_asset_graph()
    by_month = {
        key.to_user_string()
        for key in assets.get_all_asset_keys()
        if assets.get(key).partitions_def is not None
    }
    assert by_month == {
        "raw_cartoes/faturas",
        "raw_cartoes/pagamentos",
        "raw_cartoes/arquivos",
        "cartoes/book_fatura",
        "cartoes/book_fatura_resumo",
        "intermediate/int_cartoes__book_fechamentos",
        "intermediate/int_cartoes__retiradas_aplicadas",
    }
    assert {assets.get(dg.AssetKey(key.split("/"))).partitions_def for key in by_month} == {
        FILE_MONTHS
    }


def test_the_book_stands_on_the_cards_files_and_its_ledger_on_the_book(graph):
    assets = graph.resolve_asset_graph()
    book = dg.AssetKey(["cartoes", "book_fatura"])
    above = dg.AssetSelection.assets(book).upstream().resolve(assets)
    for table in ("faturas", "pagamentos", "arquivos"):
        assert dg.AssetKey(["raw_cartoes", table]) in above
    ledger = assets.get(dg.AssetKey(["intermediate", "int_cartoes__book_fechamentos"]))
    assert {book, dg.AssetKey(["cartoes", "book_fatura_resumo"])} <= ledger.parent_keys


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
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "All definitions loaded successfully" in result.stdout + result.stderr
