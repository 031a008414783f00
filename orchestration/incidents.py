"""Which runs are one incident: the same work that fails in the same place, until it succeeds.

Here: the question what the run before was, asked of Dagster's own record of runs, so that
nothing has to be remembered. Not here: what is told of it (`defs/alertas`).

Work is a job with its partition and the tags that are not Dagster's own, as the file that a
sensor asked it to load: two files that are refused are two incidents.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import dagster as dg

PARTITION_TAG: Final = "dagster/partition"
_TOLD: Final = "mirante/avisado"
_WILL_RETRY: Final = "dagster/will_retry"
_ENDED: Final = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
_PAGE: Final = 50


def will_be_retried(run: dg.DagsterRun) -> bool:
    """Whether Dagster runs it again by itself: then it is not over."""
    return run.tags.get(_WILL_RETRY) == "true"


def earlier_runs(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[dg.RunRecord]:
    """Give the runs of the same work that ended before it, the newest first.

    Args:
        instance: whose record to ask.
        run: one that ended.

    Yields:
        None of those that Dagster tried again by itself: they were not over.
    """
    own = _own_tags(run.tags)
    cursor = None
    while True:
        page = instance.get_run_records(
            dg.RunsFilter(job_name=run.job_name, statuses=_ENDED, tags=own),
            limit=_PAGE,
            cursor=cursor,
        )
        record = instance.get_run_record_by_id(run.run_id)
        for each in page:
            earlier = record is None or each.storage_id < record.storage_id
            other = each.dagster_run
            if earlier and _own_tags(other.tags) == own and not will_be_retried(other):
                yield each
        if len(page) < _PAGE:
            return
        cursor = page[-1].dagster_run.run_id


def failed_steps(instance: dg.DagsterInstance, run: dg.DagsterRun) -> frozenset[str]:
    """Return the steps of a run that failed; none if it could not start."""
    records = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    return frozenset(entry.dagster_event.step_key or "" for entry in records if entry.dagster_event)


def open_incident(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[dg.DagsterRun]:
    """Return the failed runs of the same work right before a run, the newest first."""
    failed = []
    for record in earlier_runs(instance, run):
        if record.dagster_run.status is not dg.DagsterRunStatus.FAILURE:
            break
        failed.append(record.dagster_run)
    return failed


def told_already(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun | None:
    """Return the run of the same incident that somebody was told of, if there is one.

    Args:
        instance: whose record to ask.
        run: one that failed.
    """
    steps = failed_steps(instance, run)
    for before in open_incident(instance, run):
        if failed_steps(instance, before) != steps:
            return None
        if _TOLD in before.tags:
            return before
    return None


def was_told(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether somebody was told of this very run: a sensor that was cut off sees it again."""
    now = instance.get_run_by_id(run.run_id)
    return now is not None and _TOLD in now.tags


def mark_as_told(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Remember that somebody was told of a run."""
    instance.add_run_tags(run.run_id, {_TOLD: "true"})


def _own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in tags.items()
        if name == PARTITION_TAG or not name.startswith(("dagster/", ".dagster/", _TOLD))
    }
