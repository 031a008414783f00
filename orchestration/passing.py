"""Trouble that passes by itself: which it is, and trying the step again after it.

Here: a connection that was cut, a server that restarts, a deadlock. Not here: runs whose
process died, which Dagster starts again (`dagster.yaml`), nor the API's own tries
(`loaders.cvcrm.client`).

What is wrong with a file, a setting or the data would be wrong again: only what is known to
pass is tried again, so nothing has to be marked as final.
"""

import json
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, Final, ParamSpec

import dagster as dg
import psycopg
import psycopg2

from loaders.errors import ServidorForaDoArError

MAX_RETRIES: Final = 2
# Before the first try again; twice as long before each further one.
WAIT_SECONDS: Final = 30.0

# Classes and codes of Postgres: connections, shutting down or starting up, no connection
# left, serialization and deadlocks. Blank where there was no server to give one.
_PASSING: Final = ("08", "57P01", "57P02", "57P03", "53300", "40001", "40P01")
# The same, as dbt repeats them.
_PASSING_TEXTS: Final = (
    "server closed the connection unexpectedly",
    "terminating connection due to",
    "connection already closed",
    "the database system is starting up",
    "the database system is shutting down",
    "the database system is in recovery mode",
    "could not receive data from server",
    "could not send data to server",
    "connection refused",
    "connection timed out",
    "deadlock detected",
    "sorry, too many clients already",
    "remaining connection slots are reserved",
    "ssl connection has been closed unexpectedly",
)

_Arguments = ParamSpec("_Arguments")


def tried_again(
    step: Callable[_Arguments, Iterator[Any]],
) -> Callable[_Arguments, Iterator[Any]]:
    """Have Dagster run a step again after trouble that passes.

    Args:
        step: what a step runs; its first argument is the context.
    """

    @wraps(step)
    def stepping(*arguments: _Arguments.args, **named: _Arguments.kwargs) -> Iterator[Any]:
        try:
            yield from step(*arguments, **named)
        except Exception as error:
            if not passes(error):
                raise
            context = arguments[0] if arguments else named["context"]
            raise _again(context, error) from error

    return stepping


def _again(context: Any, error: Exception) -> dg.RetryRequested:
    seconds = WAIT_SECONDS * 2**context.retry_number
    if context.retry_number < MAX_RETRIES:
        context.log.warning(f"{type(error).__name__}: tento de novo em {seconds:.0f} s.")
    return dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=seconds)


def passes(error: BaseException) -> bool:
    """Whether an error, or what caused it, is trouble that passes by itself."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ServidorForaDoArError | DbtInterruptedError):
            return True
        if isinstance(seen, psycopg.OperationalError):
            return _is_passing_code(seen.sqlstate)
        if isinstance(seen, psycopg2.OperationalError):
            return _is_passing_code(seen.pgcode)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return False


def _is_passing_code(code: str | None) -> bool:
    # Without a code no server answered.
    return not code or code.startswith(_PASSING)


class DbtInterruptedError(Exception):
    """dbt failed by nothing but trouble that passes."""


def was_interrupted(results: Path, told: str) -> bool:
    """Whether dbt failed by nothing but trouble that passes.

    Args:
        results: what dbt wrote of its run, if it got that far.
        told: what it said otherwise.
    """
    try:
        nodes = json.loads(results.read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        return _is_passing_text(told)
    failed = [each for each in nodes if each["status"] in ("error", "fail", "runtime error")]
    return bool(failed) and all(_is_passing_text(each.get("message") or "") for each in failed)


def _is_passing_text(text: str) -> bool:
    return any(known in text.lower() for known in _PASSING_TEXTS)
