"""What rows of several endpoints say of a deal, in the same words.

Here: groups of fields about the place, the buyer and the seller, and what is derived from
a deal. Not here: any endpoint's row.
"""

from loaders.simulator.vendas.formas import Days, brazilian_decimal, entities, number
from loaders.simulator.vendas.mundo import Mundo, Negocio, Nota, Pessoa, Row

DISTRATADA = (7, "Distratada")
MOTIVOS = ("Desistência do comprador", "Crédito negado", "Mudou de cidade", "Outro im&oacute;vel")
_ESTADO_CIVIL = ("Solteiro", "Casado", "Divorciado")
_MIDIAS = ("Facebook", "Google", "Indicação", "Plantão", "Portal")


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


def spoil_value(mundo: Mundo, deal: Negocio, row: Row) -> tuple[Nota, ...]:
    """Spoil what a sale is worth, in place, where that is its fault."""
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


def associates(deal: Negocio) -> list[Row]:
    """Return who buys together with the buyer."""
    other = deal.conjuge
    if other is None:
        return []
    return [
        {
            "idpessoa": other.id, "nome": other.nome, "documento": other.documento,
            "tipo_associacao": "Cônjuge", "percentagem_participacao": 50,
        }
    ]  # fmt: skip


def media(deal: Negocio) -> Row:
    """Return where the buyer heard of it; 0 is nowhere."""
    place = deal.id % (len(_MIDIAS) + 1)
    return {"idmidia": place, "midia": _MIDIAS[place - 1] if place else None}


def kind_of_sale(deal: Negocio) -> Row:
    """Return whether a bank takes part."""
    name = "Financiamento" if deal.financiamento else "Direto"
    return {"idtipovenda": 1 if deal.financiamento else 2, "tipovenda": name}
