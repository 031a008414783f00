"""Who is to be erased: the records of one person in the raw tables.

Here: finding them, and numbers that are somebody else's too. Not here: deleting (`removal`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from loaders import banco, carteira
from loaders.postgres import table_exists
from loaders.privacy.documents import Document, try_document
from loaders.privacy.keys import keyed_hash, pii_key
from loaders.privacy.places import (
    LINES,
    Connection,
    document_column,
    personal_endpoints,
    sale_column,
    trimmed,
)
from loaders.server import Server
from loaders.settings import schema_name


@dataclass(frozen=True, order=True)
class Record:
    """A client as a source numbers it; `reserva` numbers a sale of the person's."""

    fonte: str
    registro: str


@dataclass(frozen=True)
class Person:
    """A person's records.

    Attributes:
        document: CPF or CNPJ, if it is known.
        records: of clients, and of reservations.
        others: by record, texts of documents that are valid and another's: the source gave
            the number to two people.
        confirmed: records that were named, so that their number alone is enough.
    """

    document: Document | None
    records: tuple[Record, ...]
    others: dict[Record, tuple[str, ...]]
    confirmed: frozenset[Record]

    @property
    def pattern(self) -> str:
        """What shows the document; nothing does if there is none."""
        return self.document.pattern if self.document else "(?!)"

    def numbers(self, fonte: str) -> list[str]:
        """The person's numbers in a source."""
        return [record.registro for record in self.records if record.fonte == fonte]

    def shared(self) -> set[Record]:
        """Records whose number says not enough, for it was another's too."""
        return {record for record in self.others if record not in self.confirmed}

    def sole_numbers(self, fonte: str) -> list[str]:
        """The person's numbers in a source that nobody else had."""
        shared = self.shared()
        return [
            record.registro
            for record in self.records
            if record.fonte == fonte and record not in shared
        ]


def find_person(
    connection: Connection,
    server: Server,
    document: Document | None,
    confirmed: Sequence[Record],
) -> Person:
    """Find every record that shows a document, as the models read it.

    Args:
        connection: inside the transaction that erases.
        server: whose key hashes documents.
        document: the person's, if it is known.
        confirmed: records that were named.
    """
    found = set(confirmed)
    if document is not None:
        found |= _linked(connection, keyed_hash(pii_key(server), document.characters))
        found |= _in_lines(connection, document)
        found |= _in_sales(connection, document)
    others = {
        record: texts
        for record in found
        if (texts := _documents_of_others(connection, record, document))
    }
    person = Person(document, tuple(sorted(found)), others, frozenset(confirmed))
    sales = _reservations(connection, person)
    return Person(document, tuple(sorted(found | sales)), others, frozenset(confirmed))


def _linked(connection: Connection, digest: str) -> set[Record]:
    """Records that the last build linked to the document."""
    if not table_exists(connection, schema_name("pii"), "clientes"):
        return set()
    rows = connection.execute(
        sql.SQL("select fonte, cliente_id from {} where documento_hash = %s").format(
            sql.Identifier(schema_name("pii"), "clientes")
        ),
        [digest],
    )
    return {Record(fonte, number) for fonte, number in rows}


def _in_lines(connection: Connection, document: Document) -> set[Record]:
    found = set()
    for source in (carteira.source(), banco.source()):
        for table, client, column in LINES[source.fonte]:
            if column is None:
                continue
            rows = connection.execute(
                sql.SQL(
                    "select distinct {client} from {table} where {column} ~* %s and {client} != ''"
                ).format(
                    client=trimmed(client),
                    column=sql.Identifier(column),
                    table=sql.Identifier(schema_name(source.dataset), table),
                ),
                [document.pattern],
            )
            found |= {Record(source.fonte, row[0]) for row in rows}
    return found


def _in_sales(connection: Connection, document: Document) -> set[Record]:
    found = set()
    for endpoint in personal_endpoints():
        column = document_column(endpoint)
        if column is None or "idcliente" not in endpoint.columns:
            continue
        rows = connection.execute(
            sql.SQL(
                # 0 is the API's way of saying nobody.
                "select distinct idcliente::text from {} where {} ~* %s and idcliente::text != '0'"
            ).format(
                sql.Identifier(schema_name("raw_cvcrm"), endpoint.name), sql.Identifier(column)
            ),
            [document.pattern],
        )
        found |= {Record("vendas", row[0]) for row in rows}
    return found


def _documents_of_others(
    connection: Connection, record: Record, document: Document | None
) -> tuple[str, ...]:
    """Texts that stand beside a number and are a valid document of somebody else."""
    queries: list[tuple[sql.Identifier, sql.Composed, str]] = []
    for table, number, column in LINES.get(record.fonte, ()):
        if column is not None:
            place = sql.Identifier(schema_name(f"raw_{record.fonte}"), table)
            queries.append((place, trimmed(number), column))
    if record.fonte == "vendas":
        for endpoint in personal_endpoints():
            shown = document_column(endpoint)
            if shown is not None and "idcliente" in endpoint.columns:
                place = sql.Identifier(schema_name("raw_cvcrm"), endpoint.name)
                queries.append((place, sql.SQL("idcliente::text").format(), shown))
    found: set[str] = set()
    for place, client, shown in queries:
        rows = connection.execute(
            sql.SQL("select distinct {shown} from {place} where {client} = %s").format(
                shown=sql.Identifier(shown), place=place, client=client
            ),
            [record.registro],
        )
        found |= {row[0] for row in rows if row[0]}
    return tuple(
        sorted(text for text in found if (read := try_document(text)) and read != document)
    )


def _reservations(connection: Connection, person: Person) -> set[Record]:
    """Reservations whose buyer the person is."""
    found = set()
    for endpoint in personal_endpoints():
        column, sale = document_column(endpoint), sale_column(endpoint)
        if column is None or sale is None or "idcliente" not in endpoint.columns:
            continue
        rows = connection.execute(
            sql.SQL(
                "select distinct {sale}::text from {table} where {sale}::text != '0' and"
                " ({column} ~* %(pattern)s or idcliente::text = any(%(sole)s))"
            ).format(
                sale=sql.Identifier(sale),
                column=sql.Identifier(column),
                table=sql.Identifier(schema_name("raw_cvcrm"), endpoint.name),
            ),
            {"pattern": person.pattern, "sole": person.sole_numbers("vendas")},
        )
        found |= {Record("reserva", row[0]) for row in rows}
    return found
