"""Raw tables that somebody changed by hand: repaired where nothing is lost, else told.

Here: what a load and the start of a build do. Not here: tables that dbt makes
(`end_to_end/test_build_faults`).
"""

from pathlib import Path

import pytest

from loaders import carteira
from loaders.errors import MiranteError
from loaders.file_loads import Outcome
from loaders.server import Server
from tests.loaders.conftest import SECRET
from tests.loaders.files import VISIBLE, load, portfolio, query

SOURCE = carteira.source()


@pytest.fixture
def files(user_server: Server, tmp_path: Path) -> list[Path]:
    """Two files that are loaded."""
    paths = [portfolio(tmp_path / "a.csv"), portfolio(tmp_path / "b.csv", 3)]
    load(user_server, *paths)
    return paths


def by_hand(server: Server, *statements: str) -> None:
    with server.connect() as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def refused(server: Server, path: Path) -> str:
    """Check that a load and a build are refused alike, and give why."""
    before = query(server, "select count(*) from {schema}._dlt_loads")
    with pytest.raises(MiranteError) as of_a_load:
        load(server, path)
    with pytest.raises(MiranteError) as of_a_build:
        SOURCE.ensure_tables(server)
    assert str(of_a_load.value) == str(of_a_build.value)
    assert SECRET not in str(of_a_load.value)
    assert query(server, "select count(*) from {schema}._dlt_loads") == before
    return str(of_a_load.value)


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ("drop column saldo_atual", "perdeu a coluna saldo_atual"),
        (
            "alter column saldo_atual type numeric using saldo_atual::numeric",
            "a coluna saldo_atual foi mudada fora do Mirante para numeric",
        ),
    ],
)
def test_a_column_that_lost_what_files_brought_is_told_with_the_way_back(
    user_server: Server, files: list[Path], tmp_path: Path, change: str, lost: str
):
    before = query(user_server, VISIBLE)
    by_hand(user_server, f"alter table raw_carteira.contratos {change}")
    said = refused(user_server, portfolio(tmp_path / "c.csv", 4))
    assert "raw_carteira.contratos" in said
    assert lost in said
    # What the message says to do.
    assert "DROP TABLE raw_carteira.contratos CASCADE" in said
    by_hand(user_server, "drop table raw_carteira.contratos cascade")
    assert [each.outcome for each in load(user_server, *files)] == [Outcome.CARREGADO] * 2
    assert query(user_server, VISIBLE) == before
    SOURCE.ensure_tables(user_server)


def test_a_column_that_no_file_brought_is_made_again(user_server: Server, files: list[Path]):
    by_hand(user_server, "alter table raw_carteira.contratos drop column taxa")
    SOURCE.ensure_tables(user_server)
    assert query(user_server, "select taxa from {schema}.contratos limit 1") == [(None,)]
    assert len(query(user_server, VISIBLE)) == 5


def test_a_table_that_is_gone_stops_the_build_and_a_load_brings_it_back(
    user_server: Server, files: list[Path], caplog: pytest.LogCaptureFixture
):
    by_hand(user_server, "drop table raw_carteira.contratos cascade")
    with pytest.raises(MiranteError) as caught:
        SOURCE.ensure_tables(user_server)
    said = str(caught.value)
    assert "raw_carteira.contratos foi apagada" in said
    assert "2 arquivo(s): a.csv, b.csv" in said
    assert [each.outcome for each in load(user_server, *files)] == [Outcome.CARREGADO] * 2
    assert said in caplog.text
    assert len(query(user_server, VISIBLE)) == 5
    SOURCE.ensure_tables(user_server)


@pytest.mark.parametrize("table", ["arquivos", "_dlt_loads"])
def test_without_the_list_of_files_the_build_stops_and_a_load_begins_anew(
    user_server: Server, files: list[Path], table: str
):
    by_hand(user_server, f"drop table raw_carteira.{table} cascade")
    with pytest.raises(MiranteError) as caught:
        SOURCE.ensure_tables(user_server)
    assert f"raw_carteira.{table} foi apagada" in str(caught.value)
    assert "2 estavam carregados" in str(caught.value)
    assert [each.outcome for each in load(user_server, *files)] == [Outcome.CARREGADO] * 2
    assert len(query(user_server, VISIBLE)) == 5
    SOURCE.ensure_tables(user_server)


def test_a_column_of_the_list_is_told_if_it_held_anything(user_server: Server, files: list[Path]):
    by_hand(user_server, "alter table raw_carteira.arquivos drop column modo")
    said = refused(user_server, files[0])
    assert "raw_carteira.arquivos perdeu fora do Mirante: modo" in said
    by_hand(user_server, "drop table raw_carteira.arquivos cascade")
    assert load(user_server, files[0])[0].outcome is Outcome.CARREGADO


def test_a_column_of_an_empty_list_is_made_again(user_server: Server, tmp_path: Path):
    SOURCE.ensure_tables(user_server)
    by_hand(user_server, "alter table raw_carteira.arquivos drop column modo")
    assert load(user_server, portfolio(tmp_path / "a.csv"))[0].outcome is Outcome.CARREGADO
    assert query(user_server, "select modo from {schema}.arquivos") == [("acrescenta",)]
