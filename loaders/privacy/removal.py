"""Deleting one person from what is not built anew: raw tables, history, segments.

Here: statements of one transaction, and the note that says what must be built after it. Not
here: who it is (`person`), building and proving (`erasing`, `proof`).
"""

from collections.abc import Iterable, Iterator

from psycopg import sql
from psycopg.types.json import Jsonb

from loaders import sources
from loaders.file_loads import FileSource
from loaders.postgres import table_exists
from loaders.privacy.person import Person, Record
from loaders.privacy.places import (
    KEPT,
    LINES,
    Connection,
    document_column,
    personal_endpoints,
    sale_column,
    trimmed,
)
from loaders.settings import schema_name

_PENDING = "apagamentos_pendentes"


def remove(connection: Connection, person: Person) -> Iterator[tuple[str, int]]:
    """Delete a person's rows.

    Yields:
        Each table, and how many rows went or were emptied.
    """
    for source in sources.file_sources():
        yield from _lines(connection, source, person)
    yield from _sales(connection, person)
    for schema, table, column in KEPT:
        if table_exists(connection, schema_name(schema), table):
            cursor = connection.execute(
                sql.SQL("delete from {} where {} = any(%s)").format(
                    sql.Identifier(schema_name(schema), table), sql.Identifier(column)
                ),
                [person.sole_numbers("carteira")],
            )
            yield f"{schema}.{table}", cursor.rowcount


def _lines(connection: Connection, source: FileSource, person: Person) -> Iterator[tuple[str, int]]:
    """Delete lines, and count as many less in their files, for each file to add up still."""
    schema = schema_name(source.dataset)
    # A source that names nobody has none.
    for table, client, column in LINES.get(source.fonte, ()):
        if column is None:
            condition = sql.SQL("{} = any(%(sole)s)").format(trimmed(client))
        else:
            # The person's number with a document that is nobody's is the person's line; with
            # another's document it is the other's.
            condition = sql.SQL(
                "({shown} ~* %(pattern)s or ({client} = any(%(numbers)s)"
                " and ({shown} is null or {shown} != all(%(others)s))))"
            ).format(shown=sql.Identifier(column), client=trimmed(client))
        row = connection.execute(
            sql.SQL(
                """
                with apagadas as (
                    delete from {lines} where {condition}
                    returning _arquivo_sha256
                ),

                por_arquivo as (
                    select
                        _arquivo_sha256,
                        count(*) as qt_linha
                    from apagadas
                    group by 1
                ),

                descontadas as (
                    update {files} as arquivos
                    set qt_linha = arquivos.qt_linha - por_arquivo.qt_linha
                    from por_arquivo
                    where arquivos._arquivo_sha256 = por_arquivo._arquivo_sha256
                )

                select coalesce(sum(qt_linha), 0)::bigint from por_arquivo
                """
            ).format(
                lines=sql.Identifier(schema, table),
                files=sql.Identifier(schema, source.manifest),
                condition=condition,
            ),
            {
                "sole": person.sole_numbers(source.fonte),
                "numbers": person.numbers(source.fonte),
                "others": [
                    text
                    for record, texts in person.others.items()
                    if record not in person.confirmed
                    for text in texts
                ],
                "pattern": person.pattern,
            },
        ).fetchone()
        yield f"{source.dataset}.{table}", row[0] if row else 0


def _sales(connection: Connection, person: Person) -> Iterator[tuple[str, int]]:
    """Empty what is personal in the API's rows; the rows are the developer's figures."""
    for endpoint in personal_endpoints():
        table = sql.Identifier(schema_name("raw_cvcrm"), endpoint.name)
        lists = [name for name in endpoint.pii if endpoint.columns[name] == "json"]
        own = [name for name in endpoint.pii if name not in (*endpoint.key, *_of_others(lists))]
        column, sale = document_column(endpoint), sale_column(endpoint)
        conditions: list[sql.Composable] = []
        if column is not None:
            conditions.append(sql.SQL("{} ~* %(pattern)s").format(sql.Identifier(column)))
        if "idcliente" in endpoint.columns:
            conditions.append(sql.SQL("idcliente::text = any(%(sole)s)"))
        elif sale is not None:
            # Of the person's reservations, whoever the row says it is about.
            conditions.append(sql.SQL("{}::text = any(%(sales)s)").format(sql.Identifier(sale)))
        cursor = connection.execute(
            sql.SQL("update {} set {} where ({}) and num_nonnulls({}) > 0").format(
                table,
                sql.SQL(", ").join(
                    sql.SQL("{} = null").format(sql.Identifier(name)) for name in own
                ),
                sql.SQL(" or ").join(conditions),
                sql.SQL(", ").join(map(sql.Identifier, own)),
            ),
            {
                "pattern": person.pattern,
                "sole": person.sole_numbers("vendas"),
                "sales": person.numbers("reserva"),
            },
        )
        yield f"raw_cvcrm.{endpoint.name}", cursor.rowcount
        if person.document is None:
            continue
        for name in lists:
            yield f"raw_cvcrm.{endpoint.name}", _out_of_list(connection, table, name, person)


def _of_others(lists: list[str]) -> list[str]:
    """Lists of further people, who stay when the buyer goes."""
    return [name for name in lists if "associados" in name]


def _out_of_list(connection: Connection, table: sql.Identifier, name: str, person: Person) -> int:
    """Take a person out of lists of people; where it is no list, nothing of it stays."""
    cursor = connection.execute(
        sql.SQL(
            """
            update {table}
            set {column} = case jsonb_typeof({column})
                when 'array' then (
                    select coalesce(jsonb_agg(pessoa), %(empty)s)
                    from jsonb_array_elements({column}) as pessoas (pessoa)
                    where pessoa::text !~* %(pattern)s
                )
            end
            where {column}::text ~* %(pattern)s
            """
        ).format(table=table, column=sql.Identifier(name)),
        {"pattern": person.pattern, "empty": Jsonb([])},
    )
    return cursor.rowcount


def note_pending(connection: Connection, records: Iterable[Record]) -> None:
    """Write down whose rows have gone, until all that was made of them is built anew."""
    table = sql.Identifier(schema_name("pii"), _PENDING)
    connection.execute(
        sql.SQL(
            "create table if not exists {} (fonte text, registro text, primary key (fonte,"
            " registro))"
        ).format(table)
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            sql.SQL("insert into {} values (%s, %s) on conflict do nothing").format(table),
            [(record.fonte, record.registro) for record in records],
        )


def pending(connection: Connection) -> set[Record]:
    """Records of earlier tries that were cut off."""
    if not table_exists(connection, schema_name("pii"), _PENDING):
        return set()
    rows = connection.execute(
        sql.SQL("select fonte, registro from {}").format(
            sql.Identifier(schema_name("pii"), _PENDING)
        )
    )
    return {Record(fonte, number) for fonte, number in rows}


def forget_pending(connection: Connection) -> None:
    """Say that all is built."""
    connection.execute(
        sql.SQL("drop table if exists {}").format(sql.Identifier(schema_name("pii"), _PENDING))
    )
