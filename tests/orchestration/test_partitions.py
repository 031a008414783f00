"""The months of the files, and the dt_ref that each closes."""

from datetime import date

import pytest

from orchestration.partitions import FILE_MONTHS, dt_ref_of, month_of


@pytest.mark.parametrize(
    ("key", "dt_ref"),
    [
        ("2024-09", date(2024, 10, 1)),
        ("2024-11", date(2024, 12, 1)),
        ("2024-12", date(2025, 1, 1)),
        ("2024-01", date(2024, 2, 1)),
    ],
)
def test_a_months_files_close_the_first_day_of_the_month_after(key: str, dt_ref: date):
    assert dt_ref_of(key) == dt_ref


def test_keys_are_months_from_the_first_of_the_calendar_to_the_one_under_way():
    keys = FILE_MONTHS.get_partition_keys(current_time=None)
    assert keys[0] == "2015-01"
    # Whatever the day, no month is left out and each closes where the next begins.
    assert [dt_ref_of(key) for key in keys[:-1]] == [month_of(key) for key in keys[1:]]
    window = FILE_MONTHS.time_window_for_partition_key("2024-09")
    assert (window.start.date(), window.end.date()) == (month_of("2024-09"), dt_ref_of("2024-09"))
