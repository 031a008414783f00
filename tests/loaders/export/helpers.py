"""Tables, manifests and rows that the tests of `mirante export` share."""

import json
from pathlib import Path
from typing import Any

import psycopg

from loaders.export_formats import Format
from loaders.server import Server

Node = dict[str, Any]

FORMATS = list(Format)
TEXTS = [
    "=1+1", "+55 11", "-5", "@soma", "\tx", "\rx", "a=1", "", None, "'x", " espaço ",
    'com "aspas", vírgula\ne linha\r\noutra', "Conceição Núñez", "{1,2}", "http://x.br/", "007",
    "<r><t>x</t><f>1</f></r>", "a_x0041_b", "\x01\x0b", "😀 & <b>", "\\N", "1e5", "TRUE",
]  # fmt: skip
# More digits than a number in a workbook has.
LONG_ID = 12345678901234567
EVERYTHING = """
    create table vendas.tudo (
        id bigint, texto text, curto varchar(60), vl numeric(15, 2), pc numeric(9, 4),
        livre numeric, largo numeric(30, 10), inteiro integer, pequeno smallint,
        duplo double precision, sim boolean, dia date, momento timestamp,
        instante timestamptz, dados jsonb
    )
"""


def node(name: str, schema: str, kind: str = "model", **more: Any) -> Node:
    """A node of dbt's manifest, parsed with a prefix that is not in use."""
    config = {"schema": schema, "materialized": "table", **more.pop("config", {})}
    return {
        "unique_id": f"{kind}.mirante.{name}",
        "resource_type": kind,
        "name": name,
        "alias": name.split("__")[-1],
        "schema": f"velho_{schema}",
        "fqn": ["mirante", "marts", schema, name],
        "config": config,
        "columns": {},
        "constraints": [],
        **more,
    }


def unique_test(of: Node, **arguments: Any) -> Node:
    name = "unique_combination" if "columns" in arguments else "unique"
    return {
        "unique_id": f"test.mirante.{name}_{of['name']}_{arguments}",
        "resource_type": "test",
        "config": {"schema": "falhas_de_teste"},
        "attached_node": of["unique_id"],
        "test_metadata": {"name": name, "kwargs": arguments},
    }


def write_manifest(folder: Path, nodes: list[Node]) -> None:
    folder.mkdir(exist_ok=True)
    manifest = {"nodes": {each["unique_id"]: each for each in nodes}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def rows_of(server: Server, query: str) -> list[dict[str, Any]]:
    """Read a query's rows as Python has them, times in UTC."""
    with server.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            return cursor.execute(query).fetchall()  # type: ignore[arg-type]
