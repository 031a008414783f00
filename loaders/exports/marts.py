"""The tables that analysts read, by name, as dbt's manifest has them.

Here: marts, seeds and snapshots, their schemas and keys. Not here: whether they are built
(the server knows), which rows they have.

A schema is the model's own, before dbt's prefix, with the prefix in use now: the manifest
may have been parsed with another one, by `make setup` for instance.
"""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from psycopg import sql

from loaders.errors import MiranteError
from loaders.exports.table import ExportTable, UnknownNameError
from loaders.postgres import schema_name
from loaders.settings import dbt_target

_Node: TypeAlias = Mapping[str, Any]

_KEY_TESTS: Final = ("unique_combination", "unique")


@dataclass(frozen=True)
class Mart:
    """A table that analysts read.

    Attributes:
        schema: without the prefix.
        table: its name in the schema.
        node: its name in dbt.
        key: its columns that tell rows apart; none if dbt does not know any.
    """

    schema: str
    table: str
    node: str
    key: tuple[str, ...]

    @property
    def name(self) -> str:
        """Schema and table, as people write it."""
        return f"{self.schema}.{self.table}"

    def is_called(self, name: str) -> bool:
        """Whether a name means this table, and perhaps others."""
        return name in (
            self.table,
            self.node,
            self.name,
            f"{schema_name(self.schema)}.{self.table}",
        )

    def as_export(self) -> ExportTable:
        """Return all of the table."""
        query = sql.SQL("select * from {}").format(
            sql.Identifier(schema_name(self.schema), self.table)
        )
        return ExportTable(self.name, f"{self.schema}_{self.table}", query, self.key)


def find(name: str, others: tuple[str, ...] = ()) -> Mart:
    """Find a mart by its name, with or without its schema.

    Args:
        name: in any case.
        others: further names that may have been meant.

    Raises:
        UnknownNameError: there is none, or there are several.
        MiranteError: nothing was built yet.
    """
    marts = all_marts()
    found = [mart for mart in marts if mart.is_called(name.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(mart.name for mart in found))
        raise UnknownNameError(f"há mais de uma tabela {name}: {names}. Diga qual.")
    known = {spelling: mart.name for mart in marts for spelling in (mart.name, mart.table)}
    known |= {other: other for other in others}
    near = difflib.get_close_matches(name.lower(), known, n=5)
    # Two spellings may be of one mart.
    meant = " ou ".join(dict.fromkeys(known[spelling] for spelling in near))
    raise UnknownNameError(
        f"não conheço a tabela {name}. "
        + (f"Seria {meant}? " if meant else "")
        + "Um modelo novo só é conhecido depois de `mirante build`."
    )


def all_marts() -> list[Mart]:
    """Return all marts, seeds and snapshots of the project as it was last parsed.

    Raises:
        MiranteError: nothing was built yet.
    """
    path = dbt_target() / "manifest.json"
    try:
        nodes: dict[str, _Node] = json.loads(path.read_text(encoding="utf-8"))["nodes"]
    except FileNotFoundError:
        raise MiranteError(
            "nada foi construído ainda: rode `mirante build`, e depois exporte."
        ) from None
    keys = _tested_keys(nodes.values())
    return [
        Mart(node["config"]["schema"], node["alias"], node["name"], _key(node, keys))
        for node in nodes.values()
        if _is_table_of_marts(node)
    ]


def _is_table_of_marts(node: _Node) -> bool:
    if node["config"].get("materialized") == "ephemeral" or not node["config"].get("schema"):
        return False
    return node["resource_type"] in ("seed", "snapshot") or (
        node["resource_type"] == "model" and "marts" in node["fqn"]
    )


def _tested_keys(nodes: Iterable[_Node]) -> dict[str, list[tuple[str, ...]]]:
    """Return the column combinations that are tested to be unique, by the node's id."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for node in nodes:
        test = node.get("test_metadata") or {}
        if node["resource_type"] == "test" and test.get("name") in _KEY_TESTS:
            arguments = test["kwargs"]
            columns = arguments.get("columns") or [arguments["column_name"]]
            found.setdefault(node["attached_node"], []).append(tuple(columns))
    return found


def _key(node: _Node, tested: Mapping[str, list[tuple[str, ...]]]) -> tuple[str, ...]:
    for constraint in node.get("constraints") or ():
        if constraint["type"] == "primary_key" and constraint["columns"]:
            return tuple(constraint["columns"])
    if node["resource_type"] == "snapshot":
        # What is tested there is a hash; this is how a person reads a history.
        return (*_as_tuple(node["config"]["unique_key"]), "dbt_valid_from")
    position = {name: number for number, name in enumerate(node["columns"])}
    keys = sorted(
        tested.get(node["unique_id"], ()),
        key=lambda columns: [position.get(column, len(position)) for column in columns],
    )
    return keys[0] if keys else ()


def _as_tuple(names: str | list[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
