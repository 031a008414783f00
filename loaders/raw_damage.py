"""What somebody changed by hand in the raw schema of a file source, and how it is put right.

Here: telling what was lost from what a contract has learnt since, and the sentence that says so.
Not here: making tables that were never there, or bringing older ones up to date (`landing`,
`raw_tables`).

What loses nothing is repaired by whoever makes the tables. A column that is made again is empty
for the files that had brought it, and a table without its lines makes an empty mart: that is
told instead, before anything is loaded or built on it.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from loaders.contracts import Contract
from loaders.manifest import DLT_LOADS, DLT_VERSION, MANIFEST
from loaders.names import fold
from loaders.postgres import schema_name
from loaders.raw_tables import RawTable, raw_tables

_Connection = psycopg.Connection[tuple[Any, ...]]

_TEXT: Final = ("text", "character varying")
_MAX_NAMED: Final = 20


@dataclass(frozen=True)
class Damage:
    """Something that is not as Mirante left it.

    Attributes:
        told: what, and what to do.
        a_load_cures: whether loading files again is what to do; otherwise a load is refused too.
    """

    told: str
    a_load_cures: bool = False


@dataclass(frozen=True)
class _File:
    """A file that is in force by the manifest, whether or not its lines are there."""

    name: str
    entity: str
    headers: frozenset[str]


def damages(connection: _Connection, dataset: str, contracts: Sequence[Contract]) -> list[Damage]:
    """Look at the tables of a source.

    Args:
        connection: to the server.
        dataset: the source's schema, without prefix.
        contracts: the source's.

    Returns:
        Nothing if all is as it was, or if what is missing held nothing.
    """
    tables = raw_tables(dataset, contracts)
    schema = schema_name(dataset)
    present = _columns(connection, schema)
    lists = [name for name in (MANIFEST, DLT_LOADS) if name not in present]
    if lists:
        return _without_list(connection, schema, lists[0], tables)
    if lost := _columns_of_manifest(connection, schema, present[MANIFEST]):
        return [_manifest_lost(schema, lost)]
    files = _files_in_force(connection, schema)
    found = []
    for table in tables:
        own = [each for each in files if each.entity == table.contract.entity]
        columns = present.get(table.contract.entity)
        if columns is None:
            if own:
                found.append(_table_lost(table, own))
        else:
            found += _column_damages(table, columns, own)
    return found


def _columns(connection: _Connection, schema: str) -> Mapping[str, Mapping[str, str]]:
    """Return the types of the columns of each table of a schema."""
    rows = connection.execute(
        "select relname::text, attname::text, format_type(atttypid, null) from pg_attribute"
        " inner join pg_class on pg_class.oid = attrelid"
        " where relkind in ('r', 'p') and not relispartition and attnum > 0 and not attisdropped"
        " and relnamespace = (select oid from pg_namespace where nspname = %s)",
        [schema],
    ).fetchall()
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for table, column, kind in rows:
        found[table][column] = kind
    return found


def _without_list(
    connection: _Connection, schema: str, name: str, tables: Sequence[RawTable]
) -> list[Damage]:
    """Say that nobody knows any more which files landed, if any did."""
    row = connection.execute(
        "select count(*) from pg_inherits inner join pg_class on pg_class.oid = inhparent"
        " where relnamespace = (select oid from pg_namespace where nspname = %s)"
        " and relname = any(%s)",
        [schema, [table.contract.entity for table in tables]],
    ).fetchone()
    if row is None or not row[0]:
        return []
    return [
        Damage(
            f"{schema}.{name} foi apagada fora do Mirante: nada diz mais quais arquivos há em"
            f" {schema} ({row[0]} estavam carregados). Carregue todos de novo, na ordem em que"
            " vieram, com `mirante load`, e depois construa.",
            a_load_cures=True,
        )
    ]


def _columns_of_manifest(
    connection: _Connection, schema: str, present: Mapping[str, str]
) -> list[str]:
    """Return what dlt has made in the manifest and is gone, if it held anything."""
    query = sql.SQL(
        "select schema from {} where exists (select 1 from {}) order by inserted_at desc limit 1"
    ).format(sql.Identifier(schema, DLT_VERSION), sql.Identifier(schema, MANIFEST))
    try:
        row = connection.execute(query).fetchone()
        made = json.loads(row[0])["tables"][MANIFEST]["columns"] if row else {}
    except (psycopg.errors.UndefinedTable, ValueError, KeyError):
        return []
    return [name for name in made if name not in present]


def _manifest_lost(schema: str, lost: Sequence[str]) -> Damage:
    return Damage(
        f"{schema}.{MANIFEST} perdeu fora do Mirante: {', '.join(lost)}. Devolva cada coluna de um"
        f" backup; sem ele, DROP TABLE {schema}.{MANIFEST} CASCADE; e carregue todos os arquivos de"
        " novo, na ordem em que vieram."
    )


def _files_in_force(connection: _Connection, schema: str) -> list[_File]:
    rows = connection.execute(
        sql.SQL(
            "select _arquivo, entidade, coalesce(cabecalho, '[]'),"
            " coalesce(colunas_desconhecidas, '[]')"
            " from {} as arquivos inner join {} as loads"
            " on arquivos._dlt_load_id = loads.load_id and loads.status = 0"
            " where (to_jsonb(arquivos) ->> 'retirado_em') is null order by _carregado_em"
        ).format(sql.Identifier(schema, MANIFEST), sql.Identifier(schema, DLT_LOADS))
    ).fetchall()
    return [
        _File(
            name,
            entity,
            frozenset(fold(str(each)) for each in headers) - {fold(str(each)) for each in unknown},
        )
        for name, entity, headers, unknown in rows
    ]


def _table_lost(table: RawTable, files: Sequence[_File]) -> Damage:
    return Damage(
        f"{_name(table)} foi apagada fora do Mirante, com as linhas de {_named(files)}."
        " Carregue-os de novo, nesta ordem, com `mirante load`, e depois construa.",
        a_load_cures=True,
    )


def _column_damages(
    table: RawTable, columns: Mapping[str, str], files: Sequence[_File]
) -> list[Damage]:
    found = []
    for column in table.contract.columns:
        kind = columns.get(column.name)
        # A column that the contract has learnt since is in no file that landed before, or was
        # unknown then.
        brought = [each for each in files if each.headers & column.folded_names]
        if kind is None and brought:
            found.append(
                Damage(
                    f"{_name(table)} perdeu a coluna {column.name} fora do Mirante, com o que nela"
                    f" havia de {_named(brought)}. {_anew(table)}"
                )
            )
        elif kind is not None and kind not in _TEXT:
            found.append(
                Damage(
                    f"em {_name(table)} a coluna {column.name} foi mudada fora do Mirante para"
                    f" {kind}; ele guarda o texto como veio, que pode ter-se perdido."
                    f" {_anew(table)}"
                )
            )
    return found


def _anew(table: RawTable) -> str:
    return (
        f"Devolva-a de um backup; sem ele, DROP TABLE {_name(table)} CASCADE; carregue de novo,"
        " com `mirante load`, os arquivos de que ele então avisa, e depois construa."
    )


def _name(table: RawTable) -> str:
    return f"{table.schema}.{table.contract.entity}"


def _named(files: Sequence[_File]) -> str:
    names = [each.name for each in files]
    more = f" e mais {len(names) - _MAX_NAMED}" if len(names) > _MAX_NAMED else ""
    return f"{len(names)} arquivo(s): {', '.join(names[:_MAX_NAMED])}{more}"
