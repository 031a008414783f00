"""A message for each run that failed."""

from datetime import datetime
from typing import Final

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from loaders.notifications import deliver
from loaders.notifications.failures import Failure, failure_message
from orchestration.time_zone import TIME_ZONE

# What is ours to say, without anybody's data; what others say may quote rows.
_OURS: Final = frozenset(
    {"MiranteError", "ServidorForaDoArError", "ArquivoRecusadoError", "Failure"}
)


@dg.run_failure_sensor(
    name="alerta_de_falha",
    description=(
        "Avisa por e-mail e Slack de cada execução que falhou; sem nenhum dos dois, a mensagem "
        "vira um arquivo (relatorios/ do MIRANTE_HOME)."
    ),
)
def alerta_de_falha(context: dg.RunFailureSensorContext) -> None:
    """Tell of a failed run: which, when, which steps, and what Mirante said of them."""
    run = context.dagster_run
    record = context.instance.get_run_record_by_id(run.run_id)
    failure = Failure(
        work=run.job_name,
        run=run.run_id,
        at=_ended(record),
        steps={
            event.step_key or "": _said(event.step_failure_data.error)
            for event in context.get_step_failure_events()
        },
    )
    for delivery in deliver(failure_message(failure), f"falha-{run.run_id}"):
        if delivery.problem:
            context.log.error("%s: %s", delivery.channel, delivery.problem)
        else:
            context.log.info("%s: %s", delivery.channel, delivery.target)


def _ended(record: dg.RunRecord | None) -> datetime:
    # A run that could not even start has no end.
    moment = record.end_time if record else None
    return datetime.fromtimestamp(moment, TIME_ZONE) if moment else datetime.now(TIME_ZONE)


def _said(error: SerializableErrorInfo | None) -> str:
    """Return what can be repeated of an error: ours whole, of others the kind."""
    cause = error
    while cause is not None:
        if cause.cls_name in _OURS:
            return cause.message.split(": ", 1)[-1].strip()
        error, cause = cause, cause.cause
    return f"{error.cls_name if error else 'erro'} (o texto está no log da execução)"
