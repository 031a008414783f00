"""A line of the controllership's bonuses, for tests to change."""

LINE = {
    "idnfsexterno": "NF1", "des_modelo": "Aurora 1.0", "competencia": "2026-10-01",
    "valor_bonus": "1000.00", "trade": "300.00", "bonus_dpto": "1000.00",
    "trade_mkt_dpto": "a confirmar", "bonus_utilizado": "Sim", "apontamento": "OK",
    "dta_processamento": "2026-10-05",
}  # fmt: skip
