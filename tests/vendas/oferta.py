"""Units, sales and distratos in time: the VSO of the reference.

Here: what was on offer at each month's start, what was launched, sold and undone. Not
here: what a sale is and is worth (`referencia`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from tests.vendas.contas import (
    BLOQUEADA,
    SEM_EMPREENDIMENTO,
    VENDIDA,
    Celula,
    Registro,
    mes_de,
    por_cento,
    primeiro_conhecido,
    soma,
    somar_meses,
)
from tests.vendas.leitura import (
    Linha,
    Versao,
    data,
    dia_em_sao_paulo,
    dinheiro,
    fim_do_dia,
    identificador,
    inteiro,
    texto,
    vigente,
)

if TYPE_CHECKING:
    from tests.vendas.referencia import Referencia

# Its row in the VSO; NULL is the total's.
SEM_PROJETO = 0


@dataclass(frozen=True)
class Bruta:
    """A sale that was made, for the VSO; `desfeita` is the day of its later distrato."""

    dia: date
    empreendimento: int | None
    unidade: int | None
    valor: Decimal | None
    desfeita: date | None


@dataclass(frozen=True)
class Distrato:
    """A sale undone on a day."""

    dia: date
    empreendimento: int | None
    valor: Decimal | None


Movimento = TypeVar("Movimento", Bruta, Distrato)


def _mostra(linha: Linha, codigo: int, campo: str, sim: str) -> bool:
    """Say whether a unit's row shows a state, in its map or in the field of that state."""
    no_mapa = inteiro(linha.get("situacao_mapa_disponibilidade")) == codigo
    return no_mapa or texto(linha.get(campo)) == sim


class Oferta:
    """Units, sales and distratos in time: what was on offer, and what was sold of it."""

    def __init__(self, referencia: "Referencia") -> None:
        self.referencia = referencia
        self.dt_base = referencia.dt_base
        self.acervo = referencia.acervo
        self.precos = self._precos()
        todas, self.distratos = self._movimento()
        self.brutas = [bruta for bruta in todas if bruta.dia <= self.dt_base]
        self.de_unidade: dict[int | None, list[Bruta]] = defaultdict(list)
        for bruta in todas:
            self.de_unidade[bruta.unidade].append(bruta)
        self.versoes = {
            identificador(versoes[-1].linha["idunidade"]): versoes
            for versoes in self.acervo.versoes["unidades"].values()
        }
        self.com_venda = self._com_venda(todas)
        self.lancadas, self.projeto = self._lancadas()

    def _com_venda(self, brutas: Sequence[Bruta]) -> set[int | None]:
        """Units of which a sale is known, on dt_base or since, or that one was undone."""
        vendidas = {bruta.unidade for bruta in brutas}
        vendidas |= {
            identificador(linha.get("idunidade"))
            for linha in self.acervo.atuais("reservas")
            if texto(linha.get("ativo")) == "S" and data(linha.get("data_venda"))
        }
        return vendidas | {
            identificador(linha.get("idunidade")) for linha in self.acervo.atuais("distratos")
        }

    def _precos(self) -> dict[int | None, list[tuple[date, date, int, Decimal | None]]]:
        """List prices by unit: first and last day, table, value."""
        precos = defaultdict(list)
        for linha in self.acervo.atuais("unidades_precos"):
            de = data(linha.get("data_vigencia_de"))
            # Deletions are soft: one with ativo N is no price. One that is over is a price.
            if de is not None and texto(linha.get("ativo")) != "N":
                precos[identificador(linha["idunidade"])].append(
                    (
                        de,
                        data(linha.get("data_vigencia_ate")) or date.max,
                        identificador(linha.get("idtabela")) or 0,
                        dinheiro(linha.get("valor")),
                    )
                )
        return precos

    def preco(self, unidade: int, dia: date, mes: date) -> Decimal | None:
        """The list price of a day; of several tables, the newest one's; 0 is no price.

        Without one on that day the unit's own value stands for it.
        """
        validos = [
            preco
            for preco in self.precos.get(unidade, [])
            if preco[0] <= dia <= preco[1] and preco[3]
        ]
        if validos:
            return max(validos, key=lambda preco: (preco[0], preco[2]))[3]
        versao, _ = self._no_inicio(unidade, mes)
        return (dinheiro(versao.linha.get("valor")) if versao else None) or None

    def _movimento(self) -> tuple[list[Bruta], list[Distrato]]:
        """Sales made, those after dt_base too, and sales undone up to it.

        A sale that was undone after dt_base was one on that day.
        """
        vendas = {venda.reserva: venda for venda in self.referencia.conhecidas}
        desfeitas: dict[int, date] = {}
        distratos = []
        for linha in self.acervo.atuais("distratos"):
            numero = identificador(linha["idreserva"])
            # Without the date of its stage, the day on which it was written stands for it.
            dia = primeiro_conhecido(data(linha.get("situacao_data")), data(linha.get("data_cad")))
            venda = vendas.get(numero or 0)
            # Taken back: its own ativo is N, and the reservation is a sale.
            voltou = texto(linha.get("ativo")) == "N" and venda is not None and venda.e_venda
            if numero is None or dia is None or voltou:
                continue
            desfeitas[numero] = dia
            if dia <= self.dt_base:
                distratos.append(
                    Distrato(
                        dia,
                        _numero(venda.colunas["empreendimento_id"])
                        if venda
                        else identificador(linha.get("idempreendimento")),
                        primeiro_conhecido(
                            self.referencia.da_reserva(numero, dinheiro, "valor_contrato"),
                            dinheiro(linha.get("valor_contrato")),
                        ),
                    )
                )
        brutas = []
        for venda in vendas.values():
            desfeita = desfeitas.get(venda.reserva)
            depois = desfeita if desfeita is not None and desfeita >= venda.dia else None
            if venda.e_venda or depois is not None:
                brutas.append(
                    Bruta(
                        venda.dia,
                        _numero(venda.colunas["empreendimento_id"]),
                        _numero(venda.colunas["unidade_id"]),
                        venda.valor,
                        depois,
                    )
                )
        brutas += [
            bruta
            for numero, dia in desfeitas.items()
            if numero not in vendas
            for bruta in self._data_apagada(numero, dia)
        ]
        return brutas, distratos

    def _data_apagada(self, numero: int, desfeita: date) -> Iterator[Bruta]:
        """Yield a sale whose date went with its distrato: an earlier version has it."""
        if str(numero) not in self.referencia.reservas:
            return
        versoes = self.acervo.versoes["reservas"][str(numero),]
        dias = [dia for versao in versoes if (dia := data(versao.linha.get("data_venda")))]
        dia = max(dias) if dias else self.referencia.da_reserva(numero, data, "data_venda")
        if dia is not None and desfeita >= dia:
            yield Bruta(
                dia,
                self.referencia.da_reserva(numero, identificador, "idempreendimento"),
                self.referencia.da_reserva(numero, identificador, "idunidade"),
                self.referencia.da_reserva(numero, dinheiro, "valor_contrato"),
                desfeita,
            )

    def _lancadas(self) -> tuple[dict[int, date], dict[int, int | None]]:
        """When each unit was launched, and its project, of those that are on offer at all."""
        inicios: dict[int, list[date]] = defaultdict(list)
        projeto: dict[int, int | None] = {}
        for unidade, versoes in self.versoes.items():
            if unidade is None:
                continue
            inicios[unidade].append(dia_em_sao_paulo(versoes[0].desde))
            projeto[unidade] = identificador(
                vigente(versoes, self.referencia.corte).linha.get("idempreendimento")
            )
        # Units that only prices or reservations name were on offer too.
        outros: dict[int, list[int]] = defaultdict(list)
        for linha in self.acervo.atuais("unidades_precos"):
            unidade, de = identificador(linha["idunidade"]), data(linha.get("data_vigencia_de"))
            if unidade is None or texto(linha.get("ativo")) == "N":
                continue
            inicios[unidade] += [de] if de else []
            outros[unidade].append(identificador(linha.get("idempreendimento")) or SEM_PROJETO)
        for numero in self.referencia.numeros:
            unidade = self.referencia.da_reserva(numero, identificador, "idunidade")
            feita = [
                self.referencia.da_reserva(numero, data, campo)
                for campo in ("data_cad", "data_reserva", "data_venda")
            ]
            dia = primeiro_conhecido(*feita)
            if unidade is not None:
                inicios[unidade] += [dia] if dia else []
                outros[unidade].append(
                    self.referencia.da_reserva(numero, identificador, "idempreendimento")
                    or SEM_PROJETO
                )
        # The unit's own row says where it belongs; else those that name it, the highest number.
        for unidade, projetos in outros.items():
            projeto[unidade] = projeto.get(unidade) or max(projetos) or None
        lancadas = {
            unidade: min(dias)
            for unidade, dias in inicios.items()
            if dias and min(dias) <= self.dt_base
        }
        return lancadas, projeto

    def _no_inicio(self, unidade: int, mes: date) -> tuple[Versao | None, datetime]:
        """How the unit stood at the month's first instant, and that instant."""
        instante = fim_do_dia(mes - timedelta(days=1))
        versoes = self.versoes.get(unidade)
        return vigente(versoes, instante) if versoes else None, instante

    def _vendida_fora(self, unidade: int, mes: date) -> bool:
        """Sold by the map, and no sale is known: sold outside the CRM."""
        versao, _ = self._no_inicio(unidade, mes)
        if versao is None or unidade in self.com_venda:
            return False
        return _mostra(versao.linha, VENDIDA, "situacao_vendida", "1")

    def _bloqueada(self, unidade: int, mes: date) -> bool:
        """Whether the unit is blocked at the month's first instant."""
        versao, instante = self._no_inicio(unidade, mes)
        if versao is None:
            return False
        desde = data(versao.linha.get("data_bloqueio"))
        campos = ("situacao_mapa_disponibilidade", "situacao_bloqueada")
        if all(texto(versao.linha.get(campo)) is None for campo in campos):
            # Neither the map nor its field says anything: the date alone does.
            return desde is not None and desde <= mes
        if not _mostra(versao.linha, BLOQUEADA, "situacao_bloqueada", "S"):
            return False
        return versao.desde <= instante if desde is None else desde <= mes

    def _em_estoque(self, unidade: int, mes: date) -> bool:
        """Launched before, unsold at the first instant, not blocked."""
        if self.lancadas[unidade] >= mes or self._vendida_fora(unidade, mes):
            return False
        if self._bloqueada(unidade, mes):
            return False
        return not any(
            venda.dia < mes and (venda.desfeita is None or venda.desfeita >= mes)
            for venda in self.de_unidade.get(unidade, [])
        )

    def _lancamentos(self, unidades: Sequence[int], mes: date) -> list[int]:
        """Units that come on offer in the month."""
        return [
            unidade
            for unidade in unidades
            if mes_de(self.lancadas[unidade]) == mes and not self._vendida_fora(unidade, mes)
        ]

    def linhas(self) -> list[Registro]:
        """Month x project, and month x total."""
        linhas = []
        for mes in self.referencia.meses:
            for projeto, nome in self._projetos().items():
                linhas.append(self._linha(mes, projeto, nome))
            linhas.append(self._linha(mes, None, "Total"))
        return linhas

    def _projetos(self) -> dict[int, str]:
        """Name the known projects; 0 has what is of none, if there is any."""
        projetos = dict(self.referencia.empreendimentos)
        de_nenhum = [
            *(each.empreendimento for each in (*self.brutas, *self.distratos)),
            *(self.projeto[unidade] for unidade in self.lancadas),
        ]
        if None in de_nenhum:
            projetos[SEM_PROJETO] = SEM_EMPREENDIMENTO
        return projetos

    def _linha(self, mes: date, projeto: int | None, nome: str) -> Registro:
        fim = somar_meses(mes, 1)
        vendas = self._do_periodo(self.brutas, mes, fim, projeto)
        distratos = self._do_periodo(self.distratos, mes, fim, projeto)
        unidades = [
            unidade
            for unidade in self.lancadas
            if projeto is None or (self.projeto[unidade] or SEM_PROJETO) == projeto
        ]
        estoque = [unidade for unidade in unidades if self._em_estoque(unidade, mes)]
        lancamentos = self._lancamentos(unidades, mes)
        liquidas, oferta = len(vendas) - len(distratos), len(estoque) + len(lancamentos)
        valor_bruto = soma(venda.valor for venda in vendas) if vendas else Decimal(0)
        valor_distratos = soma(each.valor for each in distratos) if distratos else Decimal(0)
        zero = Decimal(0)
        valor_estoque = soma(self.preco(each, mes, mes) for each in estoque) if estoque else zero
        valor_lancamentos = (
            soma(self.preco(each, self.lancadas[each], mes) for each in lancamentos)
            if lancamentos
            else zero
        )
        atuais = [
            venda
            for venda in self.referencia._do_mes(mes)
            if projeto is None or (venda.colunas["empreendimento_id"] or SEM_PROJETO) == projeto
        ]
        medidas = self.referencia._medidas(atuais)
        return {
            "mes": mes,
            "ano": mes.year,
            "empreendimento_id": projeto,
            "empreendimento": nome,
            "vendas_brutas": len(vendas),
            "distratos": len(distratos),
            "vendas_liquidas": liquidas,
            "estoque_inicial": len(estoque),
            "lancamentos": len(lancamentos),
            "pc_vso": por_cento(liquidas, oferta),
            "pc_vso_bruto": por_cento(len(vendas), oferta),
            "pc_vso_valor": por_cento(
                None
                if valor_bruto is None or valor_distratos is None
                else valor_bruto - valor_distratos,
                (valor_estoque or 0) + (valor_lancamentos or 0),
            ),
            "pc_vso_12m": self._doze_meses(mes, projeto, unidades),
            "valor_bruto": valor_bruto,
            "valor_distratos": valor_distratos,
            "valor_estoque_inicial": valor_estoque,
            "valor_lancamentos": valor_lancamentos,
            "vso_valor": medidas["valor_total"],
            "vso_ticket_medio": medidas["ticket_medio"],
        }

    def _doze_meses(
        self, mes: date, projeto: int | None, unidades: Sequence[int]
    ) -> Decimal | None:
        """Net sales of twelve months over the stock at their start and their launches."""
        inicio, fim = somar_meses(mes, -11), somar_meses(mes, 1)
        vendas = self._do_periodo(self.brutas, inicio, fim, projeto)
        distratos = self._do_periodo(self.distratos, inicio, fim, projeto)
        estoque = sum(self._em_estoque(unidade, inicio) for unidade in unidades)
        lancamentos = sum(
            len(self._lancamentos(unidades, somar_meses(inicio, depois))) for depois in range(12)
        )
        return por_cento(len(vendas) - len(distratos), estoque + lancamentos)

    @staticmethod
    def _do_periodo(
        movimentos: Sequence[Movimento], inicio: date, fim: date, projeto: int | None
    ) -> list[Movimento]:
        return [
            each
            for each in movimentos
            if inicio <= each.dia < fim
            and (projeto is None or (each.empreendimento or SEM_PROJETO) == projeto)
        ]


def _numero(valor: Celula) -> int | None:
    return valor if isinstance(valor, int) else None
