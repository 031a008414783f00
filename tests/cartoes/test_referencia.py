"""The plain reference of the book meets the definition's cases and its identities."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from tests.cartoes import casos
from tests.cartoes.aleatorio import MES_SEM_NINGUEM, PRIMEIRO_MES, gerar
from tests.cartoes.referencia import (
    Fatura,
    Linha,
    Pagamento,
    add_months,
    book_fatura,
    book_fatura_resumo,
    business_day,
    minimum,
    month_start,
    rounded,
)
from tests.cartoes.seeds import JANELAS, colunas_do_book, feriados, fits

SEEDS = (1, 2, 3)
# Counts and sums that a longer window can only add to.
GROWING = (
    "qt_fatura", "qt_fatura_exigivel", "qt_fatura_vencida", "vl_fatura_total",
    "vl_pagamento_minimo_total", "vl_saldo_credor_total", "qt_mes_sem_fatura", "qt_pagamento",
    "qt_fatura_paga_em_dia", "qt_fatura_inadimplente", "vl_inadimplente", "qt_fatura_atraso",
    "qt_fatura_parcial", "qt_fatura_sem_pagamento", "vl_saldo_aberto", "vl_pago_excedente",
    "fl_cobertura_incompleta",
)  # fmt: skip

Book = dict[tuple[date, str], Linha]
Dados = tuple[list[Fatura], list[Pagamento], Book]


@pytest.fixture(scope="module")
def book_dos_casos() -> Book:
    return book_fatura(casos.faturas(), casos.pagamentos(), feriados())


@pytest.fixture(scope="module", params=SEEDS)
def dados(request: pytest.FixtureRequest) -> Dados:
    faturas, pagamentos = gerar(request.param, 40)
    return faturas, pagamentos, book_fatura(faturas, pagamentos, feriados())


def test_all_nineteen_cases_are_there_and_share_no_id():
    numbers = [int("".join(filter(str.isdigit, caso.numero))) for caso in casos.CASOS]
    assert sorted(set(numbers)) == list(range(1, 20))
    for rows in (casos.faturas(), casos.pagamentos()):
        assert len({row[0] for row in rows}) == len(rows)
    for caso in casos.CASOS:
        own = {caso.cliente}
        assert {row.id_cliente for row in (*caso.faturas, *caso.pagamentos)} - own == set()
        assert {row.id_fatura for row in caso.versao_anterior} <= {
            row.id_fatura for row in caso.faturas
        }


@pytest.mark.parametrize(
    ("caso", "dt_ref"),
    [
        pytest.param(caso, dt_ref, id=f"{caso.numero}-{dt_ref:%Y%m}-{caso.texto}")
        for caso in casos.CASOS
        for dt_ref in caso.esperado
    ],
)
def test_the_reference_meets_the_case(book_dos_casos: Book, caso: casos.Caso, dt_ref: date):
    linha = book_dos_casos[dt_ref, caso.cliente]
    expected = caso.esperado[dt_ref]
    assert {name: linha[name] for name in expected} == expected


def test_the_range_ends_the_month_after_the_last_emission(book_dos_casos: Book):
    dt_refs = sorted({dt_ref for dt_ref, _ in book_dos_casos})
    assert (dt_refs[0], dt_refs[-1]) == (date(2023, 6, 1), date(2024, 9, 1))
    assert len(dt_refs) == 16


def test_dt_base_cuts_the_end_and_changes_nothing_before_it(book_dos_casos: Book):
    cut = book_fatura(casos.faturas(), casos.pagamentos(), feriados(), date(2024, 7, 31))
    assert cut == {key: row for key, row in book_dos_casos.items() if key[0] <= date(2024, 7, 1)}


def test_every_row_has_the_catalogues_columns_in_its_types(dados: Dados):
    columns = colunas_do_book()
    for row in dados[2].values():
        assert row.keys() == columns.keys()
        wrong = {name: row[name] for name in row if not fits(row[name], columns[name])}
        assert wrong == {}


def test_a_row_knows_nothing_of_what_happened_on_or_after_its_dt_ref(dados: Dados):
    faturas, pagamentos, book = dados
    for dt_ref in (add_months(PRIMEIRO_MES, months) for months in (3, 10, 15)):
        known = book_fatura(
            [each for each in faturas if each.dt_emissao < dt_ref],
            [each for each in pagamentos if each.dt_pagamento < dt_ref],
            feriados(),
        )
        rows = {key: row for key, row in book.items() if key[0] == dt_ref}
        assert rows
        # The range ends before, if nobody had an invoice in the month before.
        assert rows == {key: row for key, row in known.items() if key[0] == dt_ref}


def test_the_order_of_the_rows_means_nothing(dados: Dados):
    faturas, pagamentos, book = dados
    rng = Random(5)  # noqa: S311
    assert book == book_fatura(
        rng.sample(faturas, len(faturas)), rng.sample(pagamentos, len(pagamentos)), feriados()
    )


def test_counts_and_sums_never_fall_from_a_window_to_a_longer_one(dados: Dados):
    for row in dados[2].values():
        for shorter, longer in pairwise(JANELAS):
            for name in GROWING:
                assert row[f"{name}_u{shorter}m"] <= row[f"{name}_u{longer}m"], name


def test_every_matured_invoice_is_in_one_state_of_payment(dados: Dados):
    faturas, pagamentos, book = dados
    billed: dict[str, list[Fatura]] = {}
    paid: dict[str, list[Pagamento]] = {}
    for fatura in faturas:
        if fatura.vl_fatura > 0:
            billed.setdefault(fatura.id_cliente, []).append(fatura)
    for pagamento in pagamentos:
        paid.setdefault(pagamento.id_fatura, []).append(pagamento)
    cent = Decimal("0.01")
    for (dt_ref, cliente), row in book.items():
        for k in JANELAS:
            full = below = 0
            for fatura in billed.get(cliente, []):
                if not add_months(dt_ref, -k) <= fatura.dt_emissao < dt_ref:
                    continue
                if business_day(fatura.dt_vencimento, feriados()) < dt_ref:
                    so_far = sum(
                        each.vl_pagamento
                        for each in paid.get(fatura.id_fatura, [])
                        if each.dt_pagamento < dt_ref
                    )
                    full += so_far > 0 and so_far >= fatura.vl_fatura - cent
                    below += 0 < so_far < minimum(fatura) - cent
            states = row[f"qt_fatura_parcial_u{k}m"] + row[f"qt_fatura_sem_pagamento_u{k}m"]
            assert full + below + states == row[f"qt_fatura_vencida_u{k}m"]


def test_sums_equal_those_of_the_curated_rows(dados: Dados):
    faturas, pagamentos, book = dados
    clients: dict[date, set[str]] = {}
    for dt_ref, cliente in book:
        clients.setdefault(dt_ref, set()).add(cliente)
    for dt_ref, population in clients.items():
        for k in JANELAS:
            start = add_months(dt_ref, -k)

            def summed(name: str, dt_ref: date = dt_ref, k: int = k) -> Decimal:
                return sum(row[f"{name}_u{k}m"] for key, row in book.items() if key[0] == dt_ref)

            emitted = [each for each in faturas if start <= each.dt_emissao < dt_ref]
            flow = [
                each
                for each in pagamentos
                if start <= each.dt_pagamento < dt_ref and each.id_cliente in population
            ]
            assert summed("qt_fatura") == len(emitted)
            values = [each.vl_fatura for each in emitted]
            assert summed("vl_fatura_total") - summed("vl_saldo_credor_total") == sum(values)
            assert summed("qt_pagamento") == sum(each.vl_pagamento > 0 for each in flow)
            assert summed("vl_pagamento_total") == sum(each.vl_pagamento for each in flow)


def test_open_less_excess_is_what_was_billed_less_what_was_paid(dados: Dados):
    for row in dados[2].values():
        for k in JANELAS:
            if row[f"qt_fatura_vencida_u{k}m"] == row[f"qt_fatura_exigivel_u{k}m"]:
                owed = row[f"vl_fatura_total_u{k}m"] - row[f"vl_pago_fatura_total_u{k}m"]
                assert row[f"vl_saldo_aberto_u{k}m"] - row[f"vl_pago_excedente_u{k}m"] == owed


def test_the_summary_is_the_sum_of_the_book(dados: Dados):
    faturas, pagamentos, book = dados
    resumo = book_fatura_resumo(faturas, pagamentos, feriados())
    dt_refs = {dt_ref for dt_ref, _ in book}
    assert resumo.keys() == {(dt_ref, f"U{k}M") for dt_ref in dt_refs for k in JANELAS}
    sums = {
        "total_faturas": "qt_fatura",
        "valor_total_faturas": "vl_fatura_total",
        "total_pagamentos": "qt_pagamento",
        "valor_total_pagamentos": "vl_pagamento_total",
        "total_atrasos": "qt_fatura_atraso",
        "valor_inadimplente": "vl_inadimplente",
    }
    for (dt_ref, periodo), row in resumo.items():
        assert len(row) == 17
        rows = [each for key, each in book.items() if key[0] == dt_ref]
        suffix = periodo.lower()
        for old, new in sums.items():
            assert row[old] == sum(each[f"{new}_{suffix}"] for each in rows)
        assert row["total_clientes"] == sum(each[f"qt_fatura_{suffix}"] > 0 for each in rows)
        worst = [each[f"nr_dias_atraso_maximo_{suffix}"] for each in rows]
        assert row["max_dias_atraso"] == max(
            (days for days in worst if days is not None), default=None
        )
        matured = sum(each[f"qt_fatura_vencida_{suffix}"] for each in rows)
        on_time = sum(each[f"qt_fatura_paga_em_dia_{suffix}"] for each in rows)
        if matured:
            share = rounded(Decimal(100 * on_time) / matured, 4)
            assert row["percentual_pagamento_prazo"] == share
        else:
            assert row["percentual_pagamento_prazo"] is None


def test_halves_are_rounded_away_from_zero():
    assert rounded(Decimal("0.125"), 2) == Decimal("0.13")
    assert rounded(Decimal("-0.125"), 2) == Decimal("-0.13")
    assert str(rounded(Decimal("-0.001"), 2)) == "0.00"


def test_random_rows_reach_the_corners(dados: Dados):
    faturas, pagamentos, _ = dados
    by_id = {each.id_fatura: each for each in faturas}
    assert len(by_id) == len(faturas)
    assert len({each.id_pagamento for each in pagamentos}) == len(pagamentos)
    months = {month_start(each.dt_emissao) for each in faturas}
    assert add_months(PRIMEIRO_MES, MES_SEM_NINGUEM) not in months
    assert len(months) == 19
    positive = [each for each in faturas if each.vl_fatura > 0]
    minima = [(each.vl_pagamento_minimo, each.vl_fatura) for each in positive]
    assert any(m is None for m, _ in minima)
    known = [(m, v) for m, v in minima if m is not None]
    assert any(m == 0 for m, _ in known)
    assert any(m < 0 for m, _ in known)
    assert any(m > v for m, v in known)
    assert any(each.vl_fatura == 0 for each in faturas)
    assert any(each.vl_fatura < 0 for each in faturas)
    assert any(each.dt_vencimento in feriados() for each in faturas)
    assert any(each.dt_vencimento.isoweekday() > 5 for each in faturas)
    assert any((each.dt_vencimento + timedelta(1)).day == 1 for each in faturas)
    assert all(each.dt_vencimento >= each.dt_emissao for each in faturas)
    assert any(each.vl_pagamento < 0 for each in pagamentos)
    assert any(each.vl_pagamento == 0 for each in pagamentos)
    assert any(each.dt_pagamento < by_id[each.id_fatura].dt_emissao for each in pagamentos)
    assert any(each.dt_pagamento.year == 2039 for each in pagamentos)
    assert all(each.id_cliente == by_id[each.id_fatura].id_cliente for each in pagamentos)
    sizes = [
        sum(each.id_cliente == client for each in faturas)
        for client in {each.id_cliente for each in faturas}
    ]
    assert min(sizes) == 1
    assert max(sizes) > 20
