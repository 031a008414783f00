"""One client over all sources, and who may see whose data."""

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from loaders.privacy.keys import keyed_hash, pii_key
from loaders.privacy.roles import AUDIT, OPEN
from loaders.settings import dbt_target
from tests.end_to_end.cliente_360_world import GOOD, World, built_world, documents, people

pytestmark = pytest.mark.slow
NO_TESTS = ("--exclude-resource-type", "test")


@pytest.fixture(scope="module")
def world(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with built_world(tmp_path_factory.mktemp("c360"), "c360_") as world:
        world.segment()
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
            rights.ask(connection, ACTIONS[action])
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                rights.ask(connection, ACTIONS[action])


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
        rows = rights.ask(connection, f"select * from {table}")
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
            [f"{rights.prefix}%"],
        ).fetchall()
        assert {schema for schema, _ in relations} == {
            rights.prefix + name for name in (*OPEN, *AUDIT)
        }
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


def test_documents_are_found_where_they_are():
    assert documents('(1,"529.982.247-25",x)') == ["529.982.247-25"]
    assert documents('{"a": "52998224725"}') == ["52998224725"]
    assert documents("(12ABC34501DE35,)") == ["12ABC34501DE35"]
    assert documents("(52998224724,111.111.111-11)") == []
    assert "Ana da Silva" in people('(1,"Ana da Silva",x)')


def test_docs_and_segment_files_name_nobody(world: World):
    manifest = (dbt_target() / "manifest.json").read_text(encoding="utf-8")
    # Of thousands of moments in fractions of a second some have the digits of a CNPJ.
    assert documents(re.sub(r'"created_at": [\d.]+', "", manifest)) == []
    files = [path for path in world.segmented if path.suffix == ".csv"]
    known = {
        row["cliente_id"] for row in world.rows("select cliente_id from {carteira}.dim_cliente")
    }
    names = {row["nome"] for row in world.rows("select nome from {pii}.clientes")} - {None}
    seen = set()
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert documents(text) == [], path
        assert people(text) & names == set(), path
        seen |= set(re.findall(r"\w+", text)) & known
    assert len(seen) > 200


def test_clients_show_the_cluster_that_is_current(world: World):
    [row] = world.rows(
        "select count(*) as clientes, count(*) filter (where"
        " cliente_360.cluster_estavel = atuais.cluster_estavel"
        " and cliente_360.perfil = atuais.perfil) as iguais"
        " from {segmentacao}.vw_clusters_atuais as atuais"
        " inner join {cliente_360}.vinculos on vinculos.fonte = 'carteira'"
        " and vinculos.registro = atuais.cliente_id"
        " inner join {cliente_360}.cliente_360"
        " on vinculos.cliente_360_id = cliente_360.cliente_360_id"
    )
    assert row["clientes"] == row["iguais"] > 200


def test_another_key_makes_other_hashes_and_the_same_clients(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    before, together = hashes(world), linked(world)
    monkeypatch.setenv("MIRANTE_PII_KEY", "outra chave, de trinta e tantos caracteres")
    assert world.build("--select", "+cliente_360", *NO_TESTS)
    after = hashes(world)
    assert before.keys() == after.keys()
    assert all(before[record] != after[record] for record in before)
    assert linked(world) == together
    # As the docs say: back with the key, back with the hashes.
    monkeypatch.delenv("MIRANTE_PII_KEY")
    assert world.build("--select", "+cliente_360", *NO_TESTS)
    assert hashes(world) == before


def hashes(world: World) -> dict[tuple[str, str], str]:
    rows = world.rows("select * from {cliente_360}.vinculos where documento_hash is not null")
    return {(row["fonte"], row["registro"]): row["documento_hash"] for row in rows}


def linked(world: World) -> set[frozenset[tuple[str, str]]]:
    return {frozenset(records) for records in world.clusters_of_records().values()}


def test_readers_of_restricted_tables_never_fail_while_they_are_rebuilt(world: World):
    failed: list[str] = []
    reads = 0
    done = threading.Event()

    def read() -> None:
        nonlocal reads
        with world.as_role("mirante_reader") as connection:
            while not done.is_set():
                try:
                    world.ask(connection, "select * from {carteira}.vw_ultimas_operacoes")
                    world.ask(connection, "select count(*) from {carteira}.clientes_carteira")
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
