"""Typer's own texts, in Portuguese.

Typer has no translations of its own. Here: its fixed words and its usage errors. Not
here: the texts of our commands, which are written in Portuguese where they belong.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import typer

_USAGE_WORDS: Final = (
    ("Usage:", "Uso:"),
    ("[OPTIONS]", "[OPÇÕES]"),
    ("COMMAND [ARGS]...", "COMANDO [ARGUMENTOS]..."),
)

_USAGE_ERRORS: Final = (
    (r"No such command (.+?)\. Did you mean (.+)\?", r"o comando \1 não existe. Seria \2?"),
    (r"No such command (.+)\.", r"o comando \1 não existe."),
    (r"Missing command\.", "falta o comando."),
    (r"No such option: (\S+)(?:.* Did you mean (.+)\?)?.*", r"a opção \1 não existe."),
    (r"Missing argument (.+?)\..*", r"falta o argumento \1."),
    (r"Missing option (.+?)\..*", r"falta a opção \1."),
    (r"Missing parameter: (.+)", r"falta \1."),
    (
        r"Invalid value for (.+?): (?:Value error, )?(.+) is not one of (.+)\.",
        r"valor inválido para \1: \2; os possíveis são \3.",
    ),
    (r"Invalid value for (.+?): (.*)", r"valor inválido para \1: \2"),
    (r"Invalid value: (.*)", r"valor inválido: \1"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", r"argumento a mais: \1"),
    (r"Option (.+) does not take a value\.", r"a opção \1 não recebe valor."),
    (r"Option (.+) requires an argument\.", r"a opção \1 precisa de um valor."),
    (r"Argument (.+) takes (\d+) values\.", r"o argumento \1 recebe \2 valores."),
)


def in_portuguese(command: Any) -> Any:
    """Translate the fixed words of a command and of those below it."""
    context = command.context_class(command, info_name=command.name)
    help_option = command.get_help_option(context)
    if help_option is not None:
        help_option.help = "Mostra esta ajuda e sai."
    command.get_usage = partial(_usage, command.get_usage)
    for below in getattr(command, "commands", {}).values():
        in_portuguese(below)
    return command


def _usage(get_usage: Callable[[Any], str], context: Any) -> str:
    # A help page begins with its usage line. Setting its titles only now spares every
    # other command the import of what draws it.
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = "Argumentos"
    rich_utils.OPTIONS_PANEL_TITLE = "Opções"
    rich_utils.COMMANDS_PANEL_TITLE = "Comandos"
    rich_utils.DEFAULT_STRING = "[padrão: {}]"
    rich_utils.ENVVAR_STRING = "[variável: {}]"
    rich_utils.REQUIRED_LONG_STRING = "[obrigatório]"
    usage = get_usage(context)
    for english, portuguese in _USAGE_WORDS:
        usage = usage.replace(english, portuguese)
    return usage


def usage_message(error: typer.TyperException) -> str:
    """A usage error and where to read more; nothing when the help is already on screen."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return ""
    message = error.format_message()
    for pattern, portuguese in _USAGE_ERRORS:
        if re.fullmatch(pattern, message, flags=re.DOTALL):
            message = re.sub(pattern, portuguese, message, flags=re.DOTALL)
            break
    path = context.command_path if context is not None else "mirante"
    return f"Uso incorreto: {message}\nVeja `{path} --help`."
