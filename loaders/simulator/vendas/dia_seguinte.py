"""What the same tenant shows a day later.

Here: changes of rows as a day of business makes them, those that a reader finds by their
reference date and those that it only finds by reading everything again. Not here: the
rows of the two years before.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from loaders.cvcrm_server.endpoints import endpoints
from loaders.cvcrm_server.tenant import ZERO_DATE, Row, Tenant
from loaders.errors import MiranteError
from loaders.simulator.vendas.financas import SERIE_ID
from loaders.simulator.vendas.situacao import DISPONIVEL, NOMES, RESERVADA, VENDIDA

Changed = list[tuple[str, tuple[str, ...]]]

# Fields that endpoint vendas has from the reservation.
_SAME_IN_VENDAS = (
    "idreserva", "data_venda", "valor_contrato", "idempreendimento", "empreendimento", "etapa",
    "bloco", "idunidade", "unidade", "regiao", "idcliente", "documento_cliente", "cliente",
    "email", "renda", "sexo", "idade", "estado_civil", "idcorretor", "corretor",
    "idimobiliaria", "imobiliaria", "idlead", "nometabela", "tipovenda", "idtipovenda",
)  # fmt: skip
_NEW_RESERVAS = 3
_OLD_ENOUGH_DAYS = 60


def next_day(tenant: Tenant, seed: int) -> tuple[Tenant, Changed]:
    """Let a day pass.

    Units are reserved, an open reservation becomes a sale and another is cancelled, a sale
    of long ago is undone, a commission is paid and a unit's price goes up. Of commissions,
    units and instalments the reference date stays: only a full reading finds those.

    Args:
        tenant: as `simulate_vendas` made it; changed in place.
        seed: same seed, same day.

    Returns:
        The tenant, and table and key of each row that is new or another.

    Raises:
        MiranteError: the tenant is too small for such a day.
    """
    return _Day(tenant, seed).pass_by()


@dataclass
class _Day:
    tenant: Tenant
    seed: int
    changed: Changed = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, 27])
        self.reservas = self.tenant.rows("reservas")
        newest = max(
            stored[-1].date for table in endpoints() if (stored := self.tenant.select(table))
        )
        self.today = date.fromisoformat(newest[:10]) + timedelta(days=1)

    def pass_by(self) -> tuple[Tenant, Changed]:
        standing = [row for row in self.reservas if row["ativo"] == "S"]
        waiting = [row for row in standing if not is_sale(row)]
        before = f"{self.today - timedelta(days=_OLD_ENOUGH_DAYS)}"
        sales = [row for row in standing if is_sale(row) and row["data_venda"] < before]
        free = self._free_units()
        due = self._due()
        if len(waiting) < 2 or not sales or len(free) <= _NEW_RESERVAS or not due:
            raise MiranteError("há negócios de menos para simular outro dia.")
        for number in range(_NEW_RESERVAS):
            self._reserve(free[number], self._pick(sales))
        sold, dropped = waiting[0], waiting[-1]
        self._sell(sold)
        self._cancel(dropped, "Cancelada")
        paid = self._pick(due)
        self._pay(paid)
        self._undo(self._pick([row for row in sales if row["idreserva"] != paid["idreserva"]]))
        self._raise_price(free[-1])
        return self.tenant, self.changed

    def _free_units(self) -> list[Row]:
        return [
            row
            for row in self.tenant.rows("unidades")
            if row["situacao_mapa_disponibilidade"] == DISPONIVEL
        ]

    def _pick(self, rows: list[Row]) -> Row:
        return rows[int(self.rng.integers(len(rows)))]

    def _now(self) -> str:
        minutes = int(self.rng.integers(8 * 60, 20 * 60))
        return f"{self.today} {minutes // 60:02d}:{minutes % 60:02d}:00"

    def _put(self, table: str, row: Row) -> None:
        self.tenant.upsert(table, row)
        change = (table, endpoints()[table].key_of(row))
        if change not in self.changed:
            self.changed.append(change)

    def _next_id(self, table: str, column: str) -> int:
        return max(int(row[column]) for row in self.tenant.rows(table)) + 1

    def _move_unit(self, unit_id: object, state: int) -> None:
        """Change a unit's state, which its reference date does not tell, and its history."""
        row = self.tenant.get("unidades", unit_id)
        if row is None:
            return
        now, before = self._now(), row["situacao_nome"]
        row |= {
            "situacao_mapa_disponibilidade": state, "situacao_nome": NOMES[state],
            "situacao_tipo_id": state, "situacao_tipo_nome": NOMES[state],
            "situacao_vendida": int(state == VENDIDA),
            "situacao_reservada": int(state == RESERVADA),
            "situacao_para_venda": int(state == DISPONIVEL),
        }  # fmt: skip
        self._put("unidades", row)
        self._put(
            "unidades_situacao",
            {
                "referencia": str(unit_id), "referencia_data": now, "idunidade": int(str(unit_id)),
                "de_situacao": before, "para_situacao": NOMES[state], "modificou": now,
            },
        )  # fmt: skip

    def _reserve(self, unit: Row, like: Row) -> None:
        number, now = self._next_id("reservas", "idreserva"), self._now()
        price = float(unit["valor"])
        self._put(
            "reservas",
            {
                **like,
                "referencia": str(number), "referencia_data": now, "ativo": "S",
                "idreserva": number, "numero_venda": None, "aprovada": "N", "venda": "N",
                "situacao": "Reservada", "idsituacao": 1, "situacao_comercial": "Em andamento",
                "idempreendimento": unit["idempreendimento"],
                "empreendimento": unit["nome_empreendimento"],
                "idetapa": unit["idetapa"], "etapa": unit["etapa"],
                "idbloco": unit["idbloco"], "bloco": unit["bloco"],
                "idunidade": int(unit["idunidade"]), "unidade": unit["nome"],
                "valor_contrato": price, "valor_proposta": price, "vgv_tabela": price,
                "valor_financiamento": 0, "valor_fgts": 0, "valor_subsidio": 0,
                "idlead": None, "campos_adicionais": [], "associados": [],
                "data_cad": now, "data_venda": ZERO_DATE, "data_contrato": None,
                "data_aprovacao": ZERO_DATE, "data_primeira_aprovacao": ZERO_DATE,
                "data_ultima_alteracao_situacao": now, "data_modificacao": now,
            },
        )  # fmt: skip
        self._move_unit(unit["idunidade"], RESERVADA)

    def _sell(self, row: Row) -> None:
        now, number = self._now(), row["idreserva"]
        row |= {
            "referencia_data": now, "aprovada": "S", "venda": "S", "situacao": "Vendida",
            "idsituacao": 3, "situacao_comercial": "Ganha", "numero_venda": f"V{number}",
            "data_venda": now, "data_contrato": now, "data_aprovacao": now,
            "data_ultima_alteracao_situacao": now, "data_modificacao": now,
        }  # fmt: skip
        self._put("reservas", row)
        sale = self.tenant.rows("vendas")[0] | {
            "referencia": str(number), "referencia_data": now, "ativo": "S", "aprovada": "Não",
            "data_reserva": row["data_cad"], "idhistorico": number * 3, "data_historico": now,
            "RetornarAssociados": [],
        }  # fmt: skip
        self._put("vendas", sale | {name: row[name] for name in _SAME_IN_VENDAS})
        if not any(each["idreserva"] == number for each in self.tenant.rows("reservas_condicoes")):
            self._plan(row, now)
        commission = self.tenant.rows("comissoes")[0]
        value = round(row["valor_contrato"] * 0.05, 2)
        commission |= {name: row[name] for name in commission.keys() & row.keys()}
        commission |= {
            "idcomissao": self._next_id("comissoes", "idcomissao"), "ativo": "S",
            "situacao": "A pagar", "idsituacao": 2, "porcentagem_comissao": 5,
            "valor_comissao": value, "valor_comissao_apagar": value, "valor_pagamento": 0,
            "nota_fiscal": None, "data_pagamento": None, "referencia_data": now, "data_cad": now,
        }  # fmt: skip
        self._put("comissoes", commission)
        self._move_unit(row["idunidade"], VENDIDA)

    def _plan(self, row: Row, now: str) -> None:
        lent = {
            "FINANCIAMENTO": row["valor_financiamento"],
            "FGTS": row["valor_fgts"],
            "SUBSIDIO": row["valor_subsidio"],
        }
        own = round(row["valor_contrato"] - sum(lent.values()), 2)
        for serie, value in {"ENTRADA": own, **lent}.items():
            if not value:
                continue
            number = self._next_id("reservas_condicoes", "idreservascondicoes")
            self._put(
                "reservas_condicoes",
                {
                    **self.tenant.rows("reservas_condicoes")[0],
                    "referencia": f"{row['idreserva']}_{number}", "referencia_data": now,
                    "ativo": "S", "idreservascondicoes": number, "idreserva": row["idreserva"],
                    "idserie": SERIE_ID[serie], "serie": serie, "parcela_quantidade": 1,
                    "valor": value, "valor_com_juros": value, "valor_sem_comissao": value,
                    "valor_com_comissao_fora_do_contrato": value, "vencimento": now,
                    "data_reservas_condicoes": now, "data_modificacao": now,
                },
            )  # fmt: skip

    def _cancel(self, row: Row, state: str) -> None:
        now = self._now()
        row |= {
            "referencia_data": now, "ativo": "N", "situacao": state,
            "idsituacao": 7 if state == "Distratada" else 6,
            "motivo_cancelamento": "Desistência do comprador", "data_cancelamento": now,
            "data_ultima_alteracao_situacao": now, "data_modificacao": now,
        }  # fmt: skip
        self._put("reservas", row)
        self._move_unit(row["idunidade"], DISPONIVEL)

    def _undo(self, row: Row) -> None:
        """Undo a sale; endpoint vendas goes on to show it as it was."""
        self._cancel(row, "Distratada")
        now, number = row["data_modificacao"], row["idreserva"]
        undone = self.tenant.rows("distratos")[0]
        undone |= {name: row[name] for name in undone.keys() & row.keys()}
        undone |= {
            "referencia": str(number), "referencia_data": now, "ativo": "S",
            "situacao_data": now, "data_cad": now, "situacao_atual": "Distratada",
            "idsituacao": 7, "venda": f"V{number}", "documento": row["documento_cliente"],
        }  # fmt: skip
        self._put("distratos", undone)
        for transfer in self._of("repasses", number, "reserva", "idreserva"):
            transfer |= {
                "ativo": "N", "situacao": "Cancelado", "idsituacao": 9,
                "data_modificacao": now, "data_alteracao_status": now, "referencia_data": now,
            }  # fmt: skip
            self._put("repasses", transfer)
        for part in self._of("reservas_condicoes", number, "idreserva"):
            self._put("reservas_condicoes", part | {"ativo": "N", "data_modificacao": now})
        for commission in self._of("comissoes", number, "idreserva"):
            cancelled = {"ativo": "N", "situacao": "Cancelada", "idsituacao": 9}
            self._put("comissoes", commission | cancelled)

    def _of(self, table: str, number: int, *columns: str) -> list[Row]:
        return [
            row
            for row in self.tenant.rows(table)
            if number in [row.get(column) for column in columns]
        ]

    def _due(self) -> list[Row]:
        return [
            row
            for row in self.tenant.rows("comissoes")
            if row["ativo"] == "S" and row["situacao"] == "A pagar"
        ]

    def _pay(self, row: Row) -> None:
        paid = {
            "situacao": "Paga", "idsituacao": 3, "valor_pagamento": row["valor_comissao"],
            "valor_comissao_apagar": 0, "data_pagamento": self._now(), "nota_fiscal": "NF1",
        }  # fmt: skip
        self._put("comissoes", row | paid)

    def _raise_price(self, unit: Row) -> None:
        prices = self._of("unidades_precos", int(unit["idunidade"]), "idunidade")
        (old,) = (row for row in prices if row["data_vigencia_ate"] is None)
        value = f"{float(old['valor']) * 1.03:.2f}"
        yesterday = self.today - timedelta(days=1)
        new = old | {
            "data_vigencia_de": f"{self.today:%d/%m/%Y}", "data_vigencia_ate": None,
            "referencia_data": f"{self.today} 08:00:00",
            "valor": value, "valor_avaliacao": value,
        }  # fmt: skip
        self._put("unidades_precos", old | {"data_vigencia_ate": f"{yesterday:%d/%m/%Y}"})
        self._put("unidades_precos", new)
        self._put("unidades", unit | {"valor": value})


def is_sale(row: Row) -> bool:
    """Tell whether a row of reservas has become a sale, whatever its `ativo`."""
    return bool(row["data_venda"]) and row["data_venda"] != ZERO_DATE
