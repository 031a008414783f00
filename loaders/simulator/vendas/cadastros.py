"""Rows of what deals are about: projects, units and their prices.

Here: the layout of empreendimentos, unidades and unidades/precos, and their faults. Not
here: deals (`negocios`), what they do to a unit's state (`situacao`).
"""

import numpy as np

from loaders.cvcrm_server.tenant import ZERO_DATE
from loaders.simulator.vendas.estoque import FIRST_UNIT, TIPOLOGIAS, Unidade, unidades
from loaders.simulator.vendas.formas import NEVER, brazilian_decimal, decimal, entities
from loaders.simulator.vendas.mundo import Linha, Linhas, Mundo, Nota, Row
from loaders.simulator.vendas.situacao import (
    BLOQUEADA,
    DISPONIVEL,
    EM_PROCESSO,
    NOMES,
    RESERVADA,
    VENDIDA,
    Estado,
    Estados,
    step,
)

_COMPANY = 3
_IMPOSSIBLE = "31/02/2025"
_SHARE_WITHDRAWN = 0.06


def linhas_de_unidades(mundo: Mundo, states: Estados, seed: int) -> Linhas:
    """Lay out projects, units and their prices.

    Args:
        mundo: the story.
        states: how the units that ever had a deal stand.
        seed: same seed, same rows.
    """
    rng = np.random.default_rng([seed, 25])
    free = [0] * len(mundo.estoque.projetos)
    since = _blocked_since(mundo, states, rng)
    for unit in unidades(mundo.estoque):
        if unit.indice in since:
            state = Estado(BLOQUEADA, since[unit.indice])
        else:
            state = states.get(unit.indice)
        free[unit.bloco.projeto] += state.situacao == DISPONIVEL
        yield from _unidade(mundo, unit, state)
    for project, units in zip(mundo.estoque.projetos, free, strict=True):
        if not project.listado:
            continue
        row = {
            "idempreendimento": project.id, "nome": project.nome, "regiao": project.cidade,
            "cidade": project.cidade, "estado": "SP", "bairro": "Centro", "cep": "13000-000",
            "idempresa": _COMPANY, "sigla": project.sigla,
            "data_entrega": mundo.days.brazilian(project.entrega),
            "andamento": decimal(min(100_00, (mundo.days.last - project.lancamento) * 10)),
            "unidades_disponiveis": units,
            "tipo_empreendimento": [{"id": 1, "nome": "Vertical"}],
            "segmento": [{"id": 2, "nome": "Econômico"}],
        }  # fmt: skip
        yield Linha("empreendimentos", row)


def _blocked_since(mundo: Mundo, states: Estados, rng: np.random.Generator) -> dict[int, int]:
    """Choose units that are withdrawn: some from the first day, some that nobody wanted yet."""
    estoque, newest = mundo.estoque, mundo.days.last
    withheld = np.flatnonzero(estoque.bloqueio != NEVER)
    # Not before the last deal about it ended.
    free = states.free_since(estoque.lancamento, newest)
    later = np.flatnonzero(
        (free != NEVER)
        & (estoque.bloqueio == NEVER)
        & (rng.random(len(estoque)) < _SHARE_WITHDRAWN)
    )
    since = dict(zip(withheld.tolist(), estoque.bloqueio[withheld].tolist(), strict=True))
    return since | dict(
        zip(later.tolist(), ((free[later] + 1 + newest) // 2).tolist(), strict=True)
    )


def _unidade(mundo: Mundo, unit: Unidade, state: Estado) -> Linhas:
    days, project, block = mundo.days, unit.projeto, unit.bloco
    kind, area, _ = TIPOLOGIAS[unit.tipologia]
    names = {
        "idempreendimento": project.id,
        "idetapa": block.etapa_id,
        "etapa": block.etapa,
        "idbloco": block.id,
        "bloco": block.nome,
    }
    for table in range(unit.tabela, len(unit.precos)):
        yield _preco(mundo, unit, table, names)
    price = unit.precos[-1]
    blocked = state.situacao == BLOQUEADA
    row: Row = {
        "referencia": FIRST_UNIT + unit.indice,
        # That of its first load: what becomes of a unit does not move it.
        "referencia_data": ZERO_DATE if unit.indice % 10 == 0 else days.moment(unit.lancamento, 0),
        "idempreendimento_int": None,
        "nome_empreendimento": entities(project.nome),
        "idtipo_empreendimento": 1,
        "tipo_empreendimento": "Vertical",
        **names,
        "idetapa_int": None,
        "idbloco_int": None,
        "nome": unit.nome,
        "area_privativa": decimal(area),
        "idunidade": str(FIRST_UNIT + unit.indice),
        "idunidade_int": None,
        "vagas_garagem": str(1 + (area > 70_00)),
        "andar": str(unit.andar),
        "area_comum": decimal(area // 3),
        "coluna": unit.indice % 4 + 1,
        "posicao": "Nascente" if unit.indice % 2 else "Poente",
        "tipologia": entities(kind) if unit.indice % 3 else kind,
        "tipo": "Apartamento",
        "idtipo_int": None,
        "empresa_terceirizacao": None,
        "valor": decimal(price),
        "valor_avaliacao": decimal(price * 98 // 100),
        "data_bloqueio": days.brazilian(state.dia) if blocked else None,
        "data_entrega": days.brazilian(project.entrega),
        "data_entrega_chaves": None,
        "agendar_a_partir": None,
        "liberar_a_partir": None,
        "plantas": [],
        "campos_adicionais": [
            {"nome_referencia": "valor_m2", "valor": brazilian_decimal(price * 100 // area)}
        ],
        "situacao_reservada": int(state.situacao in (RESERVADA, EM_PROCESSO)),
        "situacao_reservada_vencimento": None,
        "situacao_reservada_inicio": None,
        "situacao_nome": NOMES[state.situacao],
        "situacao_vendida": int(state.situacao == VENDIDA),
        "situacao_bloqueada": "S" if blocked else "N",
        "situacao_bloqueada_motivo": "Permuta" if blocked else None,
        "situacao_bloqueada_idmotivo": 4 if blocked else 0,
        "situacao_bloqueados_internos": None,
        "situacao_idmotivo": 4 if blocked else 0,
        "situacao_reservada_idsituacao": None,
        "situacao_reservada_nomesituacao": None,
        "situacao_vendida_idsituacao": None,
        "situacao_cor_bg": "#ffffff",
        "situacao_cor_nome": "#000000",
        "situacao_para_venda": int(state.situacao == DISPONIVEL),
        "situacao_tipo_id": state.situacao,
        "situacao_tipo_nome": NOMES[state.situacao],
        "situacao_mapa_disponibilidade": state.situacao,
        "situacao_possui_reserva_solicitacao_distrato": "N",
    }
    notes: tuple[Nota, ...] = ()
    if unit.indice in mundo.falhas.entrega_impossivel:
        row["data_entrega"] = _IMPOSSIBLE
        notes = (Nota("data_entrega", "dia que não existe", "NULL"),)
    yield Linha("unidades", row, notes)
    if blocked:
        yield step(days, FIRST_UNIT + unit.indice, (DISPONIVEL, BLOQUEADA), state.dia, 0)


def _preco(mundo: Mundo, unit: Unidade, table: int, names: Row) -> Linha:
    days, project, price = mundo.days, unit.projeto, unit.precos[table]
    first = table == unit.tabela
    start = unit.lancamento if first else project.tabelas[table]
    last = table == len(project.tabelas) - 1
    row: Row = {
        "referencia": f"{FIRST_UNIT + unit.indice}_{project.tabela_id(table)}",
        "referencia_data": days.moment(start, 0),
        # One that no longer holds is not a deleted one.
        "ativo": "S",
        "idunidade": FIRST_UNIT + unit.indice,
        "unidade": unit.nome,
        **names,
        "empreendimento": entities(project.nome),
        "idtabela": project.tabela_id(table),
        "tabela": project.tabela_nome(table),
        "data_vigencia_de": days.brazilian(start),
        "data_vigencia_ate": None if last else days.brazilian(project.tabelas[table + 1] - 1),
        "valor": decimal(price),
        "valor_avaliacao": decimal(price * 98 // 100),
    }
    notes: tuple[Nota, ...] = ()
    if first and unit.indice in mundo.falhas.preco_zero:
        row["valor"] = decimal(0)
        notes = (Nota("valor", "preço 0", "mantido e marcado"),)
    return Linha("unidades_precos", row, notes)
