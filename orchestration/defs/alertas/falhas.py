"""A message for each incident: when work fails for the first time, and when it runs again.

A run that Dagster will try again is not over; one that fails as the one before it did is the
same incident, and whoever was told knows (`orchestration.incidents`).
"""

from datetime import datetime
from typing import Final

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from loaders.notifications import Message, arrived, deliver
from loaders.notifications.failures import Failure, Recovery, failure_message, recovery_message
from orchestration import incidents, time_zone
from orchestration.telling import log_deliveries
from orchestration.time_zone import TIME_ZONE

# What is ours to say, without anybody's data; what others say may quote rows.
_OURS: Final = frozenset(
    {"MiranteError", "ServidorForaDoArError", "ArquivoRecusadoError", "Failure"}
)


@dg.run_failure_sensor(
    name="alerta_de_falha",
    description=(
        "Avisa por e-mail e Slack quando um trabalho falha, uma vez até que volte a passar; sem "
        "nenhum dos dois, a mensagem vira um arquivo (relatorios/ do MIRANTE_HOME)."
    ),
)
def alerta_de_falha(context: dg.RunFailureSensorContext) -> dg.SkipReason:
    """Tell of a failed run: which, when, which steps, and what Mirante said of them."""
    run = context.dagster_run
    if incidents.will_be_retried(run):
        return dg.SkipReason("será tentada de novo")
    if incidents.was_told(context.instance, run):
        return dg.SkipReason("já avisado")
    before = incidents.told_already(context.instance, run)
    if before is not None:
        return dg.SkipReason(f"o mesmo que na execução {before.run_id}, já avisado")
    failure = Failure(
        work=_work(run),
        run=run.run_id,
        at=_ended(context.instance, run),
        steps={
            event.step_key or "": _said(event.step_failure_data.error)
            for event in context.get_step_failure_events()
        },
    )
    if not _tell(context, failure_message(failure), f"falha-{run.run_id}"):
        return dg.SkipReason("ninguém pôde ser avisado; a próxima falha igual tenta de novo")
    incidents.mark_as_told(context.instance, run)
    # One a look: a mail server that is slow to refuse must not cost the others their turn.
    return dg.SkipReason("avisado")


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    name="aviso_de_volta",
    description="Avisa quando um trabalho que falhava volta a passar.",
)
def aviso_de_volta(context: dg.RunStatusSensorContext) -> dg.SkipReason:
    """Tell of a run that succeeded after others that failed."""
    run = context.dagster_run
    if incidents.was_told(context.instance, run):
        return dg.SkipReason("já avisado")
    failed = incidents.open_incident(context.instance, run)
    if not failed:
        return dg.SkipReason("não vinha de falha")
    recovery = Recovery(
        work=_work(run),
        run=run.run_id,
        at=_ended(context.instance, run),
        since=_ended(context.instance, failed[-1]),
        failures=len(failed),
    )
    if _tell(context, recovery_message(recovery), f"volta-{run.run_id}"):
        incidents.mark_as_told(context.instance, run)
    return dg.SkipReason("avisado")


def _tell(context: dg.RunStatusSensorContext, message: Message, file_stem: str) -> bool:
    deliveries = deliver(message, file_stem)
    log_deliveries(context.log, deliveries)
    return arrived(deliveries)


def _work(run: dg.DagsterRun) -> str:
    partition = run.tags.get(incidents.PARTITION_TAG)
    return f"{run.job_name} ({partition})" if partition else run.job_name


def _ended(instance: dg.DagsterInstance, run: dg.DagsterRun) -> datetime:
    record = instance.get_run_record_by_id(run.run_id)
    # A run that could not even start has no end.
    moment = record.end_time if record else None
    return datetime.fromtimestamp(moment, TIME_ZONE) if moment else time_zone.now()


def _said(error: SerializableErrorInfo | None) -> str:
    """Return what can be repeated of an error: ours whole, of others the kind."""
    cause = error
    while cause is not None:
        if cause.cls_name in _OURS:
            return cause.message.split(": ", 1)[-1].strip()
        error, cause = cause, cause.cause
    return f"{error.cls_name if error else 'erro'} (o texto está no log da execução)"
