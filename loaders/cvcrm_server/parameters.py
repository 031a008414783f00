"""What a request asks for.

Here: reading and checking the API's parameters from the query string and the JSON body.
Not here: doing it.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

DEFAULT_SIZE = 30
LARGEST_SIZE = 500
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?")


class InvalidParameterError(Exception):
    """A parameter has a value that the API refuses; its only argument is the name."""


@dataclass(frozen=True)
class Asked:
    """Checked parameters.

    Attributes:
        page: from 1.
        size: rows of a page.
        since: first reference date, "" for all.
        until: last one, "" for all.
        from_reference: smallest reference, None for all.
    """

    page: int = 1
    size: int = DEFAULT_SIZE
    since: str = ""
    until: str = ""
    from_reference: int | None = None


def from_body(body: bytes) -> dict[str, str]:
    """Return the parameters of a JSON body, as text; none if it holds something else."""
    try:
        values: Any = json.loads(body or b"{}")
    except ValueError:
        return {}
    return {key: str(value) for key, value in values.items()} if isinstance(values, dict) else {}


def check(parameters: dict[str, str], reject_time_part: bool) -> Asked:
    """Read parameters; those that the API does not know are ignored, as it does.

    Raises:
        InvalidParameterError: one has no value that makes sense.
    """
    size = _number(parameters, "registros_por_pagina", DEFAULT_SIZE)
    if size > LARGEST_SIZE:
        raise InvalidParameterError("registros_por_pagina")
    return Asked(
        page=_number(parameters, "pagina", 1),
        size=size,
        since=_date(parameters, "a_partir_data_referencia", reject_time_part),
        until=_date(parameters, "ate_data_referencia", reject_time_part),
        from_reference=(
            _number(parameters, "a_partir_referencia", 0, smallest=0)
            if "a_partir_referencia" in parameters
            else None
        ),
    )


def _number(parameters: dict[str, str], name: str, default: int, smallest: int = 1) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) < smallest:
        raise InvalidParameterError(name)
    return int(text)


def _date(parameters: dict[str, str], name: str, reject_time_part: bool) -> str:
    text = parameters.get(name)
    if text is None:
        return ""
    found = _DATE.fullmatch(text)
    if not found or (found[1] and reject_time_part):
        raise InvalidParameterError(name)
    try:
        datetime.fromisoformat(text)
    except ValueError:  # the zero date too: year 0 is none
        raise InvalidParameterError(name) from None
    return text
