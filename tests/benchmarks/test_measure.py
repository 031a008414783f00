"""What a benchmark measures is the command, not how it is listened to."""

import sys

import pytest

from benchmarks.measure import measure


def test_a_command_may_print_more_than_a_pipe_holds() -> None:
    measured = measure([sys.executable, "-c", "print('é' * 1_000_000)"])

    assert measured.told == "é" * 1_000_000 + "\n"
    assert measured.peak_mb > 1


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="assim não"):
        measure([sys.executable, "-c", "import sys; sys.exit('assim não')"])
