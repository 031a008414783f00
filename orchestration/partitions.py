"""The months by which files come and books close.

Here: the calendar of partitions, and what a partition's key means. Not here: which
assets are partitioned (`defs/`).
"""

from datetime import date, timedelta

import dagster as dg

# The month that files are of, not the one in which they come. It begins where the
# calendar of holidays does, and has the month under way: its files may come before it
# ends.
FILE_MONTHS = dg.MonthlyPartitionsDefinition(
    start_date="2015-01", fmt="%Y-%m", timezone="America/Sao_Paulo", end_offset=1
)
# A run tells of one month: what came, and what it closed. A long history is loaded by the
# command instead, and closed by one build.
ONE_MONTH_A_RUN = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)


def month_of(partition_key: str) -> date:
    """Return the first day of the month that a partition's files are of.

    Args:
        partition_key: `2024-09`.
    """
    return date.fromisoformat(f"{partition_key}-01")


def month_before(day: date) -> date:
    """Return the first day of the month before that of a day."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1)


def key_of(month: date) -> str:
    """Return the key of a month's partition, `2024-09`."""
    return f"{month:%Y-%m}"


def dt_ref_of(partition_key: str) -> date:
    """Return the `dt_ref` that a month's files close: it sees all of that month.

    Args:
        partition_key: month of the files, `2024-09`.

    Returns:
        The first day of the month after, 2024-10-01; exclusive, as in the book.
    """
    month = month_of(partition_key)
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
