"""The sales area in plain Python, written from its definition alone.

Here: what `vendas`, `prosoluto`, `valores_reservas`, `tipologia_unidades` and the eight
views must hold of given deliveries, one figure at a time, in loops that can be checked
against the definition sentence by sentence. Not here: speed, and any sharing of code
with the SQL that it is compared with. Quotients are fractions, rounded once at the end.

Data flow: `leitura` (values and versions) -> `Referencia.vendas` (a sale and what it
is made of) -> views, and -> `Oferta` (units, sales and distratos in time) -> VSO.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.vendas.contas import (
    BLOQUEADA,
    CENTAVOS,
    MESES,
    SEM_EMPREENDIMENTO,
    VENDIDA,
    Celula,
    Registro,
    T,
    ano_antes,
    media,
    mes_de,
    por_cento,
    positivo,
    primeiro_conhecido,
    razao,
    soma,
    somar_meses,
)
from tests.vendas.leitura import (
    Acervo,
    Carga,
    Linha,
    Versao,
    data,
    dia_em_sao_paulo,
    dinheiro,
    dobrado,
    fim_do_dia,
    identificador,
    inteiro,
    texto,
    vigente,
)
from tests.vendas.oferta import Oferta

SERIES = Path(__file__).parents[2] / "seeds" / "series_classe.csv"
SEM_CLASSE, SEM_TIME, SEM_CORRETOR = "SEM CLASSE", "Sem Time", "Sem Corretor"
SEM_TIPOLOGIA = "Sem Tipologia"
DISPONIBILIDADES = {
    1: "qt_disponivel", 2: "qt_reservada", VENDIDA: "qt_vendida", BLOQUEADA: "qt_bloqueada",
    5: "qt_em_processo",
}  # fmt: skip


def classes() -> dict[str, str]:
    """Read the seed: class by folded series."""
    with SERIES.open(encoding="utf-8") as arquivo:
        return {dobrado(linha["serie"]): linha["classe"] for linha in csv.DictReader(arquivo)}


@dataclass(frozen=True)
class Venda:
    """One reservation with a date of sale: a row of `vendas`, and what prosoluto needs."""

    colunas: Registro
    fgts: Decimal | None
    subsidio: Decimal | None

    @property
    def reserva(self) -> int:
        return self.colunas["reserva_id"]  # type: ignore[return-value]

    @property
    def dia(self) -> date:
        return self.colunas["data_venda"]  # type: ignore[return-value]

    @property
    def valor(self) -> Decimal | None:
        return self.colunas["valor"]  # type: ignore[return-value]

    @property
    def comissao(self) -> Decimal | None:
        return self.colunas["comissao_valor"]  # type: ignore[return-value]

    @property
    def e_venda(self) -> bool:
        return self.colunas["fl_venda"] is True

    @property
    def prosoluto(self) -> Decimal | None:
        """Contract less financing, FGTS and subsidy; None without a contract's value."""
        if self.valor is None:
            return None
        financiamento: Any = self.colunas["valor_financiamento"]
        return self.valor - (financiamento or 0) - (self.fgts or 0) - (self.subsidio or 0)

    @property
    def inconsistente(self) -> bool:
        """The pró-soluto is negative or above the contract."""
        if self.prosoluto is None or self.valor is None:
            return False
        return self.prosoluto < 0 or self.prosoluto > self.valor


class Referencia:
    """All figures of the sales area, of given deliveries, as on `dt_base`."""

    def __init__(self, cargas: Sequence[Carga], dt_base: date | None = None) -> None:
        self.acervo = Acervo.de(cargas)
        self.dt_base = dt_base or self._hoje()
        self.corte = fim_do_dia(self.dt_base)
        self.classes = classes()

    def _hoje(self) -> date:
        """The later of the newest data_venda and the newest load date."""
        vendas = [
            dia
            for tabela in ("reservas", "vendas")
            for linha in self.acervo.atuais(tabela)
            if (dia := data(linha.get("data_venda")))
        ]
        return max([*vendas, *map(dia_em_sao_paulo, self.acervo.momentos)])

    # -- time

    @property
    def meses(self) -> list[date]:
        """The 24 calendar months up to that of dt_base."""
        ultimo = mes_de(self.dt_base)
        return [somar_meses(ultimo, -atras) for atras in reversed(range(MESES))]

    # -- what a reservation is made of

    @cached_property
    def condicoes(self) -> list[Registro]:
        """valores_reservas: one row a condição."""
        linhas = []
        for linha in self.acervo.atuais("reservas_condicoes"):
            quantidade, valor = inteiro(linha.get("parcela_quantidade")), dinheiro(linha["valor"])
            linhas.append(
                {
                    "condicao_id": identificador(linha["idreservascondicoes"]),
                    "reserva_id": identificador(linha.get("idreserva")),
                    "ativo": texto(linha.get("ativo")),
                    "serie": texto(linha.get("serie")),
                    "classe": self.classes.get(dobrado(linha.get("serie")), SEM_CLASSE),
                    "parcela_quantidade": quantidade,
                    "valor": valor,
                    # Without a number of instalments it is one.
                    "valor_total": None
                    if valor is None
                    else valor * (1 if quantidade is None else quantidade),
                }
            )
        return linhas

    @cached_property
    def _por_classe(self) -> Mapping[tuple[int, str], list[Decimal | None]]:
        somas = defaultdict(list)
        for condicao in self.condicoes:
            if condicao["ativo"] == "S":
                somas[condicao["reserva_id"], condicao["classe"]].append(condicao["valor_total"])
        return somas  # type: ignore[return-value]

    def _da_classe(self, reserva: int, classe: str) -> Decimal | None:
        return soma(self._por_classe.get((reserva, classe), []))

    @cached_property
    def _comissoes(self) -> Mapping[int | None, list[Decimal | None]]:
        """Active commissions by reservation, those created by dt_base."""
        somas = defaultdict(list)
        for linha in self.acervo.atuais("comissoes"):
            criada = data(linha.get("data_cad"))
            if texto(linha.get("ativo")) == "S" and (criada is None or criada <= self.dt_base):
                somas[identificador(linha.get("idreserva"))].append(
                    dinheiro(linha.get("valor_comissao"))
                )
        return somas

    @cached_property
    def reservas(self) -> dict[str, Linha]:
        """Reservations as they stood on dt_base, by number.

        One that was neither known by then nor made by then was not there.
        """
        encontradas = {}
        for (numero,), versoes in self.acervo.versoes["reservas"].items():
            versao = vigente(versoes, self.corte)
            feita = data(versao.linha.get("data_cad"))
            if versao.desde < self.corte or feita is None or feita <= self.dt_base:
                encontradas[numero] = versao.linha
        return encontradas

    def da_reserva(self, numero: int, ler: Callable[[object], T | None], nome: str) -> T | None:
        """Read a field of a reservation, in which endpoint vendas fills what is open."""
        reserva = self.reservas.get(str(numero), {})
        outra = self.acervo.versoes["vendas"].get((str(numero),))
        return primeiro_conhecido(
            ler(reserva.get(nome)), ler(outra[-1].linha.get(nome)) if outra else None
        )

    @cached_property
    def numeros(self) -> list[int]:
        """Number the reservations there were on dt_base, and those only vendas delivered."""
        entregues = {numero for (numero,) in self.acervo.versoes["reservas"]}
        de_vendas = {numero for (numero,) in self.acervo.versoes["vendas"]}
        return sorted(map(int, {*self.reservas, *(de_vendas - entregues)}))

    @cached_property
    def empreendimentos(self) -> dict[int, str]:
        """Name of each project: that of the list, else of units, else of sales."""
        nomes = [
            (identificador(linha["idempreendimento"]), texto(linha.get(campo)))
            for linhas, campo in (
                (self.acervo.atuais("empreendimentos"), "nome"),
                (self.acervo.em("unidades", self.corte), "nome_empreendimento"),
            )
            for linha in linhas
        ] + [
            (
                self.da_reserva(numero, identificador, "idempreendimento"),
                self.da_reserva(numero, texto, "empreendimento"),
            )
            for numero in self.numeros
        ]
        conhecidos: dict[int, str] = {}
        for projeto, nome in nomes:
            if projeto is not None and nome is not None:
                conhecidos.setdefault(projeto, nome)
        return conhecidos

    def _nome(self, numero: int | None, proprio: str | None = None) -> str:
        conhecido = self.empreendimentos.get(numero) if numero is not None else None
        return conhecido or proprio or SEM_EMPREENDIMENTO

    @cached_property
    def unidades(self) -> dict[int | None, Linha]:
        """Units as they stood on dt_base."""
        return {
            identificador(linha["idunidade"]): linha
            for linha in self.acervo.em("unidades", self.corte)
        }

    # -- vendas

    @cached_property
    def todas(self) -> list[Venda]:
        """Every reservation with a date of sale up to dt_base, cancelled ones too."""
        return [venda for venda in self.conhecidas if venda.dia <= self.dt_base]

    @cached_property
    def conhecidas(self) -> list[Venda]:
        """Every reservation with a date of sale, those after dt_base too."""
        de_vendas = {
            identificador(linha["idreserva"]): linha for linha in self.acervo.atuais("vendas")
        }
        encontradas = []
        for (numero,), versoes in self.acervo.versoes["reservas"].items():
            outra = de_vendas.pop(int(numero), {})
            if numero in self.reservas:
                encontradas.append(self._venda(self.reservas[numero], outra, versoes))
        # What reservas never delivered: the row of endpoint vendas stands for it.
        encontradas += [self._venda({}, linha, []) for linha in de_vendas.values()]
        return [venda for venda in encontradas if venda is not None]

    def _venda(self, reserva: Linha, outra: Linha, versoes: Sequence[Versao]) -> Venda | None:
        propria = reserva or outra
        dia = data(propria.get("data_venda"))
        if dia is None:
            return None

        def campo(ler: Callable[[object], T | None], nome: str) -> T | None:
            """Endpoint vendas fills in what the reservation leaves open."""
            return primeiro_conhecido(ler(reserva.get(nome)), ler(outra.get(nome)))

        numero = identificador(propria["idreserva"])
        assert numero is not None
        valor, tabela = campo(dinheiro, "valor_contrato"), dinheiro(reserva.get("vgv_tabela"))
        projeto = campo(identificador, "idempreendimento")
        ativo = texto(propria.get("ativo"))
        # The team as at the sale: of the first version with this date of sale.
        na_venda: Linha = next(
            (versao.linha for versao in versoes if data(versao.linha.get("data_venda")) == dia), {}
        )
        time = primeiro_conhecido(texto(na_venda.get("time")), texto(na_venda.get("nome_time")))
        colunas: Registro = {
            "cvcrm_id": numero,
            "reserva_id": numero,
            "empreendimento": self._nome(projeto, campo(texto, "empreendimento")),
            "corretor": campo(texto, "corretor") or SEM_CORRETOR,
            "time_corretor": time or SEM_TIME,
            "cliente": campo(texto, "cliente"),
            "valor": valor,
            "data_venda": dia,
            "ativo": ativo,
            "comissao_valor": soma(self._comissoes.get(numero, [])),
            "vgv": primeiro_conhecido(tabela, valor),
            "valor_financiamento": primeiro_conhecido(
                self._da_classe(numero, "FINANCIAMENTO"),
                dinheiro(reserva.get("valor_financiamento")),
            ),
            "valor_entrada": self._da_classe(numero, "ENTRADA"),
            "vgv_origem": "tabela"
            if tabela is not None
            else "contrato"
            if valor is not None
            else None,
            "fl_venda": ativo == "S",
            "empreendimento_id": projeto,
            "unidade_id": campo(identificador, "idunidade"),
            "cliente_id": campo(identificador, "idcliente"),
            "corretor_id": campo(identificador, "idcorretor"),
            "imobiliaria_id": campo(identificador, "idimobiliaria"),
            "time_id": identificador(na_venda.get("idtime")),
            "imobiliaria": campo(texto, "imobiliaria"),
            "etapa": campo(texto, "etapa"),
            "bloco": campo(texto, "bloco"),
            "unidade": campo(texto, "unidade"),
            "tipo": campo(texto, "tipovenda"),
            "situacao": texto(reserva.get("situacao")),
            "regiao": campo(texto, "regiao"),
            "midia": campo(texto, "midia"),
            "campanha": campo(texto, "campanha"),
            "tabela": campo(texto, "nometabela"),
            "planta": texto(outra.get("planta")),
            "data_reserva": primeiro_conhecido(
                data(reserva.get("data_cad")), data(outra.get("data_reserva"))
            ),
            "data_cancelamento": data(reserva.get("data_cancelamento")),
            "origem": "reservas" if reserva else "vendas",
        }
        return Venda(
            colunas,
            # The definition names series for entrada and financiamento only: of these the
            # reservation's own figure comes first, if it says more than zero.
            fgts=self._componente(numero, reserva.get("valor_fgts"), "FGTS"),
            subsidio=self._componente(numero, reserva.get("valor_subsidio"), "SUBSIDIO"),
        )

    def _componente(self, numero: int, valor: Any, classe: str) -> Decimal | None:
        proprio = dinheiro(valor)
        return primeiro_conhecido(proprio or None, self._da_classe(numero, classe), proprio)

    @cached_property
    def presentes(self) -> list[Venda]:
        """The sales: active, with a date of sale."""
        return [venda for venda in self.todas if venda.e_venda]

    def vendas(self) -> list[Registro]:
        return [venda.colunas for venda in self.todas]

    def prosoluto(self) -> list[Registro]:
        """One row a sale: what is paid straight to the developer."""
        linhas = []
        for venda in self.presentes:
            comissao = venda.comissao
            parte = (
                None
                if comissao is None or venda.prosoluto is None or not positivo(venda.valor)
                else Fraction(comissao) * Fraction(venda.prosoluto)
            )
            comuns = (
                "reserva_id", "data_venda", "empreendimento_id", "empreendimento", "corretor_id",
                "corretor", "valor_financiamento", "valor_entrada", "comissao_valor",
            )  # fmt: skip
            linhas.append(
                {nome: venda.colunas[nome] for nome in comuns}
                | {
                    "valor_contrato": venda.valor,
                    "valor_fgts": venda.fgts,
                    "valor_subsidio": venda.subsidio,
                    "valor_prosoluto": venda.prosoluto,
                    "pc_prosoluto": por_cento(venda.prosoluto, max(venda.valor or 0, 0)),
                    "comissao_prosoluto": razao(parte, venda.valor, CENTAVOS),
                    "fl_inconsistente": venda.inconsistente,
                }
            )
        return linhas

    def valores_reservas(self) -> list[Registro]:
        return self.condicoes

    def tipologia_unidades(self) -> list[Registro]:
        """One row per project and type of unit, its units by availability."""
        grupos: dict[tuple[int | None, str], list[Linha]] = defaultdict(list)
        for linha in self.unidades.values():
            grupos[
                identificador(linha.get("idempreendimento")),
                texto(linha.get("tipologia")) or SEM_TIPOLOGIA,
            ].append(linha)
        linhas = []
        for (projeto, tipologia), unidades in grupos.items():
            registro: Registro = {
                "empreendimento_id": projeto,
                "empreendimento": self._nome(projeto),
                "tipologia": tipologia,
                "qt_unidade": len(unidades),
                **dict.fromkeys((*DISPONIBILIDADES.values(), "qt_desconhecida"), 0),
                "area_privativa_media": media(
                    dinheiro(unidade.get("area_privativa")) for unidade in unidades
                ),
                "valor_medio": media(dinheiro(unidade.get("valor")) for unidade in unidades),
            }
            for unidade in unidades:
                codigo = inteiro(unidade.get("situacao_mapa_disponibilidade")) or 0
                registro[DISPONIBILIDADES.get(codigo, "qt_desconhecida")] += 1  # type: ignore[operator]
            linhas.append(registro)
        return linhas

    # -- views

    def _medidas(self, vendas: Sequence[Venda]) -> Registro:
        """The six figures that every view has; money of no sale at all is 0."""
        zero = None if vendas else Decimal(0)
        com_valor = [venda.valor for venda in vendas if positivo(venda.valor)]
        comissoes = [venda.comissao for venda in vendas]
        vgv: Any = [venda.colunas["vgv"] for venda in vendas]
        return {
            "quantidade_vendas": len(vendas),
            "valor_total": primeiro_conhecido(soma(venda.valor for venda in vendas), zero),
            "ticket_medio": media(com_valor),
            "vgv_total": primeiro_conhecido(soma(vgv), zero),
            "total_comissoes": primeiro_conhecido(soma(comissoes), zero),
            "media_comissoes": media(comissoes),
            "qt_sem_valor": len(vendas) - len(com_valor),
        }

    def _entre(self, depois_de: date, ate: date) -> list[Venda]:
        """Sales of (depois_de, ate]."""
        return [venda for venda in self.presentes if depois_de < venda.dia <= ate]

    def _do_mes(self, mes: date) -> list[Venda]:
        return [venda for venda in self.presentes if mes_de(venda.dia) == mes]

    def vw_vendas_mensais(self) -> list[Registro]:
        return [
            {"mes": mes, "ano": mes.year, **self._medidas(self._do_mes(mes))} for mes in self.meses
        ]

    def vw_vendas_ano_atual_vs_passado(self) -> list[Registro]:
        """Two rows, cut at the same day; a variation needs a base above zero."""
        um_dia = timedelta(days=1)
        cortes = {"atual": self.dt_base, "passado": ano_antes(self.dt_base)}
        linhas = {}
        for periodo, corte in cortes.items():
            inicio = corte.replace(month=1, day=1)
            linhas[periodo] = {
                "ano": corte.year,
                "periodo": periodo,
                "dt_inicio": inicio,
                "dt_corte": corte,
                **self._medidas(self._entre(inicio - um_dia, corte)),
                "variacao_quantidade": None,
                "variacao_valor": None,
                "variacao_ticket": None,
                "quantidade_ano_completo": None,
                "valor_ano_completo": None,
            }
        atual, passado = linhas["atual"], linhas["passado"]
        for variacao, medida in (
            ("variacao_quantidade", "quantidade_vendas"),
            ("variacao_valor", "valor_total"),
            ("variacao_ticket", "ticket_medio"),
        ):
            novo: Any = atual[medida]
            base: Any = passado[medida]
            if novo is not None and base is not None and base > 0:
                atual[variacao] = por_cento(novo - base, base)
        inicio = date(passado["ano"], 1, 1)  # type: ignore[arg-type]
        completo = self._medidas(self._entre(inicio - um_dia, inicio.replace(month=12, day=31)))
        passado["quantidade_ano_completo"] = completo["quantidade_vendas"]
        passado["valor_ano_completo"] = completo["valor_total"]
        return [atual, passado]

    def _grupos(self, chaves: Sequence[str]) -> dict[tuple[Celula, ...], list[Venda]]:
        """Group the sales of the last twelve months."""
        grupos: dict[tuple[Celula, ...], list[Venda]] = defaultdict(list)
        for venda in self._entre(ano_antes(self.dt_base), self.dt_base):
            grupos[tuple(venda.colunas[chave] for chave in chaves)].append(venda)
        return grupos

    def vw_vendas_por_empreendimento(self) -> list[Registro]:
        chaves = ("empreendimento_id", "empreendimento")
        return [
            dict(zip(chaves, chave, strict=True)) | self._medidas(vendas)
            for chave, vendas in self._grupos(chaves).items()
        ]

    def vw_vendas_por_corretor(self) -> list[Registro]:
        """Ranked by commission, value, count and name; what is not known comes last."""
        chaves = ("corretor_id", "corretor")
        linhas = [
            dict(zip(chaves, chave, strict=True)) | self._medidas(vendas)
            for chave, vendas in self._grupos(chaves).items()
        ]

        def ordem(linha: Registro) -> tuple[Any, ...]:
            comissao: Any = linha["total_comissoes"]
            valor: Any = linha["valor_total"]
            quantas: Any = linha["quantidade_vendas"]
            return (
                comissao is None, -(comissao or 0), valor is None, -(valor or 0), -quantas,
                linha["corretor"],
            )  # fmt: skip

        lugares = sorted({ordem(linha) for linha in linhas})
        for linha in linhas:
            linha["ranking"] = lugares.index(ordem(linha)) + 1
        return linhas

    def vw_vendas_por_time(self) -> list[Registro]:
        linhas = []
        for (time,), vendas in self._grupos(["time_corretor"]).items():
            corretores = {
                venda.colunas["corretor_id"] or venda.colunas["corretor"]
                for venda in vendas
                if venda.colunas["corretor_id"] or venda.colunas["corretor"] != SEM_CORRETOR
            }
            linhas.append(
                {"time": time, **self._medidas(vendas), "total_corretores": len(corretores)}
            )
        return linhas

    def vw_prosoluto_analise(self) -> list[Registro]:
        linhas = []
        for mes in self.meses:
            vendas = self._do_mes(mes)
            positivos = [venda.prosoluto for venda in vendas if positivo(venda.prosoluto)]
            todos = soma(venda.prosoluto for venda in vendas)
            medidas = self._medidas(vendas)
            valor: Any = medidas["valor_total"]
            linhas.append(
                {"mes": mes, "ano": mes.year, **medidas}
                | {
                    "quantidade_prosoluto": len(positivos),
                    "valor_prosoluto": todos if vendas else Decimal(0),
                    "prosoluto_medio": media(positivos),
                    "pc_vendas_com_prosoluto": por_cento(len(positivos), len(vendas)),
                    "pc_valor_prosoluto": por_cento(todos, valor),
                }
            )
        return linhas

    def vw_tabela_geral_vendas(self) -> list[Registro]:
        """One row a sale of the 24 months, all of it joined."""
        repasses: dict[int | None, Linha] = {}
        for linha in self.acervo.atuais("repasses"):
            reserva = primeiro_conhecido(
                identificador(linha.get("reserva")), identificador(linha.get("idreserva"))
            )
            anterior = repasses.get(reserva)
            if anterior is None or _idade_do_repasse(linha) > _idade_do_repasse(anterior):
                repasses[reserva] = linha
        proprias = (
            "cvcrm_id", "reserva_id", "data_venda", "empreendimento_id", "empreendimento", "etapa",
            "bloco", "unidade_id", "unidade", "cliente", "corretor_id", "corretor",
            "imobiliaria_id", "imobiliaria", "tipo", "situacao", "midia", "campanha", "valor",
            "vgv", "vgv_origem", "comissao_valor", "valor_entrada", "valor_financiamento",
            "data_reserva",
        )  # fmt: skip
        linhas = []
        for venda in self.presentes:
            if venda.dia < self.meses[0]:
                continue
            colunas = venda.colunas
            unidade = self.unidades.get(colunas["unidade_id"])  # type: ignore[arg-type]
            repasse = repasses.get(venda.reserva, {})
            linhas.append(
                {nome: colunas[nome] for nome in proprias}
                | {
                    "mes": mes_de(venda.dia),
                    "ano": venda.dia.year,
                    "time": colunas["time_corretor"],
                    # Of a unit that is not known, the type is not known either.
                    "tipologia": texto(unidade.get("tipologia")) or SEM_TIPOLOGIA
                    if unidade
                    else None,
                    "area_privativa": dinheiro(unidade.get("area_privativa")) if unidade else None,
                    "valor_fgts": venda.fgts,
                    "valor_subsidio": venda.subsidio,
                    "valor_prosoluto": venda.prosoluto,
                    "pc_prosoluto": por_cento(venda.prosoluto, max(venda.valor or 0, 0)),
                    "fl_prosoluto_inconsistente": venda.inconsistente,
                    "repasse_id": identificador(repasse.get("idrepasse")),
                    "repasse_situacao": texto(repasse.get("situacao")),
                    "repasse_banco": texto(repasse.get("banco")),
                }
            )
        return linhas

    def vw_vso_mensal(self) -> list[Registro]:
        return Oferta(self).linhas()


def _idade_do_repasse(linha: Linha) -> tuple[bool, date, int]:
    """Say how new a transfer is; one that was cancelled comes after all that stand."""
    return (
        texto(linha.get("ativo")) == "S",
        data(linha.get("data_cadastro")) or date.min,
        identificador(linha["idrepasse"]) or 0,
    )


# Each table and view, its key and what computes it.
TABELAS: dict[str, tuple[tuple[str, ...], Callable[[Referencia], list[Registro]]]] = {
    "vendas": (("reserva_id",), Referencia.vendas),
    "prosoluto": (("reserva_id",), Referencia.prosoluto),
    "valores_reservas": (("condicao_id",), Referencia.valores_reservas),
    "tipologia_unidades": (("empreendimento_id", "tipologia"), Referencia.tipologia_unidades),
    "vw_vendas_mensais": (("mes",), Referencia.vw_vendas_mensais),
    "vw_vendas_ano_atual_vs_passado": (("periodo",), Referencia.vw_vendas_ano_atual_vs_passado),
    "vw_vendas_por_empreendimento": (
        ("empreendimento_id", "empreendimento"),
        Referencia.vw_vendas_por_empreendimento,
    ),
    "vw_vendas_por_corretor": (("corretor_id", "corretor"), Referencia.vw_vendas_por_corretor),
    "vw_vendas_por_time": (("time",), Referencia.vw_vendas_por_time),
    "vw_vso_mensal": (("mes", "empreendimento_id"), Referencia.vw_vso_mensal),
    "vw_prosoluto_analise": (("mes",), Referencia.vw_prosoluto_analise),
    "vw_tabela_geral_vendas": (("reserva_id",), Referencia.vw_tabela_geral_vendas),
}
