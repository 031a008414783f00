"""Query results as CSV files."""

import csv
import io
import os
import re
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from loaders.cluster_runs.exports import file_stem
from loaders.errors import MiranteError
from loaders.exports import export_csv
from loaders.server import Server

TEXTS = sql.SQL(
    """
    select *
    from (values
        (1, '=1+1'), (2, '+55 11'), (3, '-5'), (4, '@soma'), (5, E'\\tx'), (6, E'\\rx'),
        (7, 'a=1'), (8, ''), (9, null), (10, 'com "aspas", vírgula\ne linha'), (11, '''x'),
        (12, 'Padaria;=1+1'), (13, E'a\\n@x;b')
    ) as linhas (id, texto)
    """
)


def cells(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_no_text_becomes_a_formula_and_all_else_stays(user_server: Server, tmp_path: Path):
    path = tmp_path / "novo" / "textos.csv"
    with user_server.connect() as connection:
        assert export_csv(connection, TEXTS, path, ["id"]) == 13
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid,texto\n")
    assert [text for _, text in cells(path)[1:]] == [
        "'=1+1", "'+55 11", "'-5", "'@soma", "'\tx", "'\rx", "a=1", "", "",
        'com "aspas", vírgula\ne linha', "'x", "Padaria;'=1+1", "a\n'@x;b",
    ]  # fmt: skip


def test_numbers_keep_their_sign(user_server: Server, tmp_path: Path):
    path = tmp_path / "numeros.csv"
    query = sql.SQL("select -5.10::numeric(15, 2) as vl, -1.5::double precision as nr")
    with user_server.connect() as connection:
        export_csv(connection, query, path, ["vl"])
    assert cells(path)[1] == ["-5.10", "-1.5"]


def test_the_same_rows_give_the_same_bytes_in_the_order_of_bytes(
    user_server: Server, tmp_path: Path
):
    rows = "select * from (values ('b'), ('B'), ('á'), ('a'), ('_')) as linhas (texto)"
    with user_server.connect() as connection:
        for name, order in (("um.csv", "asc"), ("dois.csv", "desc")):
            query = sql.SQL(rows + " order by 1 " + order)  # type: ignore[arg-type]
            export_csv(connection, query, tmp_path / name, ["texto"])
    assert (tmp_path / "um.csv").read_bytes() == (tmp_path / "dois.csv").read_bytes()
    assert [text for (text,) in cells(tmp_path / "um.csv")[1:]] == ["B", "_", "a", "b", "á"]


def test_a_query_that_breaks_leaves_the_old_file(user_server: Server, tmp_path: Path):
    path = tmp_path / "velho.csv"
    path.write_text("velho", encoding="utf-8")
    with user_server.connect() as connection, pytest.raises(psycopg.errors.DivisionByZero):
        export_csv(
            connection,
            sql.SQL("select 1 / (5 - id) as x from generate_series(1, 9) as n (id)"),
            path,
            ["x"],
        )
    assert path.read_text(encoding="utf-8") == "velho"
    assert os.listdir(tmp_path) == ["velho.csv"]


def test_a_folder_that_cannot_be_written_is_named(user_server: Server, tmp_path: Path):
    (tmp_path / "arquivo").write_text("", encoding="utf-8")
    path = tmp_path / "arquivo" / "x.csv"
    with (
        user_server.connect() as connection,
        pytest.raises(MiranteError, match="não consegui escrever"),
    ):
        export_csv(connection, sql.SQL("select 1 as x"), path, ["x"])


def test_a_perfil_names_its_files_plainly():
    assert file_stem("PF VAREJO") == "PF_VAREJO"
    assert file_stem("Pessoa Física") == "Pessoa_Fisica"
    names = ["PF VAREJO", "PF/VAREJO", "PF-VAREJO", "../../etc", "***", "**"]
    names += ["PF 1º", "PF 1o", "PJ ①", "PJ 1"]
    stems = [file_stem(name) for name in names]
    assert len(set(stems)) == len(names)
    assert all(re.fullmatch("[A-Za-z0-9_]+", stem) for stem in stems)
