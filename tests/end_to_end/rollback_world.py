"""Deliveries of all file sources, the worlds that they arrive in, and what each shows.

Here: random files (the same for the same letter) in which keys come again, lines are bad and
contracts come and go; loads, withdrawals and builds under a prefix; tables read so that two
worlds can be compared. Not here: what must be equal (`test_rollback`).
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from psycopg import sql

from loaders import banco, carteira, cartoes, controladoria, embedded
from loaders.building import dbt_environment, quiet_dbt, ready_to_build
from loaders.file_loads import FileSource, Outcome
from loaders.privacy.roles import OPEN
from loaders.server import Server
from loaders.settings import dbt_target
from loaders.withdrawals import withdraw
from tests.banco.arquivos import COLUNAS
from tests.loaders.cards import INVOICE, PAYMENT
from tests.loaders.conftest import line
from tests.loaders.controladoria import LINE
from tests.loaders.files import write_csv

# All that grows file by file, all that tells how far it got, and what reads it.
SELECTION = (
    "--select",
    "+path:models/marts/carteira", "+int_carteira__posicoes_versionadas",
    "+path:models/marts/cartoes", "+int_cartoes__retiradas_aplicadas",
    "+metricas_bancarias", "+clientes_banco", "+cliente_360__quarentena",
    "+int_banco__retiradas_aplicadas",
    "+divergencias__quarentena", "+int_controladoria__retiradas_aplicadas",
    "+int_divergencias__trade_marketing",
    "--exclude", "segmentacao_entrada",
)  # fmt: skip
# The portfolio's part of it: history needs a build for each position.
PORTFOLIO = ("--select", "+carteira__quarentena", "+int_carteira__posicoes_versionadas")
WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
# What differs without being wrong: what the last build had to do, and the withdrawals.
OF_THE_BUILD = {"int_cartoes__meses_a_fechar"}
# Made of the key and the time; numbers that a line of credit keeps for ever once it had one.
UNLIKE = {"dbt_scd_id", "linha_id"}
SCHEMAS = ("intermediate", "historico", "pii", *OPEN)

Rows = list[dict[str, Any]]
Tables = dict[str, list[str]]


class Deliveries:
    """Files by letter; each source's name ends in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, letter: str) -> list[tuple[FileSource, str | None, Path]]:
        """Write what comes with a letter: source, table and path of each file."""
        rng = Random(letter)  # noqa: S311 - nothing secret about it
        month = f"2024{'ABCDEFGH'.index(letter) + 1:02}"
        return [
            (carteira.source(), "contratos", self._portfolio(letter, rng)),
            (carteira.source(), "categorias", self._categories(letter, rng)),
            (cartoes.source(), None, self._invoices(letter, month, rng)),
            (cartoes.source(), None, self._payments(letter, month, rng)),
            (banco.source(), None, self._clients(letter, rng)),
            (banco.source(), None, self._movements(letter, rng)),
            (controladoria.source(), "bonus", self._bonuses(letter, month, rng)),
        ]

    def _portfolio(self, letter: str, rng: Random) -> Path:
        rows = [
            line(number, saldo_atual=rng.choice((10, 20)), atraso=rng.choice((0, 0, 95)))
            for number in range(1, 40)
            if rng.random() < 0.7
        ]
        rows += [
            line(40, saldo_atual="a apurar"),
            line(41, saldo_atual=1),
            line(41, saldo_atual=2),
            line(50 + ord(letter), linha=f"Linha {letter}"),
        ]
        return write_csv(self._folder / f"posicao_{letter}.csv", rows)

    def _categories(self, letter: str, rng: Random) -> Path:
        rows = [["CDC", f"DE {letter}"], [f"linha {letter}", "NOVAS"], ["", letter]]
        return write_csv(self._folder / f"categorias_{letter}.csv", rows, ["produto", "categoria"])

    def _invoices(self, letter: str, month: str, rng: Random) -> Path:
        rows = []
        for number in rng.sample(range(60), 30):
            day = date(2023, 1, 1) + timedelta(days=rng.randrange(500))
            rows.append(
                INVOICE
                | {
                    "id_fatura": f"F{number}",
                    "id_cliente": f"C{(number + (rng.random() < 0.1)) % 12}",
                    "data_emissao": day.isoformat(),
                    "data_vencimento": (day + timedelta(days=30)).isoformat(),
                    "valor_fatura": rng.choice(("10.50", "99.99", "0.00", "abc")),
                }
            )
        return self._cards(f"tb_faturas_{month}_{letter}.csv", [*rows, rows[0]])

    def _payments(self, letter: str, month: str, rng: Random) -> Path:
        rows = []
        for number in rng.sample(range(90), 40):
            invoice = rng.randrange(60)
            day = date(2023, 2, 1) + timedelta(days=rng.randrange(500))
            rows.append(
                PAYMENT
                | {
                    "id_pagamento": f"P{number}",
                    "id_fatura": f"F{invoice}",
                    "id_cliente": f"C{invoice % 12}",
                    "data_pagamento": day.isoformat(),
                    "valor_pagamento": rng.choice(("10.50", "5.25", "-1.00", "")),
                }
            )
        return self._cards(f"tb_pagamentos_{month}_{letter}.csv", [*rows, rows[0]])

    def _cards(self, name: str, rows: Sequence[dict[str, str]]) -> Path:
        cells = [list(row.values()) for row in rows]
        return write_csv(self._folder / name, cells, list(rows[0]))

    def _clients(self, letter: str, rng: Random) -> Path:
        rows = [
            [f"{number:04}", f"Nombre {letter}", str(rng.randrange(20, 70)), "1980-01-01", "Salta",
             rng.choice(("1000.00", "2000.00", "x")), ""]
            for number in rng.sample(range(20), 8)
        ]  # fmt: skip
        return write_csv(self._folder / f"clientes_{letter}.csv", rows, COLUNAS["clientes"])

    def _movements(self, letter: str, rng: Random) -> Path:
        rows = [
            [f"T{number}", f"{rng.randrange(20):04}",
             (date(2024, 1, 1) + timedelta(days=rng.randrange(150))).isoformat(),
             rng.choice(("compra_tarjeta", "ingreso_sueldo", "pago_servicio")),
             rng.choice(("10.00", "25.50", "?")), f"Comercio {letter}", "varios"]
            for number in rng.sample(range(80), 40)
        ]  # fmt: skip
        rows.append(rows[0])
        return write_csv(
            self._folder / f"transacciones_{letter}.csv", rows, COLUNAS["transacciones"]
        )

    def _bonuses(self, letter: str, month: str, rng: Random) -> Path:
        rows = [
            LINE
            | {
                "idnfsexterno": rng.choice((f"NF{rng.randrange(25)}", "")),
                "valor_bonus": rng.choice(("1000.00", "500.00")),
                "bonus_dpto": rng.choice(("1000.00", "x")),
                "apontamento": "Revisar Divergência!",
            }
            for _ in range(25)
        ]
        return self._cards(f"bonus_{month}_{letter}.csv", rows)


class World:
    """A prefix of the server, what arrives in it, and what it shows."""

    def __init__(self, prefix: str, folder: Path) -> None:
        self.prefix = prefix
        self.server: Server = embedded.ensure_running()
        self.deliveries = Deliveries(folder)

    @contextmanager
    def _here(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MIRANTE_SCHEMA_PREFIX", self.prefix)
            yield

    def load(self, letter: str, outcome: Outcome = Outcome.CARREGADO) -> None:
        """Load all files of a letter."""
        with self._here():
            for source, table, path in self.deliveries.of(letter):
                [result] = source.load(self.server, table, [str(path)])
                assert result.outcome is outcome, result

    def rollback(self, letter: str) -> None:
        """Take all files of a letter back."""
        with self._here():
            names = [path.name for _, _, path in self.deliveries.of(letter)]
            assert all(done.changed for done in withdraw(self.server, names))

    def build(self, *selection: str) -> None:
        """Build what grows with files, or a part of it; plain `dbt build`."""
        with self._here(), pytest.MonkeyPatch.context() as patch:
            for name, value in dbt_environment(self.server).items():
                patch.setenv(name, value)
            with ready_to_build(self.server):
                os.environ.pop("DBT_EXCLUDE_RESOURCE_TYPES", None)
                assert quiet_dbt(["build", *(selection or SELECTION), *WITHOUT_TESTS])

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask; `{name}` is a schema."""
        names = ("raw_carteira", "raw_cartoes", "raw_banco", "raw_controladoria", *SCHEMAS)
        schemas = {name: sql.Identifier(self.prefix + name) for name in names}
        with self.server.connect() as connection:
            return connection.execute(sql.SQL(statement).format(**schemas)).fetchall()  # type: ignore[arg-type]

    def tables(self) -> Tables:
        """Read all tables, times of loads as the name of what was loaded then."""
        loads = self._loads()
        found: Tables = {}
        with self.server.connect() as connection:
            names = connection.execute(
                "select table_schema, table_name from information_schema.tables"
                " where table_schema = any(%s)",
                [[self.prefix + name for name in SCHEMAS]],
            ).fetchall()
            for schema, table in names:
                if table in OF_THE_BUILD or table.endswith("retiradas_aplicadas"):
                    continue
                cursor = connection.execute(
                    sql.SQL("select * from {}").format(sql.Identifier(schema, table))
                )
                columns = [column.name for column in cursor.description or ()]
                found[f"{schema.removeprefix(self.prefix)}.{table}"] = sorted(
                    str(
                        {
                            name: loads.get(cell, cell) if isinstance(cell, datetime) else cell
                            for name, cell in row.items()
                            if name not in UNLIKE
                        }
                    )
                    for cells in cursor.fetchall()
                    for row in [dict(zip(columns, cells, strict=True))]
                    # A line of credit stays when its contracts have gone.
                    if table != "dim_linha" or row["qt_contrato"]
                )
        return found

    def grown(self) -> dict[str, int]:
        """Tell the tables that grow file by file apart: one that is built anew is another."""
        rows = self.ask(
            "select relname::text, oid::bigint from pg_class where relkind = 'r' and relnamespace"
            " in (select oid from pg_namespace where nspname = any(array["
            f"'{self.prefix}intermediate', '{self.prefix}carteira', '{self.prefix}cartoes',"
            f" '{self.prefix}cliente_360', '{self.prefix}divergencias']))"
        )
        return {name: oid for name, oid in rows if name in _incremental_tables()}

    def unbalanced(self) -> list[str]:
        """Name files whose lines are not all where they should be, once."""
        return [
            name
            for schema in ("carteira", "cartoes", "cliente_360", "divergencias")
            for (name,) in self.ask(
                f"select arquivo from {{{schema}}}.reconciliacao_arquivos where qt_saldo != 0"
            )
        ]

    def _loads(self) -> dict[Any, str]:
        loads: dict[Any, str] = {}
        for source in ("carteira", "cartoes", "banco", "controladoria"):
            moment: datetime
            for moment, utc, name in self.ask(
                "select _carregado_em, _carregado_em at time zone 'utc', _arquivo"
                f" from {{raw_{source}}}.arquivos"
            ):
                loads[moment] = loads[utc] = name
        return loads


def _incremental_tables() -> set[str]:
    """Read from dbt's manifest of the last build."""
    manifest = json.loads((dbt_target() / "manifest.json").read_text(encoding="utf-8"))
    return {
        node["alias"]
        for node in manifest["nodes"].values()
        if node["config"].get("materialized") == "incremental"
    }
