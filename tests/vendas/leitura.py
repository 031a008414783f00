"""What the API's values mean, and which version of a row was known when.

Here: typed values of the wire, and the history of deliveries. Not here: what a sale is
(`tests.vendas.referencia`). Nothing is shared with staging or the loader, on purpose.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Linha = Mapping[str, Any]
SAO_PAULO = ZoneInfo("America/Sao_Paulo")

# Key of each table that the sales area reads, as the contract gives it.
CHAVES = {
    "empreendimentos": ("idempreendimento",),
    "unidades": ("idunidade",),
    "unidades_precos": ("idunidade", "idtabela", "data_vigencia_de"),
    "reservas": ("idreserva",),
    "vendas": ("idreserva",),
    "distratos": ("idreserva",),
    "comissoes": ("idcomissao",),
    "reservas_condicoes": ("idreservascondicoes",),
    "repasses": ("idrepasse",),
}


class Carga(NamedTuple):
    """One delivery: when, and the rows as they stood then; a table that failed is missing."""

    momento: datetime
    linhas: Mapping[str, Iterable[Linha]]


class Versao(NamedTuple):
    """A row as it stood from a moment on."""

    desde: datetime
    linha: Linha


@dataclass
class Acervo:
    """All versions of all rows, oldest first; a row that is not delivered again stays."""

    versoes: dict[str, dict[tuple[str, ...], list[Versao]]] = field(default_factory=dict)
    momentos: list[datetime] = field(default_factory=list)

    @classmethod
    def de(cls, cargas: Sequence[Carga]) -> "Acervo":
        acervo = cls({tabela: {} for tabela in CHAVES})
        for carga in cargas:
            acervo.momentos.append(carga.momento)
            for tabela in CHAVES:
                for linha in carga.linhas.get(tabela, ()):
                    chave = tuple(str(linha.get(campo) or 0) for campo in CHAVES[tabela])
                    versoes = acervo.versoes[tabela].setdefault(chave, [])
                    if not versoes or versoes[-1].linha != linha:
                        versoes.append(Versao(carga.momento, dict(linha)))
        return acervo

    def atuais(self, tabela: str) -> list[Linha]:
        """Return the newest version of each row."""
        return [versoes[-1].linha for versoes in self.versoes[tabela].values()]

    def em(self, tabela: str, momento: datetime) -> list[Linha]:
        """Return the version of each row known before a moment, else the oldest one."""
        return [vigente(versoes, momento).linha for versoes in self.versoes[tabela].values()]


def vigente(versoes: Sequence[Versao], momento: datetime) -> Versao:
    """Return the newest version known before a moment, else the oldest known."""
    conhecidas = [versao for versao in versoes if versao.desde < momento]
    return conhecidas[-1] if conhecidas else versoes[0]


def fim_do_dia(dia: date) -> datetime:
    """The first instant after a day in São Paulo."""
    return datetime.combine(dia + timedelta(days=1), datetime.min.time(), SAO_PAULO).astimezone(UTC)


def dia_em_sao_paulo(momento: datetime) -> date:
    return momento.astimezone(SAO_PAULO).date()


def texto(valor: object) -> str | None:
    """Decode entities; spaces that do not break are spaces, an empty text is none."""
    if valor is None:
        return None
    return html.unescape(str(valor)).replace("\u00a0", " ").strip() or None


def identificador(valor: object) -> int | None:
    """Read an id, number or text; 0 is none."""
    lido = texto(valor)
    return int(lido) or None if lido is not None else None


def inteiro(valor: object) -> int | None:
    lido = texto(valor)
    return None if lido is None else int(lido)


def data(valor: object) -> date | None:
    """Read a date of either form; zero dates and days that do not exist are none."""
    lido = texto(valor)
    if lido is None:
        return None
    brasileira = re.match(r"(\d{2})/(\d{2})/(\d{4})", lido)
    iso = re.match(r"(\d{4})-(\d{2})-(\d{2})", lido)
    if brasileira:
        dia, mes, ano = map(int, brasileira.groups())
    elif iso:
        ano, mes, dia = map(int, iso.groups())
    else:
        return None
    try:
        return date(ano, mes, dia)
    except ValueError:
        return None


def dinheiro(valor: object) -> Decimal | None:
    """Read an amount: a number, or a text in which the last separator is the decimal one."""
    lido = texto(valor)
    if lido is None:
        return None
    ultimo = max(lido.rfind(","), lido.rfind("."))
    if ultimo >= 0:
        inteira = lido[:ultimo].replace(",", "").replace(".", "")
        lido = f"{inteira}.{lido[ultimo + 1 :]}"
    try:
        return Decimal(lido)
    except InvalidOperation:
        return None


def dobrado(valor: object) -> str:
    """Fold a text: no accents, no case, no repeated spaces."""
    sem_acento = unicodedata.normalize("NFKD", texto(valor) or "")
    letras = "".join(letra for letra in sem_acento if not unicodedata.combining(letra))
    return " ".join(letras.upper().split())
