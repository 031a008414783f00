"""A random tenant with everything that a CRM lets people do, a small and nasty one.

Here: rows as the API delivers them, and what of them is another a few days later. Not
here: a market that makes sense (`loaders.simulator.vendas`).
"""

from datetime import date, timedelta
from random import Random
from typing import Any

Linha = dict[str, Any]
Linhas = dict[str, list[Linha]]

# Ids from here on, so that a tenant of another kind can be served together with it.
BASE = 9_000_000
PROJETOS = {
    9001: "Mar &amp; Sol", 9002: "Serra", 9003: "Serra", 9004: "Só de unidades",
    9005: "Só de reservas", 0: None,
}  # fmt: skip
CORRETORES = {
    901: "Ana Lima", 902: "Ana Lima", 903: "  Beto&nbsp;Sá", 904: "Caio", 905: "Élcio", 0: None,
}  # fmt: skip
TIMES = {91: "Norte", 92: "Sul", 93: "norte", 0: None}
SERIES = [
    "ATO", "sinal", " Entrada", "PARCELAS  MENSAIS", "Financiamento", "FINANCIAMENTO  Bancário",
    "fgts", "Subsídio", "Chaves", "Permuta", "", None,
]  # fmt: skip
TIPOLOGIAS = ["2 quartos", "3 quartos", "", None]


class _Sorteio:
    def __init__(self, seed: int, ultimo: date) -> None:
        self.rng = Random(seed)  # noqa: S311 - nothing secret about it
        self.ultimo = ultimo

    def dia(self, meses: int = 40) -> date:
        """A day, first and last ones of months more often than others."""
        dia = self.ultimo - timedelta(days=self.rng.randrange(meses * 30))
        chance = self.rng.random()
        if chance < 0.15:
            return dia.replace(day=1)
        return dia.replace(day=1) - timedelta(days=1) if chance < 0.3 else dia

    def vazio(self) -> str | None:
        return self.rng.choice([None, "", "0000-00-00 00:00:00", "0000-00-00"])

    def hora(self, dia: date) -> str:
        return f"{dia} {self.rng.choice(['00:00:00', '11:30:15', '23:59:59'])}"

    def valor(self) -> float | None:
        sorteado = self.rng.random()
        if sorteado < 0.06:
            return self.rng.choice([None, 0, -1500.5])
        return round(self.rng.uniform(90_000, 600_000), 2)

    def talvez(self, valor: Any, chance: float = 0.5) -> Any:
        return valor if self.rng.random() < chance else None


def gerar(seed: int, ultimo: date, reservas: int = 150) -> Linhas:
    """Draw a tenant.

    Args:
        seed: same seed, same rows.
        ultimo: newest day in it.
        reservas: how many reservations.
    """
    sorteio = _Sorteio(seed, ultimo)
    linhas: Linhas = {
        "empreendimentos": [
            {"idempreendimento": numero, "nome": PROJETOS[numero]} for numero in (9001, 9002, 9003)
        ],
        **_estoque(sorteio, reservas // 3),
        "reservas": [], "vendas": [], "distratos": [], "comissoes": [],
        "reservas_condicoes": [], "repasses": [],
    }  # fmt: skip
    for posicao in range(reservas):
        _negocio(sorteio, BASE + posicao, linhas, reservas // 3)
    return linhas


def mudar(linhas: Linhas, seed: int, hoje: date) -> Linhas:
    """Return the rows that are others a few days later."""
    sorteio = _Sorteio(seed + 1, hoje)
    rng, depois = sorteio.rng, Linhas()
    depois["reservas"] = []
    for linha in rng.sample(linhas["reservas"], len(linhas["reservas"]) // 4):
        vendida = str(linha["data_venda"]).startswith("2")
        mudada = rng.choice(
            [
                {"ativo": "N", "data_cancelamento": sorteio.hora(hoje)},
                {"ativo": "S"},
                {"data_venda": sorteio.hora(sorteio.dia(2))},
                {"idtime": 94, "nome_time": "Leste", "time": None},
                {"valor_contrato": sorteio.valor()},
                {"data_venda": sorteio.vazio()} if vendida else {},
            ]
        )
        depois["reservas"].append(linha | mudada)
    depois["unidades"] = [
        linha
        | {
            "situacao_mapa_disponibilidade": rng.choice([1, 3, 4, None]),
            "data_bloqueio": sorteio.talvez(f"{sorteio.dia(6):%d/%m/%Y}"),
        }
        for linha in rng.sample(linhas["unidades"], len(linhas["unidades"]) // 4)
    ]
    depois["comissoes"] = [
        linha | {"valor_comissao": sorteio.valor(), "ativo": rng.choice("SN")}
        for linha in rng.sample(linhas["comissoes"], len(linhas["comissoes"]) // 8)
    ]
    depois["distratos"] = [
        linha | {"ativo": rng.choice("SN"), "situacao_data": sorteio.hora(sorteio.dia(12))}
        for linha in rng.sample(linhas["distratos"], len(linhas["distratos"]) // 4)
    ]
    return depois


def _estoque(sorteio: _Sorteio, unidades: int) -> Linhas:
    rng, linhas = sorteio.rng, Linhas(unidades=[], unidades_precos=[])
    for posicao in range(unidades):
        numero, projeto = BASE + posicao, rng.choice([9001, 9002, 9003, 9004, 0])
        linhas["unidades"].append(
            {
                "referencia": numero, "referencia_data": sorteio.hora(sorteio.dia()),
                "idunidade": str(numero), "idempreendimento": projeto,
                "nome_empreendimento": PROJETOS[projeto], "nome": str(posicao),
                "tipologia": rng.choice(TIPOLOGIAS),
                "area_privativa": rng.choice(["45.50", "1.045,50", None]),
                "valor": rng.choice(["250000.00", "310.000,50", "0.00", None]),
                "situacao_mapa_disponibilidade": rng.choice([1, 1, 2, 3, 3, 4, 4, 5, 9, None]),
                "data_bloqueio": sorteio.talvez(f"{sorteio.dia():%d/%m/%Y}", 0.3),
            }
        )  # fmt: skip
        vistos = set()
        for _ in range(rng.choice([0, 1, 2, 4])):
            de, tabela = sorteio.dia(), rng.choice([1, 2, 3, 0])
            if (de, tabela) in vistos:
                continue
            vistos.add((de, tabela))
            linhas["unidades_precos"].append(
                {
                    "referencia": f"{numero}_{tabela}", "idunidade": numero, "idtabela": tabela,
                    "referencia_data": sorteio.hora(de), "ativo": rng.choice("SSSSN"),
                    "data_vigencia_de": f"{de:%d/%m/%Y}",
                    "data_vigencia_ate": sorteio.talvez(
                        f"{de + timedelta(days=rng.choice([-5, 0, 90, 400])):%d/%m/%Y}"
                    ),
                    "valor": rng.choice(["300000.00", "299.999,99", "0.00", None]),
                }
            )  # fmt: skip
    return linhas


def _negocio(sorteio: _Sorteio, numero: int, linhas: Linhas, unidades: int) -> None:
    rng = sorteio.rng
    projeto, corretor = rng.choice(list(PROJETOS)), rng.choice(list(CORRETORES))
    time = rng.choice(list(TIMES))
    # Few units, so that they are sold again and again; some that only reservations name.
    unidade = rng.choice([0, *(BASE + posicao for posicao in range(unidades + unidades // 3))])
    dia = sorteio.dia()
    comum: Linha = {
        "referencia": str(numero), "referencia_data": rng.choice([sorteio.hora(dia), None]),
        "ativo": rng.choice("SSSN"), "idreserva": numero,
        "data_venda": sorteio.hora(dia) if rng.random() < 0.8 else sorteio.vazio(),
        "idempreendimento": projeto, "empreendimento": PROJETOS[projeto],
        "idunidade": unidade, "unidade": sorteio.talvez(str(unidade)),
        "idcliente": rng.choice([numero, 0, None]), "cliente": sorteio.talvez("Jo&atilde;o"),
        "idcorretor": corretor, "corretor": CORRETORES[corretor],
        "valor_contrato": sorteio.valor(), "midia": sorteio.talvez("Rádio"),
    }  # fmt: skip
    if rng.random() < 0.92:
        lado = rng.choice(["time", "nome_time"])
        linhas["reservas"].append(
            comum
            | {
                "data_cad": rng.choice(
                    [sorteio.hora(dia - timedelta(days=rng.randrange(60))), sorteio.vazio()]
                ),
                "situacao": rng.choice(["Vendida", "", None]), "idtime": time, lado: TIMES[time],
                "vgv_tabela": rng.choice([sorteio.valor(), None]),
                "valor_financiamento": rng.choice([sorteio.valor(), 0, None]),
                "valor_fgts": rng.choice([1_000, 0, None]),
                "valor_subsidio": rng.choice([2_500.25, 0, None]),
                "data_cancelamento": sorteio.vazio(),
            }
        )  # fmt: skip
    if rng.random() < 0.6:
        linhas["vendas"].append(
            comum
            | {
                "ativo": "S", "data_venda": sorteio.hora(dia), "data_reserva": sorteio.hora(dia),
                "cliente": "José", "planta": sorteio.talvez("Planta A"), "midia": "TV",
                "valor_contrato": sorteio.valor(),
            }
        )  # fmt: skip
    if rng.random() < 0.25:
        quando = dia + timedelta(days=rng.choice([-30, -1, 0, 1, 45, 200]))
        linhas["distratos"].append(
            {
                "referencia": str(numero), "referencia_data": sorteio.hora(dia),
                "ativo": rng.choice("SSN"), "idreserva": numero,
                "situacao_data": sorteio.hora(min(quando, sorteio.ultimo))
                if rng.random() < 0.9
                else None,
                "data_cad": sorteio.hora(dia), "idempreendimento": projeto,
                "empreendimento": PROJETOS[projeto], "idunidade": unidade,
                "valor_contrato": sorteio.valor(),
            }
        )  # fmt: skip
    for _ in range(rng.choice([0, 0, 1, 2])):
        linhas["comissoes"].append(
            {
                "referencia": str(numero), "referencia_data": sorteio.hora(dia),
                "ativo": rng.choice("SSN"), "idcomissao": BASE + len(linhas["comissoes"]),
                # Some of reservations that never come.
                "idreserva": rng.choice([numero, numero, numero, BASE * 2, 0]),
                "valor_comissao": rng.choice([sorteio.valor(), 2_000, None]),
                "data_cad": rng.choice([sorteio.hora(dia), sorteio.vazio()]),
            }
        )  # fmt: skip
    for _ in range(rng.choice([0, 1, 4])):
        linhas["reservas_condicoes"].append(
            {
                "referencia": str(numero), "referencia_data": sorteio.hora(dia),
                "ativo": rng.choice("SSSN"),
                "idreservascondicoes": BASE + len(linhas["reservas_condicoes"]),
                "idreserva": rng.choice([numero, numero, numero, BASE * 2]),
                "serie": rng.choice(SERIES), "parcela_quantidade": rng.choice([1, 1, 36, 0, None]),
                "valor": rng.choice([sorteio.valor(), 100, None]),
            }
        )  # fmt: skip
    for _ in range(rng.choice([0, 0, 1, 2])):
        linhas["repasses"].append(
            {
                "referencia": str(numero), "referencia_data": sorteio.hora(dia),
                "ativo": rng.choice("SN"), "idrepasse": BASE + len(linhas["repasses"]),
                rng.choice(["reserva", "idreserva"]): numero,
                "situacao": sorteio.talvez("Assinado"), "banco": sorteio.talvez("Banco Um"),
                "data_cadastro": sorteio.hora(sorteio.dia()),
            }
        )  # fmt: skip
