"""Taking people out of everything: by document, by record, and cut off half way.

The tests run in their order, each on other people of one world.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from loaders.privacy import erasing
from loaders.privacy.documents import parse_document
from loaders.privacy.erasing import erase
from loaders.privacy.person import Record
from loaders.privacy.roles import OPEN, PII
from tests.end_to_end.cliente_360_world import World, built_world, documents

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with built_world(tmp_path_factory.mktemp("apagar"), "apagar_") as world:
        world.segment()
        yield world


def person_of_three_sources(world: World, among: int) -> tuple[str, list[Record]]:
    """A document and its curated records; hashes would order people by a key made anew."""
    row = world.rows(
        "select cliente_360.documento_hash from {cliente_360}.cliente_360"
        " inner join {pii}.clientes using (documento_hash)"
        " where fl_carteira and fl_vendas and fl_banco and cliente_360.tipo_documento = 'CPF'"
        " group by 1 order by min(clientes.documento)"
    )[among]
    records = world.rows(
        "select fonte, cliente_id, documento from {pii}.clientes where documento_hash = %s",
        [row["documento_hash"]],
    )
    return records[0]["documento"], [Record(r["fonte"], r["cliente_id"]) for r in records]


def totals(world: World) -> dict[str, Any]:
    [row] = world.rows(
        "select (select count(*) from {carteira}.clientes_carteira) as contratos,"
        " (select sum(valor) from {vendas}.vendas where fl_venda) as vendas,"
        " (select count(*) from {cliente_360}.transacciones) as transacciones,"
        " (select count(*) from {cliente_360}.clientes_banco) as clientes,"
        " (select count(*) from {historico}.contratos) as historico,"
        " (select jsonb_object_agg(profissao, profissao_id) from {carteira}.dim_profissao)"
        " as profissoes"
    )
    return row


def test_an_erased_person_is_nowhere_and_nobody_else_is_touched(world: World):
    document, records = person_of_three_sources(world, 0)
    number = {record.fonte: record.registro for record in records}
    assert number.keys() == {"carteira", "vendas", "banco"}
    before = totals(world)
    [theirs] = world.rows(
        "select (select count(*) from {carteira}.clientes_carteira where cliente_id = %(carteira)s)"
        " as contratos, (select count(*) from {cliente_360}.transacciones"
        " where cliente_id = %(banco)s) as transacciones,"
        " (select count(*) from {historico}.contratos where cliente_id = %(carteira)s)"
        " as historico",
        number,
    )
    assert theirs["contratos"] > 0 < theirs["transacciones"]
    dotted = f"{document[:3]}.{document[3:6]}.{document[6:9]}-{document[9:]}"
    names = names_of(world, records)
    done = erase(world.server, parse_document(dotted))
    # And lines with the document that are in quarantine, under whatever number.
    assert set(done.records) >= set(records)
    assert (done.remains, done.shared) == ((), ())
    assert names
    assert named(world, names) == []
    assert {found.table for found in done.rows} >= {
        "raw_carteira.contratos", "raw_banco.clientes", "raw_banco.transacciones",
        "raw_cvcrm.reservas", "historico.contratos", "segmentacao.cluster_run_clientes",
    }  # fmt: skip
    assert everywhere(world, document) == []
    after = totals(world)
    assert after["vendas"] == before["vendas"]
    assert after["profissoes"] == before["profissoes"]
    assert before["clientes"] - after["clientes"] == 1
    for name in ("contratos", "transacciones", "historico"):
        assert before[name] - after[name] == theirs[name]
    [shown] = world.rows(
        "select evidencia from {cliente_360}.vinculos where fonte = 'vendas' and registro = %s",
        [number["vendas"]],
    )
    assert shown["evidencia"] == "SEM_DOCUMENTO"


def everywhere(world: World, document: str) -> list[Any]:
    """Tables that hold a document in any plain form, by a search of its own."""
    bare = document.lstrip("0")
    dotted = f"{document[:3]}.{document[3:6]}.{document[6:9]}-{document[9:]}"
    found = []
    tables = world.tables()
    with world.server.connect() as connection:
        assert {schema for schema, _ in tables} >= {world.prefix + name for name in (*OPEN, *PII)}
        for schema, table in tables:
            [rows] = connection.execute(
                sql.SQL(
                    "select count(*) from {} as l where strpos(l::text, %s) > 0"
                    " or strpos(l::text, %s) > 0"
                ).format(sql.Identifier(schema, table)),
                [bare, dotted],
            ).fetchone()
            if rows:
                found.append((schema, table, rows))
    return found


def names_of(world: World, records: list[Record]) -> list[str]:
    """A person's names that nobody else has."""
    rows = world.rows(
        "select nome from {pii}.clientes group by 1"
        " having bool_or((fonte, cliente_id) in (select * from unnest(%s::text[], %s::text[])))"
        " and count(distinct documento_hash) = 1",
        [[record.fonte for record in records], [record.registro for record in records]],
    )
    return [row["nome"] for row in rows]


def named(world: World, names: list[str]) -> list[Any]:
    """Raw tables that still show a name."""
    found = []
    tables = world.tables()
    with world.server.connect() as connection:
        for schema, table in tables:
            [rows] = connection.execute(
                sql.SQL("select count(*) from {} as l where l::text like any(%s)").format(
                    sql.Identifier(schema, table)
                ),
                [[f"%{name}%" for name in names]],
            ).fetchone()
            if rows:
                found.append((schema, table, rows))
    return found


def cut_off(world: World, *arguments: Any) -> tuple[Any, ...]:
    """Delete, and build nothing after it, as if it had been killed."""
    return erasing._delete(world.server, *arguments, lambda step: None)


def change(world: World, statement: str, parameters: Any = None) -> None:
    with world.server.connect() as connection:
        world.ask(connection, statement, parameters)


def test_lines_with_a_spoilt_document_of_the_person_go_too(world: World):
    document, records = person_of_three_sources(world, 2)
    [number] = [record.registro for record in records if record.fonte == "carteira"]
    change(
        world,
        "update {raw_carteira}.contratos set cliente_documento = '1.23E+10'"
        " where ctid = (select min(ctid) from {raw_carteira}.contratos where cliente_id = %s)",
        [number],
    )
    cut_off(world, parse_document(document), [])
    assert (
        world.rows("select 1 from {raw_carteira}.contratos where cliente_id = %s", [number]) == []
    )


def test_a_co_buyer_leaves_the_buyer_as_he_was(world: World):
    [row] = world.rows(
        "select idreserva, cliente, documento_cliente, associados from {raw_cvcrm}.reservas"
        " where jsonb_array_length(associados) > 0 and cliente is not null"
        " and documento_cliente is not null order by idreserva limit 1"
    )
    found = documents(str(row["associados"]))
    other = next(each for each in found if re.sub(r"\W", "", each) != row["documento_cliente"])
    cut_off(world, parse_document(other), [])
    [after] = world.rows(
        "select cliente, documento_cliente, associados from {raw_cvcrm}.reservas"
        " where idreserva = %s",
        [row["idreserva"]],
    )
    assert after["cliente"] == row["cliente"]
    assert after["documento_cliente"] == row["documento_cliente"]
    assert other not in str(after["associados"])


def test_erasures_that_were_cut_off_are_completed_by_the_next(world: World):
    # Those of the tests before, too.
    assert world.rows("select 1 from {pii}.apagamentos_pendentes") != []
    document, records = person_of_three_sources(world, 1)
    parsed = parse_document(document)
    _, rows, _ = cut_off(world, parsed, [])
    assert rows
    assert everywhere(world, document) != []
    done = erase(world.server, parsed)
    assert done.rows == ()
    assert done.remains == ()
    assert everywhere(world, document) == []
    assert "apagamentos_pendentes" not in {table for _, table in world.tables()}
    bank = [record.registro for record in records if record.fonte == "banco"]
    assert world.rows("select 1 from {cliente_360}.transacciones where cliente_id = %s", bank) == []


def test_a_number_that_was_somebody_elses_too_is_told_and_the_other_stays(world: World):
    document, records = person_of_three_sources(world, 3)
    [number] = [record.registro for record in records if record.fonte == "banco"]
    # The source corrected who the client is: the same number, another's document.
    change(
        world,
        "insert into {raw_banco}.clientes select _arquivo, _arquivo_sha256, _carregado_em,"
        " _marca_decimal, _linha + 1000000, _planilha, cliente_id, 'Outra Pessoa', edad,"
        " nacimiento, provincia, ingresos_mensuales, '529.982.247-25', _extras"
        " from {raw_banco}.clientes where cliente_id = %s limit 1",
        [number],
    )
    change(
        world,
        "update {raw_banco}.arquivos set qt_linha = qt_linha + 1 where _arquivo = 'clientes.csv'",
    )
    moved = world.rows(
        "select count(*) as linhas from {raw_banco}.transacciones where cliente_id = %s", [number]
    )
    done = erase(world.server, parse_document(document))
    assert done.shared == (Record("banco", number),)
    assert [found.table for found in done.remains] == [f"{world.prefix}raw_banco.transacciones"]
    assert everywhere(world, document) == []
    assert moved == world.rows(
        "select count(*) as linhas from {raw_banco}.transacciones where cliente_id = %s", [number]
    )
    [left] = world.rows("select nombre from {raw_banco}.clientes where cliente_id = %s", [number])
    assert left["nombre"] == "Outra Pessoa"


def test_a_person_who_is_not_there_is_looked_for_and_nothing_is_built(world: World):
    # A table that is built anew is another one.
    statement = f"select '{world.prefix}cliente_360.vinculos'::regclass::oid as tabela"
    before = world.rows(statement)
    done = erase(world.server, parse_document("111.444.777-35"))
    assert (done.records, done.rows, done.remains) == ((), (), ())
    assert done.searched > 100
    assert world.rows(statement) == before


def test_a_record_without_a_document_is_erased_by_its_number_though_cut_off(world: World):
    [row] = world.rows("select min(id_cliente) as numero from {cartoes}.faturas")
    record = Record("cartoes", row["numero"])
    _, rows, _ = cut_off(world, None, [record])
    assert {found.table for found in rows} >= {"raw_cartoes.faturas"}
    assert erase(world.server, None, [record]).remains == ()
    for table in ("{cartoes}.faturas", "{cartoes}.book_fatura"):
        statement = f"select 1 from {table} where id_cliente = %s"
        assert world.rows(statement, [record.registro]) == []
    [saldos] = world.rows(
        "select sum(abs(qt_saldo)) as saldo from {cartoes}.reconciliacao_arquivos"
    )
    assert saldos["saldo"] == Decimal(0)
    assert world.build()
