"""Cases as dbt would give them, in tables that stand for its marts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import md5
from typing import Any

import pytest

from loaders.audit.operations import who
from loaders.audit.schema import ensure_audit
from loaders.divergencias import processing
from loaders.divergencias.decide import Decided, Request, decide
from loaders.divergencias.processing import Processed, process
from loaders.divergencias.record import Window
from loaders.divergencias.states import Action
from loaders.server import Server

TODAY = date(2026, 10, 31)

MART = """
create schema divergencias;
create table divergencias.fct_divergencias (
    caso text primary key, evidencia text, regra text, versao_regra integer, severidade text,
    fonte text, chave text, campo text, competencia text, cliente_id text, valor_atual text,
    valor_sugerido text, confianca_base numeric(5, 4), confianca numeric(5, 4),
    fl_automatica boolean, dt_processamento date, estado text,
    dt_primeira_deteccao timestamptz, dt_ultima_deteccao timestamptz
);
create table divergencias.controladoria (
    chave text, idnfsexterno text, competencia text, vl_bonus_dpto numeric(15, 2),
    bonus_dpto text, trade_mkt_dpto text, valor_bonus text, trade text, bonus_utilizado text,
    primary key (chave, competencia)
);
"""


def digest(*parts: Any) -> str:
    return md5("|".join("" if part is None else str(part) for part in parts).encode()).hexdigest()  # noqa: S324


@dataclass
class World:
    """The marts of one test, and what is done about them."""

    server: Server
    _numbers: dict[str, int] = field(default_factory=dict)

    def find(
        self,
        chave: str,
        *,
        regra: str = "TRADE_MARKETING",
        campo: str = "bonus_dpto",
        atual: str | None = "10.00",
        sugerido: str | None = "12.00",
        competencia: str | None = "2026-10-01",
        automatica: bool = True,
        base: float = 0.95,
        dia: date | None = TODAY,
        fonte: str = "controladoria",
    ) -> str:
        """Let dbt find a case from now on, in the source too."""
        caso = digest(regra, chave, campo, competencia)
        with self.server.connect() as connection:
            connection.execute(
                "insert into divergencias.fct_divergencias"
                " values (%s, %s, %s, 1, 'ALTA', %s, %s, %s, %s, 'C1', %s, %s, %s, %s, %s, %s)"
                " on conflict (caso) do update set evidencia = excluded.evidencia,"
                " valor_atual = excluded.valor_atual, valor_sugerido = excluded.valor_sugerido,"
                " dt_processamento = excluded.dt_processamento,"
                " confianca_base = excluded.confianca_base",
                [
                    caso, digest(atual, sugerido, 1), regra, fonte, chave, campo, competencia,
                    atual, sugerido, base, base, automatica, dia,
                ],
            )  # fmt: skip
        self.say(chave, campo, atual, competencia)
        return caso

    def say(
        self, chave: str, campo: str, value: str | None, competencia: str | None = "2026-10-01"
    ) -> None:
        """Let the source say something."""
        with self.server.connect() as connection:
            connection.execute(
                f"insert into divergencias.controladoria (chave, competencia, {campo})"
                " values (%(chave)s, %(competencia)s, %(value)s)"
                f" on conflict (chave, competencia) do update set {campo} = %(value)s",
                {"chave": chave, "competencia": competencia or "", "value": value},
            )

    def forget(self, caso: str) -> None:
        """Let dbt find a case no more."""
        with self.server.connect() as connection:
            connection.execute("delete from divergencias.fct_divergencias where caso = %s", [caso])

    def process(
        self, *, auto: bool = False, window: Window | None = None, dt_base: date | None = None
    ) -> Processed:
        return process(
            self.server, auto=auto, window=window, dt_base=dt_base, build=lambda arguments: True
        )

    def decide(self, action: Action, *cases: str, **request: Any) -> list[Decided]:
        return decide(self.server, Request(action, **request), cases)

    def approve(self, *cases: str, **request: Any) -> list[Decided]:
        return self.decide(Action.APROVAR, *cases, **request)

    def reject(self, *cases: str, motivo: str = "está certo assim") -> list[Decided]:
        return self.decide(Action.REJEITAR, *cases, reason=motivo)

    def revert(self, *cases: str) -> list[Decided]:
        return self.decide(Action.REVERTER, *cases)

    def reopen(self, *cases: str, motivo: str = "era mesmo") -> list[Decided]:
        return self.decide(Action.REABRIR, *cases, reason=motivo)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.server.connect() as connection:
            return connection.execute(query, values or None).fetchall()

    def state(self, caso: str) -> str | None:
        rows = self.rows("select estado from audit.vw_divergencias_estado where caso = %s", caso)
        return rows[0][0] if rows else None

    def history(self, caso: str) -> list[str]:
        return [
            row[0]
            for row in self.rows(
                "select para_estado from audit.divergencias_eventos where caso = %s"
                " order by nr_evento",
                caso,
            )
        ]

    def corrections(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "select chave, campo, valor_anterior, valor_novo from audit.vw_correcoes_vigentes"
            " order by chave, campo, correcao_id"
        )

    @property
    def quem(self) -> str:
        return who(self.server)


@contextmanager
def _nothing_to_build(server: Server, *_: Any, **__: Any) -> Iterator[None]:
    yield


@pytest.fixture
def world(user_server: Server, monkeypatch: pytest.MonkeyPatch) -> World:
    # All sources' tables, for a build that is none, take seconds.
    monkeypatch.setattr(processing, "ready_to_build", _nothing_to_build)
    ensure_audit(user_server)
    with user_server.connect() as connection:
        connection.execute(MART)
    return World(user_server)
