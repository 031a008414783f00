"""What is wrong with the API today.

Here: every fault that the contract knows, as one value that tests compose. Not here:
playing them (`faults`, `limits`, `api`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from loaders.cvcrm_server.endpoints import endpoints
from loaders.errors import MiranteError

# Tables, or True for all of them.
Tables = bool | Collection[str]
# In place of a table: all of them.
ALL = "*"
Answer = int | Literal["cut", "drop", "not_json"]


@dataclass(frozen=True)
class RateLimit:
    """How many requests are let through; the defaults are the vendor's.

    Attributes:
        requests: within a window; the next one is refused.
        window_s: length of the window, seconds.
        block_s: how long everything is refused from then on, seconds.
    """

    requests: int = 20
    window_s: float = 60.0
    block_s: float = 60.0


@dataclass(frozen=True)
class Scenario:
    """Faults, by table where they concern one; "*" stands for all tables.

    Attributes:
        statuses: answers that come, one a request, before normal ones: a status (200 is a
            normal answer), "cut", "drop" (the connection ends without any) or "not_json".
        always: a status that never ends.
        forbidden: tables without permission: 403.
        not_available: tables that this tenant lacks: 405, as for a wrong path.
        error_style: "api" as captured, else all errors as plain "text", "json" or "html".
        not_json: how many first answers are an HTML page with status 200.
        cut: how many first answers break off in the middle of the body.
        slow_s: seconds before every answer.
        rate_limit: refuses requests that come too fast.
        retry_after: whether a 429 says when to come back, in "seconds" or as a "date".
        retry_after_s: what a 429 of `statuses` or `always` says then.
        ignore_parameters: always the first 30 rows.
        only_body: parameters count only in a JSON body.
        only_query: parameters count only in the query string.
        descending: newest rows first.
        empty_as_204: no rows are no body.
        reject_time_part: a filter with a time is 400.
        shift: once page 1 is read, a row changes: the row to put, or how many of the
            oldest are touched and so become the newest, which moves all others.
        new_fields: a field that nobody announced, a whole number at first, then a decimal.
        type_change: a field that comes as a word in the first row and as a list in the
            second; or a pair of the field and what it is in every row.
    """

    statuses: Mapping[str, Sequence[Answer]] = field(default_factory=dict)
    always: Mapping[str, int] = field(default_factory=dict)
    forbidden: Tables = ()
    not_available: Tables = ()
    error_style: Literal["api", "text", "json", "html"] = "api"
    not_json: Mapping[str, int] = field(default_factory=dict)
    cut: Mapping[str, int] = field(default_factory=dict)
    slow_s: float = 0.0
    rate_limit: RateLimit | None = None
    retry_after: Literal["seconds", "date"] | None = None
    retry_after_s: float = 1.0
    ignore_parameters: Tables = False
    only_body: bool = False
    only_query: bool = False
    descending: Tables = False
    empty_as_204: Tables = False
    reject_time_part: Tables = False
    shift: Mapping[str, int | dict[str, Any]] = field(default_factory=dict)
    new_fields: Mapping[str, str] = field(default_factory=dict)
    type_change: Mapping[str, str | tuple[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse names of tables that there are not: such a fault would never show."""
        known = {ALL, *endpoints()}
        for each in fields(self):
            value = getattr(self, each.name)
            named = value if isinstance(value, Collection) and not isinstance(value, str) else ()
            unknown = sorted(set(named) - known)
            if unknown:
                raise MiranteError(f"cenário: {each.name} fala de {unknown[0]}, que não existe.")

    @staticmethod
    def named(name: str) -> "Scenario":
        """Return a scenario of the command line by its name.

        Raises:
            MiranteError: there is none of that name.
        """
        from loaders.cvcrm_server.presets import PRESETS

        try:
            return PRESETS[name].scenario
        except KeyError:
            raise MiranteError(
                f"{name}: não há este cenário; os possíveis são {', '.join(PRESETS)}."
            ) from None


def covers(tables: Tables, table: str) -> bool:
    """Tell whether a fault concerns a table."""
    if isinstance(tables, bool):
        return tables
    return table in tables or ALL in tables
