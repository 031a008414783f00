"""Rows about a reservation itself, and in which order those of its sale follow.

Here: the layout of reservas, field by field. Not here: what happened (`historia`), the
rows of a sale (`pos_venda`), how it is paid (`parcelas`).
"""

from loaders.cvcrm_server.tenant import ZERO_DATE
from loaders.simulator.vendas.formas import number
from loaders.simulator.vendas.historia import Fim
from loaders.simulator.vendas.mundo import Linha, Linhas, Mundo, Negocio, Row
from loaders.simulator.vendas.partes import (
    DISTRATADA,
    MOTIVOS,
    associates,
    buyer,
    custom_fields,
    idlead,
    kind_of_sale,
    last_change,
    media,
    place,
    seller,
    spoil_value,
)
from loaders.simulator.vendas.pos_venda import distrato, has_repasse, repasse, venda

_SITUACOES = {
    Fim.VENDA: (3, "Vendida"),
    Fim.VENCIDA: (5, "Vencida"),
    Fim.CANCELADA: (6, "Cancelada"),
    Fim.RESERVADA: (1, "Reservada"),
    Fim.EM_PROCESSO: (2, "Em processo"),
}


def linhas_de_negocio(mundo: Mundo, deal: Negocio, repasse_id: int) -> Linhas:
    """Lay out a reservation, and its sale, undoing and transfer to the bank if it has them.

    Args:
        mundo: the story.
        deal: of it.
        repasse_id: what the transfer is called, if there is one.
    """
    only_sale = deal.indice in mundo.falhas.so_em_vendas
    if not only_sale:
        yield _reserva(mundo, deal)
    if deal.vendido:
        yield venda(mundo, deal, only_sale)
        if deal.desfeito:
            yield Linha("distratos", distrato(mundo.days, deal))
        if has_repasse(deal):
            yield Linha("repasses", repasse(mundo.days, deal, repasse_id))


def _reserva(mundo: Mundo, deal: Negocio) -> Linha:
    days = mundo.days
    made = days.moment(deal.cadastro, deal.segundos[0])
    changed = last_change(days, deal)
    ended = days.moment(deal.dia, deal.segundos[1])
    state = DISTRATADA if deal.desfeito else _SITUACOES[deal.fim]
    over = deal.desfeito or deal.fim in (Fim.CANCELADA, Fim.VENCIDA)
    reason = MOTIVOS[deal.id % len(MOTIVOS)] if over else None
    row: Row = {
        "referencia": str(deal.id),
        # Deals of long ago that nobody touched since have none.
        "referencia_data": ZERO_DATE if deal.cadastro < 90 and deal.id % 3 == 0 else changed,
        "ativo": "S" if deal.ativo else "N",
        "idreserva": deal.id,
        "data_cad": made,
        "codigointerno": None,
        "numero_venda": f"V{deal.id}" if deal.vendido else None,
        "aprovada": "S" if deal.vendido else "N",
        "data_venda": ended if deal.vendido else (None if deal.id % 2 else ZERO_DATE),
        "situacao": state[1],
        "idsituacao": state[0],
        "situacao_comercial": "Ganha" if deal.vendido else "Em andamento",
        "idsituacao_anterior": 1,
        "situacao_anterior": "Reservada",
        "idempreendimento": deal.projeto.id,
        "codigointerno_empreendimento": deal.projeto.sigla,
        **place(deal),
        "idetapa": deal.bloco.etapa_id,
        "idbloco": deal.bloco.id,
        "idunidade": deal.unidade_id,
        "venda": "S" if deal.vendido else "N",
        "data_entrega_chaves_contrato_cliente": None,
        **buyer(deal.comprador),
        **seller(deal),
        "valor_contrato": number(deal.contrato),
        "valor_contrato_com_juros": number(deal.contrato * 103 // 100),
        "valor_proposta": number(deal.contrato),
        "valor_fgts": number(deal.fgts),
        "valor_financiamento": number(deal.financiamento),
        "valor_subsidio": number(deal.subsidio),
        "vgv_tabela": number(deal.vgv),
        "vgv_tabela_minima": number(deal.vgv * 94 // 100),
        "vpl_reserva": number(deal.contrato * 97 // 100),
        "vpl_tabela": number(deal.vgv * 97 // 100),
        "vpl_tabela_minima": number(deal.vgv * 91 // 100),
        "vencimento": days.moment(deal.cadastro + 10, deal.segundos[0]),
        "campanha": "Feir&atilde;o" if deal.id % 9 == 0 else None,
        "cessao": "N",
        "motivo_cancelamento": reason,
        "descricao_motivo_cancelamento": reason,
        "data_cancelamento": changed if over else None,
        "espacos_complementares": None,
        "idlead": idlead(deal),
        "data_ultima_alteracao_situacao": changed,
        "idempresa_correspondente": None,
        "empresa_correspondente": None,
        "nome_usuario": "Integração",
        "idprecadastro": None,
        **media(deal),
        "idtabela": deal.projeto.tabela_id(deal.tabela),
        "nometabela": deal.projeto.tabela_nome(deal.tabela),
        "codigointernotabela": None,
        "data_contrato": ended if deal.vendido else None,
        "usuario_aprovacao": None,
        "data_aprovacao": ended if deal.vendido else ZERO_DATE,
        "juros_condicao_aprovada": None,
        "juros_apos_entrega_condicao_aprovada": None,
        "idtabela_condicao_aprovada": None,
        "data_primeira_aprovacao": ended if deal.vendido else ZERO_DATE,
        "aprovacao_absoluto": None,
        "aprovacao_vpl_valor": None,
        **kind_of_sale(deal),
        "idtipo_reserva": 1,
        "tipo_reserva": "Venda",
        "idgrupo": None,
        "grupo": None,
        "data_modificacao": changed,
        "campos_adicionais": custom_fields(deal, changed),
        "campos_adicionais_contrato": [],
        "associados": associates(deal),
    }
    # The team's name was seen under either name, and is in no documentation.
    if deal.id % 5:
        row |= {"idtime": deal.time_id, "time": deal.time}
    else:
        row |= {"idtime": deal.time_id, "nome_time": deal.time}
    return Linha("reservas", row, spoil_value(mundo, deal, row))
