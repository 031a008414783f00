"""Card files as the issuers deliver them, from rows of the reference.

Here: writing. Not here: which rows (`casos`, `aleatorio`), nor what becomes of them.
"""

from collections.abc import Iterable
from pathlib import Path

from tests.cartoes.referencia import Fatura, Pagamento
from tests.loaders.files import write_csv

FATURAS = (
    "id_fatura",
    "id_cliente",
    "data_emissao",
    "data_vencimento",
    "valor_fatura",
    "valor_pagamento_minimo",
)
PAGAMENTOS = ("id_pagamento", "id_fatura", "id_cliente", "data_pagamento", "valor_pagamento")


def faturas_csv(path: Path, faturas: Iterable[Fatura]) -> Path:
    """Write invoices in the canonical form."""
    rows = [["" if cell is None else str(cell) for cell in fatura] for fatura in faturas]
    return write_csv(path, [list(FATURAS), *rows])


def pagamentos_csv(path: Path, pagamentos: Iterable[Pagamento]) -> Path:
    """Write payments in the canonical form."""
    rows = [[str(cell) for cell in pagamento] for pagamento in pagamentos]
    return write_csv(path, [list(PAGAMENTOS), *rows])
