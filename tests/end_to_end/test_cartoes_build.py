"""From card files to the book: the numbered cases, and a random issuer's year and more.

Everything goes the whole way, files to marts, on a real Postgres. What the book must say
comes from `tests.cartoes.referencia`, which shares nothing with the models but the
definition.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from loaders import embedded
from loaders.building import dbt_environment, quiet_dbt, ready_to_build
from loaders.server import Server
from tests.cartoes import casos
from tests.cartoes.arquivos import faturas_csv, pagamentos_csv
from tests.cartoes.referencia import Linha, Pagamento, add_months
from tests.end_to_end.cartoes_world import Book, Issuer, ask, book, load

pytestmark = pytest.mark.slow

CASES_PREFIX, STORY_PREFIX = "e2e_casos_", "e2e_historia_"
SELECTION = ["--select", "+int_cartoes__book_fechamentos", "cartoes__quarentena"]
DUMPED = ("faturas", "pagamentos", "quarentena", "book_fatura", "book_fatura_resumo")


WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


def build(server: Server, *arguments: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # dbt reads the server from the environment; other tests must not find it there.
        for name, value in dbt_environment(server).items():
            patch.setenv(name, value)
        with ready_to_build(server):
            assert quiet_dbt(["build", *SELECTION, *arguments])


@pytest.fixture(scope="module")
def cases(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """The book of all numbered cases together, built and tested by dbt."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", CASES_PREFIX)
        folder, server = tmp_path_factory.mktemp("casos"), embedded.ensure_running()
        load(
            server,
            faturas_csv(folder / "tb_faturas_202401.csv", casos.faturas_de_arquivos_anteriores()),
            faturas_csv(folder / "tb_faturas_202408.csv", casos.faturas()),
            pagamentos_csv(folder / "tb_pagamentos.csv", casos.pagamentos()),
        )
        build(server)
        yield book(server, CASES_PREFIX)


@pytest.mark.parametrize(
    ("caso", "dt_ref"),
    [
        pytest.param(caso, dt_ref, id=f"{caso.numero} {dt_ref:%Y-%m}: {caso.texto}")
        for caso in casos.CASOS
        for dt_ref in caso.esperado
    ],
)
def test_the_book_meets_the_case(cases: Book, caso: casos.Caso, dt_ref: date):
    row = cases[dt_ref, caso.cliente]
    assert {name: row[name] for name in caso.esperado[dt_ref]} == caso.esperado[dt_ref]


@dataclass
class Seen:
    """What a build left: where it differs from the reference, and what it rebuilt."""

    wrong: list[tuple[Any, ...]]
    rebuilt: list[date]
    unbalanced: list[dict[str, Any]]
    dump: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def differences(expected: Book, found: Book) -> list[tuple[Any, ...]]:
    """Name the cells that differ, or the rows that only one has."""
    if expected.keys() != found.keys():
        return [("rows", key) for key in expected.keys() ^ found.keys()]
    return [
        (key, name, value, found[key][name])
        for key, row in expected.items()
        for name, value in row.items()
        if found[key][name] != value or found[key].keys() != row.keys()
    ]


def look(server: Server, issuer: Issuer) -> Seen:
    expected, summary = issuer.expected()
    return Seen(
        wrong=differences(expected, book(server, STORY_PREFIX))
        + differences(summary, book(server, STORY_PREFIX, "book_fatura_resumo", "periodo")),
        rebuilt=[
            row["dt_ref"]
            for row in ask(
                server,
                "select dt_ref from {intermediate}.int_cartoes__meses_a_fechar order by 1",
                STORY_PREFIX,
            )
        ],
        unbalanced=ask(
            server, "select * from {cartoes}.reconciliacao_arquivos where qt_saldo != 0",
            STORY_PREFIX,
        ),
        dump={
            table: ask(server, f"select * from {{cartoes}}.{table} order by 1, 2, 3", STORY_PREFIX)
            for table in DUMPED
        },
    )  # fmt: skip


STEPS = (
    "history", "month", "next months", "late month", "corrected invoices", "corrected payments",
    "old payments", "killed", "healed", "nothing new", "leak", "full refresh",
)  # fmt: skip


@pytest.fixture(scope="module")
def story(
    embedded_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Seen]]:
    """A random issuer's files arrive and are built, step by step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", STORY_PREFIX)
        server = embedded.ensure_running()
        issuer = Issuer(tmp_path_factory.mktemp("historia"), seed=3, clients=40)
        months = issuer.months
        seen: dict[str, Seen] = {}

        def step(name: str, *paths: Path, options: tuple[str, ...] = ()) -> None:
            if paths:
                load(server, *paths)
            build(server, *WITHOUT_TESTS, *options)
            seen[name] = look(server, issuer)

        step("history", *issuer.history(months[:7], without=months[3]))
        step("month", *issuer.of_month(months[7]))
        step("next months", *issuer.of_month(months[8]), *issuer.of_month(months[9]))
        late = [each for each in issuer.faturas if each.dt_emissao.replace(day=1) == months[3]]
        tag = f"{months[3]:%Y%m}"
        step("late month", *issuer.invoices(f"tb_faturas_{tag}.csv", months[3], late))
        step("corrected invoices", *issuer.corrected_invoices(months[8]))
        step("corrected payments", *issuer.corrected_payments(months[9]))
        doubled = [
            each._replace(vl_pagamento=each.vl_pagamento * 2)
            for each in issuer.pagamentos
            if each.dt_pagamento.replace(day=1) == months[0]
        ]
        tag = f"{months[0]:%Y%m}"
        step("old payments", *issuer.payments(f"tb_pagamentos_{tag}.csv", months[0], doubled))
        load(server, *issuer.of_month(months[10]))
        kill_builds(server)
        step("killed")
        step("healed", *(path for month in months[11:] for path in issuer.of_month(month)))
        step("nothing new")
        future = [
            Pagamento(
                f"futuro-{each.id_fatura}",
                each.id_fatura,
                each.id_cliente,
                add_months(months[-1], 1) + timedelta(days=40),
                each.vl_fatura,
            )
            for each in issuer.curated()[0]
            if each.vl_fatura > 0
        ]
        step("leak", *issuer.payments("tb_pagamentos_futuros.csv", months[-1], future))
        step("full refresh", options=("--full-refresh",))
        yield seen


def kill_builds(server: Server) -> None:
    """Kill builds with all that they started, at moments that a seed draws."""
    rng = random.Random(5)  # noqa: S311 - nothing secret about it
    sessions = "select pid from pg_stat_activity where application_name = 'dbt'"
    with server.connect() as connection:
        for _ in range(4):
            # Those of the last one may still be ending.
            before = connection.execute(sessions).fetchall()
            process = subprocess.Popen(
                [sys.executable, "-m", "loaders", "build", "--quiet", *SELECTION],
                env=os.environ.copy(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            # How long it takes to start depends on what else the machine does.
            while process.poll() is None:
                if set(connection.execute(sessions).fetchall()) - set(before):
                    break
                time.sleep(0.05)
            # It takes some three seconds to build.
            time.sleep(rng.random() * 4)
            process.kill()
            process.wait()


@pytest.mark.parametrize("step", STEPS)
def test_after_each_step_the_book_is_the_references_cell_by_cell(story: dict[str, Seen], step: str):
    assert story[step].wrong == []


@pytest.mark.parametrize("step", STEPS)
def test_after_each_step_every_line_is_accounted_for(story: dict[str, Seen], step: str):
    assert story[step].unbalanced == []


def test_a_month_with_nothing_late_in_it_closes_one_dt_ref(story: dict[str, Seen]):
    assert len(story["month"].rebuilt) == 1


def test_a_late_month_rebuilds_only_what_its_windows_reach(story: dict[str, Seen]):
    rebuilt, before = story["late month"].rebuilt, story["next months"].dump["book_fatura"]
    kept = {row["dt_ref"] for row in before} - set(rebuilt)
    # The months before it do not know it.
    assert kept
    assert max(kept) < min(rebuilt)


def test_a_build_with_nothing_new_rebuilds_nothing(story: dict[str, Seen]):
    assert story["nothing new"].rebuilt == []
    assert story["nothing new"].dump == story["healed"].dump


def test_payments_of_the_future_change_no_row(story: dict[str, Seen]):
    leak = story["leak"]
    assert len(leak.dump["pagamentos"]) > len(story["nothing new"].dump["pagamentos"])
    assert leak.dump["book_fatura"] == story["nothing new"].dump["book_fatura"]


def test_a_full_refresh_gives_the_same_rows(story: dict[str, Seen]):
    assert story["full refresh"].dump == story["leak"].dump


def test_the_story_has_what_it_is_told_for(story: dict[str, Seen]):
    codes = {row["codigo"] for row in story["corrected payments"].dump["quarentena"]}
    assert codes == {"ORFAO", "CLIENTE_DIVERGENTE"}
    orphans = [
        sum(row["codigo"] == "ORFAO" for row in story[step].dump["quarentena"])
        for step in ("corrected payments", "healed")
    ]
    assert orphans[0] > orphans[1] > 0


def test_every_cell_has_the_catalogues_type(cases: Book):
    row: Linha = next(iter(cases.values()))
    assert len(row) == 4 * 32 + 5
