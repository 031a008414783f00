"""Raw tables as they were before each file had a partition: converted without loss."""

from pathlib import Path

import pytest

from loaders import carteira
from loaders.file_loads import Outcome
from loaders.server import Server
from tests.loaders.files import VISIBLE, categories, load, portfolio, query


@pytest.fixture
def old(user_server: Server, tmp_path: Path) -> Path:
    """A file that landed in a plain table of varchar, as dlt made it, with a view on it."""
    path = portfolio(tmp_path / "velho.csv", 3)
    load(user_server, path)
    columns = [column.name for column in carteira.source().contract("contratos").columns]
    types = ", ".join(f"{name}::varchar" for name in (*columns, "_extras"))
    with user_server.connect() as connection:
        connection.execute(
            "create table raw_carteira.guardado as select _arquivo::varchar,"
            f" _arquivo_sha256::varchar, _planilha::varchar, _linha, _carregado_em, {types}"
            " from raw_carteira.contratos"
        )
        connection.execute("drop table raw_carteira.contratos")
        connection.execute("alter table raw_carteira.guardado rename to contratos")
        for name in ("_arquivo", "_arquivo_sha256", "_linha", "_carregado_em"):
            connection.execute(
                f"alter table raw_carteira.contratos alter column {name} set not null"
            )
        connection.execute("alter table raw_carteira.arquivos drop column formato_data")
        # What dlt stored of the manifest's columns then is not what it would store now.
        connection.execute("delete from raw_carteira._dlt_version")
        connection.execute(
            "create table raw_carteira_staging.contratos as select * from raw_carteira.contratos"
        )
        connection.execute("create view raw_carteira.v as select * from raw_carteira.contratos")
    return path


def kinds(server: Server) -> dict[str, str]:
    """Return the tables of contracts, those of dlt's staging too, and what they are."""
    return dict(
        query(
            server,
            "select relnamespace::regnamespace || '.' || relname, relkind::text from pg_class"
            " where relname ~ '^contratos'",
        )
    )


def test_what_landed_stays_known_and_new_files_land_beside_it(
    user_server: Server, old: Path, tmp_path: Path
):
    before = query(user_server, "select * from {schema}.v order by _linha")
    assert set(kinds(user_server).values()) == {"r"}
    carteira.source().ensure_tables(user_server)
    # Neither is a copy of the lines left in dlt's staging.
    assert kinds(user_server) == {
        "raw_carteira.contratos": "p",
        "raw_carteira.contratos__anterior": "r",
    }
    columns = [name for (name,) in query(
        user_server,
        "select column_name from information_schema.columns where table_schema = 'raw_carteira'"
        " and table_name = 'v' order by ordinal_position",
    )]  # fmt: skip
    assert (
        query(user_server, f"select {', '.join(columns)} from {{schema}}.contratos order by _linha")
        == before
    )
    assert load(user_server, old)[0].outcome is Outcome.SEM_MUDANCA
    new = portfolio(tmp_path / "novo.csv", 2, saldo_atual=7)
    assert load(user_server, new)[0].outcome is Outcome.CARREGADO
    assert len(query(user_server, VISIBLE)) == 5
    assert load(user_server, categories(tmp_path / "c.csv", CDC="PF"), table="categorias")
    assert query(user_server, "select formato_data from {schema}.arquivos where qt_linha = 2") == [
        ("iso",)
    ]


def test_a_load_may_be_what_converts_and_an_old_file_may_land_again(user_server: Server, old: Path):
    with user_server.connect() as connection:
        connection.execute("update raw_carteira._dlt_loads set status = 1")
    assert load(user_server, old)[0].outcome is Outcome.CARREGADO
    assert [row[1:] for row in query(user_server, VISIBLE)] == [("C1", 3), ("C2", 3), ("C3", 3)]
    assert query(user_server, "select count(*) from {schema}.contratos") == [(3,)]
    assert query(user_server, "select count(*) from {schema}.contratos__anterior") == [(0,)]


def test_a_column_that_a_contract_has_learnt_is_added(user_server: Server, tmp_path: Path):
    load(user_server, portfolio(tmp_path / "a.csv"))
    with user_server.connect() as connection:
        connection.execute("alter table raw_carteira.contratos drop column indexador")
    assert load(user_server, portfolio(tmp_path / "b.csv", 3))[0].outcome is Outcome.CARREGADO
    assert query(user_server, "select distinct indexador from {schema}.contratos") == [(None,)]
    assert len(query(user_server, VISIBLE)) == 5
