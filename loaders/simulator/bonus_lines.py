"""Bonuses that a car brand pays on the invoices of its dealers, line by line.

Here: a month's good lines, with nothing that a rule could find. Not here: faults
(`bonus_faults`), the workbook (`controladoria`).
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

HEADER = (
    "idnfsexterno", "des_modelo", "competencia", "valor_bonus", "trade", "bonus_dpto",
    "trade_mkt_dpto", "bonus_utilizado", "apontamento", "dta_processamento",
)  # fmt: skip
# What a bonus usually is, BRL, by model.
USUAL = {
    "Aurora 1.0": 2_400.0,
    "Aurora 1.6": 3_100.0,
    "Serra 4x4": 8_700.0,
    "Lagoa Hybrid": 6_200.0,
    "Pampa Cabine Dupla": 5_400.0,
    "Vereda SUV": 7_300.0,
}
# Always the same bonus: such a model has no scale to measure by.
FLEET, FLEET_BONUS, FLEET_TRADE = "Frotista", 1_500.0, 400.0
# Too few of it are sold to say what is usual.
RARE = "Conceito X"
SPREAD = 0.08
_MOST_SPREADS = 2.5
_TRADE_SHARE = 0.3
_USED = ("Sim", "SIM", "Não", "Parcial")
_SAID = ("", "OK", "Conferido")


def make_lines(first: date, count: int, seed: list[int]) -> pl.DataFrame:
    """Draw a month's lines.

    Args:
        first: the month's first day.
        count: how many lines.
        seed: of the month; same seed, same lines.

    Returns:
        The columns of `HEADER`: amounts in BRL, the department's equal to their references;
        one invoice in ten has two or three lines.
    """
    rng = np.random.default_rng(seed)
    sizes = rng.choice([1, 2, 3], count, p=[0.9, 0.08, 0.02])
    invoice = np.repeat(np.arange(1, count + 1), sizes)[:count]
    names = [*USUAL, FLEET]
    model = rng.integers(0, len(names), count)
    usual = np.array([*USUAL.values(), FLEET_BONUS])[model]
    is_fleet = model == len(USUAL)

    def near(value: np.ndarray) -> np.ndarray:
        drawn = np.clip(rng.normal(0, 1, count), -_MOST_SPREADS, _MOST_SPREADS)
        return np.round(value * (1 + SPREAD * drawn), 2)

    bonus = np.where(is_fleet, FLEET_BONUS, near(usual))
    trade = np.where(is_fleet, FLEET_TRADE, near(usual * _TRADE_SHARE))
    days = [first + timedelta(days=day) for day in rng.integers(0, 28, count).tolist()]
    return pl.DataFrame(
        {
            "idnfsexterno": [f"NF{first:%Y%m}{number:07d}" for number in invoice.tolist()],
            "des_modelo": pl.Series(names).gather(model),
            "competencia": pl.repeat(first, count, eager=True),
            "valor_bonus": bonus,
            "trade": trade,
            "bonus_dpto": bonus,
            "trade_mkt_dpto": trade,
            "bonus_utilizado": pl.Series(_USED).gather(rng.integers(0, len(_USED), count)),
            "apontamento": pl.Series(_SAID).gather(rng.integers(0, len(_SAID), count)),
            "dta_processamento": days,
        }
    ).select(HEADER)
