"""From files to cases: what was planted is found, and shown with what people decided.

Everything goes the whole way on a real Postgres. What random lines must give is computed by
`tests.controladoria.referencia`, which shares nothing with the models but the definition.
"""

import csv
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from loaders import controladoria, embedded
from loaders.audit.operations import who
from loaders.divergencias.decide import Request, decide
from loaders.divergencias.processing import IDENTITY, process
from loaders.divergencias.record import Window
from loaders.divergencias.states import Action
from loaders.file_loads import Outcome
from loaders.settings import PROJECT_ROOT
from orchestration.definitions import defs
from orchestration.defs.divergencias.abertas import open_specs
from orchestration.defs.divergencias.processamento import Modo, Processamento
from tests.controladoria import aleatorio, referencia
from tests.end_to_end.cliente_360_world import World

pytestmark = pytest.mark.slow

PREFIX = "e2e_divergencias_"
RULES = ("TRADE_MARKETING", "PENDENTE_VERIFICACAO", "VALIDACAO_VALORES")
LIVE = ("fct_divergencias", "vw_resumo", "controladoria_corrigida")
ENDS = (*LIVE, "divergencias__quarentena", "divergencias__reconciliacao_arquivos")
EVERYTHING = ("--select", *(f"+{name}" for name in ENDS))
# What comes of the controllership's files and of the audit.
OWN = (
    "--select", "source:raw_controladoria+", "path:models/staging/auditoria",
    "--exclude", IDENTITY,
    "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test",
)  # fmt: skip
ALL_DAYS = Window(None, None)
HEADER = [column.name for column in controladoria.source().contract("bonus").columns]
RANDOM = "aleatorio_202611.csv"


def write(path: Path, lines: list[referencia.Line]) -> Path:
    """Write lines as a file of the source."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    return path


def load(world: World, path: Path) -> None:
    [result] = controladoria.source().load(world.server, "bonus", [str(path)])
    assert result.outcome is Outcome.CARREGADO, result


@pytest.fixture(scope="module")
def random_lines() -> list[referencia.Line]:
    return aleatorio.lines(11, date(2026, 10, 28))


@pytest.fixture(scope="module")
def world(
    embedded_home: Path,
    tmp_path_factory: pytest.TempPathFactory,
    random_lines: list[referencia.Line],
) -> Iterator[World]:
    """All sources, loaded and built, and a file of random lines."""
    folder = tmp_path_factory.mktemp("divergencias")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
        world = World(embedded.ensure_running(), folder, PREFIX)
        world.load()
        load(world, write(folder / RANDOM, random_lines))
        assert world.build(*EVERYTHING, "--exclude-resource-type", "unit_test")
        yield world


def planted(world: World) -> list[dict[str, str]]:
    with (world.folder / "defeitos.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cases(world: World) -> list[dict[str, Any]]:
    return world.rows("select * from {divergencias}.fct_divergencias order by caso")


def keys(world: World, rule: str) -> set[str]:
    return {row["chave"] for row in cases(world) if row["regra"] == rule}


# A sheet's place stands before the number of its line.
PLACED = """
    select reconciliacao_arquivos.arquivo, controladoria.nr_linha % 2097152 as linha,
        fct_divergencias.*
    from {divergencias}.fct_divergencias
    inner join {divergencias}.controladoria
        on fct_divergencias.chave = controladoria.chave
        and fct_divergencias.competencia is not distinct from controladoria.competencia
    inner join {divergencias}.reconciliacao_arquivos using (arquivo_id)
    where fonte = 'controladoria'
"""


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_finds_what_was_planted_for_it_and_nothing_else(world: World, rule: str):
    found = {
        (row["arquivo"], row["linha"], row["campo"])
        for row in world.rows(PLACED)
        if row["regra"] == rule and row["arquivo"] != RANDOM
    }
    wanted = {
        (row["arquivo"], int(row["linha"]), row["coluna"])
        for row in planted(world)
        if row["resultado"] == rule
    }
    assert len(wanted) >= 18
    # Precision and recall are 1.
    assert found == wanted


def test_random_lines_give_the_references_cases(world: World, random_lines: list[referencia.Line]):
    [base] = world.rows("select max(dt_processamento) as dia from {divergencias}.controladoria")
    expected = referencia.cases(random_lines, base["dia"])
    found = {
        referencia.Case(**{name: row[name] for name in referencia.Case.__dataclass_fields__})
        for row in world.rows(PLACED)
        if row["arquivo"] == RANDOM
    }
    assert {
        rule: sum(case.regra == rule for case in expected) > 20 for rule in RULES
    } == dict.fromkeys(RULES, True)
    assert found == expected


def test_unreadable_lines_are_in_quarantine_and_every_file_comes_out_even(world: World):
    found = world.rows("select arquivo, linha, codigo from {divergencias}.quarentena")
    assert {(row["arquivo"], row["linha"], row["codigo"]) for row in found} == {
        (row["arquivo"], int(row["linha"]), row["resultado"])
        for row in planted(world)
        if row["arquivo"].startswith("controladoria") and row["resultado"] not in RULES
    }
    files = world.rows("select * from {divergencias}.reconciliacao_arquivos")
    assert len(files) == 7
    assert {row["qt_saldo"] for row in files} == {0}
    assert sum(row["qt_substituida"] for row in files) > 0


def test_payments_of_another_client_are_those_that_were_planted(world: World):
    lines = [
        (row["arquivo"], int(row["linha"]))
        for row in planted(world)
        if row["resultado"] == "CLIENTE_DIVERGENTE"
    ]
    raw = world.rows("select _arquivo, _linha, id_pagamento from {raw_cartoes}.pagamentos")
    number = {(row["_arquivo"], row["_linha"]): row["id_pagamento"] for row in raw}
    assert keys(world, "PAGAMENTO_OUTRO_CLIENTE") == {number[line] for line in lines} != set()


def test_commissions_above_their_percentage_are_those_that_were_planted(world: World):
    rows = (world.folder / "cvcrm" / "comissoes.jsonl").read_text("utf-8").splitlines()
    lines = [
        int(row["linha"])
        for row in planted(world)
        if row["arquivo"] == "comissoes.jsonl" and row["coluna"] == "valor_comissao"
    ]
    numbers = {str(json.loads(rows[line - 1])["idcomissao"]) for line in lines}
    assert keys(world, "COMISSAO_ACIMA_PERCENTUAL") == numbers != set()


def test_balances_above_their_contracts_value_are_those_that_were_planted(world: World):
    lines = {
        (row["arquivo"], int(row["linha"]))
        for row in planted(world)
        if row["defeito"] == "acima do valor do contrato"
    }
    raw = world.rows("select _arquivo, _linha, num_contrato from {raw_carteira}.contratos")
    numbers = {row["num_contrato"] for row in raw if (row["_arquivo"], row["_linha"]) in lines}
    assert keys(world, "SALDO_ACIMA_VALOR") == numbers != set()


def test_invoices_against_payments_and_inconsistent_sales_are_what_the_marts_say(world: World):
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in world.rows("select * from {cartoes}.pagamentos"):
        paid[row["id_fatura"]] += row["vl_pagamento"]
    over = {
        row["id_fatura"]
        for row in world.rows("select * from {cartoes}.faturas")
        if paid[row["id_fatura"]] > max(row["vl_fatura"], Decimal(0)) + Decimal("0.01")
    }
    assert keys(world, "FATURA_CONTRA_PAGAMENTOS") == over != set()
    sales = world.rows("select * from {vendas}.prosoluto where fl_inconsistente")
    assert keys(world, "PROSOLUTO_INCONSISTENTE") == {str(row["reserva_id"]) for row in sales}
    assert sales


def test_cases_tell_a_client_in_the_sources_numbering_and_no_person(world: World):
    for row in cases(world):
        assert (row["cliente_id"] is None) is (row["fonte"] == "controladoria"), row
        assert row["estado"] is None
        assert row["confianca"] == row["confianca_base"]


def test_a_second_build_changes_nothing(world: World):
    before = {name: world.rows(f"select * from {{divergencias}}.{name}") for name in ENDS[:3]}
    assert world.build(*OWN)
    for name, rows in before.items():
        assert sorted(map(str, world.rows(f"select * from {{divergencias}}.{name}"))) == sorted(
            map(str, rows)
        )


def test_every_case_is_recorded_once_however_often_it_is_detected(world: World):
    found = {row["caso"] for row in cases(world)}
    first = process(world.server, window=ALL_DAYS, build=None)
    assert (first.recorded.encontradas, first.recorded.novas) == (len(found), len(found))
    again = process(world.server, window=ALL_DAYS, build=None)
    assert again.counts() == first.counts() | {"novas": 0}
    recorded = world.rows("select * from {audit}.vw_divergencias_abertas")
    assert {row["caso"] for row in recorded} == found
    # By default the last day of each source alone.
    default = process(world.server, build=None).recorded
    assert 0 < default.encontradas < len(found)
    assert default.novas == 0


def test_what_people_decide_shows_at_once_and_a_correction_until_it_is_taken_back(world: World):
    process(world.server, window=ALL_DAYS, build=None)
    before = world.rows("select * from {divergencias}.controladoria order by chave, competencia")
    case = next(
        row for row in cases(world)
        if row["regra"] == "TRADE_MARKETING" and row["valor_atual"] and row["valor_sugerido"]
    )  # fmt: skip
    [answer] = decide(world.server, Request(Action.APROVAR, reason="confere"), [case["caso"]])
    assert answer.ok, answer
    # Nothing was built: the views are live. (20 x 0.95 + 1) / 21
    [shown] = [row for row in cases(world) if row["caso"] == case["caso"]]
    assert (shown["estado"], shown["confianca"]) == ("aplicada", Decimal("0.9524"))
    assert shown["evidencia"] == case["evidencia"]
    [line] = world.rows(
        "select * from {divergencias}.controladoria_corrigida where campos_corrigidos != '{{}}'"
    )
    column = {"bonus_dpto": "vl_bonus_dpto", "trade_mkt_dpto": "vl_trade_mkt_dpto"}[case["campo"]]
    assert (line["chave"], line["campos_corrigidos"]) == (case["chave"], [case["campo"]])
    assert line[case["campo"]] == case["valor_sugerido"]
    assert str(line[column]) == case["valor_sugerido"]
    [correction] = line["correcoes"]
    assert correction | {"quando": None} == {
        "campo": case["campo"], "antes": case["valor_atual"], "depois": case["valor_sugerido"],
        "quem": who(world.server), "quando": None, "motivo": "confere", "regra": case["regra"],
        "caso": case["caso"],
    }  # fmt: skip
    states = world.rows("select * from {divergencias}.vw_resumo where estado = 'aplicada'")
    assert [(row["regra"], row["qt_divergencia"]) for row in states] == [("TRADE_MARKETING", 1)]
    # The rules look at the source: a build finds the same case, and only that.
    assert world.build(*OWN)
    assert next(row for row in cases(world) if row["caso"] == case["caso"]) == shown
    assert process(world.server, window=ALL_DAYS, build=None).recorded.novas == 0
    [answer] = decide(world.server, Request(Action.REVERTER), [case["caso"]])
    assert answer.ok, answer
    columns = ", ".join(before[0])
    assert (
        world.rows(
            f"select {columns} from {{divergencias}}.controladoria_corrigida"
            " order by chave, competencia"
        )
        == before
    )


def test_the_job_records_decides_counts_and_reports(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(PROJECT_ROOT)
    automatic = {
        row["caso"] for row in cases(world) if row["fl_automatica"] and row["estado"] == "detectada"
    }
    assert len(automatic) > 10
    # One reversal took the rule below what is sure enough; as many approvals bring it back.
    world.rows(
        "update {audit}.configuracoes_sistema set valor = '0.5'"
        " where chave = 'confianca_minima_automatica'"
    )
    with world.environment():
        result = (
            defs()
            .resolve_job_def("divergencias")
            .execute_in_process(
                run_config=dg.RunConfig(
                    ops={
                        "audit__divergencias_processadas": Processamento(
                            modo=Modo.auto, data_inicio="2000-01-01"
                        )
                    }
                )
            )
        )
    assert result.success
    told = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    assert told["audit/divergencias_processadas"]["aplicadas"].value == len(automatic)
    assert {row["caso"] for row in cases(world) if row["estado"] == "aplicada"} == automatic
    waiting = Counter(
        row["regra"] for row in world.rows("select * from {audit}.vw_divergencias_abertas")
    )
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    for spec in open_specs():
        check = checks[spec.name]
        assert check.metadata["abertas"].value == waiting[spec.metadata["regra"]]
        assert check.passed is not bool(waiting[spec.metadata["regra"]])
    report = told["divergencias/relatorio"]
    assert report["abertas"].value == waiting.total()
    page = Path(report["arquivo"].value).read_text(encoding="utf-8")
    assert "VALIDACAO_VALORES" in page


def test_a_newer_file_takes_the_place_of_all_lines_of_an_invoice(world: World, tmp_path: Path):
    line = dict.fromkeys(HEADER, "") | {"idnfsexterno": "TODA", "competencia": "2026-11-01"}
    reviewed = {"apontamento": "Revisar Divergência!", "valor_bonus": "10", "bonus_dpto": "20"}
    first = [
        line | reviewed | {"trade": number, "trade_mkt_dpto": number} for number in ("1", "2", "3")
    ]
    first.append(line | reviewed | {"competencia": ""})
    load(world, write(tmp_path / "nota_202611.csv", first))
    assert world.build(*OWN)
    own = (
        "select chave, competencia, trade from {divergencias}.controladoria"
        " where idnfsexterno = 'TODA' order by 1, 2"
    )
    assert [tuple(row.values()) for row in world.rows(own)] == [
        ("TODA", "2026-11-01", "1.00"), ("TODA", None, None),
        ("TODA#2", "2026-11-01", "2.00"), ("TODA#3", "2026-11-01", "3.00"),
    ]  # fmt: skip
    found = [row["caso"] for row in cases(world) if row["chave"].startswith("TODA")]
    assert len(set(found)) == 4
    # An older month that comes later takes nothing's place; a newer one with less, everything's.
    load(world, write(tmp_path / "nota_202501.csv", [line | {"trade": "9"}]))
    load(world, write(tmp_path / "nota_202612.csv", [line | {"trade": "7"}]))
    assert world.build(*OWN)
    assert [tuple(row.values()) for row in world.rows(own)] == [
        ("TODA", "2026-11-01", "7.00"), ("TODA", None, None),
    ]  # fmt: skip
    assert len([row for row in cases(world) if row["chave"].startswith("TODA")]) == 1
    files = world.rows(
        "select * from {divergencias}.reconciliacao_arquivos where arquivo like 'nota%%'"
        " order by arquivo", {},
    )  # fmt: skip
    assert [(row["qt_substituida"], row["qt_curada"], row["qt_saldo"]) for row in files] == [
        (1, 0, 0), (3, 1, 0), (0, 1, 0),
    ]  # fmt: skip


def test_readers_never_miss_a_view_or_see_it_half_full_while_it_is_rebuilt(world: World):
    counts = {
        name: world.rows(f"select count(*) as qt from {{divergencias}}.{name}")[0]["qt"]
        for name in LIVE
    }
    seen: list[tuple[str, Any]] = []
    done = threading.Event()

    def poll() -> None:
        while not done.is_set():
            for name in LIVE:
                try:
                    [row] = world.rows(f"select count(*) as qt from {{divergencias}}.{name}")
                    seen.append((name, row["qt"]))
                except psycopg.Error as error:
                    seen.append((name, repr(error)))

    readers = [threading.Thread(target=poll) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        assert world.build(*OWN)
        assert world.build(*OWN, "--full-refresh")
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert len(seen) > 50
    assert set(seen) == set(counts.items())


def test_a_reader_who_stays_holds_no_rebuild_back(world: World):
    with world.server.connect(autocommit=False) as reader:
        # Cut off, should the build wait for it: a test that hangs tells nothing.
        reader.execute("set idle_in_transaction_session_timeout = '60s'")
        for name in LIVE:
            world.ask(reader, f"select count(*) from {{divergencias}}.{name}")
        assert world.build(*OWN)
        assert world.ask(reader, "select 1 as ok") == [{"ok": 1}]


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        ("create table {divergencias}.vw_resumo as select 1 as outra", False),
        ("create view {divergencias}.vw_resumo as select 1 as outra", False),
        ("create view {divergencias}.vw_resumo as select * from {divergencias}.dela limit 0", True),
    ],
    ids=["a table", "other columns", "other rows"],
)
def test_a_live_view_takes_the_place_of_whatever_has_its_name(
    world: World, other: str, *, kept: bool
):
    oid = "select '{divergencias}.vw_resumo'::regclass::oid as oid"
    everything = "select * from {divergencias}.vw_resumo order by regra, estado"
    before = world.rows(everything)
    assert before
    world.rows(
        "create or replace view {divergencias}.dela as select * from {divergencias}.vw_resumo"
    )
    world.rows("alter view {divergencias}.vw_resumo rename to original")
    world.rows(other)
    replaced = world.rows(oid)
    assert world.build("--select", "vw_resumo", "--exclude-resource-type", "test")
    assert world.rows(everything) == before
    assert (world.rows(oid) == replaced) is kept
    world.rows("drop view {divergencias}.original cascade")
