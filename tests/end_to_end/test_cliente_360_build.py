"""One client over all sources, who may see whose data, and taking a person out.

The tests of a file run in its order: the last ones take people out of the world.
"""

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from stdnum.br import cnpj, cpf

from loaders import embedded
from loaders.cluster_runs.exports import export_clusters
from loaders.privacy import erasing
from loaders.privacy.documents import parse_document
from loaders.privacy.erasing import erase
from loaders.privacy.keys import keyed_hash, pii_key
from loaders.privacy.person import Record
from loaders.privacy.roles import OPEN, PII
from loaders.settings import dbt_target
from tests.end_to_end.cliente_360_world import GOOD, PREFIX, World, ask

pytestmark = pytest.mark.slow
NO_TESTS = ("--exclude-resource-type", "test")
CANDIDATE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{2,3}[0-9A-Z./-]{8,16}(?![0-9A-Za-z])")


@pytest.fixture(scope="module")
def world(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
        world = World(embedded.ensure_running(), tmp_path_factory.mktemp("c360"))
        world.load()
        assert world.build()
        yield world


def test_people_with_a_good_document_are_one_client_and_nobody_is_another(world: World):
    identities = {(each.fonte, each.registro): each for each in world.identities()}
    together = world.clusters_of_records()
    wrong = [
        records
        for records in together.values()
        if len({identities[record].pessoa for record in records}) > 1
    ]
    assert wrong == []
    client = {record: key for key, records in together.items() for record in records}
    by_person = defaultdict(list)
    for record, each in identities.items():
        if each.documento in GOOD and record in client:
            by_person[each.pessoa].append(record)
    pairs = [pair for records in by_person.values() for pair in combinations(records, 2)]
    linked = [pair for pair in pairs if client[pair[0]] == client[pair[1]]]
    # Apart stay some whose document lost its zeros and may be a CPF or a CNPJ, and those
    # whose newest contract shows a spoilt one.
    assert len(linked) >= 0.95 * len(pairs) > 100
    apart = {record for pair in pairs if pair not in linked for record in pair}
    evidence = {
        (row["fonte"], row["registro"]): row["evidencia"]
        for row in world.rows("select * from {cliente_360}.vinculos")
    }
    assert {evidence[record] for record in apart} <= {
        "DOCUMENTO", "DOCUMENTO_AMBIGUO", "DOCUMENTO_INVALIDO", "SEM_DOCUMENTO"
    }  # fmt: skip
    assert all(
        {evidence[one], evidence[other]} - {"DOCUMENTO"} for one, other in set(pairs) - set(linked)
    )
    assert max(map(len, by_person.values())) >= 3


def test_two_people_of_one_name_are_two_clients(world: World):
    rows = world.rows(
        "select nome, count(distinct documento_hash) as pessoas from {pii}.clientes"
        " where documento_hash is not null group by 1 having count(distinct documento_hash) > 1"
    )
    assert rows
    identities = {(each.fonte, each.registro): each.pessoa for each in world.identities()}
    shared = world.rows(
        "select clientes.nome, vinculos.fonte, vinculos.registro, vinculos.cliente_360_id"
        " from {cliente_360}.vinculos inner join {pii}.clientes"
        " on vinculos.fonte = clientes.fonte and vinculos.registro = clientes.cliente_id"
        " where clientes.nome = any(%s)",
        [[row["nome"] for row in rows]],
    )
    people = {identities[row["fonte"], row["registro"]] for row in shared}
    assert len({row["cliente_360_id"] for row in shared}) >= len(people) > len(rows)


def test_every_record_of_every_source_is_a_record_of_one_client(world: World):
    counts = {
        row["fonte"]: row["registros"]
        for row in world.rows(
            "select fonte, count(*) as registros from {cliente_360}.vinculos group by 1"
        )
    }
    assert counts == {
        "carteira": count(world, "{carteira}.dim_cliente"),
        "banco": count(world, "{cliente_360}.clientes_banco"),
        "cartoes": count(world, "{intermediate}.int_cartoes__clientes_iniciados"),
        "vendas": count(world, "{intermediate}.int_vendas__compradores_reunidos"),
    }
    [total] = world.rows("select sum(qt_registro) as registros from {cliente_360}.cliente_360")
    assert total["registros"] == sum(counts.values())


@pytest.mark.parametrize(
    ("of_all", "of_clients"),
    [
        (
            "count(*), sum(saldo_atual) from {carteira}.clientes_carteira",
            "sum(qt_contrato), sum(vl_saldo) from {cliente_360}.cliente_360",
        ),
        (
            "count(*), sum(valor) from {vendas}.vendas where fl_venda",
            "sum(qt_venda), sum(vl_venda) from {cliente_360}.cliente_360",
        ),
        (
            "count(*), sum(vl_fatura_total_u12m) from {cartoes}.book_fatura"
            " where dt_ref = (select max(dt_ref) from {cartoes}.book_fatura)",
            "count(dt_ref), sum(vl_fatura_total_u12m) from {cliente_360}.cliente_360",
        ),
        (
            "count(*), sum(gasto_mensual_promedio) from {cliente_360}.metricas_bancarias",
            "count(qt_mes), sum(gasto_mensual_promedio) from {cliente_360}.cliente_360",
        ),
    ],
)
def test_sums_of_the_sources_survive_in_the_blocks(world: World, of_all: str, of_clients: str):
    [sums] = world.rows(f"select * from (select {of_all}) as somas (quantidade, valor)")
    [blocks] = world.rows(f"select * from (select {of_clients}) as somas (quantidade, valor)")
    assert sums["quantidade"] > 0
    assert sums == blocks


def test_the_hash_is_the_keyed_one_of_the_document_with_its_zeros(world: World):
    key = pii_key(world.server)
    rows = world.rows(
        "select documento, documento_hash from {pii}.clientes where documento_hash is not null"
    )
    assert len(rows) > 500
    for row in rows:
        assert row["documento_hash"] == keyed_hash(key, row["documento"])


def test_planted_faults_of_the_bank_end_as_their_list_says(world: World):
    listed = Counter()
    codes = {
        "TIPO_INVALIDO", "OBRIGATORIO_AUSENTE", "DATA_IMPOSSIVEL", "ORFAO",
        "CHAVE_DUPLICADA_NO_ARQUIVO",
    }  # fmt: skip
    for line in (world.folder / "defeitos.csv").read_text(encoding="utf-8").splitlines()[1:]:
        arquivo, linha, *_, resultado, _planilha = line.split(",")
        if arquivo.startswith(("clientes", "transacciones")) and resultado in codes:
            listed[arquivo, int(linha), resultado] += 1
    found = Counter(
        (row["arquivo"], row["linha"], row["codigo"])
        for row in world.rows("select * from {cliente_360}.quarentena")
    )
    assert found == listed
    assert {code for _, _, code in found} == codes


# ---------------------------------------------------------------- who may see what

# What each role may do: read a mart, see a name in it, read a clear table, read raw lines,
# read staging, write raw lines, write a mart, make a table.
MATRIX = {
    "mirante_reader": "mart",
    "mirante_reader_pii": "mart name clear",
    "mirante_loader": "raw write_raw",
    "mirante_transformer": "mart name clear raw staging write_mart make",
}
ACTIONS = {
    "mart": "select count(*) from {carteira}.dim_cliente",
    "clear": "select count(*) from {pii}.clientes",
    "raw": "select count(*) from {raw_banco}.clientes",
    "staging": "select count(*) from {intermediate}.int_banco__clientes_curados",
    "write_raw": "update {raw_banco}.clientes set edad = edad where false",
    "write_mart": "delete from {carteira}.dim_cliente where false",
    "make": "create table {cliente_360}.provisoria ()",
}


@pytest.fixture(scope="module", params=["built", "rebuilt"])
def rights(request: pytest.FixtureRequest, world: World) -> World:
    """The world as it was built, and built once more: tables are swapped."""
    if request.param == "rebuilt":
        assert world.build("--select", "+vw_ultimas_operacoes", "+cliente_360", "+vendas")
    return world


@pytest.mark.parametrize("role", MATRIX)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_may_do_what_it_is_for_and_no_more(rights: World, role: str, action: str):
    with rights.as_role(role) as connection, connection.transaction(force_rollback=True):
        if action in MATRIX[role].split():
            ask(connection, ACTIONS[action])
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ask(connection, ACTIONS[action])


@pytest.mark.parametrize("role", ["mirante_reader", "mirante_reader_pii", "mirante_transformer"])
@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("{carteira}.clientes_carteira", {"cliente_nome": "M", "cliente_documento": "M",
                                          "cliente_nascimento": None, "extras": None}),
        ("{carteira}.vw_ultimas_operacoes", {"cliente_nome": "M"}),
        ("{vendas}.vendas", {"cliente": "M"}),
        ("{vendas}.vw_tabela_geral_vendas", {"cliente": "M"}),
        ("{cliente_360}.clientes_banco", {"nombre": "M"}),
        ("{cliente_360}.quarentena", {"conteudo": None}),
        ("{carteira}.quarentena", {"conteudo": None}),
        ("{cartoes}.quarentena", {"conteudo": None}),
    ],
)  # fmt: skip
def test_names_show_to_who_may_read_pii_and_masks_to_others(
    rights: World, role: str, table: str, columns: dict[str, str | None]
):
    with rights.as_role(role) as connection:
        rows = ask(connection, f"select * from {table}")
    clear = rights.rows(f"select * from {table}")
    assert rows
    assert len(rows) == len(clear)
    for column, mask in columns.items():
        shown = {str(row[column]) for row in rows if row[column] is not None}
        known = {str(row[column]) for row in clear if row[column] is not None}
        if "name" in MATRIX[role].split():
            assert shown == known
        elif mask is None:
            assert shown == set()
        else:
            assert shown
            assert all("***" in value for value in shown)
            assert shown.isdisjoint(known)


def test_no_reader_finds_a_document_or_a_full_name_anywhere(rights: World):
    names = {row["nome"] for row in rights.rows("select nome from {pii}.clientes")} - {None}
    birth = rights.rows(
        "select distinct dt_nascimento::text as dia from {pii}.clientes"
        " where dt_nascimento is not null"
    )
    assert len(names) > 300
    assert birth
    seen = 0
    with rights.as_role("mirante_reader") as connection:
        relations = connection.execute(
            "select nspname, relname from pg_class inner join pg_namespace"
            " on relnamespace = pg_namespace.oid where relkind in ('r', 'v', 'p', 'm')"
            " and has_schema_privilege(nspname, 'usage') and nspname like %s"
            " and has_table_privilege(pg_class.oid, 'select')",
            [f"{PREFIX}%"],
        ).fetchall()
        assert {schema for schema, _ in relations} == {PREFIX + name for name in OPEN}
        for schema, table in relations:
            cursor = connection.execute(
                sql.SQL("select linhas::text from {} as linhas").format(
                    sql.Identifier(schema, table)
                )
            )
            for (text,) in cursor:
                seen += 1
                assert documents(text) == [], (schema, table)
                assert not any(name in text for name in people(text) & names), (schema, table)
    assert seen > 10_000


def documents(text: str) -> list[str]:
    """Valid CPFs and CNPJs in a text."""
    found = []
    for candidate in CANDIDATE.findall(text):
        plain = re.sub(r"[./-]", "", candidate)
        if len(set(plain)) > 1 and (
            (len(plain) == 11 and plain.isdigit() and cpf.is_valid(plain))
            or (len(plain) == 14 and cnpj.is_valid(plain))
        ):
            found.append(candidate)
    return found


def people(text: str) -> set[str]:
    """Everything in a row's text that may be a value of its own."""
    return set(re.findall(r'(?<=[(,"])[^,"]+(?=[,")])', text))


def test_documents_are_found_where_they_are():
    assert documents('(1,"529.982.247-25",x)') == ["529.982.247-25"]
    assert documents('{"a": "52998224725"}') == ["52998224725"]
    assert documents("(12ABC34501DE35,)") == ["12ABC34501DE35"]
    assert documents("(52998224724,111.111.111-11)") == []
    assert "Ana da Silva" in people('(1,"Ana da Silva",x)')


def test_docs_and_segment_files_name_nobody(world: World, tmp_path: Path):
    manifest = (dbt_target() / "manifest.json").read_text(encoding="utf-8")
    assert documents(manifest) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRANTE_SCHEMA_PREFIX", PREFIX)
        for path in export_clusters(world.server, tmp_path):
            assert documents(path.read_text(encoding="utf-8")) == []


# ---------------------------------------------------------------- taking a person out


def person_of_three_sources(world: World, among: int) -> tuple[str, list[Record]]:
    """A document and its records."""
    row = world.rows(
        "select documento_hash from {cliente_360}.cliente_360"
        " where fl_carteira and fl_vendas and fl_banco and tipo_documento = 'CPF'"
        " order by documento_hash"
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
    assert {each for each in done.records if each.fonte != "reserva"} == set(records)
    assert (done.remains, done.shared) == ((), ())
    assert names
    assert named(world, names) == []
    assert {found.table for found in done.rows} >= {
        "raw_carteira.contratos", "raw_banco.clientes", "raw_banco.transacciones",
        "raw_cvcrm.reservas", "historico.contratos",
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
    with world.server.connect() as connection:
        tables = connection.execute(
            "select nspname, relname from pg_class inner join pg_namespace"
            " on relnamespace = pg_namespace.oid where relkind in ('r', 'p') and nspname like %s",
            [f"{PREFIX}%"],
        ).fetchall()
        assert {schema for schema, _ in tables} >= {PREFIX + name for name in (*OPEN, *PII)}
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
    with world.server.connect() as connection:
        tables = connection.execute(
            "select nspname, relname from pg_class inner join pg_namespace"
            " on relnamespace = pg_namespace.oid where relkind in ('r', 'p') and nspname like %s",
            [f"{PREFIX}%"],
        ).fetchall()
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


def test_an_erasure_that_was_cut_off_is_completed_by_the_next(world: World):
    document, records = person_of_three_sources(world, 1)
    parsed = parse_document(document)
    _, rows, _ = cut_off(world, parsed, [])
    assert rows
    assert everywhere(world, document) != []
    done = erase(world.server, parsed)
    assert done.rows == ()
    assert done.remains == ()
    assert everywhere(world, document) == []
    bank = [record.registro for record in records if record.fonte == "banco"]
    assert world.rows("select 1 from {cliente_360}.transacciones where cliente_id = %s", bank) == []


def test_lines_with_a_spoilt_document_of_the_person_go_too(world: World):
    document, records = person_of_three_sources(world, 2)
    [number] = [record.registro for record in records if record.fonte == "carteira"]
    change(
        world,
        "update {raw_carteira}.contratos set cliente_documento = '1.23E+10'"
        " where ctid = (select min(ctid) from {raw_carteira}.contratos where cliente_id = %s)",
        [number],
    )
    assert erase(world.server, parse_document(document)).remains == ()
    assert (
        world.rows("select 1 from {raw_carteira}.contratos where cliente_id = %s", [number]) == []
    )


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
    assert [found.table for found in done.remains] == [f"{PREFIX}raw_banco.transacciones"]
    assert everywhere(world, document) == []
    assert moved == world.rows(
        "select count(*) as linhas from {raw_banco}.transacciones where cliente_id = %s", [number]
    )
    [left] = world.rows("select nombre from {raw_banco}.clientes where cliente_id = %s", [number])
    assert left["nombre"] == "Outra Pessoa"


def test_a_co_buyer_leaves_the_buyer_as_he_was(world: World):
    [row] = world.rows(
        "select idreserva, cliente, documento_cliente, associados from {raw_cvcrm}.reservas"
        " where jsonb_array_length(associados) > 0 and cliente is not null"
        " and documento_cliente is not null order by idreserva limit 1"
    )
    found = documents(str(row["associados"]))
    other = next(each for each in found if re.sub(r"\W", "", each) != row["documento_cliente"])
    assert erase(world.server, parse_document(other)).remains == ()
    [after] = world.rows(
        "select cliente, documento_cliente, associados from {raw_cvcrm}.reservas"
        " where idreserva = %s",
        [row["idreserva"]],
    )
    assert after["cliente"] == row["cliente"]
    assert after["documento_cliente"] == row["documento_cliente"]
    assert other not in str(after["associados"])


def change(world: World, statement: str, parameters: Any = None) -> None:
    with world.server.connect() as connection:
        ask(connection, statement, parameters)


def test_a_person_who_is_not_there_is_looked_for_and_nothing_is_built(world: World):
    stamp = world.rows("select max(carregado_em) as feito from {cliente_360}.clientes_banco")
    done = erase(world.server, parse_document("111.444.777-35"))
    assert (done.records, done.rows, done.remains) == ((), (), ())
    assert done.searched > 100
    assert stamp == world.rows(
        "select max(carregado_em) as feito from {cliente_360}.clientes_banco"
    )


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


def test_readers_of_restricted_tables_never_fail_while_they_are_rebuilt(world: World):
    failed: list[str] = []
    reads = 0
    done = threading.Event()

    def read() -> None:
        nonlocal reads
        with world.as_role("mirante_reader") as connection:
            while not done.is_set():
                try:
                    ask(connection, "select * from {carteira}.vw_ultimas_operacoes")
                    ask(connection, "select count(*) from {carteira}.clientes_carteira")
                    reads += 1
                except psycopg.Error as error:
                    failed.append(str(error))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(3):
            assert world.build("--select", "clientes_carteira", "vw_ultimas_operacoes", *NO_TESTS)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert failed == []
    assert reads > 100


def count(world: World, table: str) -> int:
    [row] = world.rows(f"select count(*) as linhas from {table}")
    return int(row["linhas"])
