"""The errors that a person at the terminal is meant to read.

Here: exceptions whose message names the thing that is wrong and what to do, in
Portuguese, without personal data. Not here: how they are shown (`cli`), nor errors
that mean a bug (those stay what they are and show as such).
"""


class MiranteError(Exception):
    """Work could not be done; the message says why and what to do. Exit code 1."""


class ArquivoRecusadoError(MiranteError):
    """A file was refused as a whole; nothing of it landed."""
