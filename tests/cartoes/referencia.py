"""The Book de Variáveis de Fatura in plain Python, written literally from its definition.

Here: what the book and its summary must say of given curated invoices and payments, one
figure at a time, in loops that can be checked against the definition line by line. Not
here: speed, and any sharing of code with the SQL that it is compared with. Sums are
decimals and quotients fractions, so that nothing is rounded before the end.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tests.cartoes.seeds import JANELAS

TOLERANCIA = Decimal("0.01")
ZERO = Decimal("0.00")

Valor = Decimal | int | bool | None
Linha = dict[str, Valor]


class Fatura(NamedTuple):
    """A curated invoice."""

    id_fatura: str
    id_cliente: str
    dt_emissao: date
    dt_vencimento: date
    vl_fatura: Decimal
    vl_pagamento_minimo: Decimal | None


class Pagamento(NamedTuple):
    """A curated payment, or its reversal if the value is negative."""

    id_pagamento: str
    id_fatura: str
    id_cliente: str
    dt_pagamento: date
    vl_pagamento: Decimal


class Vencida(NamedTuple):
    """What is known at R of a matured invoice.

    Attributes:
        v: value.
        m: minimum payment in effect.
        pago: P, all that was paid of it before R.
        minimo_em_dia: q_m <= d*.
        paga_em_dia: q_v <= d*.
        atraso: a, days late.
    """

    v: Decimal
    m: Decimal
    pago: Decimal
    minimo_em_dia: bool
    paga_em_dia: bool
    atraso: int


class Janela(NamedTuple):
    """A client's invoices and payments in one window, from which its variables come."""

    faturas: list[Fatura]
    exigiveis: list[Fatura]
    vencidas: list[Vencida]
    fluxo: list[Pagamento]


def month_start(day: date) -> date:
    return day.replace(day=1)


def add_months(first: date, months: int) -> date:
    """Go from one first of a month to another."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def months_between(first: date, last: date) -> int:
    """Count the calendar months from `first`'s to `last`'s, both included."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def rounded(value: Fraction | Decimal, places: int) -> Decimal:
    """Round as Postgres rounds a numeric: halves away from zero."""
    scaled = abs(Fraction(value)) * 10**places
    whole = int(scaled)
    if scaled - whole >= Fraction(1, 2):
        whole += 1
    sign = -1 if value < 0 else 1
    return Decimal(sign * whole).scaleb(-places)


def ratio(above: Decimal | int, below: Decimal | int, places: int) -> Decimal | None:
    """Divide without rounding in between; None where the divisor is 0."""
    if below == 0:
        return None
    return rounded(Fraction(above) / Fraction(below), places)


def total(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)


def business_day(day: date, feriados: Collection[date]) -> date:
    """d*: the first business day on or after `day`."""
    while day.isoweekday() > 5 or day in feriados:
        day += timedelta(days=1)
    return day


def minimum(fatura: Fatura) -> Decimal:
    """m: the invoice's value takes the place of a minimum that is missing or above it."""
    m = fatura.vl_pagamento_minimo
    if m is None or m <= 0 or m > fatura.vl_fatura:
        return fatura.vl_fatura
    return m


def reaches(c: Decimal, x: Decimal) -> bool:
    return c > 0 and c >= x - TOLERANCIA


def reached_for_good(pagamentos: Sequence[Pagamento], x: Decimal) -> date | None:
    """q_x: first day from which the running sum reaches x and never falls below again.

    Args:
        pagamentos: those of one invoice before R, in any order.
        x: what must be reached.

    Returns:
        The day, or None if the sum is below x in the end.
    """
    since = None
    c = ZERO
    for day in sorted({each.dt_pagamento for each in pagamentos}):
        for each in pagamentos:
            if each.dt_pagamento == day:
                c += each.vl_pagamento
        if not reaches(c, x):
            since = None
        elif since is None:
            since = day
    return since


def matured(fatura: Fatura, pagamentos: Sequence[Pagamento], d_star: date, dt_ref: date) -> Vencida:
    """Say how an invoice of V was paid, from its payments before R."""
    v = fatura.vl_fatura
    m = minimum(fatura)
    q_m = reached_for_good(pagamentos, m)
    q_v = reached_for_good(pagamentos, v)
    if q_m is None:
        atraso = (dt_ref - fatura.dt_vencimento).days
    elif q_m <= d_star:
        atraso = 0
    else:
        atraso = (q_m - fatura.dt_vencimento).days
    return Vencida(
        v=v,
        m=m,
        pago=total(each.vl_pagamento for each in pagamentos),
        minimo_em_dia=q_m is not None and q_m <= d_star,
        paga_em_dia=q_v is not None and q_v <= d_star,
        atraso=atraso,
    )


def windowed(janela: Janela, k: int, relacionamento: int, incompleta: bool) -> Linha:
    """Compute variables 1 to 32 of one client and window, without suffixes."""
    meses = min(k, relacionamento)
    vencidas = janela.vencidas
    valores = [each.vl_fatura for each in janela.exigiveis]
    atrasadas = [each for each in vencidas if each.atraso > 0]
    inadimplentes = [each for each in vencidas if each.pago < each.m - TOLERANCIA]
    positivos = [each for each in janela.fluxo if each.vl_pagamento > 0]
    pago_fluxo = total(each.vl_pagamento for each in janela.fluxo)
    pago_coorte = total(each.pago for each in vencidas)
    em_dia = sum(each.paga_em_dia for each in vencidas)
    return {
        "qt_fatura": len(janela.faturas),
        "qt_fatura_exigivel": len(janela.exigiveis),
        "qt_fatura_vencida": len(vencidas),
        "vl_fatura_total": total(valores),
        "vl_fatura_media": ratio(total(valores), len(valores), 2),
        "vl_fatura_media_mes": ratio(total(valores), meses, 2),
        "vl_fatura_maxima": max(valores, default=None),
        "vl_fatura_minima": min(valores, default=None),
        "vl_pagamento_minimo_total": total(minimum(each) for each in janela.exigiveis),
        "vl_saldo_credor_total": total(
            -each.vl_fatura for each in janela.faturas if each.vl_fatura < 0
        ),
        "qt_mes_sem_fatura": meses - len({month_start(each.dt_emissao) for each in janela.faturas}),
        "qt_pagamento": len(positivos),
        "vl_pagamento_total": pago_fluxo,
        "vl_pagamento_medio": ratio(pago_fluxo, len(positivos), 2),
        "vl_pago_fatura_total": pago_coorte,
        "pc_valor_pago": ratio(100 * pago_coorte, total(each.v for each in vencidas), 4),
        "qt_fatura_paga_em_dia": em_dia,
        "pc_fatura_paga_em_dia": ratio(100 * em_dia, len(vencidas), 4),
        "pc_fatura_minimo_em_dia": ratio(
            100 * sum(each.minimo_em_dia for each in vencidas), len(vencidas), 4
        ),
        "qt_fatura_inadimplente": len(inadimplentes),
        "pc_inadimplencia": ratio(100 * len(inadimplentes), len(vencidas), 4),
        "vl_inadimplente": total(each.v - each.pago for each in inadimplentes),
        "qt_fatura_atraso": len(atrasadas),
        "pc_fatura_atraso": ratio(100 * len(atrasadas), len(vencidas), 4),
        "nr_dias_atraso_medio": ratio(sum(each.atraso for each in vencidas), len(vencidas), 2),
        "nr_dias_atraso_medio_atrasadas": ratio(
            sum(each.atraso for each in atrasadas), len(atrasadas), 2
        ),
        "nr_dias_atraso_maximo": max((each.atraso for each in vencidas), default=None),
        "qt_fatura_parcial": sum(
            each.pago > 0 and each.m - TOLERANCIA <= each.pago < each.v - TOLERANCIA
            for each in vencidas
        ),
        "qt_fatura_sem_pagamento": sum(each.pago <= 0 for each in vencidas),
        "vl_saldo_aberto": total(max(each.v - each.pago, ZERO) for each in vencidas),
        "vl_pago_excedente": total(max(each.pago - each.v, ZERO) for each in vencidas),
        "fl_cobertura_incompleta": incompleta,
    }


class Carteira:
    """Curated invoices and payments, looked up the ways the book needs them."""

    def __init__(
        self,
        faturas: Iterable[Fatura],
        pagamentos: Iterable[Pagamento],
        feriados: Collection[date],
        dt_base: date | None = None,
    ) -> None:
        self.faturas_de: dict[str, list[Fatura]] = {}
        self.pagamentos_de: dict[str, list[Pagamento]] = {}
        self.pagamentos_da_fatura: dict[str, list[Pagamento]] = {}
        self.d_star: dict[str, date] = {}
        self.meses_com_fatura: set[date] = set()
        self.dt_base = dt_base
        for fatura in faturas:
            self.faturas_de.setdefault(fatura.id_cliente, []).append(fatura)
            self.meses_com_fatura.add(month_start(fatura.dt_emissao))
            self.d_star[fatura.id_fatura] = business_day(fatura.dt_vencimento, feriados)
        for pagamento in pagamentos:
            self.pagamentos_de.setdefault(pagamento.id_cliente, []).append(pagamento)
            self.pagamentos_da_fatura.setdefault(pagamento.id_fatura, []).append(pagamento)

    def dt_refs(self) -> Iterator[date]:
        """Yield R from the month after the first emission to the one after the last."""
        if not self.meses_com_fatura:
            return
        dt_ref = add_months(min(self.meses_com_fatura), 1)
        while dt_ref <= add_months(max(self.meses_com_fatura), 1):
            if self.dt_base is None or dt_ref <= self.dt_base:
                yield dt_ref
            dt_ref = add_months(dt_ref, 1)

    def populacao(self, dt_ref: date) -> list[str]:
        """List the clients with an emission before R."""
        return sorted(
            cliente
            for cliente, faturas in self.faturas_de.items()
            if any(each.dt_emissao < dt_ref for each in faturas)
        )

    def relacionamento(self, dt_ref: date, cliente: str) -> int:
        """r: months from the first emission's to the one before R, both included."""
        primeira = min(each.dt_emissao for each in self.faturas_de[cliente])
        return months_between(primeira, add_months(dt_ref, -1))

    def incompleta(self, dt_ref: date, k: int) -> bool:
        """Say whether a month of the window has no invoice of anybody."""
        return any(
            add_months(dt_ref, -back) not in self.meses_com_fatura for back in range(1, k + 1)
        )

    def janela(self, dt_ref: date, cliente: str, k: int) -> Janela:
        """Collect F, E, V and the payments' flow of one window."""
        inicio = add_months(dt_ref, -k)
        faturas = [each for each in self.faturas_de[cliente] if inicio <= each.dt_emissao < dt_ref]
        exigiveis = [each for each in faturas if each.vl_fatura > 0]
        vencidas = []
        for fatura in exigiveis:
            d_star = self.d_star[fatura.id_fatura]
            if d_star < dt_ref:
                pagamentos = [
                    each
                    for each in self.pagamentos_da_fatura.get(fatura.id_fatura, [])
                    if each.dt_pagamento < dt_ref
                ]
                vencidas.append(matured(fatura, pagamentos, d_star, dt_ref))
        fluxo = [
            each
            for each in self.pagamentos_de.get(cliente, [])
            if inicio <= each.dt_pagamento < dt_ref
        ]
        return Janela(faturas, exigiveis, vencidas, fluxo)


def book_fatura(
    faturas: Iterable[Fatura],
    pagamentos: Iterable[Pagamento],
    feriados: Collection[date],
    dt_base: date | None = None,
) -> dict[tuple[date, str], Linha]:
    """Compute the book.

    Args:
        faturas: curated invoices, one an id.
        pagamentos: curated payments, each of one of the invoices and of its client.
        feriados: days that are no business days, besides weekends.
        dt_base: last dt_ref to compute; None for all.

    Returns:
        The variables by (dt_ref, id_cliente), every one present, None for NULL.
    """
    carteira = Carteira(faturas, pagamentos, feriados, dt_base)
    book = {}
    for dt_ref in carteira.dt_refs():
        for cliente in carteira.populacao(dt_ref):
            book[dt_ref, cliente] = book_row(carteira, dt_ref, cliente)
    return book


def book_row(carteira: Carteira, dt_ref: date, cliente: str) -> Linha:
    """Compute one row of the book."""
    relacionamento = carteira.relacionamento(dt_ref, cliente)
    linha: Linha = {}
    for k in JANELAS:
        variaveis = windowed(
            carteira.janela(dt_ref, cliente, k),
            k,
            relacionamento,
            carteira.incompleta(dt_ref, k),
        )
        for nome, valor in variaveis.items():
            linha[f"{nome}_u{k}m"] = valor
    pagos = [
        each.dt_pagamento
        for each in carteira.pagamentos_de.get(cliente, [])
        if each.vl_pagamento > 0 and each.dt_pagamento < dt_ref
    ]
    linha["nr_dias_desde_ultimo_pagamento"] = (dt_ref - max(pagos)).days if pagos else None
    linha["qt_mes_relacionamento"] = relacionamento
    exigiveis_3 = carteira.janela(dt_ref, cliente, 3).exigiveis
    exigiveis_12 = carteira.janela(dt_ref, cliente, 12).exigiveis
    total_3 = total(each.vl_fatura for each in exigiveis_3)
    total_12 = total(each.vl_fatura for each in exigiveis_12)
    # (total_3 / months of 3) / (total_12 / months of 12), as one quotient.
    linha["rz_fatura_media_mes_u3m_u12m"] = ratio(
        total_3 * min(12, relacionamento), total_12 * min(3, relacionamento), 4
    )
    minimos = [(each.vl_fatura, each.vl_pagamento_minimo) for each in exigiveis_12]
    linha["fl_minimo_ausente"] = any(m is None or m <= 0 for _, m in minimos)
    linha["fl_minimo_limitado"] = any(m is not None and m > v for v, m in minimos)
    return linha


def book_fatura_resumo(
    faturas: Iterable[Fatura],
    pagamentos: Iterable[Pagamento],
    feriados: Collection[date],
    dt_base: date | None = None,
) -> dict[tuple[date, str], Linha]:
    """Compute the portfolio's figures, by (dt_ref, periodo), of the book's own arguments."""
    carteira = Carteira(faturas, pagamentos, feriados, dt_base)
    resumo = {}
    for dt_ref in carteira.dt_refs():
        for k in JANELAS:
            janelas = [
                carteira.janela(dt_ref, cliente, k) for cliente in carteira.populacao(dt_ref)
            ]
            resumo[dt_ref, f"U{k}M"] = summary_row(janelas)
    return resumo


def summary_row(janelas: list[Janela]) -> Linha:
    """Sum one window of all clients under the old system's names."""
    exigiveis = [fatura for janela in janelas for fatura in janela.exigiveis]
    vencidas = [vencida for janela in janelas for vencida in janela.vencidas]
    fluxo = [pagamento for janela in janelas for pagamento in janela.fluxo]
    atrasos = [each.atraso for each in vencidas]
    inadimplentes = [each for each in vencidas if each.pago < each.m - TOLERANCIA]
    total_faturas = total(each.vl_fatura for each in exigiveis)
    total_pago = total(each.vl_pagamento for each in fluxo)
    pagamentos = sum(each.vl_pagamento > 0 for each in fluxo)
    clientes = sum(len(janela.faturas) > 0 for janela in janelas)
    atrasadas = sum(atraso > 0 for atraso in atrasos)
    return {
        "total_faturas": sum(len(janela.faturas) for janela in janelas),
        "valor_total_faturas": total_faturas,
        "valor_medio_faturas": ratio(total_faturas, len(exigiveis), 2),
        "total_pagamentos": pagamentos,
        "valor_total_pagamentos": total_pago,
        "valor_medio_pagamentos": ratio(total_pago, pagamentos, 2),
        "percentual_pagamento_prazo": ratio(
            100 * sum(each.paga_em_dia for each in vencidas), len(vencidas), 4
        ),
        "percentual_inadimplencia": ratio(100 * len(inadimplentes), len(vencidas), 4),
        "total_atrasos": atrasadas,
        "percentual_atrasos": ratio(100 * atrasadas, len(vencidas), 4),
        "media_dias_atraso": ratio(sum(atrasos), len(atrasos), 2),
        "max_dias_atraso": max(atrasos, default=None),
        "valor_inadimplente": total(each.v - each.pago for each in inadimplentes),
        "percentual_valor_pago": ratio(
            100 * total(each.pago for each in vencidas), total(each.v for each in vencidas), 4
        ),
        "total_clientes": clientes,
        "media_fatura_por_cliente": ratio(total_faturas, clientes, 2),
        "media_pagamento_por_cliente": ratio(total_pago, clientes, 2),
    }
