"""Rows of what follows a reservation that became a sale.

Here: the layout of vendas, distratos and repasses. Not here: the reservation itself
(`negocios`), how it is paid (`parcelas`).
"""

from loaders.cvcrm_server.tenant import ZERO_DATE
from loaders.simulator.vendas.estoque import TIPOLOGIAS
from loaders.simulator.vendas.formas import NEVER, Days, number
from loaders.simulator.vendas.historia import SHOWN_AFTER
from loaders.simulator.vendas.mundo import Linha, Mundo, Negocio, Nota, Row
from loaders.simulator.vendas.partes import (
    DISTRATADA,
    MOTIVOS,
    associates,
    buyer,
    idlead,
    kind_of_sale,
    media,
    place,
    seller,
    spoil_value,
)

# Days from the sale on which a financed contract reaches each stage.
_REPASSE = (
    (0, "Aguardando documentação"),
    (35, "Em análise no banco"),
    (60, "Contrato assinado"),
    (95, "Registro em cartório"),
    (130, "Recurso liberado"),
)
_BANCOS = ("Banco Um", "Banco Dois", "Caixa de Exemplo")


def has_repasse(deal: Negocio) -> bool:
    """Tell whether the bank's part is to be transferred."""
    return deal.vendido and deal.financiamento > 0


def venda(mundo: Mundo, deal: Negocio, only_sale: bool) -> Linha:
    """Lay out a sale.

    Args:
        mundo: the story.
        deal: of it.
        only_sale: whether endpoint reservas never delivers it.
    """
    days = mundo.days
    sold = days.moment(deal.dia, deal.segundos[1])
    lingers = deal.desfeito and deal.distrato > days.last - SHOWN_AFTER
    row: Row = {
        "referencia": str(deal.id),
        "referencia_data": sold,
        "ativo": "N" if deal.desfeito and not lingers else "S",
        "idreserva": deal.id,
        "data_reserva": days.moment(deal.cadastro, deal.segundos[0]),
        "data_venda": sold,
        "idhistorico": deal.id * 3,
        "data_historico": sold,
        "aprovada": "Sim" if deal.id % 50 == 0 else "Não",
        "valor_contrato": number(deal.contrato),
        "contrato_interno": None,
        "idpessoa_cv": deal.comprador.id,
        "idpessoa_int": None,
        **buyer(deal.comprador),
        **seller(deal),
        "idempreendimento": deal.projeto.id,
        "codigointerno_empreendimento": deal.projeto.sigla,
        **place(deal),
        "planta": "",
        "idunidade": deal.unidade_id,
        "area_privativa": number(TIPOLOGIAS[deal.tipologia][1]),
        "campanha": None,
        **media(deal),
        "idtabela": str(deal.projeto.tabela_id(deal.tabela)),
        "nometabela": deal.projeto.tabela_nome(deal.tabela),
        "codigointernotabela": None,
        **kind_of_sale(deal),
        "idlead": idlead(deal),
        "RetornarAssociados": [
            {
                "idpessoa_cv": other["idpessoa"], "idtipo_associacao": 2,
                "tipo_associacao": other["tipo_associacao"],
                "percentagem_participacao": other["percentagem_participacao"],
            }
            for other in associates(deal)
        ],
    }  # fmt: skip
    notes = spoil_value(mundo, deal, row)
    if only_sale:
        notes = (Nota("idreserva", "venda que reservas não entrega", "vale a linha de vendas"),)
    if lingers:
        notes = (Nota("ativo", "venda cancelada que vendas ainda mostra", "fora das vendas"),)
    return Linha("vendas", row, notes)


def distrato(days: Days, deal: Negocio) -> Row:
    """Lay out how a sale was undone."""
    undone = days.moment(deal.distrato, deal.segundos[2])
    asked = days.moment(max(deal.dia, deal.distrato - 4), deal.segundos[2])
    reason = MOTIVOS[deal.id % len(MOTIVOS)]
    return {
        "referencia": str(deal.id),
        "referencia_data": undone,
        "ativo": "S",
        "idreserva": deal.id,
        "aprovada": "S",
        "data_cad": asked,
        "situacao_data": undone,
        "situacao_atual": DISTRATADA[1],
        "idsituacao": DISTRATADA[0],
        "idempreendimento": deal.projeto.id,
        "codigointerno_empreendimento": deal.projeto.sigla,
        **place(deal, encoded=True),
        "idunidade": deal.unidade_id,
        "venda": f"V{deal.id}",
        "idcliente": deal.comprador.id,
        "cliente": deal.comprador.nome,
        "documento": deal.comprador.documento,
        "cep_cliente": None,
        **seller(deal),
        "motivo_distrato": reason,
        "descricao_motivo_distrato": reason,
        "valor_contrato": number(deal.contrato),
        "data_sincronizacao": ZERO_DATE,
    }


def repasse(days: Days, deal: Negocio, repasse_id: int) -> Row:
    """Lay out how far the buyer's debt has moved to the bank."""
    until = deal.distrato if deal.desfeito else days.last
    reached = [step for step in _REPASSE if deal.dia + step[0] <= until]
    after, state = reached[-1]
    changed = days.moment(until if deal.desfeito else deal.dia + after, deal.segundos[3])

    def when(step: int) -> str:
        done = len(reached) > step
        return days.moment(deal.dia + _REPASSE[step][0] if done else NEVER, deal.segundos[3])

    paid = len(reached) == len(_REPASSE)
    row: Row = {
        "referencia": str(repasse_id),
        "referencia_data": changed,
        "ativo": "N" if deal.desfeito else "S",
        "idrepasse": repasse_id,
        "idsituacao": 9 if deal.desfeito else len(reached),
        "situacao": "Cancelado" if deal.desfeito else state,
        "idempreendimento": deal.projeto.id,
        "codigointerno_empreendimento": deal.projeto.sigla,
        **place(deal),
        "idcliente": deal.comprador.id,
        "documento_cliente": deal.comprador.documento,
        "cliente": deal.comprador.nome,
        "cep_cliente": None,
        "parcela": "1/1",
        "idcontrato": str(deal.id),
        "contrato": f"Contrato {deal.id}",
        "contrato_quitado": "N",
        "contrato_liquidado": "S" if paid else "N",
        "valor_previsto": number(deal.financiamento + deal.fgts + deal.subsidio),
        "parcela_conclusao": 0,
        "saldo_devedor": 0 if paid else number(deal.financiamento),
        "valor_divida": number(deal.financiamento),
        "valor_subsidio": number(deal.subsidio),
        "valor_fgts": number(deal.fgts),
        "valor_registro": number(1_850_00) if len(reached) > 3 else None,
        "valor_financiado": number(deal.financiamento),
        "data_status_financiamento": changed,
        "registro_pago": "S" if len(reached) > 3 else "N",
        "valor_contrato": number(deal.contrato),
        "numero_contrato": f"{deal.id:08d}" if len(reached) > 2 else None,
        "data_registro": when(3),
        "correspondente": None,
        "banco": _BANCOS[deal.id % len(_BANCOS)],
        "agencia": f"{deal.id % 900 + 100:04d}",
        "data_alteracao_status": changed,
        "data_venda": days.moment(deal.dia, deal.segundos[1]),
        "data_contrato_contabilizado": ZERO_DATE,
        "data_contrato_liberado": when(2),
        "data_assinatura_de_contrato": when(2),
        "liberar_assinatura": "N",
        "proxima_acao": None,
        "num_matricula": None,
        "recebendo_financiamento": "S" if paid else "N",
        "itbi_pago": "N",
        "laudemio_pago": "N",
        "idlead": idlead(deal),
        "data_unidade_liberada": ZERO_DATE,
        "data_laudo_liberado": ZERO_DATE,
        "data_recurso_liberado": when(4),
        "data_sincronizacao": ZERO_DATE,
        "data_cadastro": days.moment(deal.dia, deal.segundos[3]),
        "idunidade": deal.unidade_id,
        "data_modificacao": changed,
        "campos_adicionais": [],
    }
    # Most name the reservation `reserva`, as documented, some the other name.
    row["idreserva" if deal.id % 8 == 0 else "reserva"] = deal.id
    return row
