"""Random curated invoices and payments that sit on the definition's awkward corners.

Here: drawing them. Not here: what the book says of them (`referencia`). Days and values
are drawn from few, near the limits that the definition compares with, so that a rule
that is off by a day or by a cent shows within some hundred invoices.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tests.cartoes.referencia import (
    Fatura,
    Pagamento,
    add_months,
    business_day,
    minimum,
    month_start,
)
from tests.cartoes.seeds import feriados

PRIMEIRO_MES = date(2023, 9, 1)
# In this month, counted from the first, nobody has an invoice; payments go on.
MES_SEM_NINGUEM = 8
CENTAVO = Decimal("0.01")


def gerar(semente: int, clientes: int, meses: int = 20) -> tuple[list[Fatura], list[Pagamento]]:
    """Draw curated invoices and payments.

    Args:
        semente: same seed, same rows.
        clientes: how many; their ids begin with a zero.
        meses: months with emissions, from `PRIMEIRO_MES`.

    Returns:
        Invoices and payments, each in an order that means nothing.
    """
    rng = Random(semente)  # noqa: S311 - nothing secret about it
    holidays = feriados()
    faturas: list[Fatura] = []
    pagamentos: list[Pagamento] = []
    for cliente in range(clientes):
        for fatura in _faturas_do_cliente(rng, f"0{cliente:04d}", meses):
            faturas.append(fatura)
            d_star = business_day(fatura.dt_vencimento, holidays)
            for numero, (dia, valor) in enumerate(_pagos(rng, fatura, d_star), start=1):
                pagamentos.append(
                    Pagamento(
                        f"PG-{fatura.id_fatura}-{numero}",
                        fatura.id_fatura,
                        fatura.id_cliente,
                        dia,
                        valor,
                    )
                )
    rng.shuffle(faturas)
    rng.shuffle(pagamentos)
    return faturas, pagamentos


def _faturas_do_cliente(rng: Random, cliente: str, meses: int) -> Iterator[Fatura]:
    numero = 0
    for mes in _meses_do_cliente(rng, meses):
        for _ in range(rng.choice((1, 1, 1, 1, 1, 2, 3))):
            numero += 1
            emissao = rng.choice(
                (mes, add_months(mes, 1) - timedelta(days=1), mes + timedelta(rng.randrange(28)))
            )
            v = _valor(rng)
            yield Fatura(
                f"{cliente}-{numero}", cliente, emissao, _vencimento(rng, emissao), v,
                _minimo(rng, v),
            )  # fmt: skip


def _meses_do_cliente(rng: Random, meses: int) -> list[date]:
    """Draw the months with invoices: all, with gaps, one only, late starts, early ends."""
    first = rng.choice((0, 0, rng.randrange(meses)))
    last = rng.choice((meses - 1, meses - 1, rng.randrange(first, meses)))
    share = rng.choice((1.0, 1.0, 0.8, 0.5, 0.15))
    if rng.random() < 0.1:
        last = first
    picked = [each for each in range(first, last + 1) if rng.random() < share]
    return [add_months(PRIMEIRO_MES, each) for each in picked if each != MES_SEM_NINGUEM]


def _valor(rng: Random) -> Decimal:
    cents = rng.choice(
        (0, 0, -1, -20_000, 1, 2, 3, 100, 8_000, 99_999, 100_000)
        if rng.random() < 0.3
        else (rng.randrange(1, 500_000), rng.randrange(10_000, 300_000))
    )
    return (Decimal(cents) / 100).quantize(CENTAVO)


def _minimo(rng: Random, v: Decimal) -> Decimal | None:
    share = (v * Decimal("0.15")).quantize(CENTAVO)
    return rng.choice(
        (share, share, share, share, v, v + CENTAVO, v - CENTAVO,
         abs(v) + Decimal("500.00"), CENTAVO, Decimal("0.00"), Decimal("-10.00"), None)
    )  # fmt: skip


def _vencimento(rng: Random, emissao: date) -> date:
    """Draw a due date, often a weekend, a holiday, or the last day of a month."""
    mes = month_start(emissao)
    last_days = [add_months(mes, months) - timedelta(days=1) for months in (1, 2)]
    holidays = [day for day in sorted(feriados()) if emissao <= day <= emissao + timedelta(45)]
    weekends = [
        day for day in (emissao + timedelta(days) for days in range(5, 15)) if day.isoweekday() > 5
    ]
    return (
        rng.choice(
            (
                emissao,
                emissao + timedelta(rng.randrange(1, 45)),
                emissao + timedelta(10),
                rng.choice(last_days),
                rng.choice(weekends),
                rng.choice(holidays or weekends),
                emissao + timedelta(120),
            )
        )
        if rng.random() < 0.6
        else emissao + timedelta(rng.randrange(5, 20))
    )


def _pagos(rng: Random, fatura: Fatura, d_star: date) -> list[tuple[date, Decimal]]:
    """Draw days and values of an invoice's payments, in one of the shapes seen in life."""
    v, m, d = fatura.vl_fatura, minimum(fatura), fatura.dt_vencimento
    next_month = add_months(month_start(d_star), 1)

    def day() -> date:
        return rng.choice(
            (
                d, d, d_star, d_star, d_star + timedelta(1), d - timedelta(1), d + timedelta(1),
                fatura.dt_emissao, fatura.dt_emissao - timedelta(rng.randrange(1, 70)),
                next_month, next_month - timedelta(1), next_month + timedelta(1),
                d + timedelta(rng.randrange(100)), d + timedelta(rng.randrange(400)),
                date(2039, 12, 30),
            )
        )  # fmt: skip

    def near(value: Decimal) -> Decimal:
        return value + rng.choice((0, 0, 0, -1, -1, -2, -3, 1, 2)) * CENTAVO

    first, second, third = sorted((day(), day(), day()))
    shapes: list[list[tuple[date, Decimal]]] = [
        [],
        [(d_star, v)],
        [(first, near(v))],
        [(first, near(m))],
        [(first, near(m)), (second, near(v - m))],
        [(first, near(v) / 2), (second, near(v) / 2), (third, near(m))],
        # reversed the same day, another day, and paid again
        [(first, v), (first, -v)],
        [(first, v), (second, -v)],
        [(first, v), (second, -near(v)), (third, near(v))],
        [(first, near(m)), (second, -CENTAVO), (second, CENTAVO)],
        [(first, near(m)), (second, -2 * CENTAVO), (third, near(m))],
        [(first, v), (second, -(v - m)), (third, v - m)],
        # nothing, and nothing again
        [(first, Decimal(0))],
        [(first, Decimal(0)), (second, near(m)), (third, Decimal(0))],
        # too much, a cent, less than nothing
        [(first, v * 2), (second, Decimal(100))],
        [(first, CENTAVO)],
        [(first, -near(m))],
        [(first, -m), (second, near(v)), (third, m)],
    ]
    shape = shapes[1] if rng.random() < 0.15 else rng.choice(shapes)
    return [(when, value.quantize(CENTAVO)) for when, value in shape]
