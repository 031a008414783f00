"""Sales made by hand, a project of its own for each case, and what must be shown of them.

Here: the rows as the API delivers them at two loads, and the expected figures, which were
worked out with pencil and paper. Not here: the rest of the tenant in which they stand.
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

Linha = dict[str, Any]
Linhas = dict[str, list[Linha]]

ZERO = "0000-00-00 00:00:00"
DIA_DA_CARGA = "2024-06-30 10:00:00"

PRIMEIRA, ENTRE, BISSEXTO, SEGUNDA = (
    "primeira carga", "dia entre as cargas", "29 de fevereiro", "segunda carga"
)  # fmt: skip


class Caso(NamedTuple):
    """What a row must say at a moment; None for a row that must not be there."""

    texto: str
    momento: str
    tabela: str
    chave: dict[str, Any]
    esperado: dict[str, Any] | None


def reserva(numero: int, projeto: int, data_venda: str, valor: int | None, **outros: Any) -> Linha:
    """A sale unless `data_venda` is a zero date or `ativo` says otherwise."""
    return {
        "referencia": str(numero), "referencia_data": data_venda, "ativo": "S",
        "idreserva": numero, "data_cad": data_venda, "data_venda": data_venda,
        "situacao": "Vendida", "idempreendimento": projeto, "empreendimento": f"Caso {projeto}",
        "etapa": "Etapa 1", "bloco": "Bloco 1", "idunidade": 0, "unidade": None,
        "idcliente": numero, "cliente": f"Cliente {numero}", "idcorretor": projeto,
        "corretor": f"Corretor {projeto}", "idimobiliaria": 0, "imobiliaria": None,
        "valor_contrato": valor, "vgv_tabela": None, "valor_financiamento": None,
        "valor_fgts": None, "valor_subsidio": None, "data_cancelamento": None,
        "idtime": 0, "nome_time": None, "tipovenda": "Venda", "regiao": "Centro",
    } | outros  # fmt: skip


def venda(numero: int, projeto: int, data_venda: str, valor: int) -> Linha:
    """A row of endpoint vendas."""
    return {
        "referencia": str(numero), "referencia_data": data_venda, "ativo": "S",
        "idreserva": numero, "data_reserva": data_venda, "data_venda": data_venda,
        "aprovada": "Não", "valor_contrato": valor, "idempreendimento": projeto,
        "empreendimento": f"Caso {projeto}", "idcorretor": projeto,
        "corretor": f"Corretor {projeto}", "cliente": f"Cliente {numero}", "idunidade": 0,
    }  # fmt: skip


def comissao(numero: int, reserva: int, valor: int, **outros: Any) -> Linha:
    return {
        "referencia": str(numero), "referencia_data": "2023-01-01 10:00:00",
        "idcomissao": numero, "idreserva": reserva, "valor_comissao": valor, "ativo": "S",
        "situacao": "A pagar", "data_cad": "2023-01-01 10:00:00", "data_pagamento": None,
    } | outros  # fmt: skip


def condicao(numero: int, reserva: int, serie: str | None, vezes: int, valor: int) -> Linha:
    return {
        "referencia": f"{reserva}_{numero}", "referencia_data": DIA_DA_CARGA, "ativo": "S",
        "idreservascondicoes": numero, "idreserva": reserva, "serie": serie,
        "parcela_quantidade": vezes, "valor": valor,
    }  # fmt: skip


def unidade(numero: int, projeto: int, situacao: int = 1, bloqueio: str | None = None) -> Linha:
    return {
        "referencia": numero, "referencia_data": DIA_DA_CARGA, "idunidade": str(numero),
        "idempreendimento": projeto, "nome_empreendimento": f"Caso {projeto}",
        "nome": str(numero), "tipologia": "2 quartos", "area_privativa": "50.00",
        "valor": "100000.00", "situacao_mapa_disponibilidade": situacao,
        "data_bloqueio": bloqueio,
    }  # fmt: skip


def preco(unidade: int, de: str, valor: str, ate: str | None = None) -> Linha:
    return {
        "referencia": f"{unidade}_1", "referencia_data": DIA_DA_CARGA, "ativo": "S",
        "idunidade": unidade, "idtabela": 1, "tabela": "Tabela", "data_vigencia_de": de,
        "data_vigencia_ate": ate, "valor": valor,
    }  # fmt: skip


def _empatados() -> tuple[list[Linha], list[Linha]]:
    """Five brokers with the same commission, far above everybody else's."""
    vendidas = [
        (8051, "Zé", 2_000_000), (8052, "Caio", 400_000), (8052, "Caio", 600_000),
        (8053, "Ana", 1_000_000), (8054, "Ana", 1_000_000), (8055, "Bia", 1_000_000),
    ]  # fmt: skip
    reservas, comissoes = [], []
    for posicao, (corretor, nome, valor) in enumerate(vendidas):
        numero = 8_000_500 + posicao
        reservas.append(
            reserva(numero, 8005, "2024-06-15 10:00:00", valor, idcorretor=corretor, corretor=nome)
        )
        comissoes.append(comissao(numero, numero, 4_500_000 if nome == "Caio" else 9_000_000))
    return reservas, comissoes


def primeira() -> Linhas:
    """Rows as the first load finds them."""
    empatadas, comissoes = _empatados()
    return {
        "empreendimentos": [],
        "reservas": [
            reserva(8_000_001, 8001, "2024-05-10 10:00:00", 100_000),
            reserva(8_000_002, 8002, "2024-04-02 10:00:00", 200_000, vgv_tabela=210_000),
            reserva(8_000_031, 8003, "2023-02-28 23:59:59", 1_000),
            reserva(8_000_032, 8003, "2023-03-01 00:00:00", 2_000),
            reserva(8_000_033, 8003, "2024-02-29 10:00:00", 4_000),
            reserva(8_000_034, 8003, "2024-02-10 10:00:00", None),
            reserva(
                8_000_041, 8004, "2023-03-01 10:00:00", 100_000, idunidade=84_001, ativo="N",
                data_cancelamento="2023-06-01 10:00:00",
            ),
            reserva(8_000_042, 8004, "2023-06-20 10:00:00", 120_000, idunidade=84_001),
            *empatadas,
            reserva(8_000_007, 8007, "2024-06-05 10:00:00", 300_000, ativo="N"),
            reserva(8_000_009, 8009, "2024-06-05 10:00:00", 100_000, valor_financiamento=60_000),
            reserva(
                8_000_010, 8010, "2024-06-05 10:00:00", 100_000, valor_financiamento=90_000,
                valor_fgts=15_000, valor_subsidio=1_000,
            ),
            reserva(
                8_000_012, 8012, "2024-06-01 10:00:00", 50_000, idtime=81, nome_time="Time Azul"
            ),
            reserva(8_000_013, 8012, ZERO, 70_000, idtime=81, nome_time="Time Azul"),
        ],
        "vendas": [
            venda(8_000_001, 8001, "2024-05-10 10:00:00", 100_000),
            venda(8_000_006, 8006, "2024-06-05 10:00:00", 300_000),
            venda(8_000_007, 8007, "2024-06-05 10:00:00", 300_000),
        ],
        "distratos": [
            {
                "referencia": "8000041", "referencia_data": "2023-06-01 10:00:00", "ativo": "S",
                "idreserva": 8_000_041, "situacao_data": "2023-06-01 10:00:00",
                "idempreendimento": 8004, "idunidade": 84_001, "valor_contrato": 100_000,
            }
        ],
        "comissoes": [
            comissao(8_000_002, 8_000_002, 5_000),
            comissao(8_000_003, 8_000_002, -250),
            comissao(8_000_004, 8_000_002, 999, ativo="N"),
            comissao(8_000_010, 8_000_010, 5_000),
            *comissoes,
        ],
        "reservas_condicoes": [
            condicao(8_000_001, 8_000_009, " Sinal ", 1, 1_000),
            condicao(8_000_002, 8_000_009, "ato", 2, 500),
            condicao(8_000_003, 8_000_009, "ENTRADA", 1, 7_777) | {"ativo": "N"},
            condicao(8_000_004, 8_000_009, "Parcelas  Mensais", 36, 100),
            condicao(8_000_005, 8_000_009, "Balões", 2, 1_500),
            condicao(8_000_006, 8_000_009, "Subs&iacute;dio", 1, 2_000),
            condicao(8_000_007, 8_000_009, "PERMUTA", 1, 3_000),
            condicao(8_000_008, 8_000_009, None, 1, 10),
        ],
        "unidades": [
            unidade(84_001, 8004, situacao=3),
            unidade(84_002, 8004),
            unidade(84_003, 8004, situacao=4, bloqueio="01/06/2023"),
            unidade(84_004, 8004, situacao=4),
            unidade(84_005, 8004, situacao=3),
        ],
        "unidades_precos": [
            preco(numero, "01/01/2023", "100000.00") for numero in range(84_001, 84_006)
        ],
    }  # fmt: skip


def segunda() -> Linhas:
    """Rows that are other ones at the second load; none has a new reference date."""
    return {
        "reservas": [
            reserva(
                8_000_001, 8001, "2024-05-10 10:00:00", 100_000, ativo="N",
                data_cancelamento="2024-07-03 10:00:00",
            ),
            reserva(
                8_000_012, 8012, "2024-06-01 10:00:00", 50_000, idtime=82, nome_time="Time Verde"
            ),
            reserva(
                8_000_013, 8012, "2024-07-02 10:00:00", 70_000, idtime=82, nome_time="Time Verde"
            ),
        ],
        "comissoes": [
            comissao(
                8_000_002, 8_000_002, 4_000, situacao="Paga", valor_pagamento=4_000,
                data_pagamento="2024-07-03 10:00:00",
            )
        ],
    }  # fmt: skip


def _da_venda(texto: str, momento: str, numero: int, esperado: Linha | None) -> Caso:
    return Caso(texto, momento, "vendas", {"reserva_id": numero}, esperado)


def _do_vso(texto: str, projeto: int, mes: date, momento: str = SEGUNDA, **esperado: Any) -> Caso:
    chave = {"mes": mes, "empreendimento_id": projeto}
    return Caso(texto, momento, "vw_vso_mensal", chave, esperado)


def _da_serie(serie: str | None, numero: int, classe: str, total: int) -> Caso:
    return Caso(
        f"série {serie}", PRIMEIRA, "valores_reservas", {"condicao_id": numero},
        {"classe": classe, "valor_total": total},
    )  # fmt: skip


CASOS = [
    _da_venda("cancelada depois", PRIMEIRA, 8_000_001, {"fl_venda": True, "ativo": "S"}),
    _da_venda("cancelada depois", ENTRE, 8_000_001, {"fl_venda": True, "ativo": "S"}),
    _da_venda(
        "cancelada que vendas ainda mostra", SEGUNDA, 8_000_001,
        {"fl_venda": False, "ativo": "N", "origem": "reservas",
         "data_cancelamento": date(2024, 7, 3)},
    ),
    _da_venda("vendida depois de dt_base", BISSEXTO, 8_000_001, None),
    Caso("cancelada", SEGUNDA, "vw_tabela_geral_vendas", {"reserva_id": 8_000_001}, None),
    Caso("cancelada", SEGUNDA, "prosoluto", {"reserva_id": 8_000_001}, None),
    _do_vso("ainda venda", 8001, date(2024, 5, 1), PRIMEIRA, vendas_brutas=1, vso_valor=100_000),
    _do_vso("cancelada sem distrato", 8001, date(2024, 5, 1), vendas_brutas=0, distratos=0),
    _da_venda(
        "comissões ativas, uma negativa", PRIMEIRA, 8_000_002,
        {"comissao_valor": 4_750, "vgv": 210_000, "vgv_origem": "tabela"},
    ),
    _da_venda("comissão paga", SEGUNDA, 8_000_002, {"comissao_valor": 3_750}),
    Caso(
        "doze meses até 29 de fevereiro", BISSEXTO, "vw_vendas_por_corretor",
        {"corretor_id": 8003},
        {"quantidade_vendas": 3, "valor_total": 6_000, "ticket_medio": 3_000, "qt_sem_valor": 1,
         "total_comissoes": None, "media_comissoes": None},
    ),
    Caso(
        "29 de fevereiro", BISSEXTO, "vw_vendas_ano_atual_vs_passado", {"periodo": "passado"},
        {"ano": 2023, "dt_inicio": date(2023, 1, 1), "dt_corte": date(2023, 2, 28)},
    ),
    _do_vso(
        "quatro lançadas; vendida fora do CRM não é oferta", 8004, date(2023, 1, 1),
        estoque_inicial=0, lancamentos=4, valor_lancamentos=400_000, pc_vso=0,
    ),
    _do_vso(
        "vendida no primeiro dia", 8004, date(2023, 3, 1),
        estoque_inicial=4, vendas_brutas=1, vendas_liquidas=1, pc_vso=25,
    ),
    _do_vso("vendida", 8004, date(2023, 4, 1), estoque_inicial=3, vendas_brutas=0, pc_vso=0),
    _do_vso(
        "distrato no primeiro dia e revenda", 8004, date(2023, 6, 1),
        estoque_inicial=2, vendas_brutas=1, distratos=1, vendas_liquidas=0, pc_vso=0,
        pc_vso_bruto=50, valor_bruto=120_000, valor_distratos=100_000,
        valor_estoque_inicial=200_000, pc_vso_valor=10, vso_valor=120_000,
    ),
    _do_vso("revendida", 8004, date(2023, 7, 1), estoque_inicial=2, vendas_brutas=0),
    _do_vso("doze meses", 8004, date(2023, 12, 1), pc_vso_12m=25),
    _do_vso("bloqueio ainda não visto", 8004, date(2024, 6, 1), estoque_inicial=2),
    _do_vso("bloqueio sem data, visto na véspera", 8004, date(2024, 7, 1), estoque_inicial=1),
    *(
        Caso(
            "empate", SEGUNDA, "vw_vendas_por_corretor", {"corretor_id": corretor},
            {"ranking": lugar, "total_comissoes": 9_000_000},
        )
        for corretor, lugar in ((8051, 1), (8052, 2), (8053, 3), (8054, 3), (8055, 4))
    ),
    _da_venda(
        "só em vendas", PRIMEIRA, 8_000_006,
        {"origem": "vendas", "fl_venda": True, "time_corretor": "Sem Time", "valor": 300_000,
         "vgv": 300_000, "vgv_origem": "contrato", "situacao": None, "comissao_valor": None},
    ),
    Caso(
        "só em vendas", SEGUNDA, "vw_vendas_por_empreendimento", {"empreendimento_id": 8006},
        {"quantidade_vendas": 1, "valor_total": 300_000, "total_comissoes": None},
    ),
    _do_vso(
        "mês sem venda nem oferta", 8006, date(2024, 1, 1),
        vendas_brutas=0, valor_bruto=0, vso_valor=0, vso_ticket_medio=None, pc_vso=None,
        pc_vso_valor=None,
    ),
    _da_venda("cancelada desde sempre", PRIMEIRA, 8_000_007, {"fl_venda": False, "ativo": "N"}),
    _da_serie(" Sinal ", 8_000_001, "ENTRADA", 1_000),
    _da_serie("ato", 8_000_002, "ENTRADA", 1_000),
    _da_serie("Parcelas  Mensais", 8_000_004, "MENSAIS", 3_600),
    _da_serie("Balões", 8_000_005, "INTERMEDIARIAS", 3_000),
    _da_serie("Subsídio", 8_000_006, "SUBSIDIO", 2_000),
    _da_serie("PERMUTA", 8_000_007, "SEM CLASSE", 3_000),
    _da_serie(None, 8_000_008, "SEM CLASSE", 10),
    Caso(
        "sem comissão, e financiamento só na reserva", PRIMEIRA, "prosoluto",
        {"reserva_id": 8_000_009},
        {"valor_entrada": 2_000, "valor_financiamento": 60_000, "valor_subsidio": 2_000,
         "valor_prosoluto": 38_000, "pc_prosoluto": 38, "comissao_valor": None,
         "comissao_prosoluto": None, "fl_inconsistente": False},
    ),
    Caso(
        "pró-soluto negativo", PRIMEIRA, "prosoluto", {"reserva_id": 8_000_010},
        {"valor_prosoluto": -6_000, "pc_prosoluto": -6, "comissao_prosoluto": -300,
         "fl_inconsistente": True},
    ),
    _da_venda("mudou de time depois", SEGUNDA, 8_000_012, {"time_corretor": "Time Azul"}),
    _da_venda("sem data de venda", PRIMEIRA, 8_000_013, None),
    _da_venda("mudou de time antes", SEGUNDA, 8_000_013, {"time_corretor": "Time Verde",
                                                          "time_id": 82}),
    Caso(
        "time como na venda", SEGUNDA, "vw_vendas_por_time", {"time": "Time Verde"},
        {"quantidade_vendas": 1, "valor_total": Decimal(70_000), "total_corretores": 1},
    ),
]  # fmt: skip


# The day of the load of `retidas`.
DIA_RETIDO = date(2024, 2, 29)


def retidas() -> Linhas:
    """Rows of a tenant that gives neither reservations nor units nor projects."""
    return {
        "vendas": [
            venda(1, 11, "2022-12-31 10:00:00", 500),
            venda(2, 11, "2023-02-28 10:00:00", 1_000),
            venda(3, 11, "2023-03-01 10:00:00", 2_000),
            venda(4, 11, "2024-02-29 10:00:00", 4_000),
        ],
        "comissoes": [comissao(1, 4, 200), comissao(2, 99, 50)],
        "reservas_condicoes": [condicao(1, 4, "ATO", 2, 300), condicao(2, 99, "ATO", 1, 300)],
        "repasses": [
            {"referencia": "1", "referencia_data": DIA_DA_CARGA, "idrepasse": 1, "reserva": 98}
        ],
    }


def _retida(tabela: str, chave: Linha, **esperado: Any) -> Caso:
    return Caso(f"retida {chave}", "retidas", tabela, chave, esperado)


RETIDAS = [
    _retida(
        "vw_vendas_ano_atual_vs_passado", {"periodo": "atual"},
        ano=2024, dt_corte=DIA_RETIDO, quantidade_vendas=1, valor_total=4_000, total_comissoes=200,
        variacao_quantidade=0, variacao_valor=300, variacao_ticket=300,
        quantidade_ano_completo=None,
    ),
    _retida(
        "vw_vendas_ano_atual_vs_passado", {"periodo": "passado"},
        ano=2023, dt_corte=date(2023, 2, 28), quantidade_vendas=1, valor_total=1_000,
        total_comissoes=None, variacao_valor=None, quantidade_ano_completo=2,
        valor_ano_completo=3_000,
    ),
    _retida(
        "vw_vendas_mensais", {"mes": date(2024, 1, 1)},
        quantidade_vendas=0, valor_total=0, ticket_medio=None, vgv_total=0, total_comissoes=0,
        media_comissoes=None, qt_sem_valor=0,
    ),
    _retida(
        "vw_vendas_mensais", {"mes": date(2023, 3, 1)},
        quantidade_vendas=1, valor_total=2_000, ticket_medio=2_000, vgv_total=2_000,
        total_comissoes=None, media_comissoes=None,
    ),
    _retida(
        "vw_vendas_por_corretor", {"corretor_id": 11},
        quantidade_vendas=2, valor_total=6_000, total_comissoes=200, media_comissoes=200, ranking=1,
    ),
    _retida("vw_vendas_por_empreendimento", {"empreendimento": "Caso 11"}, quantidade_vendas=2),
    _retida(
        "vw_vso_mensal", {"mes": date(2024, 2, 1), "empreendimento": "Total"},
        vendas_brutas=1, estoque_inicial=0, lancamentos=0, pc_vso=None, vso_valor=4_000,
    ),
    _retida("vendas", {"reserva_id": 4}, valor_entrada=600, comissao_valor=200, origem="vendas"),
    _retida("valores_reservas", {"condicao_id": 2}, reserva_id=99, classe="ENTRADA"),
]  # fmt: skip
