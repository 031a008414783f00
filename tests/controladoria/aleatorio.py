"""Random controllership lines, on and around every edge that the rules have."""

import random
from datetime import date, timedelta

from tests.controladoria.referencia import Line

# How many lines a model has: at and just below what says what is usual, and one that is
# always the same.
MODELS = {"Muitos": 200, "Trinta": 30, "Vinte e nove": 29, "Igual": 40, "": 35}
EDGES = ("0", "-0.01", "100000.00", "100000.01", "250000", "N/D", "NaN", "", "1e5x", "0.01")


def lines(seed: int, newest: date) -> list[Line]:
    """Draw lines of one file.

    Args:
        seed: same seed, same lines.
        newest: no line was processed later.
    """
    rng = random.Random(seed)  # noqa: S311
    drawn = [_line(rng, model, newest) for model, count in MODELS.items() for _ in range(count)]
    rng.shuffle(drawn)
    return drawn


def _line(rng: random.Random, model: str, newest: date) -> Line:
    bonus, trade = _amount(rng, model, 1000), _amount(rng, model, 300)
    day = newest - timedelta(days=rng.randrange(120))
    return {
        # Few numbers: many invoices have several lines, also in two competências.
        "idnfsexterno": f"R{rng.randrange(120)}",
        "des_modelo": model,
        "competencia": rng.choice(["2031-01-01", "2031-02-01", "jan/31", ""]),
        "valor_bonus": bonus,
        "trade": trade,
        "bonus_dpto": _beside(rng, bonus),
        "trade_mkt_dpto": _beside(rng, trade),
        "bonus_utilizado": rng.choice(
            ["Sim", "", "Pendente", "Pendente Verificação", "PENDENTE VERIFICACAO",
             "pendénte  verificacao", "Pendente de verificação"]
        ),
        "apontamento": rng.choice(
            ["Revisar Divergência!", "Revisar Divergência!", "Revisar Divergência", "OK", ""]
        ),
        "dta_processamento": rng.choice([day.isoformat(), day.isoformat(), ""]),
    }  # fmt: skip


def _amount(rng: random.Random, model: str, middle: int) -> str:
    if rng.random() < 0.06:
        return rng.choice(EDGES)
    if model == "Igual":
        return f"{middle}.00"
    # Some are near the sixth deviation, on either side of it.
    spread = rng.choice([50, 50, 50, 50, 50, 400])
    return f"{max(middle + rng.gauss(0, spread), 0):.2f}"


def _beside(rng: random.Random, reference: str) -> str:
    if rng.random() < 0.1:
        return rng.choice(EDGES)
    try:
        value = float(reference)
    except ValueError:
        return reference
    if value != value:
        return reference
    return f"{value + rng.choice([0, 0, 0, 0.01, -0.01, 0.02, -0.02, 5]):.2f}"
