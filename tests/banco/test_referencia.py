"""The plain reference of the bank meets the definition's cases and curates as defined."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.banco import aleatorio, casos, referencia
from tests.banco.arquivos import csv_de
from tests.banco.referencia import Arquivo, Celulas, ImpossivelError, Linha, Metricas, Transaccion

CLIENTES = Arquivo("c.csv", "c", "clientes", (Linha(2, {"cliente_id": "1"}),))
BOA = {
    "transaccion_id": "T", "cliente_id": "1", "fecha": "2025-01-02", "tipo": "x", "monto": "1.00",
}  # fmt: skip


def transactions(nome: str, *lines: Celulas) -> Arquivo:
    linhas = tuple(Linha(number, BOA | line) for number, line in enumerate(lines, start=2))
    return Arquivo(nome, nome, "transacciones", linhas)


@pytest.fixture(scope="module")
def metricas_dos_casos() -> dict[str, Metricas]:
    curadoria = referencia.curated(
        [
            Arquivo(
                each.nome, each.nome, each.entidade,
                tuple(Linha(n, line) for n, line in enumerate(each.planilhas[""], start=2)),
            )
            for each in (
                csv_de("c.csv", "clientes", casos.clientes()),
                csv_de("t.csv", "transacciones", casos.transacciones()),
            )
        ]
    )  # fmt: skip
    assert curadoria.quarentena == []
    return referencia.metricas_bancarias(
        [row[0] for row in curadoria.clientes.values()],
        [row[0] for row in curadoria.transacciones.values()],
        casos.DT_BASE,
    )


@pytest.mark.parametrize("caso", [pytest.param(each, id=each.nome) for each in casos.CASOS])
def test_the_reference_meets_the_case(metricas_dos_casos: dict[str, Metricas], caso: casos.Caso):
    row = metricas_dos_casos[caso.cliente_id]
    assert {name: row[name] for name in caso.esperado} == caso.esperado


def test_a_later_month_wins_then_a_later_load_and_no_month_is_the_oldest():
    files = [
        CLIENTES,
        transactions("t_202502.csv", {"monto": "2.00"}),
        transactions("t_202501.csv", {"monto": "1.00"}),
        transactions("t.csv", {"monto": "0.00"}),
    ]
    row, sha256, numero = referencia.curated(files).transacciones["T"]
    assert (row.monto, sha256, numero) == (Decimal("2.00"), "t_202502.csv", 2)
    later = [*files, transactions("u_202502.csv", {"monto": "3.00"})]
    assert referencia.curated(later).transacciones["T"][0].monto == 3
    invalid = [*files, transactions("u_202502.csv", {"monto": "x"}, {"cliente_id": "2"})]
    curadoria = referencia.curated(invalid)
    assert curadoria.transacciones["T"][0].monto == 2
    assert [each.codigo for each in curadoria.quarentena] == ["TIPO_INVALIDO", "ORFAO"]


def test_of_a_key_the_last_valid_line_of_the_file_stays():
    curadoria = referencia.curated(
        [CLIENTES, transactions("t.csv", {}, {"monto": "2.00"}, {"fecha": "2025-02-30"})]
    )
    assert curadoria.transacciones["T"][2] == 3
    assert {(each.codigo, each.numero) for each in curadoria.quarentena} == {
        ("DATA_IMPOSSIVEL", 4),
        ("CHAVE_DUPLICADA_NO_ARQUIVO", 2),
    }
    assert curadoria.reconciliacao["t.csv"] == (3, 1, 0, 1, 1)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"monto": "x", "tipo": "", "fecha": "2025-02-30"}, "TIPO_INVALIDO"),
        ({"monto": "-", "fecha": "2025-02-30"}, "OBRIGATORIO_AUSENTE"),
        ({"fecha": "1899-12-31", "cliente_id": "2"}, "DATA_IMPOSSIVEL"),
        ({"cliente_id": "01"}, "ORFAO"),
    ],
)
def test_the_first_code_of_the_order_wins(line: Celulas, code: str):
    curadoria = referencia.curated([CLIENTES, transactions("t.csv", line)])
    assert [each.codigo for each in curadoria.quarentena] == [code]


def test_texts_become_numbers_and_days():
    for text in ("1.234,56", "1234,56", "1234.56", "1,234.56", "R$ 1.234,56"):
        assert referencia.typed_number(text) == Decimal("1234.56")
    assert referencia.typed_number("(1.234,50)") == referencia.typed_number("-1234.5")
    for text in ("NaN", "infinity", "a apurar", "--1", "1.2.3"):
        with pytest.raises(ValueError, match="number"):
            referencia.typed_number(text)
    for text in ("2024-02-29", "29/02/2024 23:59", "2024-02-29T23:59:59-03:00"):
        assert referencia.typed_date(text) == date(2024, 2, 29)
    with pytest.raises(ImpossivelError):
        referencia.typed_date("29/02/2025")


def test_dt_base_is_the_day_after_the_newest_transaction_that_is_not_of_the_future():
    today = date(2025, 3, 10)
    days = (date(2025, 3, 9), today, date(2025, 3, 11))
    rows = [Transaccion("T", "1", day, "x", Decimal(1), None, None) for day in days]
    assert referencia.default_dt_base(rows, today) == date(2025, 3, 11)
    assert referencia.default_dt_base(rows[:1], today) == today
    assert referencia.default_dt_base(rows[2:], today) is None


def test_a_year_is_whole_on_the_birthday():
    born = date(1990, 3, 10)
    assert referencia.whole_years(born, date(2025, 3, 9)) == 34
    assert referencia.whole_years(born, date(2025, 3, 10)) == 35


def test_the_random_bank_reaches_the_corners(tmp_path_factory: pytest.TempPathFactory):
    folder, banco = tmp_path_factory.mktemp("banco"), aleatorio.gerar(7, date(2026, 1, 1))
    files: list[Arquivo] = []
    seen = []
    for entrega in banco.entregas:
        files += [each.escrever(folder)[1] for each in entrega]
        seen.append(referencia.curated(files))
    codes = {(each.entidade, each.codigo) for each in seen[0].quarentena}
    assert codes == {
        ("clientes", "TIPO_INVALIDO"), ("clientes", "OBRIGATORIO_AUSENTE"),
        ("clientes", "CHAVE_DUPLICADA_NO_ARQUIVO"), ("clientes", "DATA_IMPOSSIVEL"),
        ("transacciones", "TIPO_INVALIDO"), ("transacciones", "OBRIGATORIO_AUSENTE"),
        ("transacciones", "CHAVE_DUPLICADA_NO_ARQUIVO"), ("transacciones", "DATA_IMPOSSIVEL"),
        ("transacciones", "ORFAO"),
    }  # fmt: skip
    for before, after in pairwise(seen):
        orphans = [
            {(each.sha256, each.numero) for each in moment.quarentena if each.codigo == "ORFAO"}
            for moment in (before, after)
        ]
        assert orphans[0] - orphans[1]
        assert before.clientes != after.clientes
        assert before.transacciones != after.transacciones
    assert any(each.qt_substituida for each in seen[0].reconciliacao.values())
    last = seen[-1]
    newest = referencia.default_dt_base(
        [row[0] for row in last.transacciones.values()], date(2026, 1, 1)
    )
    assert newest == date(2025, 8, 11)
    rows = referencia.metricas_bancarias(
        [row[0] for row in last.clientes.values()],
        [row[0] for row in last.transacciones.values()],
        newest,
    ).values()
    assert {row["qt_mes"] for row in rows} >= {0, 1, 12}
    assert any(row["qt_mes"] == 0 and not row["fl_sem_transacao"] for row in rows)
    assert any(row["fl_sem_transacao"] for row in rows)
    assert any((row["gasto_mensual_promedio"] or 0) < 0 for row in rows)
    assert any(row["fl_sem_renda"] and row["ingresos_mensuales"] is not None for row in rows)
