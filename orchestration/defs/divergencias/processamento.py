"""The cases that dbt found, recorded in the audit, and the day's report of them."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any, Self

import dagster as dg
from pydantic import Field, field_validator, model_validator

from loaders.building import quiet_dbt
from loaders.divergencias.processing import Kind, process
from loaders.divergencias.record import Window
from loaders.divergencias.report import Report, send_report
from loaders.postgres import resolve_server
from orchestration import time_zone

FOUND = dg.AssetKey(["divergencias", "fct_divergencias"])
RECORDED = dg.AssetKey(["audit", "divergencias_processadas"])
REPORT = dg.AssetKey(["divergencias", "relatorio"])
GROUP = "divergencias"
# Set by Dagster on the runs that a schedule starts.
_OF_A_SCHEDULE = "dagster/schedule_name"


class Modo(Enum):
    """Whether rules may decide alone."""

    manual = "manual"
    auto = "auto"


class Processamento(dg.Config):
    """Which days to look at, and whether to decide what may be decided alone."""

    modo: Modo = Field(
        default=Modo.manual,
        description="manual só detecta; auto também aprova e aplica o que as regras permitem.",
    )
    data_inicio: str | None = Field(
        default=None,
        description="AAAA-MM-DD; sem as duas datas, as últimas 24 horas de cada fonte.",
    )
    data_fim: str | None = Field(default=None, description="AAAA-MM-DD, incluída.")
    dt_base: str | None = Field(
        default=None,
        description="Dia que vale por hoje nas regras; constrói de novo o que delas depende.",
    )

    @field_validator("data_inicio", "data_fim", "dt_base")
    @classmethod
    def _dates_are_dates(cls, text: str | None) -> str | None:
        if text is not None:
            try:
                date.fromisoformat(text)
            except ValueError:
                raise ValueError(f"{text}: a data deve ser AAAA-MM-DD") from None
        return text

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Self:
        if self.data_inicio and self.data_fim and self.data_inicio > self.data_fim:
            raise ValueError(f"data_inicio {self.data_inicio} vem depois de data_fim")
        return self

    def window(self) -> Window | None:
        """Return the days asked for; None for each fonte's last 24 hours."""
        if self.data_inicio is None and self.data_fim is None:
            return None
        return Window(_date(self.data_inicio), _date(self.data_fim))


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@dg.asset(
    key=RECORDED,
    deps=[FOUND],
    group_name=GROUP,
    kinds={"python", "postgres"},
    pool="dbt_build",
    description=(
        "Uma linha por caso de divergência já visto: registra o que as regras encontraram, marca o "
        "que a fonte deixou de ter e, no modo auto, aprova e aplica o que as regras permitem."
    ),
)
def divergencias_processadas(
    context: dg.AssetExecutionContext, config: Processamento
) -> dg.MaterializeResult[None]:
    """Record what the last build found, as `mirante divergencias processar` does."""
    dt_base = _date(config.dt_base)
    processed = process(
        resolve_server(),
        auto=config.modo is Modo.auto,
        kind=Kind.DAILY_AUTO if _OF_A_SCHEDULE in context.run.tags else None,
        window=config.window(),
        dt_base=dt_base,
        # The run has built them already, but as of the default day.
        build=quiet_dbt if dt_base else None,
        on_step=context.log.info,
    )
    return dg.MaterializeResult(metadata={"sessao": processed.sessao, **processed.counts()})


@dg.asset(
    key=REPORT,
    deps=[RECORDED],
    group_name=GROUP,
    kinds={"python"},
    description=(
        "O relatório do dia: divergências novas e abertas por regra e confiança, com a planilha "
        "das abertas, por e-mail e Slack; sem nenhum dos dois, em arquivos."
    ),
)
def relatorio(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Send the report of today, and fail if nobody could be told who should have been."""
    report, deliveries = send_report(resolve_server(), time_zone.now().date())
    problems = [delivery for delivery in deliveries if delivery.problem]
    for delivery in problems:
        context.log.error("%s: %s", delivery.channel, delivery.problem)
    told: dict[str, Any] = {each.channel: each.target for each in deliveries if not each.problem}
    if problems:
        # Once more would tell those again who were told.
        raise dg.Failure(
            "o relatório não chegou a todos:\n"
            + "\n".join(f"{each.channel}: {each.problem}" for each in problems),
            allow_retries=False,
        )
    return dg.MaterializeResult(metadata={**_figures(report), **told})


def _figures(report: Report) -> Mapping[str, Any]:
    table = dg.TableMetadataValue(
        records=[
            dg.TableRecord(
                {
                    "regra": rule.regra,
                    "novas": rule.novas,
                    "abertas": rule.abertas,
                    "confianca": float(rule.confianca or 0),
                }
            )
            for rule in report.regras
        ],
        schema=dg.TableSchema(
            columns=[
                dg.TableColumn("regra", "string"),
                dg.TableColumn("novas", "int"),
                dg.TableColumn("abertas", "int"),
                dg.TableColumn("confianca", "float"),
            ]
        ),
    )
    return {
        "novas": report.novas,
        "abertas": report.abertas,
        "aplicadas_no_dia": report.aplicadas,
        "revertidas_no_dia": report.revertidas,
        "por_regra": table,
    }
