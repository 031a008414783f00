"""What the fault table sees: rows that are missing or too many, tables that were left."""

from collections.abc import Callable

import pytest

from benchmarks.quedas.contents import Contents, compare, read
from benchmarks.quedas.killing import Outcome, draw
from benchmarks.quedas.points import Job, Point
from benchmarks.quedas.report import told
from loaders.server import Server

JOB = Job("loader", "cartoes", "primeira", ("load", "cartoes"))


@pytest.fixture
def look(user_server: Server) -> Callable[..., Contents]:
    """Run statements and read everything."""

    def looking(*statements: str) -> Contents:
        with user_server.connect() as connection:
            for statement in statements:
                connection.execute(statement)
            return read(connection)

    looking(
        "create schema vendas",
        "create table vendas.vendas (id int, vl numeric, lido_em timestamptz, _dlt_load_id text)",
        "insert into vendas.vendas select n, 10 * n, now(), 'a' from generate_series(1, 9) as n",
        "create view vendas.vw_caras as select * from vendas.vendas where vl > 50",
        "create schema audit",
        "create table audit.operacoes (id int)",
    )
    return looking


def test_what_differs_rightly_is_no_difference(look: Callable[..., Contents]):
    before = look()
    after = look(
        "create table vendas.copia as select * from vendas.vendas order by id desc",
        "truncate vendas.vendas",
        "insert into vendas.vendas select * from vendas.copia",
        "drop table vendas.copia",
        "update vendas.vendas set lido_em = now(), _dlt_load_id = 'b'",
        "insert into audit.operacoes values (1)",
    )
    assert before.keys() == {"vendas.vendas", "vendas.vw_caras"}
    assert before["vendas.vendas"].total() == 9
    difference = compare(before, after)
    assert (difference.lost, difference.doubled) == (0, 0)
    assert not difference.left
    assert not difference.told


@pytest.mark.parametrize(
    ("statement", "lost", "doubled"),
    [
        ("delete from vendas.vendas where id = 1", 1, 0),
        ("insert into vendas.vendas select * from vendas.vendas where id < 3", 0, 2),
        ("update vendas.vendas set vl = 0 where id = 1", 1, 1),
        ("update vendas.vendas set lido_em = null where id = 1", 1, 1),
        # Of each of the two a row is seen.
        ("delete from vendas.vendas where id = 9", 2, 0),
        ("drop view vendas.vw_caras", 5, 0),
    ],
)
def test_lines_that_are_missing_or_too_many_are_counted(
    look: Callable[..., Contents], statement: str, lost: int, doubled: int
):
    difference = compare(look(), look(statement))
    assert (difference.lost, difference.doubled) == (lost, doubled)
    assert difference.told
    outcome = Outcome(Point(JOB, 0, 1), 3.0, difference=difference)
    assert outcome.bad == difference.told


def test_a_table_that_was_left_is_named(look: Callable[..., Contents]):
    difference = compare(look(), look("create table vendas.vendas__dbt_tmp (id int)"))
    assert difference.left == ["vendas.vendas__dbt_tmp"]
    assert Outcome(Point(JOB, 0, 1), 3.0, difference=difference).bad


def test_a_point_is_repeated_at_the_same_moment():
    point = Point(JOB, 3, seed=7)
    assert draw(point, 4.0) == draw(Point(JOB, 3, seed=7), 4.0)
    assert draw(point, 4.0) != draw(Point(JOB, 3, seed=8), 4.0)
    assert all(0 <= moment <= 4.2 for moment in draw(point, 4.0))


def test_what_went_wrong_is_told_with_the_way_to_repeat_it():
    point = Point(JOB, 3, seed=7)
    assert "survived" in told(Outcome(point, 3.0))
    wrong = told(Outcome(point, 3.0, stuck=["load cartoes"]))
    assert "--seed 7 --point 'loader/cartoes/3'" in wrong
    assert "stuck: load cartoes" in wrong
