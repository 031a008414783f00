"""What each run used of its limits, kept as observations, and a message before one is passed.

Observations of `operacao/<job>` make a curve in the interface, and tell the next run which
limits somebody was told of already.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import dagster as dg

from loaders.limits import Level, Usage, database_usage, run_usage
from loaders.notifications import arrived, deliver
from loaders.notifications.limits import limits_message
from loaders.postgres import resolve_server
from orchestration.telling import log_deliveries

# The tables that tell of a whole load, and what they call its rows.
_OF_A_LOAD: Final = {"arquivos": "linhas_carregadas", "cargas": "gravadas"}
_LEVEL: Final = "nivel: "
DATABASE: Final = dg.AssetKey(["operacao", "tamanho_do_banco"])


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    name="alerta_de_limites",
    description=(
        "Mede linhas, duração e tamanho do banco a cada execução e avisa, uma vez, quando um "
        "deles chega a quatro quintos do limite (MIRANTE_LIMIT_*), e outra quando o passa."
    ),
)
def alerta_de_limites(context: dg.RunStatusSensorContext) -> dg.SkipReason:
    """Measure a run, and tell of the limits that it came nearer to than the one before."""
    run = context.dagster_run
    instance = context.instance
    # The database has one size, whichever job ran.
    measured = {
        dg.AssetKey(["operacao", run.job_name]): run_usage(
            _rows(instance, run), _seconds(instance, run)
        ),
        DATABASE: [database_usage(resolve_server())],
    }
    before = {key: _levels(instance, key) for key in measured}
    nearer = [
        usage
        for key, usages in measured.items()
        for usage in usages
        if usage.nivel > before[key].get(usage.nome, Level.LONGE)
    ]
    told = True
    if nearer:
        deliveries = deliver(limits_message(run.job_name, nearer), f"limites-{run.run_id}")
        log_deliveries(context.log, deliveries)
        told = arrived(deliveries)
    for key, usages in measured.items():
        # What nobody was told of counts as far, for the next run to tell it.
        levels = {
            usage.nome: usage.nivel
            if told or usage not in nearer
            else before[key].get(usage.nome, Level.LONGE)
            for usage in usages
        }
        instance.report_runless_asset_event(
            dg.AssetObservation(key, metadata=_metadata(run, usages, levels))
        )
    if not nearer:
        return dg.SkipReason("nenhum limite mais perto que antes")
    return dg.SkipReason("avisado" if told else "ninguém pôde ser avisado")


def _rows(instance: dg.DagsterInstance, run: dg.DagsterRun) -> int:
    rows = 0
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
        event = entry.asset_materialization
        if event and event.asset_key.path[0].startswith("raw_"):
            told = event.metadata.get(_OF_A_LOAD.get(event.asset_key.path[-1], ""))
            rows += int(str(told.value)) if told else 0
    return rows


def _seconds(instance: dg.DagsterInstance, run: dg.DagsterRun) -> float:
    record = instance.get_run_record_by_id(run.run_id)
    if record is None or record.start_time is None or record.end_time is None:
        return 0.0
    return record.end_time - record.start_time


def _metadata(
    run: dg.DagsterRun, usages: Sequence[Usage], levels: Mapping[str, Level]
) -> dict[str, Any]:
    told: dict[str, Any] = {"execucao": dg.MetadataValue.dagster_run(run.run_id)}
    for usage in usages:
        told[usage.nome] = float(usage.valor)
        told[_LEVEL + usage.nome] = int(levels[usage.nome])
    return told


def _levels(instance: dg.DagsterInstance, key: dg.AssetKey) -> Mapping[str, Level]:
    records = instance.fetch_observations(key, limit=1).records
    observation = records[0].asset_observation if records else None
    if observation is None:
        return {}
    return {
        name.removeprefix(_LEVEL): Level(int(str(value.value)))
        for name, value in observation.metadata.items()
        if name.startswith(_LEVEL)
    }
