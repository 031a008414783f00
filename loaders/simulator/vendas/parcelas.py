"""Rows about a reservation's money: its instalments, commissions and their payments.

Here: the layout of reservas/condicoes, comissoes and comissoes/pagamentos, the story of
each commission, and their faults. Not here: how a contract is split (`financas`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from loaders.cvcrm_server.tenant import ZERO_DATE
from loaders.simulator.vendas.financas import SERIE_ID, SERIES, Parcelas, plan
from loaders.simulator.vendas.formas import number
from loaders.simulator.vendas.historia import Fim
from loaders.simulator.vendas.mundo import Linha, Linhas, Mundo, Negocio, Nota, Row
from loaders.simulator.vendas.partes import last_change, place

_UNKNOWN_SERIE = "PERMUTA VEÍCULO"
_NO_RESERVA = 9_900_001
_INDEXES = ("INCC", "IPCA", None)
_PAID_AFTER = 30
_PERCENT = (400, 425, 450, 500, 550, 600)


@dataclass
class Ids:
    """Numbers of rows that are still to be given."""

    condicao: Iterator[int] = field(default_factory=lambda: count(500_001))
    comissao: Iterator[int] = field(default_factory=lambda: count(60_001))
    pagamento: Iterator[int] = field(default_factory=lambda: count(90_001))
    repasse: Iterator[int] = field(default_factory=lambda: count(40_001))


def linhas_de_condicoes(mundo: Mundo, deal: Negocio, ids: Ids) -> Linhas:
    """Lay out how a sale, or a proposal in process, is paid."""
    if not (deal.vendido or deal.fim is Fim.EM_PROCESSO):
        return
    series = plan(deal.contrato, deal.financiamento, deal.fgts, deal.subsidio, deal.sorte[3])
    spoilt = deal.indice in mundo.falhas.serie_desconhecida
    late = deal.indice in mundo.falhas.vencimento_impossivel
    for position, each in enumerate(series):
        row = _condicao(mundo, deal, each, next(ids.condicao))
        notes: tuple[Nota, ...] = ()
        if position == 0 and spoilt:
            row["serie"] = _UNKNOWN_SERIE
            notes = (Nota("serie", "série que nenhuma classe conhece", "mantida, sem classe"),)
        elif position == 0 and late:
            row["vencimento"] = "31/02/2025"
            notes = (Nota("vencimento", "dia que não existe", "NULL"),)
        yield Linha("reservas_condicoes", row, notes)


def linhas_orfas(mundo: Mundo, ids: Ids) -> Linhas:
    """Lay out instalments of reservations that never come."""
    for number_ in range(mundo.falhas.orfas):
        row: Row = {
            "referencia": str(_NO_RESERVA + number_), "referencia_data": ZERO_DATE, "ativo": "S",
            "idreservascondicoes": next(ids.condicao), "idreserva": _NO_RESERVA + number_,
            "idserie": SERIE_ID["ATO"], "serie": "ATO", "parcela_quantidade": 1, "valor": 5000,
            "valor_com_juros": 5000, "valor_com_comissao_fora_do_contrato": 5000,
            "valor_sem_comissao": 5000, "vencimento": ZERO_DATE, "portador": None,
            "indexador": None, "data_reservas_condicoes": ZERO_DATE,
            "data_modificacao": ZERO_DATE,
        }  # fmt: skip
        note = Nota("idreserva", "reserva que nunca é entregue", "ORFAO")
        yield Linha("reservas_condicoes", row, (note,))


def _condicao(mundo: Mundo, deal: Negocio, each: Parcelas, row_id: int) -> Row:
    days = mundo.days
    names = SERIES[each.serie]
    changed = last_change(days, deal)
    return {
        "referencia": f"{deal.id}_{row_id}",
        "referencia_data": changed,
        # The plan of an undone sale is void.
        "ativo": "N" if deal.desfeito else "S",
        "idreservascondicoes": row_id,
        "idreserva": deal.id,
        "idserie": SERIE_ID[each.serie],
        "serie": names[row_id % len(names)],
        "parcela_quantidade": each.quantidade,
        "valor": number(each.valor),
        "valor_com_juros": number(each.valor),
        "valor_com_comissao_fora_do_contrato": number(each.valor),
        "valor_sem_comissao": number(each.valor),
        "vencimento": days.moment(deal.dia + 30 * each.meses, 0),
        "portador": "Banco" if each.serie == "FINANCIAMENTO" else "Incorporadora",
        "indexador": _INDEXES[deal.id % len(_INDEXES)],
        "data_reservas_condicoes": days.moment(deal.cadastro, deal.segundos[0]),
        "data_modificacao": changed,
    }


def linhas_de_comissao(mundo: Mundo, deal: Negocio, ids: Ids) -> Linhas:
    """Lay out the commissions of a sale, and what was paid of them.

    Most sales have one; some two, of broker and agency; a few none, yet. Some were
    cancelled and made out anew, some corrected by a negative one.
    """
    luck = deal.sorte[4]
    # The brokers of the tie have one each, equal to the cent.
    twin = deal.corretor_id >= mundo.equipe.twins_from
    above = deal.indice in mundo.falhas.comissao_acima
    if not deal.vendido or (luck < 0.03 and not deal.desfeito and not twin and not above):
        return
    percent = _PERCENT[2] if twin else _PERCENT[deal.id % len(_PERCENT)]
    whole = deal.contrato * percent // 100_00
    planted = deal.indice in mundo.falhas.comissao_de_cancelada
    active = not deal.desfeito or planted
    note = Nota("idreserva", "comissão ativa de venda cancelada", "divergência")
    notes = (note,) if planted else ()
    if above:
        notes = (Nota("valor_comissao", "acima do seu percentual do contrato", "divergência"),)
    shares = [whole]
    if not twin and not planted and luck < 0.25:
        shares = [whole * 7 // 10, whole - whole * 7 // 10]
    elif not twin and not planted and luck < 0.29:
        yield Linha("comissoes", _comissao(mundo, deal, ids, whole, False))
    for share in shares:
        row = _comissao(mundo, deal, ids, share, active)
        if above:
            row["porcentagem_comissao"] /= 2
        yield Linha("comissoes", row, notes)
        yield from _pagamentos(mundo, deal, ids, row, share)
    if not twin and active and not planted and 0.29 <= luck < 0.32:
        back = -(whole // 10)
        row = _comissao(mundo, deal, ids, back, True)
        yield Linha("comissoes", row)
        yield from _pagamentos(mundo, deal, ids, row, back)


def _comissao(mundo: Mundo, deal: Negocio, ids: Ids, value: int, active: bool) -> Row:
    days = mundo.days
    made_day = min(deal.dia + 1 + deal.id % 4, days.last)
    made = days.moment(made_day, deal.segundos[3])
    paid_day = made_day + _PAID_AFTER
    paid = active and paid_day <= days.last and deal.sorte[5] < 0.85
    situation = (3, "Paga") if paid else (2, "A pagar") if active else (9, "Cancelada")
    names = place(deal, encoded=True)
    return {
        "referencia": str(deal.id),
        # The day of creation: a payment does not move it.
        "referencia_data": made,
        "ativo": "S" if active else "N",
        "idcomissao": next(ids.comissao),
        "situacao": situation[1],
        "idsituacao": situation[0],
        "idreserva": deal.id,
        "corretor": deal.corretor,
        "imobiliaria": deal.imobiliaria and deal.imobiliaria.replace("&", "&amp;"),
        **names,
        "cliente": deal.comprador.nome,
        "cep_cliente": None,
        "valor_contrato": number(deal.contrato),
        "porcentagem_comissao": number(round(value * 100_00 / deal.contrato)),
        "valor_comissao": number(value),
        "valor_comissao_apagar": 0 if paid else number(value),
        "valor_pagamento": number(value) if paid else 0,
        "nota_fiscal": f"NF{deal.id}" if paid else None,
        "data_pagamento": days.moment(paid_day, deal.segundos[3]) if paid else None,
        "data_cad": made,
    }


def _pagamentos(mundo: Mundo, deal: Negocio, ids: Ids, row: Row, value: int) -> Linhas:
    days = mundo.days
    parts = 1 + deal.id % 3 if value > 0 else 1
    first = value - (parts - 1) * (value // parts)
    made_day = min(deal.dia + 1 + deal.id % 4, days.last)
    for part in range(parts):
        yield Linha(
            "comissoes_pagamentos",
            {
                "referencia": f"{row['idcomissao']}_{part + 1}",
                "referencia_data": row["data_cad"],
                "idcomissao": row["idcomissao"],
                "idpagamento": next(ids.pagamento),
                "valor": number(first if part == 0 else value // parts),
                "vencimento": days.moment(made_day + _PAID_AFTER * (part + 1), 0),
                "bloco": deal.bloco.nome,
                "unidade": deal.unidade_nome,
                "situacao": row["situacao"],
            },
        )
