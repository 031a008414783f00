"""Take one person out of everything that Mirante keeps, and prove it.

Here: the order of things, and building anew. Not here: who the person is (`person`), what is
deleted (`removal`), the search (`proof`); nor backups, files, exports and the sources, which
must forget too.

Lines about a person (portfolio, bank, cards) are deleted, and their files count as many
lines less, so that the reconciliation of each file still adds up. Rows of the sales API are
about a unit and stay, for the developer's figures are not the buyer's: their personal columns
are emptied.

Data flow: document -> records -> raw, history, segments and a note of what is pending, in one
transaction -> build -> search -> the note goes. Killed anywhere and run again, it completes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from loaders.audit.operations import operation
from loaders.building import quiet_dbt, ready_to_build
from loaders.errors import MiranteError
from loaders.privacy.documents import Document
from loaders.privacy.person import Person, Record, find_person
from loaders.privacy.proof import Found, search
from loaders.privacy.removal import forget_pending, note_pending, pending, remove
from loaders.server import Server

# What dbt builds from nothing for the person to be gone from it, by source.
_GROWN: Final = {
    "banco": "source:raw_banco+",
    "cartoes": "source:raw_cartoes+",
    # Its dimensions grow too, but hold nobody, and must keep their numbers.
    "carteira": "source:raw_carteira+,path:models/intermediate/carteira",
}
# A test that fails for another reason must not keep the person in what depends on it.
_WITHOUT_TESTS: Final = (
    "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
)  # fmt: skip


@dataclass(frozen=True)
class Erased:
    """What was done.

    Attributes:
        records: whose rows went.
        shared: records that were somebody else's number too, of which only lines with the
            person's own document went.
        rows: deleted or emptied rows, by table.
        remains: what the search found at the end; empty if all is well.
        searched: how many tables were searched.
    """

    records: tuple[Record, ...]
    shared: tuple[Record, ...]
    rows: tuple[Found, ...]
    remains: tuple[Found, ...]
    searched: int


def erase(
    server: Server,
    document: Document | None,
    confirmed: Sequence[Record] = (),
    on_step: Callable[[str], None] = lambda step: None,
) -> Erased:
    """Delete a person everywhere, build anew what was made of them, and search.

    Args:
        server: where.
        document: the person's; None if only records are given.
        confirmed: records to erase by their number alone: of sources that have no document
            or a wrong one, and numbers that were somebody else's too.
        on_step: told what is being done, in Portuguese.

    Raises:
        MiranteError: the build failed; what was deleted stays deleted, and the next try
            goes on from there.
    """
    with (
        ready_to_build(server, lambda holder: on_step(f"Esperando: {holder}")),
        # Of whom, the register must not know.
        operation(server, "apagamento", "uma pessoa", silent=True) as told,
    ):
        person, rows, unbuilt = _delete(server, document, confirmed, on_step)
        if unbuilt:
            _rebuild({record.fonte for record in unbuilt}, on_step)
        on_step("Procurando o que restou em todas as tabelas")
        remains, searched = search(server, person)
        with server.connect() as connection:
            forget_pending(connection)
        told.rows = sum(each.rows for each in rows)
        told.details = {"qt_tabela_procurada": searched, "qt_tabela_com_resto": len(remains)}
    shared = tuple(sorted(person.shared()))
    return Erased(person.records, shared, rows, remains, searched)


def _delete(
    server: Server,
    document: Document | None,
    confirmed: Sequence[Record],
    on_step: Callable[[str], None],
) -> tuple[Person, tuple[Found, ...], set[Record]]:
    with server.connect() as connection, connection.transaction():
        on_step("Procurando os registros")
        earlier = pending(connection)
        person = find_person(connection, server, document, confirmed)
        on_step("Apagando das tabelas brutas, do histórico e dos segmentos")
        counts: dict[str, int] = {}
        for table, count in remove(connection, person):
            counts[table] = counts.get(table, 0) + count
        rows = tuple(Found(table, count) for table, count in counts.items() if count)
        unbuilt = earlier | (set(person.records) if rows else set())
        if unbuilt:
            note_pending(connection, unbuilt)
    return person, rows, unbuilt


def _rebuild(fontes: set[str], on_step: Callable[[str], None]) -> None:
    """Build all, and from nothing what otherwise only grows with each file."""
    steps = [
        (
            "Refazendo as tabelas que só crescem",
            ["run", "--full-refresh", "--select", *(_GROWN[each] for each in sorted(grown))],
        )
        for grown in [fontes & _GROWN.keys()]
        if grown
    ]
    steps.append(
        ("Construindo tudo de novo (dbt build, sem os testes)", ["build", *_WITHOUT_TESTS])
    )
    for told, arguments in steps:
        on_step(told)
        if not quiet_dbt(arguments):
            raise MiranteError(
                "os registros foram apagados, mas o que é feito deles não pôde ser refeito. Veja"
                " acima por quê, corrija e repita o comando: ele continua daí."
            )
