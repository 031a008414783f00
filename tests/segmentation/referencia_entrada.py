"""`segmentacao_entrada` in plain Python, from its definition: a client's contracts to one row."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = Mapping[str, Any]
COLUMNS = (
    "cliente_id", "cliente_perfil", "agencia_id", "carteira_nome", "linha", "qt_contrato",
    "nr_risco", "cob_garantia", "mod_bacen", "nr_atraso", "vl_contrato", "vl_saldo",
    "motivo_exclusao",
)  # fmt: skip


def entrada(contracts: Iterable[Row], scale: Mapping[str, int]) -> list[tuple[Any, ...]]:
    """Return one tuple of `COLUMNS` a client, by id."""
    by_client: dict[str, list[Row]] = defaultdict(list)
    for contract in contracts:
        by_client[contract["cliente_id"]].append(contract)
    return [_client(name, by_client[name], scale) for name in sorted(by_client)]


def _client(name: str, own: list[Row], scale: Mapping[str, int]) -> tuple[Any, ...]:
    largest = min(own, key=_by_size)
    grades = [row["risco_inicial"] for row in own if row["risco_inicial"] is not None]
    unknown = any(grade not in scale for grade in grades)
    risco = None if unknown else max((scale[grade] for grade in grades), default=None)
    cover = _cover(own)
    atraso = max((row["atraso"] for row in own if row["atraso"] is not None), default=None)
    contrato = _sum(own, "valor_contrato")
    saldo = _sum(own, "saldo_atual")
    reasons = {
        "SEM_PERFIL": largest["cliente_perfil"] is None,
        "RISCO_DESCONHECIDO": unknown,
        "RISCO_AUSENTE": risco is None,
        "COB_GARANTIA_AUSENTE": cover is None,
        "ATRASO_AUSENTE": atraso is None,
        "VALOR_CONTRATO_AUSENTE": contrato is None,
        "SALDO_AUSENTE": saldo is None,
    }
    return (
        name,
        largest["cliente_perfil"],
        largest["agencia_id"],
        largest["carteira_nome"],
        largest["linha"],
        len(own),
        risco,
        cover,
        _modality(own),
        atraso,
        contrato,
        saldo,
        next((reason for reason, holds in reasons.items() if holds), None),
    )


def _by_size(row: Row) -> tuple[bool, Decimal, str]:
    saldo = row["saldo_atual"]
    return saldo is None, -(saldo or Decimal(0)), row["num_contrato"]


def _sum(own: list[Row], column: str) -> Decimal | None:
    values = [row[column] for row in own if row[column] is not None]
    return sum(values, Decimal(0)) if values else None


def _cover(own: list[Row]) -> Decimal | None:
    known = [row for row in own if row["cob_garantia"] is not None]
    if not known:
        return None
    weights = [max(row["saldo_atual"] or Decimal(0), Decimal(0)) for row in known]
    if not sum(weights):
        weights = [Decimal(1)] * len(known)
    weighted = sum(
        (row["cob_garantia"] * weight for row, weight in zip(known, weights, strict=True)),
        Decimal(0),
    )
    return (weighted / sum(weights)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _modality(own: list[Row]) -> str | None:
    balances: dict[str, Decimal] = defaultdict(Decimal)
    for row in own:
        if row["mod_bacen"] is not None:
            balances[row["mod_bacen"]] += row["saldo_atual"] or Decimal(0)
    return min(balances, key=lambda code: (-balances[code], code)) if balances else None
