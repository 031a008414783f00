"""From files to marts: what `carteira.md` promises of each thing that goes wrong.

One handmade workbook has them all. `world` builds a history in a few dbt runs and keeps
what each showed, so that many small tests can ask about it.
"""

import csv
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from psycopg import sql

from loaders import carteira, embedded
from loaders.building import dbt_environment
from loaders.file_loads import Outcome
from loaders.names import fold
from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from loaders.simulator import Source, simulate_all
from loaders.simulator.loan_contracts import HEADER
from tests.loaders.files import write_csv
from tests.loaders.helpers import mirante

pytestmark = pytest.mark.slow

PREFIX = "e2e_"
# After the first build, of all there is, the portfolio's alone.
SELECTION = (
    "--select",
    "+path:models/marts/carteira",
    "path:models/staging/carteira",
    "+contratos",
)
FIRST_LINE = 5  # two title rows, a blank one, the header
NAME = "Fulana Sigilosa"
GOOD: dict[str, Any] = {
    "cliente_id": "1", "cliente_documento": "529.982.247-25", "cliente_nome": NAME,
    "e_cooperado": "Sim", "cliente_nascimento": "05/03/1980", "renda_bruta": 4500,
    "agencia_id": "0001", "agencia_nome": "Centro", "cliente_perfil": "PF",
    "profissao": "Médico", "linha": "CDC", "atraso": 0, "risco_atual": "A", "saldo_atual": 100.0,
    "saldo_provisao": 1.5, "DATAOPERACAO": date(2024, 1, 31), "TAXA": 1.99,
    "VALORCONTRATO": 200, "RISCOINICIAL": "AA",
}  # fmt: skip
# One contract a fault: what the file has where GOOD has something else.
CASES: dict[str, dict[str, Any]] = {
    "DOC-PONTUADO": {},
    "DOC-NUMERO": {"cliente_id": "2", "cliente_documento": 191},
    "DOC-CAUDA": {"cliente_id": "3", "cliente_documento": "52998224725.0"},
    "DOC-EXPOENTE": {"cliente_id": "4", "cliente_documento": "1.23E+10"},
    "DOC-CNPJ-NUMERO": {"cliente_id": "5", "cliente_documento": 360305000104},
    "DOC-CNPJ-LETRAS": {"cliente_id": "6", "cliente_documento": "12.ABC.345/01DE-35"},
    "DOC-REPETIDO": {"cliente_id": "7", "cliente_documento": "111.111.111-11"},
    "DOC-EM-BRANCO": {"cliente_id": "8", "cliente_documento": None},
    "DATA-SERIAL": {"DATAOPERACAO": 45323},
    "DATA-TEXTO": {"DATAOPERACAO": "02/02/2024"},
    "DATA-ISO": {"DATAOPERACAO": "2024-02-03"},
    "DATA-IMPOSSIVEL": {"DATAOPERACAO": "31/02/2024"},
    "DATA-EM-BRANCO": {"DATAVENCIMENTO": None},
    "NUM-BR": {"saldo_atual": "1.234,56"},
    "NUM-US": {"saldo_atual": "1234.56"},
    "NUM-REAIS": {"saldo_atual": "R$ 1.234,56"},
    "NUM-NBSP": {"saldo_atual": "R$\u00a01.234,56"},
    "NUM-CELULA": {"saldo_atual": 1.234},
    "NUM-TRACO": {"saldo_atual": "-"},
    "NUM-EM-BRANCO": {"saldo_atual": None},
    "NUM-TEXTO": {"saldo_atual": "a apurar"},
    "ATRASO-EM-BRANCO": {"atraso": None},
    "ATRASO-91": {"atraso": 91, "saldo_atual": 300},
    "ATRASO-90": {"atraso": "90"},
    "PROF-1": {"profissao": "MEDICO "},
    "PROF-2": {"profissao": "médico"},
    "PROF-3": {"profissao": "Médico"},
    "FORMULA": {"cliente_nome": "=1+1", "agencia_nome": "@SUM(A1)", "carteira_nome": "+55"},
    "SEM-CLIENTE": {"cliente_id": None},
    "EXTRA": {"Gerente": "Ana"},
    "MINUSCULA": {"risco_atual": " aa ", "linha": "cdc"},
    "GIRO": {"linha": "Giro", "agencia_id": "0002", "risco_atual": "H", "saldo_provisao": None},
    "DUPLICADO": {"saldo_atual": 1},
}
COLUMNS = [*HEADER, "Gerente"]


def portfolio(path: Path, cases: dict[str, dict[str, Any]], total: bool = True) -> dict[str, int]:
    """Write the workbook and say in which line each contract stands."""
    lines: dict[str, int] = {}
    rows = [{**GOOD, "num_contrato": name, **case} for name, case in cases.items()]
    if "DUPLICADO" in cases:
        rows.append({**GOOD, "num_contrato": "DUPLICADO", "saldo_atual": 2})
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Carteira")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.merge_range(0, 0, 0, 6, "Posição da carteira")
        sheet.write_row(3, 0, COLUMNS)
        for number, row in enumerate(rows, start=FIRST_LINE):
            lines[row["num_contrato"]] = number
            for column, name in enumerate(COLUMNS):
                value = row.get(name)
                if isinstance(value, date):
                    sheet.write_datetime(number - 1, column, value, day)
                elif value is not None:
                    sheet.write(number - 1, column, value)
        if total:
            sheet.write_row(len(rows) + FIRST_LINE - 1, 0, ["Total geral", None, len(rows)])
        hidden = book.add_worksheet("Oculta")
        hidden.write_row(0, 0, COLUMNS)
        hidden.write_row(1, 0, ["x"] * len(COLUMNS))
        hidden.hide()
    return lines


class World:
    """A server with a prefix of its own, loads and builds on it, and what they showed."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.seen: dict[str, Any] = {}
        self.lines: dict[str, int] = {}
        self.defects: list[dict[str, str]] = []

    def load(self, path: Path, table: str = "contratos") -> Outcome:
        [result] = carteira.source().load(self.server, table, [str(path)])
        return result.outcome

    def build(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return mirante("build", "--quiet", "--no-use-colors", *arguments)

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Ask; `{name}` is a schema."""
        names = ("carteira", "historico", "raw_carteira", "intermediate", "staging")
        schemas = {name: sql.Identifier(PREFIX + name) for name in names}
        with self.server.connect() as connection:
            cursor = connection.execute(sql.SQL(statement).format(**schemas))  # type: ignore[arg-type]
            columns = [column.name for column in cursor.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def contracts(self) -> dict[str, dict[str, Any]]:
        rows = self.rows("select * from {carteira}.clientes_carteira")
        return {row["num_contrato"]: row for row in rows}

    def keep(self, moment: str) -> None:
        """Keep what the marts show at a moment of the history."""
        queries = {
            "contratos": "select * from {carteira}.clientes_carteira order by num_contrato",
            "profissoes": "select * from {carteira}.dim_profissao order by 1",
            "linhas": "select * from {carteira}.dim_linha order by 1",
            "agencias": "select * from {carteira}.dim_agencia order by 1",
            "clientes": "select * from {carteira}.dim_cliente order by 1",
            "quarentena": "select * from {carteira}.quarentena order by carregado_em, linha",
            "reconciliacao": "select * from {carteira}.reconciliacao_arquivos"
            " order by carregado_em",
            "agencia": "select * from {carteira}.vw_carteira_por_agencia order by 1",
            "linha": "select * from {carteira}.vw_carteira_por_linha order by 1",
            "risco": "select * from {carteira}.vw_carteira_por_risco order by 1",
            "ultimas": "select * from {carteira}.vw_ultimas_operacoes",
            "historico": "select * from {historico}.contratos order by num_contrato,"
            " dbt_valid_from, dbt_is_deleted",
        }
        self.seen[moment] = {name: self.rows(query) for name, query in queries.items()}


@pytest.fixture(scope="module")
def world(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Empty build, the handmade position, the same again, a newer one, faults, simulation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
        folder = tmp_path_factory.mktemp("carteira")
        world = World(embedded.ensure_running(), folder)

        def built(moment: str, *arguments: str) -> None:
            result = world.build(*arguments)
            assert result.returncode == 0, f"{moment}: {result.stdout}{result.stderr}"
            world.keep(moment)

        built("vazio")
        first, second = folder / "posicao_1.xlsx", folder / "posicao_2.xlsx"
        world.lines = portfolio(first, CASES)
        assert world.load(first) is Outcome.CARREGADO
        categories = write_csv(
            folder / "categorias.csv", [["cdc", "PESSOAS"], ["", "x"]], ["produto", "categoria"]
        )
        assert world.load(categories, "categorias") is Outcome.CARREGADO
        built("primeira", *SELECTION)
        # A position that lands while dbt is at work must not show by halves.
        portfolio(
            second,
            {
                "DOC-PONTUADO": {"saldo_atual": 50},
                "NUM-BR": {"saldo_atual": "1.234,56"},
                "NOVO": {"profissao": "Advogado", "linha": "Agro", "cliente_id": "99"},
            },
            total=False,
        )
        assert world.load(second) is Outcome.CARREGADO
        middle = world.build("--select", "int_carteira__contratos_atuais+")
        world.seen["no meio"] = (middle.returncode, len(world.contracts()))
        built("segunda", *SELECTION)
        assert world.load(first) is Outcome.SEM_MUDANCA
        built("segunda de novo", *SELECTION, "--full-refresh")
        third = folder / "posicao_3.xlsx"
        portfolio(third, {"DOC-PONTUADO": {}, "NOTA-ERRADA": {"risco_atual": "Z9"}}, total=False)
        world.load(third)
        world.seen["nota"] = world.build(*SELECTION)
        world.seen["notas"] = world.rows(
            "select num_contrato, risco_atual from {carteira}.clientes_carteira order by 1"
        )
        *paths, _, listed = simulate_all(folder / "sim", 300, 7, "2026-10", [Source.CARTEIRA])
        with listed.open(encoding="utf-8") as file:
            world.defects = list(csv.DictReader(file))
        for path in paths[:-1]:
            world.load(path)
        built("simulada", *SELECTION)
        yield world


@pytest.fixture
def first(world: World) -> dict[str, Any]:
    return world.seen["primeira"]  # type: ignore[no-any-return]


@pytest.fixture
def contracts(first: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["num_contrato"]: row for row in first["contratos"]}


@pytest.fixture
def out(world: World, first: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {row["linha"]: row for row in first["quarentena"] if row["entidade"] == "contratos"}


def test_a_source_that_delivered_nothing_builds_empty_typed_tables(world: World):
    assert all(not rows for rows in world.seen["vazio"].values())
    [kind] = world.rows(
        "select data_type from information_schema.columns where table_name = 'clientes_carteira'"
        f" and table_schema = '{PREFIX}carteira' and column_name = 'saldo_atual'"
    )
    assert kind == {"data_type": "numeric"}


@pytest.mark.parametrize(
    ("contract", "document", "kind"),
    [
        ("DOC-PONTUADO", "52998224725", "CPF"),
        ("DOC-NUMERO", "00000000191", "CPF"),
        ("DOC-CAUDA", "52998224725", "CPF"),
        ("DOC-EXPOENTE", "1.23E+10", None),
        ("DOC-CNPJ-NUMERO", "00360305000104", "CNPJ"),
        ("DOC-CNPJ-LETRAS", "12ABC34501DE35", "CNPJ"),
        ("DOC-REPETIDO", "111.111.111-11", None),
        ("DOC-EM-BRANCO", None, None),
    ],
)
def test_documents_get_their_zeros_back_or_are_kept_and_flagged(
    contracts: dict[str, Any], contract: str, document: str | None, kind: str | None
):
    row = contracts[contract]
    assert (row["cliente_documento"], row["tipo_documento"]) == (document, kind)
    assert row["fl_documento_invalido"] is (kind is None)


def test_a_client_keeps_all_its_contracts(contracts: dict[str, Any], first: dict[str, Any]):
    own = [row for row in contracts.values() if row["cliente_id"] == "1"]
    [client] = [row for row in first["clientes"] if row["cliente_id"] == "1"]
    assert len(own) > 10
    assert client["qt_contrato"] == len(own)
    assert client["vl_saldo"] == sum(row["saldo_atual"] or 0 for row in own)
    assert len(first["clientes"]) == len({row["cliente_id"] for row in contracts.values()})


def test_dates_come_from_cells_serials_and_texts(
    world: World, contracts: dict[str, Any], out: dict[int, Any]
):
    found = {name: contracts[name]["data_operacao"] for name in CASES if name in contracts}
    assert found["DOC-PONTUADO"] == date(2024, 1, 31)
    assert found["DATA-SERIAL"] == date(2024, 2, 1)
    assert found["DATA-TEXTO"] == date(2024, 2, 2)
    assert found["DATA-ISO"] == date(2024, 2, 3)
    assert contracts["DATA-EM-BRANCO"]["data_vencimento"] is None
    assert contracts["DOC-PONTUADO"]["cliente_nascimento"] == date(1980, 3, 5)
    row = out[world.lines["DATA-IMPOSSIVEL"]]
    assert (row["codigo"], row["detalhe"]) == ("DATA_IMPOSSIVEL", "data_operacao")
    assert row["conteudo"]["data_operacao"] == "31/02/2024"


def test_amounts_are_read_as_written_and_dashes_are_null(
    world: World, contracts: dict[str, Any], out: dict[int, Any]
):
    for name in ("NUM-BR", "NUM-US", "NUM-REAIS", "NUM-NBSP"):
        assert contracts[name]["saldo_atual"] == Decimal("1234.56"), name
    assert contracts["NUM-CELULA"]["saldo_atual"] == Decimal("1.23")
    assert contracts["NUM-TRACO"]["saldo_atual"] is None
    assert contracts["NUM-EM-BRANCO"]["saldo_atual"] is None
    row = out[world.lines["NUM-TEXTO"]]
    assert (row["codigo"], row["detalhe"]) == ("TIPO_INVALIDO", "saldo_atual")


def test_a_blank_atraso_is_null_and_flagged(contracts: dict[str, Any]):
    assert contracts["ATRASO-EM-BRANCO"]["atraso"] is None
    flagged = [name for name, row in contracts.items() if row["fl_atraso_ausente"]]
    assert flagged == ["ATRASO-EM-BRANCO"]
    assert contracts["ATRASO-90"]["atraso"] == 90


def test_spellings_of_a_profession_are_one_row_that_shows_the_most_frequent(
    first: dict[str, Any], contracts: dict[str, Any]
):
    [row] = first["profissoes"]
    assert (row["profissao"], row["chave"]) == ("Médico", "MEDICO")
    assert set(row["grafias"]) == {"Médico", "médico", "MEDICO"}
    assert row["qt_contrato"] == len(contracts)
    assert {each["profissao_id"] for each in contracts.values()} == {row["profissao_id"]}


def test_titles_totals_and_hidden_sheets_are_no_contracts(
    world: World, contracts: dict[str, Any], out: dict[int, Any]
):
    last = FIRST_LINE + len(CASES) + 1
    assert out[last]["codigo"] == "LINHA_DE_TOTAL"
    assert "x" not in contracts
    [manifest] = world.rows(
        "select planilhas_ignoradas from {raw_carteira}.arquivos where _arquivo = 'posicao_1.xlsx'"
    )
    assert manifest["planilhas_ignoradas"] == {"Oculta": "oculta"}


def test_cells_that_look_like_formulas_are_text(contracts: dict[str, Any]):
    row = contracts["FORMULA"]
    shown = (row["cliente_nome"], row["agencia_nome"], row["carteira_nome"])
    assert shown == ("=1+1", "@SUM(A1)", "+55")


def test_of_a_contract_twice_in_one_file_the_last_line_stays(
    world: World, contracts: dict[str, Any], out: dict[int, Any]
):
    assert contracts["DUPLICADO"]["saldo_atual"] == 2
    assert contracts["DUPLICADO"]["nr_linha"] == world.lines["DUPLICADO"]
    [earlier] = [row for row in out.values() if row["codigo"] == "CHAVE_DUPLICADA_NO_ARQUIVO"]
    assert earlier["conteudo"]["saldo_atual"] == "1"


def test_missing_keys_unknown_columns_and_small_letters(
    world: World, contracts: dict[str, Any], out: dict[int, Any]
):
    assert out[world.lines["SEM-CLIENTE"]]["codigo"] == "OBRIGATORIO_AUSENTE"
    assert contracts["EXTRA"]["extras"] == {"Gerente": "Ana"}
    assert contracts["GIRO"]["extras"] is None
    assert contracts["MINUSCULA"]["risco_atual"] == "AA"
    assert contracts["MINUSCULA"]["linha_id"] == contracts["DOC-PONTUADO"]["linha_id"]


def test_lines_get_their_categories_and_bad_categories_go_to_quarantine(first: dict[str, Any]):
    assert {row["linha"]: row["categoria"] for row in first["linhas"]} == {
        "CDC": "PESSOAS", "Giro": "SEM CATEGORIA"
    }  # fmt: skip
    [bad] = [row for row in first["quarentena"] if row["entidade"] == "categorias"]
    assert (bad["codigo"], bad["detalhe"], bad["linha"]) == ("OBRIGATORIO_AUSENTE", "linha", 3)


def test_every_line_of_every_file_is_somewhere(world: World, first: dict[str, Any]):
    by_file = {row["arquivo"]: row for row in first["reconciliacao"]}
    row = by_file["posicao_1.xlsx"]
    assert row["qt_linha"] == len(CASES) + 2  # the duplicate and the total
    quarantined = {"DATA-IMPOSSIVEL", "NUM-TEXTO", "SEM-CLIENTE"}
    assert row["qt_quarentena"] == len(quarantined) + 1
    assert row["qt_duplicada"] == 1
    assert row["qt_curada"] == len(CASES) - len(quarantined) == len(first["contratos"])
    assert row["qt_substituida"] == 0
    for moment in ("primeira", "segunda", "simulada"):
        reconciled = world.seen[moment]["reconciliacao"]
        assert all(row["qt_saldo"] == 0 for row in reconciled)
    later = {row["arquivo"]: row for row in world.seen["segunda"]["reconciliacao"]}
    assert later["posicao_1.xlsx"]["qt_substituida"] == row["qt_curada"]


@pytest.mark.parametrize("moment", ["primeira", "simulada"])
@pytest.mark.parametrize(
    ("view", "key"), [("agencia", "agencia_id"), ("linha", "linha_id"), ("risco", "risco_atual")]
)
def test_views_agree_with_sums_done_by_hand(world: World, moment: str, view: str, key: str):
    groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in world.seen[moment]["contratos"]:
        groups[row[key]].append(row)
    assert {row[key] for row in world.seen[moment][view]} == set(groups)
    for row in world.seen[moment][view]:
        group = groups[row[key]]
        saldo = sum((each["saldo_atual"] or Decimal(0) for each in group), Decimal(0))
        late = sum((each["saldo_atual"] or 0 for each in group if (each["atraso"] or 0) > 90), 0)
        assert row["qt_contrato"] == len(group)
        assert row["qt_cliente"] == len({each["cliente_id"] for each in group})
        assert row["vl_saldo"] == saldo
        assert row["vl_provisao"] == sum(each["saldo_provisao"] or 0 for each in group)
        expected = round(100 * Decimal(late) / saldo, 4) if saldo else None
        assert row["pc_atraso_90"] == pytest.approx(expected, abs=Decimal("0.0001"))


@pytest.mark.parametrize("moment", ["primeira", "simulada"])
def test_the_ten_newest_operations(world: World, moment: str):
    rows = world.seen[moment]["contratos"]
    newest = sorted(
        rows, key=lambda row: (row["data_operacao"] or date.min, row["num_contrato"]), reverse=True
    )
    expected = [(row["cliente_id"], row["cliente_nome"], row["data_operacao"]) for row in newest]
    shown = [tuple(row.values()) for row in world.seen[moment]["ultimas"]]
    assert sorted(shown, key=str) == sorted(expected[:10], key=str)


def test_a_position_that_lands_during_a_build_waits_for_the_next(world: World):
    code, rows = world.seen["no meio"]
    assert code == 0
    assert rows == len(world.seen["primeira"]["contratos"])


def test_a_newer_position_supersedes_and_history_keeps_what_left(world: World):
    second = world.seen["segunda"]
    assert [row["num_contrato"] for row in second["contratos"]] == [
        "DOC-PONTUADO", "NOVO", "NUM-BR"
    ]  # fmt: skip
    history: dict[str, list[Any]] = defaultdict(list)
    for row in second["historico"]:
        current = row["dbt_valid_to"] == datetime(9999, 12, 31)
        history[row["num_contrato"]].append((row["dbt_is_deleted"], current, row["saldo_atual"]))
    assert history["NUM-BR"] == [("False", True, Decimal("1234.56"))]
    assert history["NOVO"] == [("False", True, 100)]
    assert history["DOC-PONTUADO"] == [("False", False, 100), ("False", True, 50)]
    assert history["GIRO"] == [("False", False, 100), ("True", True, 100)]
    assert {row["agencia_id"] for row in second["agencias"]} == {"0001"}


def test_building_again_or_loading_the_old_file_again_changes_nothing(world: World):
    before, after = world.seen["segunda"], world.seen["segunda de novo"]
    for name in before:
        assert sorted(before[name], key=str) == sorted(after[name], key=str), name


def test_ids_of_dimensions_stay_whatever_comes(world: World, first: dict[str, Any]):
    def ids(moment: str, name: str, column: str) -> dict[str, int]:
        return {row["chave"]: row[column] for row in world.seen[moment][name]}

    moments = ("primeira", "segunda", "segunda de novo", "simulada")
    for name, column in (("profissoes", "profissao_id"), ("linhas", "linha_id")):
        known: dict[str, int] = {}
        for moment in moments:
            now = ids(moment, name, column)
            assert known.items() <= now.items()
            assert sorted(now.values()) == list(range(1, len(now) + 1))
            known = now
    assert ids("segunda", "profissoes", "profissao_id") == {"MEDICO": 1, "ADVOGADO": 2}


def test_an_unknown_grade_stays_fails_the_build_and_is_named_without_personal_data(world: World):
    result = world.seen["nota"]
    assert result.returncode == 1
    said = result.stdout + result.stderr
    assert "NOTA-ERRADA" in said
    assert "posicao_3.xlsx" in said
    assert str(FIRST_LINE + 1) in said
    assert NAME not in said
    assert "52998224725" not in said
    assert "529.982" not in said
    assert world.seen["notas"][1] == {"num_contrato": "NOTA-ERRADA", "risco_atual": "Z9"}


def test_every_unit_test_of_the_models_passes(world: World):
    # `mirante build` leaves them out, so the project's own tests run them.
    environment = {
        **os.environ,
        **dbt_environment(world.server),
        "DBT_EXCLUDE_RESOURCE_TYPES": "",
        "MIRANTE_SCHEMA_PREFIX": PREFIX,
    }
    dbt = Path(sys.executable).with_name("dbt")
    result = subprocess.run(
        [dbt, "test", "--select", "test_type:unit", "--no-use-colors"],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    passed = re.search(r"Done\. PASS=(\d+)", result.stdout)
    assert passed is not None
    assert int(passed[1]) >= 15


def test_every_planted_fault_of_the_simulator_ends_as_its_list_says(world: World):
    seen = world.seen["simulada"]
    curated = {(row["arquivo"], row["nr_linha"]): row for row in seen["contratos"]}
    out = {(row["arquivo"], row["linha"]): row for row in seen["quarentena"]}
    assert len({defect["resultado"] for defect in world.defects}) >= 11
    keys = {fold(row["chave"]): row["profissao_id"] for row in seen["profissoes"]}
    assert len(keys) == len(seen["profissoes"])
    quarantined = [
        defect
        for defect in world.defects
        if defect["resultado"].isupper() and "_" in defect["resultado"]
    ]
    for defect in world.defects:
        where = (defect["arquivo"], int(defect["linha"]))
        result = defect["resultado"]
        if defect in quarantined:
            assert out[where]["codigo"] == result, defect
            assert where not in curated
            continue
        row = curated[where]
        good = {
            # Curated all the same; the divergences' own tests find it.
            "divergência": (row["saldo_atual"] or 0) > (row["valor_contrato"] or 0),
            "documento com os zeros": row["tipo_documento"] is not None
            or not str(row["cliente_documento"]).isdigit(),
            "mantido e marcado": row["fl_documento_invalido"]
            and row["cliente_documento"] == "1.23E+10",
            "número": row["saldo_atual"] is not None,
            "data": row["data_operacao"] is not None,
            "NULL e marcado": row["atraso"] is None and row["fl_atraso_ausente"],
            "NULL": row["valor_garantia"] is None,
            "texto": str(row["cliente_nome"]).startswith("=1+1 "),
            # Companies have none; whatever the spelling, the id is that of the folded name.
            "uma profissão só": keys.get(fold(row["profissao"] or "")) == row["profissao_id"],
        }
        assert good[result], defect
    assert {key for key in out if key[0] == "carteira_202610.xlsx"} == {
        (defect["arquivo"], int(defect["linha"])) for defect in quarantined
    }
