"""The day's summary as an asset; its job is `vigilancia`."""

import dagster as dg

from loaders.postgres import resolve_server
from loaders.summary import send_summary
from orchestration import time_zone

SUMMARY = dg.AssetKey(["operacao", "resumo"])


@dg.asset(
    key=SUMMARY,
    group_name="operacao",
    kinds={"python"},
    description=(
        "O resumo do dia: o que rodou nas últimas 24 horas, o que falhou e o que `mirante check` "
        "acha fora do lugar, por e-mail e Slack; sem nenhum dos dois, em um arquivo."
    ),
)
def resumo(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Send the summary, and fail if somebody who should have been told was not."""
    summary, deliveries = send_summary(resolve_server(), time_zone.now())
    problems = [each for each in deliveries if each.problem]
    if problems:
        # Once more would tell those again who were told.
        raise dg.Failure(
            "o resumo não chegou a todos:\n"
            + "\n".join(f"{each.channel}: {each.problem}" for each in problems),
            allow_retries=False,
        )
    figures: dict[str, dg.RawMetadataValue] = dict(summary.numeros)
    return dg.MaterializeResult(
        metadata={**figures, **{each.channel: each.target for each in deliveries}}
    )
