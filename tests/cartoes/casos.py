"""The definition's numbered cases as data: invoices, payments and what the book says.

Every case is a client of its own, so that all of them can be curated, or loaded from
files, together. `BASE` is one more client, with an invoice in each month, without which
the last dt_refs would not exist and no window would be covered.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.cartoes.referencia import Fatura, Linha, Pagamento

R = date(2024, 7, 1)
AGOSTO = date(2024, 8, 1)


@dataclass(frozen=True)
class Caso:
    """One case.

    Attributes:
        numero: its number in the definition, with a letter where the case has variants.
        texto: what it is about.
        faturas: the client's curated invoices.
        pagamentos: the client's curated payments.
        esperado: some of the columns by dt_ref.
        versao_anterior: invoices as an older file had them, which those of the same id
            in `faturas`, filed later, replace.
    """

    numero: str
    texto: str
    faturas: tuple[Fatura, ...]
    pagamentos: tuple[Pagamento, ...]
    esperado: dict[date, Linha]
    versao_anterior: tuple[Fatura, ...] = ()

    @property
    def cliente(self) -> str:
        """The client's id, which no other case has."""
        return f"caso-{self.numero}"


def reais(value: str) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"))


def pc(value: str) -> Decimal:
    return Decimal(value).quantize(Decimal("0.0001"))


def fatura(
    caso: str,
    numero: int = 1,
    v: str = "1000",
    m: str | None = "150",
    e: str = "2024-06-01",
    d: str = "2024-06-10",
) -> Fatura:
    """Make an invoice, by default the one that the cases speak of."""
    return Fatura(
        id_fatura=f"F-{caso}-{numero}",
        id_cliente=f"caso-{caso}",
        dt_emissao=date.fromisoformat(e),
        dt_vencimento=date.fromisoformat(d),
        vl_fatura=reais(v),
        vl_pagamento_minimo=None if m is None else reais(m),
    )


def pagos(caso: str, *dia_e_valor: tuple[str, str]) -> tuple[Pagamento, ...]:
    """Make payments of the case's first invoice."""
    return tuple(
        Pagamento(
            id_pagamento=f"PG-{caso}-{numero}",
            id_fatura=f"F-{caso}-1",
            id_cliente=f"caso-{caso}",
            dt_pagamento=date.fromisoformat(dia),
            vl_pagamento=reais(valor),
        )
        for numero, (dia, valor) in enumerate(dia_e_valor, start=1)
    )


def _pago_em_dia() -> Linha:
    return {
        "qt_fatura_u1m": 1,
        "qt_fatura_vencida_u1m": 1,
        "qt_fatura_paga_em_dia_u1m": 1,
        "pc_fatura_paga_em_dia_u1m": pc("100"),
        "pc_fatura_minimo_em_dia_u1m": pc("100"),
        "qt_fatura_inadimplente_u1m": 0,
        "pc_inadimplencia_u1m": pc("0"),
        "qt_fatura_atraso_u1m": 0,
        "nr_dias_atraso_medio_u1m": reais("0"),
        "nr_dias_atraso_medio_atrasadas_u1m": None,
        "nr_dias_atraso_maximo_u1m": 0,
        "qt_fatura_parcial_u1m": 0,
        "qt_fatura_sem_pagamento_u1m": 0,
        "vl_saldo_aberto_u1m": reais("0"),
    }


def _atraso(dias: int, janela: str = "u1m") -> Linha:
    return {
        f"qt_fatura_vencida_{janela}": 1,
        f"qt_fatura_atraso_{janela}": 1,
        f"pc_fatura_atraso_{janela}": pc("100"),
        f"nr_dias_atraso_medio_{janela}": reais(str(dias)),
        f"nr_dias_atraso_medio_atrasadas_{janela}": reais(str(dias)),
        f"nr_dias_atraso_maximo_{janela}": dias,
        f"pc_fatura_minimo_em_dia_{janela}": pc("0"),
        f"qt_fatura_paga_em_dia_{janela}": 0,
    }


def _sem_nada_exigivel() -> Linha:
    return {
        "qt_fatura_exigivel_u1m": 0,
        "qt_fatura_vencida_u1m": 0,
        "vl_fatura_total_u1m": reais("0"),
        "vl_fatura_media_u1m": None,
        "vl_fatura_media_mes_u1m": reais("0"),
        "vl_fatura_maxima_u1m": None,
        "vl_fatura_minima_u1m": None,
        "vl_pagamento_minimo_total_u1m": reais("0"),
        "vl_pago_fatura_total_u1m": reais("0"),
        "pc_valor_pago_u1m": None,
        "pc_fatura_paga_em_dia_u1m": None,
        "pc_fatura_minimo_em_dia_u1m": None,
        "pc_inadimplencia_u1m": None,
        "pc_fatura_atraso_u1m": None,
        "nr_dias_atraso_medio_u1m": None,
        "nr_dias_atraso_medio_atrasadas_u1m": None,
        "nr_dias_atraso_maximo_u1m": None,
    }


CASOS = (
    Caso(
        "1", "pays all of it on the due date",
        (fatura("1"),),
        pagos("1", ("2024-06-10", "1000")),
        {R: {
            **_pago_em_dia(),
            "vl_fatura_total_u1m": reais("1000"),
            "vl_fatura_media_mes_u12m": reais("1000"),
            "vl_pagamento_minimo_total_u1m": reais("150"),
            "pc_valor_pago_u1m": pc("100"),
            "qt_mes_sem_fatura_u12m": 0,
            "qt_mes_relacionamento": 1,
            "nr_dias_desde_ultimo_pagamento": 21,
            "rz_fatura_media_mes_u3m_u12m": pc("1"),
            "fl_cobertura_incompleta_u12m": False,
            "fl_minimo_ausente": False,
            "fl_minimo_limitado": False,
        }},
    ),
    Caso(
        "2", "pays the minimum on the due date",
        (fatura("2"),),
        pagos("2", ("2024-06-10", "150")),
        {R: {
            "qt_fatura_parcial_u1m": 1,
            "qt_fatura_inadimplente_u1m": 0,
            "vl_inadimplente_u1m": reais("0"),
            "nr_dias_atraso_maximo_u1m": 0,
            "qt_fatura_paga_em_dia_u1m": 0,
            "pc_fatura_minimo_em_dia_u1m": pc("100"),
            "pc_valor_pago_u1m": pc("15"),
            "vl_saldo_aberto_u1m": reais("850"),
        }},
    ),
    Caso(
        "3", "pays less than the minimum",
        (fatura("3"),),
        pagos("3", ("2024-06-10", "100")),
        {R: {
            **_atraso(21),
            "qt_fatura_inadimplente_u1m": 1,
            "pc_inadimplencia_u1m": pc("100"),
            "vl_inadimplente_u1m": reais("900"),
            "qt_fatura_parcial_u1m": 0,
            "qt_fatura_sem_pagamento_u1m": 0,
        }},
    ),
    Caso(
        "4", "pays half before and half after the due date",
        (fatura("4"),),
        pagos("4", ("2024-06-05", "500"), ("2024-06-12", "500")),
        {R: {
            "qt_fatura_u1m": 1,
            "qt_fatura_vencida_u1m": 1,
            "vl_fatura_total_u1m": reais("1000"),
            "qt_pagamento_u1m": 2,
            "vl_pagamento_total_u1m": reais("1000"),
            "vl_pagamento_medio_u1m": reais("500"),
            "vl_pago_fatura_total_u1m": reais("1000"),
            "qt_fatura_paga_em_dia_u1m": 0,
            "pc_fatura_minimo_em_dia_u1m": pc("100"),
            "nr_dias_atraso_maximo_u1m": 0,
            "qt_fatura_atraso_u1m": 0,
            "qt_fatura_parcial_u1m": 0,
            "qt_fatura_inadimplente_u1m": 0,
            "vl_saldo_aberto_u1m": reais("0"),
        }},
    ),
    Caso(
        "5", "pays after the dt_ref, which the next dt_ref sees",
        (fatura("5"),),
        pagos("5", ("2024-07-02", "1000")),
        {
            R: {
                **_atraso(21),
                "qt_fatura_sem_pagamento_u1m": 1,
                "qt_fatura_inadimplente_u1m": 1,
                "vl_inadimplente_u1m": reais("1000"),
                "vl_saldo_aberto_u1m": reais("1000"),
                "pc_valor_pago_u1m": pc("0"),
                "qt_pagamento_u1m": 0,
                "nr_dias_desde_ultimo_pagamento": None,
            },
            AGOSTO: {
                **_atraso(22, "u3m"),
                "qt_fatura_u1m": 0,
                "qt_fatura_u3m": 1,
                "qt_fatura_sem_pagamento_u3m": 0,
                "qt_fatura_inadimplente_u3m": 0,
                "vl_pago_fatura_total_u3m": reais("1000"),
                "pc_valor_pago_u3m": pc("100"),
                "vl_saldo_aberto_u3m": reais("0"),
                "qt_pagamento_u1m": 1,
                "vl_pagamento_total_u1m": reais("1000"),
                "vl_pago_fatura_total_u1m": reais("0"),
                "nr_dias_desde_ultimo_pagamento": 30,
            },
        },
    ),
    Caso(
        "6", "pays on the very dt_ref",
        (fatura("6"),),
        pagos("6", ("2024-07-01", "1000")),
        {R: {
            **_atraso(21),
            "qt_pagamento_u1m": 0,
            "vl_pagamento_total_u1m": reais("0"),
            "vl_pago_fatura_total_u1m": reais("0"),
            "qt_fatura_sem_pagamento_u1m": 1,
            "nr_dias_desde_ultimo_pagamento": None,
        }},
    ),
    Caso(
        "7", "has no invoice in the window",
        (fatura("7", e="2024-01-05", d="2024-01-10"),),
        pagos("7", ("2024-01-10", "1000")),
        {R: {
            **_sem_nada_exigivel(),
            "qt_fatura_u1m": 0,
            "qt_fatura_u6m": 1,
            "qt_mes_sem_fatura_u1m": 1,
            "qt_mes_sem_fatura_u6m": 5,
            "qt_mes_sem_fatura_u12m": 5,
            "qt_pagamento_u1m": 0,
            "vl_pagamento_medio_u1m": None,
            "vl_fatura_media_mes_u12m": reais("166.67"),
            "qt_mes_relacionamento": 6,
            "nr_dias_desde_ultimo_pagamento": 173,
            "rz_fatura_media_mes_u3m_u12m": pc("0"),
        }},
    ),
    Caso(
        "8", "has an invoice of zero",
        (fatura("8", v="0"),),
        (),
        {R: {
            **_sem_nada_exigivel(),
            "qt_fatura_u1m": 1,
            "qt_mes_sem_fatura_u1m": 0,
            "vl_saldo_credor_total_u1m": reais("0"),
            "rz_fatura_media_mes_u3m_u12m": None,
        }},
    ),
    Caso(
        "9", "has a credit balance",
        (fatura("9", v="-200"),),
        (),
        {R: {
            **_sem_nada_exigivel(),
            "qt_fatura_u1m": 1,
            "vl_saldo_credor_total_u1m": reais("200"),
        }},
    ),
    Caso(
        "10", "pays too much",
        (fatura("10"),),
        pagos("10", ("2024-06-10", "1200")),
        {R: {
            **_pago_em_dia(),
            "pc_valor_pago_u1m": pc("120"),
            "vl_pago_excedente_u1m": reais("200"),
        }},
    ),
    Caso(
        "11a", "due on a Saturday, pays on the Monday",
        (fatura("11a", d="2024-06-15"),),
        pagos("11a", ("2024-06-17", "1000")),
        {R: _pago_em_dia()},
    ),
    Caso(
        "11b", "due on a Saturday, pays on the Tuesday",
        (fatura("11b", d="2024-06-15"),),
        pagos("11b", ("2024-06-18", "1000")),
        {R: {**_atraso(3), "vl_saldo_aberto_u1m": reais("0")}},
    ),
    Caso(
        "12", "minimum and value are one, and paid",
        (fatura("12", v="80", m="80"),),
        pagos("12", ("2024-06-10", "80")),
        {R: {**_pago_em_dia(), "pc_valor_pago_u1m": pc("100"), "fl_minimo_limitado": False}},
    ),
    Caso(
        "13", "pays, and the payment is reversed",
        (fatura("13"),),
        pagos("13", ("2024-06-10", "1000"), ("2024-06-20", "-1000")),
        {R: {
            **_atraso(21),
            "vl_pago_fatura_total_u1m": reais("0"),
            "qt_fatura_sem_pagamento_u1m": 1,
            "qt_fatura_inadimplente_u1m": 1,
            "vl_inadimplente_u1m": reais("1000"),
            "qt_pagamento_u1m": 1,
            "vl_pagamento_total_u1m": reais("0"),
            "vl_pagamento_medio_u1m": reais("0"),
            "nr_dias_desde_ultimo_pagamento": 21,
        }},
    ),
    Caso(
        "14", "due after the dt_ref",
        (fatura("14", e="2024-06-25", d="2024-07-05"),),
        (),
        {R: {
            "qt_fatura_u1m": 1,
            "qt_fatura_exigivel_u1m": 1,
            "qt_fatura_vencida_u1m": 0,
            "vl_fatura_total_u1m": reais("1000"),
            "qt_fatura_inadimplente_u1m": 0,
            "pc_inadimplencia_u1m": None,
            "vl_saldo_aberto_u1m": reais("0"),
        }},
    ),
    Caso(
        "15", "due on a Sunday whose Monday is the dt_ref",
        (fatura("15", d="2024-06-30"),),
        (),
        {
            R: {
                "qt_fatura_exigivel_u1m": 1,
                "qt_fatura_vencida_u1m": 0,
                "qt_fatura_atraso_u1m": 0,
                "nr_dias_atraso_maximo_u1m": None,
            },
            AGOSTO: _atraso(32, "u3m"),
        },
    ),
    Caso(
        "16a", "emitted the day before the window of 12 months begins",
        (fatura("16a", e="2023-06-30", d="2023-07-10"),),
        pagos("16a", ("2023-07-10", "1000")),
        {R: {
            "qt_fatura_u12m": 0,
            "qt_mes_sem_fatura_u12m": 12,
            "qt_mes_relacionamento": 13,
            "qt_pagamento_u12m": 1,
            "vl_pago_fatura_total_u12m": reais("0"),
        }},
    ),
    Caso(
        "16b", "emitted the day that the window of 12 months begins",
        (fatura("16b", e="2023-07-01", d="2023-07-10"),),
        pagos("16b", ("2023-07-10", "1000")),
        {R: {
            "qt_fatura_u12m": 1,
            "qt_fatura_u6m": 0,
            "qt_mes_sem_fatura_u12m": 11,
            "qt_mes_relacionamento": 12,
            "qt_fatura_paga_em_dia_u12m": 1,
            "vl_fatura_media_mes_u12m": reais("83.33"),
        }},
    ),
    Caso(
        "17", "filed again with other values",
        (fatura("17"),),
        pagos("17", ("2024-06-10", "500")),
        {R: {
            "qt_fatura_u1m": 1,
            "vl_fatura_total_u1m": reais("1000"),
            "vl_pagamento_minimo_total_u1m": reais("150"),
            "qt_fatura_parcial_u1m": 1,
            "vl_saldo_aberto_u1m": reais("500"),
        }},
        versao_anterior=(fatura("17", v="500", m="75", d="2024-06-17"),),
    ),
    Caso(
        "18", "minimum above the value",
        (fatura("18", m="1500"),),
        pagos("18", ("2024-06-10", "500")),
        {R: {
            "vl_pagamento_minimo_total_u1m": reais("1000"),
            "fl_minimo_limitado": True,
            "fl_minimo_ausente": False,
            "qt_fatura_inadimplente_u1m": 1,
            "vl_inadimplente_u1m": reais("500"),
            "qt_fatura_parcial_u1m": 0,
        }},
    ),
    Caso(
        "19", "two invoices in one month",
        (fatura("19"), fatura("19", 2, e="2024-06-14", d="2024-06-24")),
        pagos("19", ("2024-06-10", "1000")),
        {R: {
            "qt_fatura_u1m": 2,
            "qt_fatura_vencida_u1m": 2,
            "vl_fatura_total_u1m": reais("2000"),
            "vl_fatura_media_mes_u1m": reais("2000"),
            "qt_mes_sem_fatura_u1m": 0,
            "qt_fatura_paga_em_dia_u1m": 1,
            "pc_fatura_paga_em_dia_u1m": pc("50"),
            "nr_dias_atraso_maximo_u1m": 7,
            "nr_dias_atraso_medio_u1m": reais("3.5"),
        }},
    ),
)  # fmt: skip

# One client with an invoice in every month from 2023-05 to 2024-08, always paid when due.
BASE = "base"
_MESES = [date(2023 + month // 12, month % 12 + 1, 1) for month in range(4, 20)]
BASE_FATURAS = tuple(
    Fatura(f"F-base-{mes:%Y%m}", BASE, mes, mes.replace(day=10), reais("100"), reais("15"))
    for mes in _MESES
)
BASE_PAGAMENTOS = tuple(
    Pagamento(f"PG-base-{mes:%Y%m}", f"F-base-{mes:%Y%m}", BASE, mes.replace(day=10), reais("100"))
    for mes in _MESES
)


def faturas() -> list[Fatura]:
    """All curated invoices: those of the cases and those of `BASE`."""
    return [*BASE_FATURAS, *(each for caso in CASOS for each in caso.faturas)]


def pagamentos() -> list[Pagamento]:
    """All curated payments: those of the cases and those of `BASE`."""
    return [*BASE_PAGAMENTOS, *(each for caso in CASOS for each in caso.pagamentos)]


def faturas_de_arquivos_anteriores() -> list[Fatura]:
    """Invoices that were filed before `faturas()` and must not be seen any more."""
    return [each for caso in CASOS for each in caso.versao_anterior]


def esperados() -> dict[tuple[date, str], Linha]:
    """Some columns of some rows of the book, by (dt_ref, id_cliente)."""
    return {
        (dt_ref, caso.cliente): linha for caso in CASOS for dt_ref, linha in caso.esperado.items()
    }
