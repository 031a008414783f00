"""The rules of the house, read from dbt's manifest: layers, names, descriptions, contracts.

Here: what holds for every model, so that nobody has to look for it in review. Not here:
what any one model does (unit tests and data tests beside the models).
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loaders import building, cvcrm, sources
from loaders.contracts import load_contract
from loaders.cvcrm.cargas import CARGAS, CARGAS_COLUMNS
from loaders.cvcrm.endpoints import load_endpoints
from loaders.cvcrm.tables import columns as api_columns
from loaders.manifest import DLT_LOADS
from loaders.settings import PROJECT_ROOT

Node = dict[str, Any]

# Names that the users gave; every other mart is a dim_, fct_ or vw_.
USERS_OWN_NAMES = {
    "clientes_carteira",
    "carteira__quarentena",
    "carteira__reconciliacao_arquivos",
    "faturas",
    "pagamentos",
    "cartoes__quarentena",
    "cartoes__reconciliacao_arquivos",
    "book_fatura",
    "book_fatura_resumo",
    "vendas",
    "empreendimentos",
    "unidades",
    "prosoluto",
    "atendimentos",
    "repasses",
    "reservas",
    "valores_reservas",
    "tipologia_unidades",
    "segmentacao_entrada",
    "clusters_por_agencia",
    "clusters_por_carteira",
    "clusters_por_linha",
    "transacciones",
    "clientes_banco",
    "metricas_bancarias",
    "vinculos",
    "cliente_360",
    "cliente_360__quarentena",
    "cliente_360__reconciliacao_arquivos",
    "controladoria",
    "controladoria_corrigida",
    "divergencias__quarentena",
    "divergencias__reconciliacao_arquivos",
    "clientes",
}
# Without a test of their key, and why.
KEYLESS = {
    # Views over every raw line: a test would type all positions ever loaded at each build.
    # int_carteira__*_conferidos hold the same lines and are tested.
    "stg_carteira__contratos",
    "stg_carteira__categorias",
    "int_carteira__contratos_posicionados",
    # The lines of int_carteira__*_conferidos that are out, without their sheet.
    "carteira__quarentena",
    "stg_cartoes__faturas",
    "stg_cartoes__pagamentos",
    # Views over tables of lines that are tested themselves.
    "int_cartoes__faturas_conferidas",
    "int_cartoes__faturas_validas",
    "int_cartoes__pagamentos_conferidos",
    "int_cartoes__pagamentos_validos",
    "int_cartoes__pagamentos_ligados",
    "int_cartoes__linhas_fora",
    "stg_banco__clientes",
    "stg_banco__transacciones",
    "int_banco__clientes_conferidos",
    "int_banco__clientes_validos",
    "int_banco__transacciones_conferidas",
    "int_banco__transacciones_validas",
    "int_banco__transacciones_ligadas",
    "int_banco__linhas_fora",
    # The lines of int_banco__linhas_quarentenadas, without what tells sheets apart.
    "cliente_360__quarentena",
    "stg_controladoria__bonus",
    "int_controladoria__bonus_conferidos",
    "int_controladoria__bonus_validos",
    "int_controladoria__linhas_fora",
    "divergencias__quarentena",
    # All runs there ever were, whose key Postgres enforces.
    "stg_segmentacao__clientes",
    # The columns that were asked for, none of which is a key.
    "vw_ultimas_operacoes",
}
# Key columns that may be NULL, and why.
NULLABLE_KEYS = {
    # csv has no sheets
    ("int_carteira__contratos_conferidos", "planilha"),
    ("int_carteira__categorias_conferidas", "planilha"),
    # the loader numbers every line, and Postgres holds it to that
    ("int_cartoes__faturas_tipadas", "arquivo_id"),
    ("int_cartoes__faturas_tipadas", "nr_linha"),
    ("int_cartoes__pagamentos_tipados", "arquivo_id"),
    ("int_cartoes__pagamentos_tipados", "nr_linha"),
    ("int_banco__clientes_tipados", "arquivo_id"),
    ("int_banco__clientes_tipados", "nr_linha"),
    ("int_banco__transacciones_tipadas", "arquivo_id"),
    ("int_banco__transacciones_tipadas", "nr_linha"),
    ("int_controladoria__bonus_tipados", "arquivo_id"),
    ("int_controladoria__bonus_tipados", "nr_linha"),
    # the row of the contracts that have none
    ("vw_carteira_por_agencia", "agencia_id"),
    ("vw_carteira_por_linha", "linha_id"),
    ("vw_carteira_por_risco", "risco_atual"),
    # clients who have none
    ("clusters_por_agencia", "agencia_id"),
    ("clusters_por_agencia", "agencia_nome"),
    ("clusters_por_carteira", "carteira_nome"),
    ("clusters_por_linha", "linha"),
    # clients who came or left
    ("stg_segmentacao__migracoes", "cluster_anterior"),
    ("stg_segmentacao__migracoes", "cluster_atual"),
    ("vw_migracao_clusters", "cluster_anterior"),
    ("vw_migracao_clusters", "cluster_atual"),
    # nothing loaded yet
    ("int_vendas__datas_base", "dt_base"),
    ("int_banco__datas_base", "dt_base"),
    ("int_divergencias__datas_base", "dt_base"),
    # texts that are no date or id: raw tells them apart
    ("stg_cvcrm__unidades_precos", "tabela_id"),
    ("stg_cvcrm__unidades_precos", "dt_vigencia_de"),
    ("stg_cvcrm__unidades_situacoes", "modificado_em"),
    ("stg_cvcrm__unidades_situacoes", "situacao_para"),
    # units and sales of no project, sales of no broker
    ("tipologia_unidades", "empreendimento_id"),
    ("vw_vendas_por_empreendimento", "empreendimento_id"),
    ("vw_vendas_por_corretor", "corretor_id"),
    # lines and sources without a competência
    ("int_divergencias__trade_marketing", "competencia"),
    ("int_divergencias__pendente_verificacao", "competencia"),
    ("int_divergencias__validacao_valores", "competencia"),
    ("int_divergencias__pagamento_outro_cliente", "competencia"),
    ("int_divergencias__fatura_contra_pagamentos", "competencia"),
    ("int_divergencias__prosoluto_inconsistente", "competencia"),
    ("int_divergencias__comissao_acima_percentual", "competencia"),
    ("int_divergencias__saldo_acima_valor", "competencia"),
    ("controladoria_corrigida", "competencia"),
    # cases that were never recorded
    ("vw_resumo", "estado"),
    # the row of all projects
    ("vw_vso_mensal", "empreendimento_id"),
}
CLOCK = re.compile(r"\b(now\s*\(|current_(date|time|timestamp)|localtime|clock_timestamp)", re.I)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Parse the project as it stands; a warning is an error."""
    target = tmp_path_factory.mktemp("target")
    parsed = subprocess.run(
        [
            str(Path(sys.executable).parent / "dbt"), "--warn-error", "--no-use-colors", "parse",
            "--target-path", str(target), "--log-path", str(target),
        ],
        cwd=PROJECT_ROOT,
        env={**os.environ, "DBT_PROFILES_DIR": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )  # fmt: skip
    assert parsed.returncode == 0, parsed.stdout + parsed.stderr
    read: dict[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def nodes(manifest: dict[str, Any]) -> list[Node]:
    """Everything that dbt runs: models, seeds, snapshots and data tests."""
    return list(manifest["nodes"].values())


@pytest.fixture(scope="module")
def models(nodes: list[Node]) -> list[Node]:
    return [node for node in nodes if node["resource_type"] == "model"]


@pytest.fixture(scope="module")
def tables(nodes: list[Node]) -> list[Node]:
    """What holds rows: models, seeds and snapshots."""
    return [node for node in nodes if node["resource_type"] in ("model", "seed", "snapshot")]


@pytest.fixture(scope="module")
def marts(models: list[Node]) -> list[Node]:
    return [model for model in models if layer(model) == "marts"]


@pytest.fixture(scope="module")
def pii() -> set[str]:
    """Names of the personal columns of all contracts, and of what may hold any column."""
    return (
        {
            column.name
            for source in sources.file_sources()
            for contract in source.contracts
            for column in contract.columns
            if column.pii
        }
        | {"conteudo", "extras"}
        | _personal_in_the_api()
    )


def _personal_in_the_api() -> set[str]:
    """Names that are personal wherever they stand: an agency's `nome` is nobody's."""
    endpoints = load_endpoints()
    return {name for each in endpoints for name in each.pii} - {
        name for each in endpoints for name in each.columns if name not in each.pii
    }


def layer(node: Node) -> str:
    return str(node["fqn"][1])


def is_marked_pii(column: Node) -> bool:
    return column["config"]["meta"].get("pii") is True


def test_only_staging_reads_sources(nodes: list[Node]):
    readers = {
        node["name"]
        for node in nodes
        if any(parent.startswith("source.") for parent in node["depends_on"].get("nodes", []))
        and not (node["resource_type"] == "model" and layer(node) == "staging")
    }
    assert readers == set()


def test_models_name_no_schema_themselves(models: list[Node]):
    schemas = {*building.SCHEMAS, *(source.dataset for source in sources.all_sources())}
    pattern = re.compile(rf"\b(from|join)\s+({'|'.join(sorted(schemas))})\.", re.I)
    assert {node["name"] for node in models if pattern.search(node["raw_code"])} == set()


def test_no_model_reads_the_clock(models: list[Node]):
    assert {node["name"] for node in models if CLOCK.search(node["raw_code"])} == set()


def test_models_are_named_by_layer_and_folder(models: list[Node]):
    for node in models:
        folder = node["fqn"][2]
        expected = {
            "staging": rf"stg_{folder}__[a-z]+(_[a-z]+)*s",
            "intermediate": rf"int_{folder}__[a-z]+_[a-z_]+",
            "marts": "(dim|fct|vw)_[a-z][a-z0-9_]*",
        }[layer(node)]
        if layer(node) == "marts" and node["name"] in USERS_OWN_NAMES:
            continue
        assert re.fullmatch(expected, node["name"]), node["name"]


def test_every_table_says_its_grain_first(tables: list[Node]):
    silent = {node["name"] for node in tables if not node["description"].startswith("One row per")}
    assert silent == set()


def test_every_column_is_described(tables: list[Node]):
    assert {node["name"] for node in tables if not node["columns"]} == set()
    silent = {
        (node["name"], column["name"])
        for node in tables
        for column in node["columns"].values()
        if not column["description"].strip()
    }
    assert silent == set()


def test_every_source_table_and_column_is_described(manifest: dict[str, Any]):
    for table in manifest["sources"].values():
        assert table["source_description"].strip(), table["source_name"]
        assert table["description"].startswith("One row per"), table["name"]
        assert table["columns"], table["name"]
        for column in table["columns"].values():
            assert column["description"].strip(), (table["name"], column["name"])


def test_raw_tables_have_their_contracts_columns(manifest: dict[str, Any]):
    tables = {(each["source_name"], each["name"]): each for each in manifest["sources"].values()}
    # A source may land before there are models for it.
    read = {name for name, _ in tables}
    for source in (each for each in sources.file_sources() if each.dataset in read):
        for contract in source.contracts:
            columns = tables[source.dataset, contract.entity]["columns"]
            # The loader's own begin with an underscore.
            assert [name for name in columns if not name.startswith("_")] == [
                column.name for column in contract.columns
            ]
            assert {name for name in columns if is_marked_pii(columns[name])} == {
                column.name for column in contract.columns if column.pii
            }


def test_raw_tables_of_the_api_have_their_endpoints_columns(manifest: dict[str, Any]):
    tables = {
        each["name"]: each["columns"]
        for each in manifest["sources"].values()
        if each["source_name"] == cvcrm.DATASET
    }
    if not tables:
        pytest.skip("no model reads the sales API yet")
    assert tables.keys() == {each.name for each in load_endpoints()} | {CARGAS, DLT_LOADS}
    for endpoint in load_endpoints():
        columns = tables[endpoint.name]
        assert list(columns) == list(api_columns(endpoint)), endpoint.name
        marked = {name for name in columns if is_marked_pii(columns[name])}
        assert marked == set(endpoint.pii), endpoint.name
    assert set(CARGAS_COLUMNS) <= tables[CARGAS].keys()


def test_every_macro_is_described_with_its_own_arguments_typed(manifest: dict[str, Any]):
    macros = [each for each in manifest["macros"].values() if each["package_name"] == "mirante"]
    assert macros
    for macro in macros:
        name = macro["name"]
        assert macro["description"].strip(), name
        signature = re.search(
            rf"(macro|test)\s+{name.removeprefix('test_')}\s*\(([^)]*)\)", macro["macro_sql"]
        )
        if name.startswith("materialization_"):
            continue
        assert signature, name
        arguments = [part.split("=")[0].strip() for part in signature[2].split(",") if part.strip()]
        assert [argument["name"] for argument in macro["arguments"]] == arguments, name
        for argument in macro["arguments"]:
            assert argument["type"], (name, argument["name"])
            assert argument["description"].strip(), (name, argument["name"])


def test_every_mart_has_an_enforced_contract_with_every_type(marts: list[Node]):
    assert marts
    for node in marts:
        assert node["contract"]["enforced"], node["name"]
        for column in node["columns"].values():
            assert column["data_type"], (node["name"], column["name"])


def _enforced_key(table: Node) -> set[str]:
    """The columns of a primary key or of a unique index: the key of a table that grows."""
    primary = [
        each["columns"] for each in table.get("constraints", ()) if table["contract"]["enforced"]
    ]
    unique = [
        index["columns"] for index in table["config"].get("indexes") or () if index.get("unique")
    ]
    return (
        set()
        if table["config"]["materialized"] != "incremental"
        else {column for columns in primary + unique for column in columns}
    )


def test_every_table_has_a_tested_key(tables: list[Node], nodes: list[Node]):
    tests = [
        (node["attached_node"], node["column_name"], node["test_metadata"])
        for node in nodes
        if node["resource_type"] == "test" and node.get("test_metadata")
    ]
    for table in tables:
        own = [(column, metadata) for node, column, metadata in tests if node == table["unique_id"]]
        keys = {column for column, metadata in own if metadata["name"] == "unique"}
        for _, metadata in own:
            if metadata["name"] == "unique_combination":
                keys.update(metadata["kwargs"]["columns"])
        filled = {column for column, metadata in own if metadata["name"] == "not_null"}
        # What Postgres enforces at every write needs no test to read all of it again.
        enforced = _enforced_key(table)
        keys |= enforced
        filled |= enforced
        assert bool(keys) is (table["name"] not in KEYLESS), table["name"]
        nullable = {key for key in keys if (table["name"], key) in NULLABLE_KEYS}
        assert keys - nullable <= filled, (table["name"], keys - nullable - filled)


def test_the_exceptions_still_exist(models: list[Node]):
    columns = {(node["name"], column) for node in models for column in node["columns"]}
    assert {name for name, _ in columns} >= KEYLESS | USERS_OWN_NAMES
    assert columns >= NULLABLE_KEYS


def test_the_portfolio_table_has_the_contracts_columns_in_their_order(marts: list[Node]):
    table = next(node for node in marts if node["name"] == "clientes_carteira")
    contract = load_contract("carteira")
    columns = [(column["name"], column["data_type"]) for column in table["columns"].values()]
    assert columns[: len(contract.columns)] == [
        (column.name, column.type) for column in contract.columns
    ]
    assert len(contract.columns) == 36


def test_personal_columns_are_marked_wherever_they_stand(tables: list[Node], pii: set[str]):
    unmarked = {
        (node["name"], column["name"])
        for node in tables
        for column in node["columns"].values()
        if column["name"] in pii and not is_marked_pii(column)
    }
    assert unmarked == set()


def test_marts_for_everybody_show_personal_columns_by_who_asks(marts: list[Node]):
    clear = {
        node["name"]
        for node in marts
        if any(map(is_marked_pii, node["columns"].values()))
        and node["fqn"][2] != "pii"
        and node["config"]["materialized"] != "restricted"
    }
    assert clear == set()


def test_names_and_documents_of_restricted_models_have_a_mask(marts: list[Node]):
    masks = {
        (node["name"], column["name"]): column["config"]["meta"].get("mascara")
        for node in marts
        if node["config"]["materialized"] == "restricted"
        for column in node["columns"].values()
        if is_marked_pii(column)
    }
    assert {masks[key] for key in masks if key[1].endswith("documento")} == {"documento"}
    assert {masks[key] for key in masks if key[1] in ("cliente_nome", "nombre", "cliente")} == {
        "nome"
    }


def test_history_holds_no_personal_data(
    manifest: dict[str, Any], tables: list[Node], pii: set[str]
):
    snapshots = [node for node in tables if node["resource_type"] == "snapshot"]
    assert snapshots
    for snapshot in snapshots:
        for parent in [
            snapshot,
            *(manifest["nodes"][name] for name in snapshot["depends_on"]["nodes"]),
        ]:
            assert pii.isdisjoint(parent["columns"]), parent["name"]
            assert not any(map(is_marked_pii, parent["columns"].values())), parent["name"]
            words = set(re.findall(r"\w+", parent["raw_code"]))
            assert pii.isdisjoint(words), parent["name"]
        assert pii.isdisjoint(snapshot["config"]["check_cols"])


def test_history_describes_every_column_that_it_keeps(manifest: dict[str, Any]):
    snapshot = manifest["nodes"]["snapshot.mirante.contratos"]
    kept = manifest["nodes"]["model.mirante.int_carteira__contratos_versionados"]["columns"]
    assert kept.keys() <= snapshot["columns"].keys()


def test_history_watches_every_column_but_the_files_own(manifest: dict[str, Any]):
    snapshot = manifest["nodes"]["snapshot.mirante.contratos"]
    columns = set(manifest["nodes"]["model.mirante.int_carteira__contratos_versionados"]["columns"])
    unwatched = {"num_contrato", "arquivo", "arquivo_sha256", "nr_linha", "carregado_em"}
    assert set(snapshot["config"]["check_cols"]) == columns - unwatched


def test_the_build_prepares_the_schemas_that_dbt_writes_to(nodes: list[Node]):
    written = {
        node["schema"] for node in nodes if node["resource_type"] not in ("test", "operation")
    }
    tests = {node["schema"] for node in nodes if node["resource_type"] == "test"}
    assert tests == {"falhas_de_teste"}
    assert written | tests == set(building.SCHEMAS)
    assert len(building.SCHEMAS) == len(set(building.SCHEMAS))


def test_both_readmes_name_the_same_tables_and_commands():
    def told(name: str) -> set[str]:
        rows = (PROJECT_ROOT / name).read_text(encoding="utf-8").splitlines()
        cells = [row.split(" | ")[0].lstrip("| ") for row in rows if row.startswith("| `")]
        # What a command takes is told in the reader's language.
        return {re.sub(r"[A-ZÇÃÕ]{4,}.*| \[.*|\\\|[A-ZÇÃÕ]{4,}.*", "", cell) for cell in cells}

    english = told("README.md")
    assert {"`mirante up`", "`historico.contratos`, `reservas`, `unidades`"} <= english
    assert told("README.pt-BR.md") == english
