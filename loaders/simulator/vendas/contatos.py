"""Rows about people who asked: leads and service requests.

Here: the layout of leads and atendimentos. Not here: reservations (`negocios`).
"""

from loaders.cvcrm_server.tenant import ZERO_DATE
from loaders.simulator.vendas.formas import brazilian_decimal
from loaders.simulator.vendas.mundo import Linha, Linhas, Mundo, Negocio, Row
from loaders.simulator.vendas.partes import buyer, idlead, lead_number, place, seller

_ORIGENS = (("FB", "Facebook"), ("GO", "Google"), ("SI", "Site"), ("IN", "Indica&ccedil;&atilde;o"))
_ASSUNTOS = ("Documentação", "2ª via de boleto", "Vistoria", "Assistência técnica")
_FIRST_LOST = 1_000_001
# Asked days before a reservation, at most.
_EARLIEST = 25


def linhas_de_contato(mundo: Mundo, deal: Negocio) -> Linhas:
    """Lay out the lead of a deal, one that came to nothing, and a buyer's service request."""
    if idlead(deal):
        yield Linha("leads", _lead(mundo, deal, lead_number(deal), won=True))
    yield Linha("leads", _lead(mundo, deal, _FIRST_LOST + deal.indice, won=False))
    if deal.vendido and deal.sorte[0] < 0.6:
        yield Linha("atendimentos", _atendimento(mundo, deal))


def _lead(mundo: Mundo, deal: Negocio, number: int, won: bool) -> Row:
    days, project = mundo.days, deal.projeto
    asked_day = max(0, deal.cadastro - 1 - deal.id % _EARLIEST)
    asked = days.moment(asked_day, deal.segundos[3])
    touched = days.moment(deal.cadastro, deal.segundos[0]) if won else asked
    origin = _ORIGENS[number % len(_ORIGENS)]
    # Two projects of interest come in one text.
    both = f"{project.id},{mundo.estoque.projetos[0].id}"
    person = deal.comprador
    lost = None if won else "Sem interesse"
    return {
        "referencia": str(number),
        "referencia_data": touched,
        "ativo": "S" if won else "N",
        "idlead": number,
        "idsituacao": 5 if won else 8,
        "situacao": "Venda realizada" if deal.vendido and won else "Reserva" if won else "Perdido",
        "data_cad": asked,
        "nome": person.nome if won else f"Interessado {number}",
        "email": person.email if won else f"interessado{number}@example.com",
        "telefone": f"00 9{number:08d}",
        "documento_cliente": person.documento if won else None,
        "cep_cliente": None,
        "idponto_venda": None,
        "ponto_venda": None,
        "conversao_original": "Formulário",
        "conversao_ultimo": "Formulário",
        "conversao": "Formulário",
        "idempreendimento": both if number % 4 == 0 else str(project.id),
        "codigointerno_empreendimento": project.sigla,
        "idempreendimento_primeiro": project.id,
        "empreendimento_primeiro": project.nome,
        "idempreendimento_ultimo": project.id,
        "empreendimento_ultimo": project.nome,
        "empreendimento": place(deal)["empreendimento"],
        "caracteristicas": None,
        "feedback": None,
        "idmotivo": 0 if won else 3,
        "motivo": lost,
        "idgestor": None,
        "gestor": "Gestor Um" if number % 2 else None,
        **seller(deal),
        "origem": origin[0],
        "origem_nome": origin[1],
        "origem_ultimo": origin[0],
        "origem_ultimo_nome": origin[1],
        "midia_original": origin[1],
        "midia_ultimo": origin[1],
        "renda_familiar": brazilian_decimal(person.renda) if won else None,
        "motivo_cancelamento": lost,
        "data_cancelamento": ZERO_DATE if won else asked,
        "data_ultima_interacao": touched,
        "ultima_data_conversao": asked,
        "data_reativacao": None,
        "data_ultima_alteracao": touched,
        "possibilidade_venda": number % 101,
        "score": number % 100,
        "idsituacao_anterior": 1,
        "nome_situacao_anterior_lead": "Novo",
        "nome_momento_lead": None,
        "descricao_motivo_cancelamento": lost,
        "inserido_bolsao": "N",
        "data_primeira_interacao_gestor": ZERO_DATE,
        "data_primeira_interacao_corretor": touched,
        "idgestor_ultimo": None,
        "gestor_ultimo": None,
        "idcorretor_ultimo": deal.corretor_id,
        "corretor_ultimo": deal.corretor,
        "idcorretor_penultimo": 0,
        "corretor_penultimo": None,
        "idimobiliaria_ultimo": deal.imobiliaria_id,
        "data_vencimento": None,
        "novo": "N",
        "retorno": "N",
        "estado": "SP",
        "cidade": project.cidade,
        "regiao": project.cidade,
        "vencido": "N",
        "tags": "vip,retorno" if number % 11 == 0 else None,
        "reserva": deal.id if won else 0,
        "campos_adicionais": [],
    }


def _atendimento(mundo: Mundo, deal: Negocio) -> Row:
    days, number = mundo.days, deal.id
    opened_day = min(deal.dia + 1 + number % 90, days.last)
    done = opened_day + 3 <= days.last
    opened = days.moment(opened_day, deal.segundos[2] // 2)
    changed = days.moment(opened_day + 3, deal.segundos[2]) if done else opened
    person = buyer(deal.comprador)
    return {
        "referencia": str(number),
        "referencia_data": changed,
        "ativo": "S",
        "idatendimento": 30_000 + deal.indice,
        "protocolo": f"{number:010d}",
        "data_cad": opened,
        "prioridade": "Normal",
        "situacao": "Finalizado" if done else "Em atendimento",
        "idsituacao": 4 if done else 2,
        "tempo_resposta": number % 240,
        "tempo_finalizado": 4320 if done else 0,
        "encerrado_primeiro_contato": "N",
        "humor_cliente": None,
        "avaliacao": number % 6,
        "data_situacao": changed,
        "idcanal": 2,
        "canal": "WhatsApp",
        "origem": "Painel",
        "assunto": _ASSUNTOS[number % len(_ASSUNTOS)],
        "subassunto": None,
        "tipo": "Solicita&ccedil;&atilde;o",
        "idtipo": 1,
        "idclassificacao": 0,
        "classificacao": None,
        "quantidade_mensagens": number % 12,
        "quantidade_interacoes": number % 5,
        "idempreendimento": deal.projeto.id,
        "codigointerno_empreendimento": deal.projeto.sigla,
        "sigla_empreendimento": deal.projeto.sigla,
        **place(deal),
        "idunidade": str(deal.unidade_id),
        "idcliente": person["idcliente"],
        "cliente": person["cliente"],
        "nome_cliente": person["cliente"],
        "documento_cliente": person["documento_cliente"],
        "email_cliente": person["email"],
        "telefone_atendimento": f"00 9{number:08d}",
        "cep_cliente": person["cep_cliente"],
        "idlead": 0,
        "idprotocolo": 0,
        "idatendimento_vinculados": None,
        "ativo_painel": "S",
        "codigointerno_cliente": None,
        "usuario": None,
        **seller(deal),
        "idresponsavel": 0,
        "responsavel": None,
        "times": deal.time,
        "tags": None,
        "previsao_conclusao": days.moment(opened_day + 5, 0),
        "data_modificacao": changed,
    } | ({"data_finalizado": changed} if done else {})
