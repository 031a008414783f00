"""The errors that a person at the terminal is meant to read.

Here: exceptions whose message names the thing that is wrong and what to do, in
Portuguese, without personal data. Not here: how they are shown (`cli`), nor errors
that mean a bug (those stay what they are and show as such).
"""

import re


class MiranteError(Exception):
    """Work could not be done; the message says why and what to do. Exit code 1."""


class ServidorForaDoArError(MiranteError):
    """The server did not answer, or said that it is starting or stopping: it may yet."""


class ArquivoRecusadoError(MiranteError):
    """A file was refused as a whole; nothing of it landed."""


def database_reason(error: BaseException) -> str | None:
    """Return what Postgres said, without anybody's data, or None if it said nothing.

    Detail and context of an error quote rows and are left out; the primary message does
    so only for values that do not fit their type (class 22), which are blanked.

    Args:
        error: of psycopg or psycopg2, or any exception that one of these caused.
    """
    cause: BaseException | None = error
    while cause is not None:
        diagnosis = getattr(cause, "diag", None)
        primary = getattr(diagnosis, "message_primary", None)
        if primary:
            if str(getattr(diagnosis, "sqlstate", "") or "").startswith("22"):
                primary = re.sub(r'"[^"]*"?', '"…"', primary)
            return str(primary)
        cause = cause.__cause__ or cause.__context__
    return None
