"""Rows of those who sell: agencies and brokers.

Here: the layout of imobiliarias and corretores. Not here: who they are (`equipe`).
"""

import numpy as np

from loaders.simulator.documents import CNPJ_ROOTS, cnpjs
from loaders.simulator.vendas.equipe import FIRST_BROKER, IMOBILIARIAS, NO_AGENCY, NO_TEAM, TIMES
from loaders.simulator.vendas.formas import NEVER
from loaders.simulator.vendas.mundo import Linha, Linhas, Mundo


def linhas_de_equipe(mundo: Mundo, seed: int) -> Linhas:
    """Lay out agencies and brokers."""
    rng = np.random.default_rng([seed, 26])
    made, days = mundo.days.moment(0, 0), mundo.days
    for number, (name, cnpj) in enumerate(
        zip(IMOBILIARIAS, cnpjs(rng.integers(0, CNPJ_ROOTS, len(IMOBILIARIAS))), strict=True),
        start=1,
    ):
        changed = days.moment(number * 20, 0)
        yield Linha(
            "imobiliarias",
            {
                "referencia": str(number), "referencia_data": changed, "ativo": "S",
                "ativo_painel": "S", "idimobiliaria": number, "data_cad": made,
                "nome": name.replace("&", "&amp;"), "razao_social": f"{name} Ltda.",
                "cnpj": cnpj, "sigla": name[:3].upper(), "creci": f"J-{90_000 + number}",
                "email": f"contato{number}@example.com", "telefone": "00 900000000",
                "endereco": None, "cep": "13000-000", "micro_empresa": "N",
                "data_modificacao": changed,
            },
        )  # fmt: skip
    team = mundo.equipe
    for index in range(len(team)):
        agency = int(team.imobiliaria[index])
        moved, number = int(team.mudanca[index]), FIRST_BROKER + index
        changed = made if moved == NEVER else days.moment(moved, 0)
        now = int(team.time_novo[index])
        yield Linha(
            "corretores",
            {
                "referencia": str(number), "referencia_data": changed, "ativo": "S",
                "ativo_login": "S", "idcorretor": number, "idimobiliaria": agency + 1,
                "imobiliaria": None if agency == NO_AGENCY
                else IMOBILIARIAS[agency].replace("&", "&amp;"),
                "data_cad": made, "documento": team.documento[index],
                "nome": team.nome[index], "apelido": team.nome[index].split()[0],
                "sexo": None, "estado_civil": None, "data_nasc": None,
                "telefone": None, "celular": f"00 9{number:08d}",
                "email": f"corretor{number}@example.com", "categoria": "Autônomo",
                "nivel": None if now == NO_TEAM else TIMES[now],
                "classificacao": None, "creci": f"F-{70_000 + number}",
                "situacao_creci": "Ativo", "tipo_creci": "F", "codigointerno": None,
                "possui_filhos": 0, "data_ult_hist": changed,
            },
        )  # fmt: skip
