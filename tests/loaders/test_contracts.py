"""Contracts: what the portfolio's files must have, and errors that name the column."""

from pathlib import Path

import pytest

from loaders.contracts import FOLDER, ContractError, load_contract, parse_contract
from loaders.names import column_letter, fold


def test_the_portfolio_has_its_36_columns_and_its_key():
    contract = load_contract("carteira")
    assert (contract.source, contract.entity, contract.key) == (
        "carteira",
        "contratos",
        ("num_contrato",),
    )
    assert len(contract.columns) == 36
    assert [column.name for column in contract.required] == [
        "cliente_id", "cliente_documento", "cliente_nome", "agencia_id", "num_contrato", "linha",
        "atraso", "risco_atual", "saldo_atual", "data_operacao",
    ]  # fmt: skip
    assert {column.name for column in contract.columns if column.not_null} == {
        "cliente_id",
        "num_contrato",
    }


def test_card_files_have_their_ids_as_text_and_their_required_columns():
    faturas, pagamentos = load_contract("faturas"), load_contract("pagamentos")
    assert [column.name for column in faturas.required] == [
        "id_fatura", "id_cliente", "data_emissao", "data_vencimento", "valor_fatura",
    ]  # fmt: skip
    assert [column.name for column in pagamentos.required] == [
        "id_pagamento", "id_fatura", "id_cliente", "data_pagamento", "valor_pagamento",
    ]  # fmt: skip
    assert (faturas.key, pagamentos.key) == (("id_fatura",), ("id_pagamento",))
    for contract in (faturas, pagamentos):
        assert contract.source == "cartoes"
        assert all(c.type == "text" for c in contract.columns if c.name.startswith("id_"))
        assert all(
            c.type == "numeric(15, 2)" for c in contract.columns if c.name.startswith("valor_")
        )


def test_the_banks_files_need_what_the_metrics_are_made_of():
    clientes, transacciones = load_contract("clientes"), load_contract("transacciones")
    assert [column.name for column in clientes.required] == [
        "cliente_id", "nombre", "ingresos_mensuales",
    ]  # fmt: skip
    assert [column.name for column in transacciones.required] == [
        "transaccion_id", "cliente_id", "fecha", "tipo", "monto",
    ]  # fmt: skip
    assert (clientes.key, transacciones.key) == (("cliente_id",), ("transaccion_id",))
    filled = [{c.name for c in each.columns if c.not_null} for each in (clientes, transacciones)]
    assert filled == [{"cliente_id"}, {c.name for c in transacciones.required}]
    personal = {c.name for each in (clientes, transacciones) for c in each.columns if c.pii}
    assert personal == {"nombre", "nacimiento", "documento"}


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        ("AtividadeEconomica", "atividade_economica"),
        ("GrupoCNAE", "grupo_cnae"),
        ("VALORGARANTIA", "valor_garantia"),
        ("COBGARANTIA", "cob_garantia"),
        ("DATAOPERACAO", "data_operacao"),
        ("Data de  Operação".replace("de  ", ""), "data_operacao"),
        ("RISCO-INICIAL", "risco_inicial"),
        ("Num. Contrato", "num_contrato"),
        (" PROFISSÃO ", "profissao"),
    ],
)
def test_a_header_as_seen_means_its_column(seen: str, name: str):
    owners = [c.name for c in load_contract("carteira").columns if fold(seen) in c.folded_names]
    assert owners == [name]


def test_every_contract_of_the_house_is_valid():
    for path in FOLDER.glob("*.yml"):
        parse_contract(path)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("[{name: a, type: numero}]", "coluna 'a', campo 'type'"),
        ("[{name: a, requiredd: true}]", "coluna 'a', campo 'requiredd'"),
        ("[{name: a}, {name: b, aliases: [A]}]", "coluna 'b': o nome ou apelido 'a'"),
        ("[{name: b}]", "coluna 'a' da chave"),
        ("[{type: text}]", "coluna de posição 1, campo 'name'"),
    ],
)
def test_a_wrong_contract_is_refused_by_file_and_column(tmp_path: Path, columns: str, said: str):
    path = tmp_path / "errado.yml"
    path.write_text(f"source: s\nentity: e\ndescription: d\nkey: [a]\ncolumns: {columns}\n")
    with pytest.raises(ContractError, match=r"^errado\.yml: ") as caught:
        parse_contract(path)
    assert said in str(caught.value)


def test_a_contract_that_is_not_yaml_names_the_line(tmp_path: Path):
    path = tmp_path / "quebrado.yml"
    path.write_text("source: s\ncolumns: [a\n")
    with pytest.raises(ContractError, match=r"quebrado\.yml, linha \d+"):
        parse_contract(path)


def test_an_absent_contract_names_those_that_exist():
    with pytest.raises(
        ContractError, match="carteira, categorias, clientes, faturas, pagamentos, transacciones"
    ):
        load_contract("nada")


@pytest.mark.parametrize(("position", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (36, "AK")])
def test_columns_have_the_letters_of_a_spreadsheet(position: int, letter: str):
    assert column_letter(position) == letter
