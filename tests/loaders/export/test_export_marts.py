"""Which table a name means, and what `cliente-360` joins."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from loaders.building import quiet_dbt
from loaders.export_formats import Format
from loaders.exports.exporting import export, export_table
from loaders.exports.marts import all_marts, find
from loaders.exports.table import UnknownNameError
from loaders.server import Server
from loaders.settings import PROJECT_ROOT, dbt_target
from tests.loaders.export.read_back import csv_cells
from tests.loaders.helpers import mirante


def test_marts_are_models_seeds_and_snapshots_by_their_own_schema(target: Path):
    assert {mart.name: mart.key for mart in all_marts()} == {
        "carteira.dim_cliente": ("cliente_id",),
        "carteira.quarentena": (),
        "cartoes.quarentena": (),
        "vendas.tudo": ("id",),
        "referencia.feriados": (),
        "historico.contratos": ("num_contrato", "dbt_valid_from"),
    }


def test_the_project_itself_has_its_marts_by_name(tmp_path: Path):
    if not (dbt_target() / "manifest.json").exists():
        os.environ |= {"DBT_PROJECT_DIR": str(PROJECT_ROOT), "DBT_PROFILES_DIR": str(PROJECT_ROOT)}
        assert quiet_dbt(["parse"])
    assert find("dim_cliente").key == ("cliente_id",)
    assert find("book_fatura_resumo").key == ("dt_ref", "periodo")
    assert find("vw_vso_mensal").key == ("mes", "empreendimento_id")
    assert find("historico.contratos").key == ("num_contrato", "dbt_valid_from")
    assert find("carteira__quarentena").name == "carteira.quarentena"
    assert find("feriados").name == "referencia.feriados"


def test_a_name_of_several_tables_lists_them(target: Path):
    with pytest.raises(UnknownNameError, match=r"carteira\.quarentena, cartoes\.quarentena\."):
        find("quarentena")
    assert find("Cartoes.Quarentena").name == "cartoes.quarentena"


@pytest.mark.parametrize(
    ("name", "near"),
    [("dim_clientes", "carteira.dim_cliente"), ("cliente360", "cliente-360")],
)
def test_an_unknown_name_is_answered_with_near_ones(target: Path, name: str, near: str):
    with pytest.raises(UnknownNameError) as caught:
        export_table(name)
    message = str(caught.value)
    assert f"não conheço a tabela {name}." in message
    assert "mirante build" in message
    assert "Seria" in message
    assert near in message


def test_layers_below_the_marts_are_not_exported(target: Path):
    with pytest.raises(UnknownNameError):
        find("stg_x__ys")


@pytest.mark.parametrize("schema", ["", "carteira.", "ana_carteira."])
def test_the_prefix_in_use_is_read_not_the_one_of_the_manifest(
    server: Server, out: Path, monkeypatch: pytest.MonkeyPatch, schema: str
):
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", "ana_")
    with server.connect() as connection:
        connection.execute("create schema ana_carteira")
        connection.execute("create table ana_carteira.dim_cliente as select 'ana' as cliente_id")
    export(server, export_table(f"{schema}dim_cliente"), out / "c.csv", Format.CSV)
    assert csv_cells(out / "c.csv") == [["cliente_id"], ["ana"]]


def test_cliente_360_joins_client_and_metrics_in_the_order_of_bytes(
    bank: Server, out: Path, monkeypatch: pytest.MonkeyPatch
):
    # Needs no manifest: its marts are known.
    monkeypatch.setenv("DBT_TARGET_PATH", str(out))
    done = mirante("export", "cliente-360", "--out", str(out / "c.csv"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "arquivo": str(out / "c.csv"),
        "linhas": 3,
        "formato": "csv",
    }
    assert (out / "c.csv").read_bytes().decode("utf-8-sig") == (
        "cliente_id,nombre,edad,provincia,ingresos_mensuales,"
        "gasto_mensual_promedio,score_endeudamiento\n"
        'C1,\'=cmd(),,"",,12.50,\n'
        "c10,,30,,0.10,-3.00,0.0000\n"
        'c2,"Íñigo ""Ñ"" Pérez",41,Córdoba,100000.00,30000.00,0.3000\n'
    )


def test_a_client_without_metrics_yet_stays(bank: Server, out: Path):
    with bank.connect() as connection:
        connection.execute("delete from cliente_360.metricas_bancarias where cliente_id = 'c2'")
    path = out / "c.parquet"
    assert export(bank, export_table("cliente-360"), path, Format.PARQUET) == 3
    assert pq.read_table(path).to_pylist()[2] == {
        "cliente_id": "c2",
        "nombre": 'Íñigo "Ñ" Pérez',
        "edad": 41,
        "provincia": "Córdoba",
        "ingresos_mensuales": Decimal("100000.00"),
        "gasto_mensual_promedio": None,
        "score_endeudamiento": None,
    }
