"""The cards' job: a month's files in, the month after closed, on a real server."""

from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from loaders import cartoes
from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from loaders.simulator.cartoes import simulate_cartoes
from loaders.simulator.population import make_population
from orchestration.defs.carga.cartoes import CargaCartoes
from tests.loaders.cards import invoices

PREFIX = "fecho_"
# The oldest of the simulated months: payments of none before them.
MONTHS = ("2024-11", "2024-12")


@pytest.fixture
def inbox(
    parsed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedded_server: Server
) -> Path:
    """An inbox with two months of a few clients' cards, and schemas of this test's own."""
    monkeypatch.setenv("MIRANTE_INBOX", str(tmp_path))
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
    monkeypatch.chdir(PROJECT_ROOT)
    _drop(embedded_server)
    wanted = {date.fromisoformat(f"{month}-01") for month in MONTHS}
    for path in simulate_cartoes(make_population(60, 1), tmp_path, date(2026, 10, 1), 1):
        if cartoes.file_month(path.name) not in wanted:
            path.unlink()
    return tmp_path / "cartoes"


@pytest.mark.slow
def test_a_month_is_loaded_closed_and_checked_and_again_changes_nothing(
    graph: dg.Definitions, inbox: Path, embedded_server: Server
):
    with dg.DagsterInstance.ephemeral() as instance:
        for number, month in enumerate(MONTHS, start=1):
            result = _run(graph, instance, month)
            assert result.success
            assert _metadata(result, "raw_cartoes", "arquivos")["arquivos_carregados"].value == 2
            assert _metadata(result, "raw_cartoes", "faturas")["arquivos_carregados"].value == 1
            assert _closings(embedded_server) == number
            told = _metadata(result, "cartoes", "book_fatura")
            assert told["dt_ref"].value == f"{[*MONTHS, '2025-01'][number]}-01"
            assert told["linhas"].value == _rows(embedded_server, told["dt_ref"].value) > 20
            resumo = _metadata(result, "cartoes", "book_fatura_resumo")
            assert resumo["linhas"].value == 4
            checks = result.get_asset_check_evaluations()
            assert len(checks) > 60, len(checks)
            assert [check.check_name for check in checks if not check.passed] == []
            assert {check.asset_key.path[0] for check in checks} >= {"cartoes", "intermediate"}

        before = _content(embedded_server)
        again = _run(graph, instance, MONTHS[0])
        assert again.success
        told = _metadata(again, "raw_cartoes", "arquivos")
        assert told["arquivos_sem_mudanca"].value == 2
        assert told["linhas_carregadas"].value == 0
        assert _content(embedded_server) == before
        materialized = instance.get_materialized_partitions(dg.AssetKey(["cartoes", "book_fatura"]))
        assert materialized == set(MONTHS)


@pytest.mark.slow
def test_a_failing_test_upstream_holds_back_the_book(
    graph: dg.Definitions, inbox: Path, embedded_server: Server
):
    with dg.DagsterInstance.ephemeral() as instance:
        assert _load(graph, instance, MONTHS[0]).success
        # A line that is nowhere: reconciliation does not come out even.
        with embedded_server.connect() as connection:
            connection.execute(f"update {PREFIX}raw_cartoes.arquivos set qt_linha = qt_linha + 1")
        failed = _run(graph, instance, MONTHS[0], raise_on_error=False)
    assert not failed.success
    assert [event.step_key for event in failed.get_step_failure_events()] == ["dbt_build"]
    broken = {
        check.asset_key.path[-1]
        for check in failed.get_asset_check_evaluations()
        if not check.passed
    }
    assert broken == {"cartoes__reconciliacao_arquivos"}
    built = {event.asset_key.path[-1] for event in failed.get_asset_materialization_events()}
    assert "faturas" in built
    assert built.isdisjoint({"book_fatura", "book_fatura_resumo", "int_cartoes__book_fechamentos"})
    assert _query(embedded_server, "select to_regclass('{}cartoes.book_fatura')") == [(None,)]


def test_a_month_without_files_says_so_and_named_files_load_whatever_their_month(
    graph: dg.Definitions, inbox: Path, embedded_server: Server, tmp_path: Path
):
    history = invoices(inbox / "tb_faturas.csv")
    (inbox / "leiame.md").write_text("nada")
    with dg.DagsterInstance.ephemeral() as instance:
        nothing = _load(graph, instance, "2019-03")
        assert nothing.success
        told = _metadata(nothing, "raw_cartoes", "faturas")
        assert told["arquivos_carregados"].value == 0
        assert "nenhum arquivo de 2019-03" in told["aviso"].value
        assert "Há 1 sem mês no nome" in told["aviso"].value

        named = _load(graph, instance, "2019-03", CargaCartoes(arquivos=[str(history)]))
        told = _metadata(named, "raw_cartoes", "faturas")
        assert told["arquivos_carregados"].value == 1
        assert "aviso" not in told


def test_a_refused_file_fails_the_step_and_says_why_without_its_cells(
    graph: dg.Definitions, inbox: Path, embedded_server: Server
):
    bad = inbox / "tb_faturas_201903.csv"
    bad.write_text("id_fatura,id_cliente,data_emissao\nF1,Maria Secreta,2019-03-01\n")
    with dg.DagsterInstance.ephemeral() as instance:
        result = _load(graph, instance, "2019-03", raise_on_error=False)
    assert not result.success
    failure = result.failure_data_for_node("carga_cartoes")
    assert "tb_faturas_201903.csv" in failure.user_failure_data.description
    assert "Maria" not in str(failure)
    assert not result.get_asset_materialization_events()


def _run(
    graph: dg.Definitions, instance: dg.DagsterInstance, month: str, **options: Any
) -> dg.ExecuteInProcessResult:
    job = graph.resolve_job_def("cartoes")
    return job.execute_in_process(instance=instance, partition_key=month, **options)


def _load(
    graph: dg.Definitions,
    instance: dg.DagsterInstance,
    month: str,
    config: CargaCartoes | None = None,
    **options: Any,
) -> dg.ExecuteInProcessResult:
    """Run the load only, as somebody who selects the raw tables in the graph."""
    raw = [dg.AssetKey(["raw_cartoes", table]) for table in ("faturas", "pagamentos", "arquivos")]
    return (
        graph.resolve_implicit_global_asset_job_def()
        .get_subset(asset_selection=set(raw))
        .execute_in_process(
            instance=instance,
            partition_key=month,
            run_config=dg.RunConfig(ops={"carga_cartoes": config or CargaCartoes()}),
            **options,
        )
    )


def _metadata(
    result: dg.ExecuteInProcessResult, schema: str, table: str
) -> dict[str, dg.MetadataValue]:
    for event in result.get_asset_materialization_events():
        if event.asset_key == dg.AssetKey([schema, table]):
            return dict(event.materialization.metadata)
    raise AssertionError(table)


def _query(server: Server, text: str) -> list[tuple[Any, ...]]:
    with server.connect() as connection:
        return connection.execute(text.replace("{}", PREFIX)).fetchall()


def _closings(server: Server) -> int:
    [(closings,)] = _query(server, "select count(distinct dt_ref) from {}cartoes.book_fatura")
    return int(closings)


def _rows(server: Server, dt_ref: str) -> int:
    [(rows,)] = _query(
        server, f"select count(*) from {{}}cartoes.book_fatura where dt_ref = '{dt_ref}'"
    )
    return int(rows)


def _content(server: Server) -> list[list[tuple[Any, ...]]]:
    return [
        _query(server, f"select * from {{}}cartoes.{table} order by 1, 2")
        for table in ("faturas", "pagamentos", "quarentena", "book_fatura", "book_fatura_resumo")
    ]


def _drop(server: Server) -> None:
    with server.connect() as connection:
        schemas = connection.execute(
            "select nspname from pg_namespace where starts_with(nspname, %s)", [PREFIX]
        ).fetchall()
        for (schema,) in schemas:
            connection.execute(f'drop schema "{schema}" cascade')
