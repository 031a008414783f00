"""The bank's curation and metrics in plain Python, written literally from their definition.

Here: which lines of the delivered files count and why the others do not, and what
`metricas_bancarias` must say of those that do, in loops that can be checked against the
definition line by line. Not here: writing the files (`arquivos`), what is in them
(`aleatorio`, `casos`), speed, and any sharing of code with the SQL that it is compared
with. Sums are decimals and quotients fractions, so that nothing is rounded before the end.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

JANELA = 12
SUELDO = "ingreso_sueldo"
FIXOS = ("pago_servicio", "debito_automatico")
GASTOS = ("compra_tarjeta", "extraccion_cajero", *FIXOS)
OBRIGATORIAS = {
    "clientes": ("cliente_id",),
    "transacciones": ("transaccion_id", "cliente_id", "fecha", "tipo", "monto"),
}
NUMERICAS = {"clientes": ("edad", "ingresos_mensuales"), "transacciones": ("monto",)}
DATAS = {"clientes": ("nacimiento",), "transacciones": ("fecha",)}
CHAVES = {"clientes": "cliente_id", "transacciones": "transaccion_id"}

Celulas = dict[str, str]
Metricas = dict[str, Decimal | int | bool | None]


class ImpossivelError(ValueError):
    """A text that looks like a date, of a day that there is not or before 1900."""


@dataclass(frozen=True)
class Linha:
    """A line of a file.

    Attributes:
        numero: as an editor or a spreadsheet counts it; the header is 1 where nothing is
            above it.
        celulas: texts by the contract's names; a missing one is blank.
        planilha: the sheet, None in a csv.
        excedente: it has more fields than the header.
    """

    numero: int
    celulas: Celulas
    planilha: str | None = None
    excedente: bool = False


@dataclass(frozen=True)
class Arquivo:
    """One version of a file, its lines from the first to the last, sheet by sheet."""

    nome: str
    sha256: str
    entidade: str
    linhas: tuple[Linha, ...]

    @property
    def mes(self) -> str:
        """The month in the name, AAAAMM; blank, hence before all months, without one."""
        found = re.search(r"_((?:19|20)\d\d(?:0[1-9]|1[0-2]))(?!\d)", self.nome)
        return found[1] if found else ""


class Cliente(NamedTuple):
    """A curated client."""

    cliente_id: str
    nombre: str | None
    edad: int | None
    nacimiento: date | None
    provincia: str | None
    ingresos_mensuales: Decimal | None


class Transaccion(NamedTuple):
    """A curated transaction."""

    transaccion_id: str
    cliente_id: str
    fecha: date
    tipo: str
    monto: Decimal
    comercio: str | None
    categoria: str | None


class Fora(NamedTuple):
    """A line in quarantine."""

    codigo: str
    entidade: str
    sha256: str
    numero: int
    planilha: str | None


class Contagem(NamedTuple):
    """Where a file's lines ended."""

    qt_linha: int
    qt_curada: int
    qt_substituida: int
    qt_duplicada: int
    qt_quarentena: int


class Curadoria(NamedTuple):
    """All that curation makes of the files; rows with the file and line they come from."""

    clientes: dict[str, tuple[Cliente, str, int]]
    transacciones: dict[str, tuple[Transaccion, str, int]]
    quarentena: list[Fora]
    reconciliacao: dict[str, Contagem]


def text(cell: str) -> str | None:
    return cell.strip() or None


def typed_number(cell: str) -> Decimal | None:
    """Read an amount as Brazil or a program writes it.

    Returns:
        None for nothing written, which a dash is too.

    Raises:
        ValueError: it is no number.
    """
    bare = cell.strip().removeprefix("R$").strip()
    if bare in ("", "-"):
        return None
    sign = 1
    if bare.startswith("(") and bare.endswith(")"):
        sign, bare = -1, bare[1:-1]
    if bare.startswith("-"):
        sign, bare = -sign, bare[1:]
    brazilian = re.fullmatch(r"(\d{1,3}(?:\.\d{3})*|\d+),(\d{1,2})", bare)
    english = re.fullmatch(r"(\d{1,3}(?:,\d{3})*|\d+)\.(\d{1,2})", bare)
    whole = re.fullmatch(r"(\d+)()", bare)
    found = brazilian or english or whole
    if not found:
        raise ValueError("not a number")
    digits = found[1].replace(".", "").replace(",", "")
    return sign * Decimal(f"{digits}.{found[2] or 0}").quantize(Decimal("0.01"))


def typed_date(cell: str) -> date | None:
    """Read a day, of a timestamp too, whose time and zone do not count.

    Returns:
        None for nothing written.

    Raises:
        ImpossivelError: it looks like a day that there is not, or is one before 1900.
        ValueError: it looks like no day.
    """
    bare = cell.strip()
    if not bare:
        return None
    found = re.fullmatch(
        r"(?:(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)|(?P<D>\d\d)/(?P<M>\d\d)/(?P<Y>\d{4}))"
        r"(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?",
        bare,
    )
    if not found:
        raise ValueError("not a date")
    parts = [int(found[lower] or found[upper]) for lower, upper in ("yY", "mM", "dD")]
    try:
        day = date(*parts)
    except ValueError as error:
        raise ImpossivelError from error
    if day.year < 1900:
        raise ImpossivelError
    return day


def own_fault(entidade: str, linha: Linha) -> str | None:
    """Say what a line alone tells against it: the first code that fits."""
    impossible = False
    if linha.excedente:
        return "TIPO_INVALIDO"
    for name in NUMERICAS[entidade]:
        try:
            typed_number(linha.celulas.get(name, ""))
        except ValueError:
            return "TIPO_INVALIDO"
    for name in DATAS[entidade]:
        try:
            typed_date(linha.celulas.get(name, ""))
        except ImpossivelError:
            impossible = True
        except ValueError:
            return "TIPO_INVALIDO"
    for name in OBRIGATORIAS[entidade]:
        # A dash where an amount belongs is nothing written.
        blank = linha.celulas.get(name, "").strip() in (("", "-") if name == "monto" else ("",))
        if blank:
            return "OBRIGATORIO_AUSENTE"
    return "DATA_IMPOSSIVEL" if impossible else None


def client(celulas: Celulas) -> Cliente:
    edad = typed_number(celulas.get("edad", ""))
    return Cliente(
        cliente_id=celulas["cliente_id"].strip(),
        nombre=text(celulas.get("nombre", "")),
        edad=None if edad is None else int(edad),
        nacimiento=typed_date(celulas.get("nacimiento", "")),
        provincia=text(celulas.get("provincia", "")),
        ingresos_mensuales=typed_number(celulas.get("ingresos_mensuales", "")),
    )


def transaction(celulas: Celulas) -> Transaccion:
    fecha, monto = typed_date(celulas["fecha"]), typed_number(celulas["monto"])
    assert fecha is not None
    assert monto is not None
    return Transaccion(
        transaccion_id=celulas["transaccion_id"].strip(),
        cliente_id=celulas["cliente_id"].strip(),
        fecha=fecha,
        tipo=celulas["tipo"].strip(),
        monto=monto,
        comercio=text(celulas.get("comercio", "")),
        categoria=text(celulas.get("categoria", "")),
    )


Versao = tuple[Arquivo, Linha]


def good_lines(
    arquivos: Iterable[Arquivo], entidade: str
) -> tuple[dict[str, list[Versao]], list[tuple[str, Versao]]]:
    """Take of each file the last valid line of each key.

    Args:
        arquivos: in the order in which they were loaded.
        entidade: `clientes` or `transacciones`.

    Returns:
        Each key's versions, the newest last; and the lines that are out, with the code.
    """
    versions: dict[str, list[Versao]] = {}
    out: list[tuple[str, Versao]] = []
    # Stable, so of one month the file that was loaded later stays the later one.
    for arquivo in sorted(arquivos, key=lambda each: each.mes):
        if arquivo.entidade != entidade:
            continue
        last: dict[str, Linha] = {}
        for linha in arquivo.linhas:
            fault = own_fault(entidade, linha)
            if fault:
                out.append((fault, (arquivo, linha)))
                continue
            key = linha.celulas[CHAVES[entidade]].strip()
            if key in last:
                out.append(("CHAVE_DUPLICADA_NO_ARQUIVO", (arquivo, last[key])))
            last[key] = linha
        for key, linha in last.items():
            versions.setdefault(key, []).append((arquivo, linha))
    return versions, out


def curated(arquivos: Sequence[Arquivo]) -> Curadoria:
    """Say what each line of the files becomes.

    Args:
        arquivos: every version of every file, in the order in which they were loaded.
    """
    lines, out = good_lines(arquivos, "clientes")
    chosen = {key: versions[-1] for key, versions in lines.items()}
    superseded = [each for versions in lines.values() for each in versions[:-1]]
    clientes = {
        key: (client(linha.celulas), arquivo.sha256, linha.numero)
        for key, (arquivo, linha) in chosen.items()
    }

    lines, more = good_lines(arquivos, "transacciones")
    out += more
    transacciones = {}
    counted = list(chosen.values())
    for key, versions in lines.items():
        known = [each for each in versions if each[1].celulas["cliente_id"].strip() in clientes]
        newest = versions.index(known[-1]) if known else -1
        if known:
            arquivo, linha = known[-1]
            transacciones[key] = (transaction(linha.celulas), arquivo.sha256, linha.numero)
            counted.append(known[-1])
            superseded += versions[:newest]
        # A newer version of nobody's takes no place, and waits for its client.
        out += [("ORFAO", each) for each in versions[newest + 1 :]]

    reconciliacao = {}
    for arquivo in arquivos:
        own = [codigo for codigo, each in out if each[0] is arquivo]
        duplicated = own.count("CHAVE_DUPLICADA_NO_ARQUIVO")
        reconciliacao[arquivo.sha256] = Contagem(
            qt_linha=len(arquivo.linhas),
            qt_curada=sum(each[0] is arquivo for each in counted),
            qt_substituida=sum(each[0] is arquivo for each in superseded),
            qt_duplicada=duplicated,
            qt_quarentena=len(own) - duplicated,
        )
    quarentena = [
        Fora(codigo, arquivo.entidade, arquivo.sha256, linha.numero, linha.planilha)
        for codigo, (arquivo, linha) in out
    ]
    return Curadoria(clientes, transacciones, quarentena, reconciliacao)


def rounded(value: Fraction | Decimal, places: int) -> Decimal:
    """Round halves away from zero."""
    scaled = abs(Fraction(value)) * 10**places
    whole = int(scaled)
    if scaled - whole >= Fraction(1, 2):
        whole += 1
    return Decimal(-whole if value < 0 else whole).scaleb(-places)


def add_months(first: date, months: int) -> date:
    """Go from one first of a month to another."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def normalized(tipo: str) -> str:
    """Write a type as the definition does."""
    plain = unicodedata.normalize("NFD", tipo.strip())
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return re.sub(r"[\s-]+", "_", letters.lower())


def whole_years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def median(values: Collection[Decimal]) -> Decimal | None:
    """Take the middle value, or the mean of the two in the middle, rounded to 2."""
    ordered = sorted(values)
    if not ordered:
        return None
    upper, lower = ordered[len(ordered) // 2], ordered[(len(ordered) - 1) // 2]
    return rounded(Fraction(lower + upper) / 2, 2)


def default_dt_base(transacciones: Iterable[Transaccion], loaded_on: date) -> date | None:
    """Take the day after the newest transaction that is not of the future.

    Args:
        transacciones: the curated ones.
        loaded_on: day, in São Paulo, on which the newest file was loaded.
    """
    days = [each.fecha for each in transacciones if each.fecha <= loaded_on]
    return max(days) + timedelta(days=1) if days else None


def months_that_count(transacciones: Collection[Transaccion], dt_base: date) -> int:
    """n, of one client's transactions before dt_base."""
    if not transacciones:
        return 0
    first, mes = min(each.fecha for each in transacciones), dt_base.replace(day=1)
    return min(JANELA, (mes.year - first.year) * 12 + mes.month - first.month)


def client_metrics(
    cliente: Cliente, transacciones: Iterable[Transaccion], dt_base: date
) -> Metricas:
    """Compute one client's row, of its own transactions of any day."""
    seen = [each for each in transacciones if each.fecha < dt_base]
    mes = dt_base.replace(day=1)
    inside = [each for each in seen if add_months(mes, -JANELA) <= each.fecha < mes]
    gasto = sum((each.monto for each in inside if normalized(each.tipo) in GASTOS), Decimal(0))
    fixo = sum((each.monto for each in inside if normalized(each.tipo) in FIXOS), Decimal(0))
    salaries: dict[date, Decimal] = {}
    for each in inside:
        if normalized(each.tipo) == SUELDO:
            month = each.fecha.replace(day=1)
            salaries[month] = salaries.get(month, Decimal(0)) + each.monto

    n = months_that_count(seen, dt_base)
    renda = cliente.ingresos_mensuales
    gasto_mensual = score = None
    if not seen:
        gasto_mensual, score = rounded(Decimal(0), 2), rounded(Decimal(0), 4)
    elif n > 0:
        gasto_mensual = rounded(Fraction(gasto) / n, 2)
        if renda:
            score = rounded(Fraction(fixo) / n / Fraction(renda), 4)
    sem_renda = renda is None or renda <= 0
    return {
        "gasto_mensual_promedio": gasto_mensual,
        "score_endeudamiento": None if sem_renda else score,
        "ingresos_mensuales": renda,
        "ingresos_estimados": median(salaries.values()),
        "qt_mes": n,
        "fl_sem_renda": sem_renda,
        "fl_sem_transacao": not seen,
    }


def metricas_bancarias(
    clientes: Iterable[Cliente], transacciones: Iterable[Transaccion], dt_base: date
) -> dict[str, Metricas]:
    """Compute the metrics of every client.

    Args:
        clientes: curated ones, one an id.
        transacciones: curated ones, each of one of the clients.
        dt_base: day before which transactions are seen, and months complete.

    Returns:
        The row of each cliente_id, None for NULL.
    """
    of_client: dict[str, list[Transaccion]] = {}
    for each in transacciones:
        of_client.setdefault(each.cliente_id, []).append(each)
    return {
        each.cliente_id: client_metrics(each, of_client.get(each.cliente_id, []), dt_base)
        for each in clientes
    }


def edad(cliente: Cliente, dt_base: date) -> int | None:
    """Take the file's age, else count it at dt_base."""
    if cliente.edad is not None or cliente.nacimiento is None:
        return cliente.edad
    if cliente.nacimiento > dt_base:
        return None
    return whole_years(cliente.nacimiento, dt_base)
