"""Rows about a reservation itself: reservas, vendas, distratos, repasses.

Here: their layout, field by field, and their faults. Not here: what happened
(`historia`), how it is paid (`parcelas`).
"""

from loaders.cvcrm_server.tenant import ZERO_DATE
from loaders.simulator.vendas.estoque import TIPOLOGIAS
from loaders.simulator.vendas.formas import (
    NEVER,
    Days,
    brazilian_decimal,
    entities,
    number,
)
from loaders.simulator.vendas.historia import SHOWN_AFTER, Fim
from loaders.simulator.vendas.mundo import Linha, Linhas, Mundo, Negocio, Nota, Pessoa, Row

_SITUACOES = {
    Fim.VENDA: (3, "Vendida"),
    Fim.VENCIDA: (5, "Vencida"),
    Fim.CANCELADA: (6, "Cancelada"),
    Fim.RESERVADA: (1, "Reservada"),
    Fim.EM_PROCESSO: (2, "Em processo"),
}
_DISTRATADA = (7, "Distratada")
_MOTIVOS = ("Desistência do comprador", "Crédito negado", "Mudou de cidade", "Outro im&oacute;vel")
_ESTADO_CIVIL = ("Solteiro", "Casado", "Divorciado")
_MIDIAS = ("Facebook", "Google", "Indicação", "Plantão", "Portal")
# Days from the sale on which a financed contract reaches each stage.
_REPASSE = (
    (0, "Aguardando documentação"),
    (35, "Em análise no banco"),
    (60, "Contrato assinado"),
    (95, "Registro em cartório"),
    (130, "Recurso liberado"),
)
_BANCOS = ("Banco Um", "Banco Dois", "Caixa de Exemplo")


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
        yield _venda(mundo, deal, only_sale)
        if deal.desfeito:
            yield Linha("distratos", _distrato(mundo.days, deal))
        if has_repasse(deal):
            yield Linha("repasses", _repasse(mundo.days, deal, repasse_id))


def has_repasse(deal: Negocio) -> bool:
    """Tell whether the bank's part is to be transferred."""
    return deal.vendido and deal.financiamento > 0


def place(deal: Negocio, encoded: bool = False) -> Row:
    """Return the names of the unit, its block, stage and project."""
    name = entities(deal.projeto.nome) if encoded else deal.projeto.nome.replace("&", "&amp;")
    return {
        "empreendimento": name,
        "etapa": deal.bloco.etapa,
        "bloco": deal.bloco.nome,
        "unidade": deal.unidade_nome,
        "regiao": deal.projeto.cidade,
    }


def buyer(person: Pessoa) -> Row:
    """Return what most endpoints say of a buyer."""
    return {
        "idcliente": person.id,
        "documento_cliente": person.documento,
        "cliente": person.nome,
        "email": person.email,
        "cidade": "Campinas",
        "cep_cliente": f"{13_000 + person.id % 990}-000",
        "renda": number(person.renda),
        "sexo": person.sexo,
        "idade": person.idade,
        "estado_civil": _ESTADO_CIVIL[person.id % 3] if person.fisica else None,
    }


def seller(deal: Negocio) -> Row:
    """Return broker and agency; without an agency its id is 0."""
    return {
        "idcorretor": deal.corretor_id,
        "corretor": deal.corretor,
        "idimobiliaria": deal.imobiliaria_id,
        "imobiliaria": deal.imobiliaria and deal.imobiliaria.replace("&", "&amp;"),
    }


def custom_fields(deal: Negocio, changed: str) -> list[Row]:
    """Return fields of the tenant's own; most deals have none."""
    if deal.sorte[1] > 0.25:
        return []
    return [
        {
            "referencia": deal.id, "referencia_data": changed, "idcampo_valores": deal.id * 10 + 1,
            "idcampo": 41, "nome": "Renda comprovada",
            "valor": brazilian_decimal(deal.comprador.renda // 100_00 * 100_00), "tipo": "moeda",
        }
    ]  # fmt: skip


def idlead(deal: Negocio) -> str | None:
    """Return the leads that a deal came from: none, one, or two in one text."""
    if deal.sorte[2] > 0.7:
        return None
    return f"{lead_number(deal)},4322" if deal.id % 40 == 0 else str(lead_number(deal))


def lead_number(deal: Negocio) -> int:
    """Return the id of the lead that a deal came from, if it came from one."""
    return 150_000 + deal.id


def last_change(days: Days, deal: Negocio) -> str:
    """Return the moment of a deal's last change."""
    if deal.desfeito:
        return days.moment(deal.distrato, deal.segundos[2])
    second = deal.segundos[0] if deal.dia == deal.cadastro else deal.segundos[1]
    return days.moment(deal.dia, second)


def _reserva(mundo: Mundo, deal: Negocio) -> Linha:
    days = mundo.days
    made = days.moment(deal.cadastro, deal.segundos[0])
    changed = last_change(days, deal)
    ended = days.moment(deal.dia, deal.segundos[1])
    state = _DISTRATADA if deal.desfeito else _SITUACOES[deal.fim]
    over = deal.desfeito or deal.fim in (Fim.CANCELADA, Fim.VENCIDA)
    reason = _MOTIVOS[deal.id % len(_MOTIVOS)] if over else None
    media = deal.id % (len(_MIDIAS) + 1)
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
        "idmidia": media,
        "midia": _MIDIAS[media - 1] if media else None,
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
        "idtipovenda": 1 if deal.financiamento else 2,
        "tipovenda": "Financiamento" if deal.financiamento else "Direto",
        "idtipo_reserva": 1,
        "tipo_reserva": "Venda",
        "idgrupo": None,
        "grupo": None,
        "data_modificacao": changed,
        "campos_adicionais": custom_fields(deal, changed),
        "campos_adicionais_contrato": [],
        "associados": _associates(deal),
    }
    # The team's name was seen under either name, and is in no documentation.
    if deal.id % 5:
        row |= {"idtime": deal.time_id, "time": deal.time}
    else:
        row |= {"idtime": deal.time_id, "nome_time": deal.time}
    return Linha("reservas", row, _spoil_value(mundo, deal, row))


def _spoil_value(mundo: Mundo, deal: Negocio, row: Row) -> tuple[Nota, ...]:
    column, result = "valor_contrato", "conta como venda sem valor"
    if deal.indice in mundo.falhas.valor_zero:
        row[column] = 0
        return (Nota(column, "venda de valor 0", result),)
    if deal.indice in mundo.falhas.valor_nulo:
        row[column] = None
        return (Nota(column, "venda sem valor", result),)
    if deal.indice in mundo.falhas.prosoluto_negativo and "valor_financiamento" in row:
        result = "pró-soluto negativo, mantido e marcado"
        return (Nota("valor_financiamento", "pagam mais do que o contrato", result),)
    return ()


def _associates(deal: Negocio) -> list[Row]:
    other = deal.conjuge
    if other is None:
        return []
    return [
        {
            "idpessoa": other.id, "nome": other.nome, "documento": other.documento,
            "tipo_associacao": "Cônjuge", "percentagem_participacao": 50,
        }
    ]  # fmt: skip


def _venda(mundo: Mundo, deal: Negocio, only_sale: bool) -> Linha:
    days = mundo.days
    sold = days.moment(deal.dia, deal.segundos[1])
    lingers = deal.desfeito and deal.distrato > days.last - SHOWN_AFTER
    media = deal.id % (len(_MIDIAS) + 1)
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
        "idmidia": media,
        "midia": _MIDIAS[media - 1] if media else None,
        "idtabela": str(deal.projeto.tabela_id(deal.tabela)),
        "nometabela": deal.projeto.tabela_nome(deal.tabela),
        "codigointernotabela": None,
        "idtipovenda": 1 if deal.financiamento else 2,
        "tipovenda": "Financiamento" if deal.financiamento else "Direto",
        "idlead": idlead(deal),
        "RetornarAssociados": [
            {
                "idpessoa_cv": other["idpessoa"], "idtipo_associacao": 2,
                "tipo_associacao": other["tipo_associacao"],
                "percentagem_participacao": other["percentagem_participacao"],
            }
            for other in _associates(deal)
        ],
    }  # fmt: skip
    notes = _spoil_value(mundo, deal, row)
    if only_sale:
        notes = (Nota("idreserva", "venda que reservas não entrega", "vale a linha de vendas"),)
    if lingers:
        notes = (Nota("ativo", "venda cancelada que vendas ainda mostra", "fora das vendas"),)
    return Linha("vendas", row, notes)


def _distrato(days: Days, deal: Negocio) -> Row:
    undone = days.moment(deal.distrato, deal.segundos[2])
    asked = days.moment(max(deal.dia, deal.distrato - 4), deal.segundos[2])
    reason = _MOTIVOS[deal.id % len(_MOTIVOS)]
    return {
        "referencia": str(deal.id),
        "referencia_data": undone,
        "ativo": "S",
        "idreserva": deal.id,
        "aprovada": "S",
        "data_cad": asked,
        "situacao_data": undone,
        "situacao_atual": _DISTRATADA[1],
        "idsituacao": _DISTRATADA[0],
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


def _repasse(days: Days, deal: Negocio, repasse_id: int) -> Row:
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
