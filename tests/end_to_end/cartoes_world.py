"""A card issuer's files arriving month by month, and what must be curated of them.

Here: the files of a random issuer with everything that happens to real ones (a history
file, months, a late month, corrections, healed payments), the builds, and a plain model
of which version of a row counts. Not here: what the book says (`tests.cartoes.referencia`).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from psycopg import sql

from loaders import cartoes
from loaders.file_loads import Outcome
from loaders.server import Server
from tests.cartoes import aleatorio, referencia
from tests.cartoes.arquivos import faturas_csv, pagamentos_csv
from tests.cartoes.referencia import Fatura, Linha, Pagamento, add_months, month_start
from tests.cartoes.seeds import feriados

WHOLE_HISTORY = date.min
Book = dict[tuple[date, str], Linha]


def ask(server: Server, statement: str, prefix: str) -> list[dict[str, Any]]:
    """Ask the marts; `{cartoes}` and `{intermediate}` are schemas."""
    schemas = {
        name: sql.Identifier(prefix + name) for name in ("cartoes", "intermediate", "raw_cartoes")
    }
    with server.connect() as connection:
        cursor = connection.execute(sql.SQL(statement).format(**schemas))  # type: ignore[arg-type]
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def book(server: Server, prefix: str, table: str = "book_fatura", key: str = "id_cliente") -> Book:
    """Read a table of the book as the reference computes it."""
    rows = ask(server, f"select * from {{cartoes}}.{table}", prefix)
    return {(row.pop("dt_ref"), row.pop(key)): row for row in rows}


def load(server: Server, *paths: Path) -> None:
    """Load files, all of which must land."""
    results = list(cartoes.source().load(server, None, [str(path) for path in paths]))
    assert [result.outcome for result in results] == [Outcome.CARREGADO] * len(paths), results


class Issuer:
    """Files of one issuer, and which rows count after those delivered so far."""

    def __init__(self, folder: Path, seed: int, clients: int) -> None:
        self.folder = folder
        self.rng = Random(seed)  # noqa: S311 - nothing secret about it
        self.faturas, self.pagamentos = aleatorio.gerar(seed, clients, meses=14)
        self.months = sorted({month_start(each.dt_emissao) for each in self.faturas})
        self._delivered = 0
        self._invoices: dict[str, list[tuple[date, int, Fatura]]] = {}
        self._payments: dict[str, list[tuple[date, int, Pagamento]]] = {}

    def invoices(self, name: str, month: date, rows: Iterable[Fatura]) -> list[Path]:
        """Deliver a file of invoices."""
        rows = list(rows)
        if not rows:
            return []
        self._deliver(self._invoices, month, rows, lambda row: row.id_fatura)
        return [faturas_csv(self.folder / name, rows)]

    def payments(self, name: str, month: date, rows: Iterable[Pagamento]) -> list[Path]:
        """Deliver a file of payments."""
        rows = list(rows)
        if not rows:
            return []
        self._deliver(self._payments, month, rows, lambda row: row.id_pagamento)
        return [pagamentos_csv(self.folder / name, rows)]

    def _deliver(
        self,
        versions: dict[str, list[tuple[date, int, Any]]],
        month: date,
        rows: Sequence[Any],
        key: Callable[[Any], str],
    ) -> None:
        self._delivered += 1
        for row in rows:
            versions.setdefault(key(row), []).append((month, self._delivered, row))

    def curated(self) -> tuple[list[Fatura], list[Pagamento]]:
        """Say which rows count: the newest version of each, a payment's with its invoice."""
        faturas = {
            key: max(versions, key=lambda version: version[:2])[2]
            for key, versions in self._invoices.items()
        }
        pagamentos = []
        for versions in self._payments.values():
            linked = [
                version
                for version in versions
                if version[2].id_fatura in faturas
                and faturas[version[2].id_fatura].id_cliente == version[2].id_cliente
            ]
            if linked:
                pagamentos.append(max(linked, key=lambda version: version[:2])[2])
        return list(faturas.values()), pagamentos

    def expected(self) -> tuple[Book, Book]:
        """Compute the book and its summary of what counts."""
        rows = (*self.curated(), feriados())
        return referencia.book_fatura(*rows), referencia.book_fatura_resumo(*rows)

    def of_month(self, month: date) -> list[Path]:
        """Deliver a month's two files, as usual."""
        tag = f"{month:%Y%m}"
        return [
            *self.invoices(
                f"tb_faturas_{tag}.csv",
                month,
                [each for each in self.faturas if month_start(each.dt_emissao) == month],
            ),
            *self.payments(
                f"tb_pagamentos_{tag}.csv",
                month,
                [each for each in self.pagamentos if month_start(each.dt_pagamento) == month],
            ),
        ]

    def history(self, months: Sequence[date], without: date) -> list[Path]:
        """Deliver some months in files without a month in their name."""
        end = add_months(months[-1], 1)
        return [
            *self.invoices(
                "tb_faturas.csv",
                WHOLE_HISTORY,
                [
                    each
                    for each in self.faturas
                    if month_start(each.dt_emissao) in months
                    and month_start(each.dt_emissao) != without
                ],
            ),
            *self.payments(
                "tb_pagamentos.csv",
                WHOLE_HISTORY,
                [each for each in self.pagamentos if each.dt_pagamento < end],
            ),
        ]

    def corrected_invoices(self, month: date) -> list[Path]:
        """Deliver a month's invoices again: other values, clients and months, some gone."""
        rows = []
        for each in self.faturas:
            if month_start(each.dt_emissao) != month:
                continue
            chance = self.rng.random()
            if chance < 0.2:
                rows.append(each._replace(vl_fatura=each.vl_fatura + 1))
            elif chance < 0.3:
                rows.append(each._replace(id_cliente=self.rng.choice(self.faturas).id_cliente))
            elif chance < 0.4:
                day = self.rng.choice([before for before in self.months if before <= month])
                rows.append(
                    each._replace(dt_emissao=day, dt_vencimento=max(each.dt_vencimento, day))
                )
            elif chance < 0.9:
                rows.append(each)
        return self.invoices(f"tb_faturas_{month:%Y%m}_corrigida.csv", month, rows)

    def corrected_payments(self, month: date) -> list[Path]:
        """Deliver a month's payments again: other values, invoices and days."""
        rows = []
        for each in self.pagamentos:
            if month_start(each.dt_pagamento) != month:
                continue
            chance = self.rng.random()
            if chance < 0.2:
                rows.append(each._replace(vl_pagamento=each.vl_pagamento + 1))
            elif chance < 0.4:
                # Often of a month that is not delivered yet: it heals when that comes.
                other = self.rng.choice(self.faturas)
                rows.append(each._replace(id_fatura=other.id_fatura, id_cliente=other.id_cliente))
            elif chance < 0.5:
                rows.append(each._replace(dt_pagamento=self.rng.choice(self.months)))
            elif chance < 0.6:
                rows.append(each._replace(id_fatura="nunca"))
            else:
                rows.append(each)
        return self.payments(f"tb_pagamentos_{month:%Y%m}_corrigida.csv", month, rows)
