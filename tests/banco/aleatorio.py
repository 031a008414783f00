"""A random bank that sits on the definition's awkward corners, and its deliveries.

Here: drawing clients, transactions, spellings, faults and which file has what. Not here:
what becomes of them (`referencia`). A few clients are made for one corner each, so that
no seed misses it.

Deliveries: the first has most clients, a history without a month and months until
2025-06-30, one of them missing, one a workbook; the second brings July and ten days of
August, clients whose transactions waited for them, the missing month, a corrected one,
and files that come too late to count; the third brings one more client, whom the
corrected month had named before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tests.banco.arquivos import EXCEDENTE, Remessa, csv_de
from tests.banco.referencia import Celulas, add_months

PRIMEIRO_MES = date(2024, 1, 1)
JULHO, AGOSTO = date(2025, 7, 1), date(2025, 8, 1)
ULTIMO_DIA = date(2025, 8, 10)
# Delivered with the second files, or the third: until then of nobody.
TARDIOS = ("0005", "0006")
NUNCA_ANTES = "0999"

TIPOS = (
    "compra_tarjeta", "compra_tarjeta", "compra_tarjeta", "pago_servicio", "debito_automatico",
    "extraccion_cajero", "transferencia", "ingreso_sueldo", "ingreso_sueldo", "cashback",
)  # fmt: skip
RENDAS = ("", "0", "-350.00", "0.01", "1518.00", "4321.09", "98765.43")


@dataclass(frozen=True)
class Banco:
    """All deliveries, each a list of files in the order in which they are loaded."""

    entregas: tuple[list[Remessa], ...]


@dataclass(frozen=True)
class Movimento:
    """A transaction before anybody spells it."""

    transaccion_id: str
    cliente_id: str
    fecha: date
    tipo: str
    monto: Decimal


def gerar(semente: int, hoje: date, clientes: int = 36) -> Banco:
    """Draw a bank.

    Args:
        semente: same seed, same lines.
        hoje: day of the loads; some transactions are of later days.
        clientes: how many.
    """
    rng = Random(semente)  # noqa: S311 - nothing secret about it
    ids = [f"{number:04d}" for number in range(1, clientes + 1)]
    moves = [move for cliente in ids for move in _movimentos(rng, cliente, hoje)]
    pessoas = {cliente: _pessoa(rng, cliente) for cliente in (*ids, NUNCA_ANTES)}

    def of_month(month: date) -> list[Movimento]:
        return [each for each in moves if each.fecha.replace(day=1) == month]

    def monthly(month: date, name: str = "", br: bool = False) -> Remessa:
        lines = _linhas(rng, of_month(month), br)
        name = name or f"transacciones_{month:%Y%m}.csv"
        return csv_de(name, "transacciones", lines, ";" if br else ",")

    history = [each for each in moves if each.fecha < date(2024, 10, 1)]
    future = [each for each in moves if each.fecha > hoje]
    first = [
        csv_de(
            "clientes.csv",
            "clientes",
            _com_defeitos(rng, "clientes", [pessoas[each] for each in ids if each not in TARDIOS]),
        ),
        csv_de("transacciones.csv", "transacciones", _linhas(rng, history, br=True), ";"),
        *(
            monthly(add_months(date(2024, 10, 1), number), br=number % 2 == 0)
            for number in range(9)
            # February comes late, March is a workbook, June has the future in it.
            if number not in (4, 5, 8)
        ),
        _pasta(rng, of_month(date(2025, 3, 1))),
        csv_de(
            "transacciones_202506.csv",
            "transacciones",
            # January's again, with other amounts: a later month has the last word.
            _linhas(rng, [*of_month(date(2025, 6, 1)), *future], br=False)
            + _linhas(rng, [_other(each) for each in of_month(date(2025, 1, 1))[::5]], br=False),
        ),
    ]
    again = [pessoas[each] | {"ingresos_mensuales": rng.choice(RENDAS)} for each in ids[::3]]
    second = [
        csv_de(
            "clientes_202507.csv",
            "clientes",
            [*again, *(pessoas[each] for each in TARDIOS), pessoas["0007"]],
        ),
        # Beats the file without a month, not the one of July.
        csv_de(
            "clientes_202401.csv",
            "clientes",
            [pessoas[each] | {"provincia": "Antiga", "edad": "99"} for each in ids[2:20:2]],
        ),
        monthly(JULHO, br=True),
        monthly(AGOSTO),
        monthly(date(2025, 2, 1)),
        csv_de(
            "transacciones_202504.csv",
            "transacciones",
            _linhas(rng, _corrigidos(rng, of_month(date(2025, 4, 1))), br=False),
        ),
        # Beats the first history where that has a line; no month's file.
        csv_de(
            "transacciones_corrigidas.csv",
            "transacciones",
            _linhas(
                rng,
                [_other(each) for each in (*history[::7], *of_month(date(2024, 11, 1))[::2])],
                br=False,
            ),
        ),
    ]
    third = [csv_de("clientes_202508.csv", "clientes", [pessoas[NUNCA_ANTES]])]
    return Banco((first, second, third))


def _pessoa(rng: Random, cliente: str) -> Celulas:
    born = date(1950, 1, 1) + timedelta(rng.randrange(20_000))
    return {
        "cliente_id": cliente,
        "nombre": f"Pessoa {cliente}",
        "edad": rng.choice(("", "", "18", "41")),
        "nacimiento": rng.choice(("", f"{born}", f"{born:%d/%m/%Y}", "1990-08-11", "1990-08-10")),
        "provincia": rng.choice(("", "SP", "São Paulo")),
        "ingresos_mensuales": rng.choice(RENDAS),
    }


def _movimentos(rng: Random, cliente: str, hoje: date) -> Iterator[Movimento]:
    """Draw a client's transactions: one corner each for the first clients."""
    number = 0

    def move(day: date, tipo: str | None = None, monto: Decimal | None = None) -> Movimento:
        nonlocal number
        number += 1
        cents = rng.choice((1, 5, 6, 100, 999, rng.randrange(100, 500_000)))
        amount = Decimal(cents) / 100
        if rng.random() < 0.15:
            amount = -amount
        return Movimento(
            f"T{cliente}-{number}",
            cliente,
            day,
            tipo or rng.choice(TIPOS),
            (amount if monto is None else monto).quantize(Decimal("0.01")),
        )

    def each_month(first: date, share: float) -> Iterator[Movimento]:
        month = first
        while month <= AGOSTO:
            last = add_months(month, 1) - timedelta(days=1)
            for _ in range(rng.choice((1, 1, 2, 4))):
                if rng.random() < share:
                    day = rng.choice((month, last, month + timedelta(rng.randrange(28))))
                    yield move(min(day, ULTIMO_DIA))
            month = add_months(month, 1)

    if cliente == "0001":
        # The days that make both defaults of dt_base, at the first files and the second.
        for day in (date(2024, 1, 1), date(2025, 6, 30), JULHO, ULTIMO_DIA):
            yield move(day, "pago_servicio", Decimal("120.00"))
    elif cliente == "0002":
        return
    elif cliente == "0003":
        for day in (hoje + timedelta(2), date(2039, 12, 31)):
            yield move(day)
    elif cliente == "0004":
        # First in the month of dt_base.
        for day in (AGOSTO, ULTIMO_DIA):
            yield move(day, "compra_tarjeta")
    elif cliente == "0008":
        yield move(date(2024, 9, 1), "compra_tarjeta", Decimal("100.00"))
        yield move(date(2025, 5, 1), "compra_tarjeta", Decimal("-999.99"))
        yield move(hoje + timedelta(2))
    elif cliente == "0009":
        for month in range(3):
            yield move(add_months(date(2025, 4, 1), month), "cashback")
    elif cliente == "0010":
        yield move(JULHO)
    else:
        first = add_months(PRIMEIRO_MES, rng.choice((0, 0, 3, 9, 15, rng.randrange(19))))
        yield from each_month(first, rng.choice((1.0, 0.7, 0.2)))


def _other(move: Movimento) -> Movimento:
    return Movimento(
        move.transaccion_id, move.cliente_id, move.fecha, move.tipo, move.monto + Decimal("1.11")
    )


def _corrigidos(rng: Random, moves: Iterable[Movimento]) -> Iterator[Movimento]:
    """Deliver a month again: other amounts, types, clients and days, some gone."""
    for number, move in enumerate(moves):
        kind = number % 8
        if kind == 0:
            yield _other(move)
        elif kind == 1:
            yield Movimento(
                move.transaccion_id, move.cliente_id, move.fecha, "pago_servicio", move.monto
            )
        elif kind == 2:
            # Nobody's yet: until then the first version counts.
            yield Movimento(move.transaccion_id, NUNCA_ANTES, move.fecha, move.tipo, move.monto)
        elif kind == 3:
            day = date(2024, 3, rng.randrange(1, 31))
            yield Movimento(move.transaccion_id, move.cliente_id, day, move.tipo, move.monto)
        elif kind == 4:
            yield Movimento(move.transaccion_id, "0011", move.fecha, move.tipo, move.monto)
        elif kind < 7:
            yield move


def _pasta(rng: Random, moves: list[Movimento]) -> Remessa:
    """Make a workbook whose two sheets have the same line numbers, and bad ones among them."""
    half = len(moves) // 2
    sheets = [
        [_escrito(rng, each, br=False) for each in part] for part in (moves[:half], moves[half:])
    ]
    bad = ({"monto": "a apurar"}, {"fecha": "2025-02-30"})
    for sheet, cells in zip(sheets, bad, strict=True):
        # The same line number in both.
        sheet.insert(1, sheet[0] | {"transaccion_id": f"{sheet[0]['transaccion_id']}x"} | cells)
    # A key of the first sheet again, in the second. The definition puts sheets in no order;
    # the models put them in that of a hash of their names, which for these is the same.
    sheets[1].append(sheets[0][0] | {"monto": "77.77"})
    # Their order is not the alphabet's.
    return Remessa(
        "transacciones_202503.xlsx",
        "transacciones",
        dict(zip(("Quinzena 2", "Quinzena 1"), sheets, strict=True)),
    )


def _linhas(rng: Random, moves: Iterable[Movimento], br: bool) -> list[Celulas]:
    lines = [_escrito(rng, each, br) for each in moves]
    rng.shuffle(lines)
    return _com_defeitos(rng, "transacciones", lines)


def _escrito(rng: Random, move: Movimento, br: bool) -> Celulas:
    """Spell a transaction as a Brazilian system does, or as a program."""
    fecha = f"{move.fecha:%d/%m/%Y}" if br else f"{move.fecha}"
    fecha += rng.choice(
        ("", "", " 23:59:59", " 00:00") if br else ("", " 23:59:59", "T23:59:59-03:00")
    )
    tipo = rng.choice(
        (move.tipo, move.tipo, move.tipo.upper(), move.tipo.replace("_", " ").title(),
         move.tipo.replace("_", "-"), f" {move.tipo} ")
    )  # fmt: skip
    return {
        "transaccion_id": move.transaccion_id,
        "cliente_id": move.cliente_id,
        "fecha": fecha,
        "tipo": tipo,
        "monto": _valor(rng, move.monto, br),
        "comercio": rng.choice(("", "Padaria Lua", "Açougue, Bom & Barato")),
        "categoria": rng.choice(("", "alimentación")),
    }


def _valor(rng: Random, monto: Decimal, br: bool) -> str:
    if not br:
        return rng.choice((f"{monto}", f"{monto:,.2f}"))
    plain = f"{abs(monto)}".replace(".", ",")
    grouped = f"{abs(monto):,.2f}".translate(str.maketrans(",.", ".,"))
    text = rng.choice((plain, grouped, f"R$ {grouped}"))
    if monto >= 0:
        return text
    return rng.choice((f"-{plain}", f"({grouped})"))


DEFEITOS = {
    "clientes": (
        {"edad": "velha"}, {"ingresos_mensuales": "muito"}, {"nacimiento": "ontem"},
        {"nacimiento": "30/02/1990"}, {"nacimiento": "1890-01-01"}, {"cliente_id": " "},
        {"cliente_id": "", "nacimiento": "1990-02-30"}, {"cliente_id": "", "edad": "NaN"},
        {EXCEDENTE: "a mais"},
    ),
    "transacciones": (
        {"monto": "a apurar"}, {"monto": "NaN"}, {"monto": "infinity"}, {"fecha": "today"},
        {"fecha": "2025-02-30"}, {"fecha": "31/04/2025"}, {"fecha": "1025-03-10"},
        {"fecha": ""}, {"tipo": " "}, {"monto": ""}, {"monto": "-"}, {"cliente_id": ""},
        {"transaccion_id": ""}, {EXCEDENTE: "a mais"}, {"cliente_id": "nunca"},
        {"tipo": "", "fecha": "2025-02-30"}, {"cliente_id": "nunca", "fecha": "2025-02-30"},
        {"monto": "x", "transaccion_id": ""},
    ),
}  # fmt: skip


def _com_defeitos(rng: Random, entidade: str, lines: list[Celulas]) -> list[Celulas]:
    """Add broken copies of good lines, and keys twice, anywhere in the file."""
    key = "cliente_id" if entidade == "clientes" else "transaccion_id"
    good, lines = list(lines), list(lines)
    if not good:
        return lines
    for number, cells in enumerate(DEFEITOS[entidade]):
        # Of a key of its own, or of a good line's, which then stays.
        own = {key: f"ruim-{number}"} if number % 2 else {}
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(good) | own | cells)
    for _ in range(max(2, len(good) // 30)):
        other = {"ingresos_mensuales": "777.00"} if entidade == "clientes" else {"monto": "0.07"}
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(good) | other)
    return lines
