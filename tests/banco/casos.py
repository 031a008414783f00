"""The definition's cases as data: an income, transactions, and what the metrics say.

Every case is a client of its own, so that all of them can be loaded together. They are
told at `DT_BASE`, whose window is the year 2024.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.banco.referencia import Celulas, Metricas

DT_BASE = date(2025, 1, 15)
MESES = tuple(f"2024-{mes:02d}" for mes in range(1, 13))

# Day, type and amount, as in the file.
Movimento = tuple[str, str, str]


@dataclass(frozen=True)
class Caso:
    """One case.

    Attributes:
        nome: what it is about, which makes the client's id.
        renda: declared income, as in the file.
        movimentos: the client's transactions.
        esperado: some of the metrics.
    """

    nome: str
    renda: str
    movimentos: tuple[Movimento, ...]
    esperado: Metricas

    @property
    def cliente_id(self) -> str:
        """The client's id, which no other case has."""
        return f"caso {self.nome}"


def monthly(tipo: str, monto: str, meses: Iterable[str] = MESES) -> tuple[Movimento, ...]:
    return tuple((f"{mes}-10", tipo, monto) for mes in meses)


def metricas(
    gasto: str | None,
    score: str | None,
    n: int,
    *,
    sem_renda: bool = False,
    sem_transacao: bool = False,
) -> Metricas:
    return {
        "gasto_mensual_promedio": None if gasto is None else Decimal(gasto),
        "score_endeudamiento": None if score is None else Decimal(score),
        "qt_mes": n,
        "fl_sem_renda": sem_renda,
        "fl_sem_transacao": sem_transacao,
    }


def estimados(valor: str | None) -> Metricas:
    return {"ingresos_estimados": None if valor is None else Decimal(valor)}


# In the window's first month, in no metric: from it on all twelve months count.
ANTIGO = ("2024-01-01", "transferencia", "5.00")

CASOS = (
    Caso("12 x 30 000 on 100 000", "100000", monthly("pago_servicio", "30000"),
         metricas("30000.00", "0.3000", 12)),
    Caso("both fixed payments", "1000",
         (*monthly("debito_automatico", "100"), *monthly("pago_servicio", "50")),
         metricas("150.00", "0.1500", 12)),
    Caso("all that is spent", "1000",
         (*monthly("compra_tarjeta", "1"), *monthly("extraccion_cajero", "10"),
          *monthly("pago_servicio", "100"), *monthly("debito_automatico", "1000"),
          *monthly("transferencia", "10000"), *monthly("ingreso_sueldo", "100000")),
         metricas("1111.00", "1.1000", 12) | estimados("100000.00")),
    Caso("months without spending count", "1000",
         (ANTIGO, *monthly("pago_servicio", "1200", MESES[3:6])),
         metricas("300.00", "0.3000", 12)),
    Caso("refunds are netted", "1000",
         (ANTIGO, ("2024-03-01", "compra_tarjeta", "240.00"),
          ("2024-04-01", "compra_tarjeta", "-120.00"), ("2024-05-01", "pago_servicio", "36.00"),
          ("2024-05-02", "pago_servicio", "-24.00")),
         metricas("11.00", "0.0010", 12)),
    Caso("more refunds than spending", "1000",
         (ANTIGO, ("2024-03-01", "debito_automatico", "-120.00")),
         metricas("-10.00", "-0.0100", 12)),
    Caso("no income", "", monthly("pago_servicio", "10"),
         metricas("10.00", None, 12, sem_renda=True) | {"ingresos_mensuales": None}),
    Caso("income 0", "0", monthly("pago_servicio", "10"),
         metricas("10.00", None, 12, sem_renda=True) | {"ingresos_mensuales": Decimal("0.00")}),
    Caso("income below 0", "-100", monthly("pago_servicio", "10"),
         metricas("10.00", None, 12, sem_renda=True)),
    Caso("new client", "1000", monthly("pago_servicio", "100", MESES[-3:]),
         metricas("100.00", "0.1000", 3)),
    Caso("new on the month's last day", "1000", (("2024-12-31", "pago_servicio", "100"),),
         metricas("100.00", "0.1000", 1)),
    Caso("first in the month of dt_base", "1000",
         (("2025-01-01", "pago_servicio", "100"), ("2025-01-10", "ingreso_sueldo", "7")),
         metricas(None, None, 0) | estimados(None)),
    Caso("first in the month of dt_base and no income", "",
         (("2025-01-14", "pago_servicio", "100"),), metricas(None, None, 0, sem_renda=True)),
    Caso("no transaction", "1000", (),
         metricas("0.00", "0.0000", 0, sem_transacao=True) | estimados(None)),
    Caso("no transaction and no income", "", (),
         metricas("0.00", None, 0, sem_renda=True, sem_transacao=True)),
    Caso("none before dt_base", "1000",
         (("2025-01-15", "pago_servicio", "100"), ("2025-06-01", "ingreso_sueldo", "7")),
         metricas("0.00", "0.0000", 0, sem_transacao=True) | estimados(None)),
    Caso("only before the window", "1000",
         (("2023-12-31", "pago_servicio", "100"), ("2023-12-30", "ingreso_sueldo", "7")),
         metricas("0.00", "0.0000", 12) | estimados(None)),
    Caso("the window's first day and last", "1000",
         (("2022-05-05", "transferencia", "1"), ("2023-12-31", "pago_servicio", "1000000"),
          ("2024-01-01", "pago_servicio", "12"), ("2024-12-31 23:59:59", "pago_servicio", "24"),
          ("2025-01-01", "pago_servicio", "1000000")),
         metricas("3.00", "0.0030", 12)),
    Caso("an unknown type is the first transaction", "1000",
         (("2024-07-31", "cashback", "99"), ("2024-12-01", "pago_servicio", "60")),
         metricas("10.00", "0.0100", 6)),
    Caso("spellings of a type", "1000",
         (("2024-12-01", "Pago Servicio", "1"), ("2024-12-01", "PAGO-SERVICIO", "10"),
          ("2024-12-01", " debito \u00a0 automatico ", "100"),
          ("2024-12-01", "Compra_Tarjeta", "1000"),
          ("2024-12-01", "pagoservicio", "10000"), ("2024-12-01", "INGRESO-SUELDO", "5")),
         metricas("1111.00", "0.1110", 1) | estimados("5.00")),
    Caso("half a cent up", "10000",
         (ANTIGO, ("2024-02-01", "pago_servicio", "0.06")), metricas("0.01", "0.0000", 12)),
    Caso("half a cent down", "10000",
         (ANTIGO, ("2024-02-01", "compra_tarjeta", "-0.06")), metricas("-0.01", "0.0000", 12)),
    Caso("half a ten-thousandth up", "10000",
         (ANTIGO, ("2024-02-01", "pago_servicio", "6.00")), metricas("0.50", "0.0001", 12)),
    Caso("half a ten-thousandth down", "10000",
         (ANTIGO, ("2024-02-01", "pago_servicio", "-6.00")), metricas("-0.50", "-0.0001", 12)),
    Caso("nothing is rounded in between", "0.01",
         (ANTIGO, ("2024-02-01", "pago_servicio", "0.17")), metricas("0.01", "1.4167", 12)),
    Caso("median of an odd count", "1000",
         (("2024-10-01", "ingreso_sueldo", "1000"), ("2024-11-01", "ingreso_sueldo", "9000"),
          ("2024-12-01", "ingreso_sueldo", "1500")), estimados("1500.00")),
    Caso("median of an even count", "1000",
         (("2024-09-01", "ingreso_sueldo", "9000"), ("2024-10-01", "ingreso_sueldo", "1000"),
          ("2024-11-01", "ingreso_sueldo", "2000"), ("2024-12-01", "ingreso_sueldo", "100")),
         estimados("1500.00")),
    Caso("median with half a cent", "1000",
         (("2024-11-01", "ingreso_sueldo", "1.00"), ("2024-12-01", "ingreso_sueldo", "1.01")),
         estimados("1.01")),
    Caso("median of large sums", "1000",
         (("2024-11-01", "ingreso_sueldo", "9999999999999.97"),
          ("2024-12-01", "ingreso_sueldo", "9999999999999.98")),
         estimados("9999999999999.98")),
    Caso("salaries of a month are one sum", "1000",
         (("2024-11-01", "ingreso_sueldo", "600"), ("2024-11-20", "ingreso_sueldo", "400"),
          ("2024-12-01", "ingreso_sueldo", "500"), ("2024-12-02", "ingreso_sueldo", "-500"),
          ("2024-10-01", "ingreso_sueldo", "3000")), estimados("1000.00")),
    Caso("no salary in the window", "1000",
         (ANTIGO, ("2023-12-31", "ingreso_sueldo", "600"),
          ("2025-01-01", "ingreso_sueldo", "600")), estimados(None)),
)  # fmt: skip


def clientes() -> list[Celulas]:
    """Lay out the cases' clients as a file has them."""
    return [
        {
            "cliente_id": caso.cliente_id,
            "nombre": f"Caso {numero}",
            "ingresos_mensuales": caso.renda,
        }
        for numero, caso in enumerate(CASOS, start=1)
    ]


def transacciones() -> list[Celulas]:
    """Lay out the cases' transactions as a file has them."""
    return [
        {
            "transaccion_id": f"{caso.cliente_id} {numero}",
            "cliente_id": caso.cliente_id,
            "fecha": fecha,
            "tipo": tipo,
            "monto": monto,
        }
        for caso in CASOS
        for numero, (fecha, tipo, monto) in enumerate(caso.movimentos, start=1)
    ]
