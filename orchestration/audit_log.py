"""What could not be recorded, in the log of the run whose work it was.

Here: the way from the loaders' logger to Dagster's. Not here: what is recorded, and when it
can't be (`loaders.audit.operations`).
"""

import logging

import dagster as dg


class _ToDagster(logging.Handler):
    """Says in a run's own log what a logger of the loaders says."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on; outside of a run it goes to stderr."""
        dg.get_dagster_logger("mirante").log(record.levelno, record.getMessage())


def show_in_runs() -> None:
    """Show what `loaders.audit` warns of; once, however often it is called."""
    logger = logging.getLogger("loaders.audit")
    if not any(isinstance(handler, _ToDagster) for handler in logger.handlers):
        logger.addHandler(_ToDagster())
        logger.propagate = False
