"""Text files as systems export them: every cell lands as it came."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders.contracts import load_contract
from loaders.errors import ArquivoRecusadoError
from loaders.reading import delimited
from loaders.reading.job import Job
from loaders.reading.launcher import make_job
from tests.loaders.conftest import HEADER, SECRET, Reader, line


def text(*rows: list[Any], separator: str = ";", end: str = "\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
    return out.getvalue()


def write(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / "carteira.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def job_of(path: Path, folder: Path) -> Job:
    """Give the child's job, to run it in this process."""
    return make_job(path, load_contract("carteira"), folder)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_and_line_ends_are_detected(
    tmp_path: Path, reader: Reader, separator: str, end: str
):
    rows = [line(1, cliente_nome=f'a{separator}"b"'), line(2)]
    reading = reader(write(tmp_path, text(HEADER, *rows, separator=separator, end=end)))
    assert reading.result.separator == separator
    assert [row["_linha"] for row in reading.rows] == ["2", "3"]
    assert reading.rows[0]["cliente_nome"] == f'a{separator}"b"'
    assert reading.rows[0]["_planilha"] == ""
    assert reading.result.format == "csv"


@pytest.mark.parametrize(
    ("encoding", "seen", "name"),
    [
        ("utf-8", "utf-8", "João"),
        ("utf-8-sig", "utf-8-sig", "João"),
        ("utf-16", "utf-16", "João"),
        ("cp1252", "cp1252", "João – €"),
        ("latin-1", "latin-1", "João\x81"),
    ],
)
def test_encodings_are_detected(
    tmp_path: Path, reader: Reader, encoding: str, seen: str, name: str
):
    header = ["Agência ID" if column == "agencia_id" else column for column in HEADER]
    reading = reader(write(tmp_path, text(header, line(cliente_nome=name)), encoding))
    assert reading.result.encoding == seen
    assert reading.rows[0]["cliente_nome"] == name
    assert reading.rows[0]["agencia_id"] == "7"


@pytest.mark.parametrize(
    ("separator", "values", "mark"),
    [
        (";", ["1.234", "1.234,56"], ","),
        (";", ["1.234", "10.5"], "."),
        (";", ["1.234", "10"], ","),
        (",", ["1.234", "10"], "."),
        (",", ["1.234,56", "10"], ","),
        ("\t", ["10", "11"], ","),
    ],
)
def test_the_decimal_mark_is_told_from_the_file(
    tmp_path: Path, reader: Reader, separator: str, values: list[str], mark: str
):
    rows = [line(n, saldo_atual=value) for n, value in enumerate(values)]
    reading = reader(write(tmp_path, text(HEADER, *rows, separator=separator)))
    assert reading.result.decimal_mark == mark
    assert [row["saldo_atual"] for row in reading.rows] == values


def test_lines_of_any_length_land_whole_under_their_real_line_numbers(
    tmp_path: Path, reader: Reader
):
    content = "Relatório da carteira\n\n" + text(
        [*HEADER, "obs"],
        [*line(1, cliente_nome="duas\nlinhas"), ""],
        [],
        line(2)[:6],
        [*line(3), "o", 'x;"y', "", "z"],
        [*line(4), "o"],
        [*line(5), "o", ""],
    )
    reading = reader(write(tmp_path, content))
    assert reading.result.header_rows == (3,)
    assert [(row["_linha"], row["num_contrato"]) for row in reading.rows] == [
        ("4", "C1"),
        ("7", "C2"),
        ("8", "C3"),
        ("9", "C4"),
        ("10", "C5"),
    ]
    extras = [json.loads(row["_extras"] or "null") for row in reading.rows]
    assert extras == [
        None,
        None,
        {"obs": "o", "_excedente": ['x;"y', "", "z"]},
        {"obs": "o"},
        {"obs": "o"},
    ]
    assert "1 linhas têm mais campos" in " ".join(reading.result.notices)
    assert reading.rows[1]["saldo_atual"] == ""


def test_surplus_fields_that_most_lines_have_are_kept_too(tmp_path: Path, reader: Reader):
    rows = [[*line(1), "a"], [*line(2), ""], [*line(3), "b", "c"], [*line(4), "d"]]
    reading = reader(write(tmp_path, text(HEADER, *rows)))
    assert [json.loads(row["_extras"] or "null") for row in reading.rows] == [
        {"_excedente": ["a"]},
        None,
        {"_excedente": ["b", "c"]},
        {"_excedente": ["d"]},
    ]


def test_a_file_of_many_blocks_lands_in_order(tmp_path: Path, reader: Reader):
    rows: list[list[Any]] = [line(n, cliente_nome="x" * 3000) for n in range(1, 4001)]
    rows[1999] = rows[1999][:5]
    reading = reader(write(tmp_path, text(HEADER, *rows)))
    assert [int(row["_linha"]) for row in reading.rows] == list(range(2, 4002))
    assert [row["num_contrato"] for row in reading.rows] == [f"C{n}" for n in range(1, 4001)]


def test_texts_that_look_like_formulas_or_null_stay(tmp_path: Path, reader: Reader):
    values = ["=1+1", "+55", "-1", "@x", "NULL", "NA", "  ", "\\N", "\\."]
    rows = [line(n, cliente_nome=value) for n, value in enumerate(values)]
    landed = reader(write(tmp_path, text(HEADER, *rows))).rows
    assert [row["cliente_nome"] for row in landed] == values


def test_the_content_says_what_a_file_is_not_its_name(tmp_path: Path, reader: Reader):
    path = tmp_path / "carteira.xlsx"
    path.write_text(text(HEADER, line()), encoding="utf-8")
    assert reader(path).result.format == "csv"


def test_too_many_lines_of_other_lengths_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delimited, "_MAX_RAGGED", 5)
    path = write(tmp_path, text(HEADER, *[line()] * 100, *[[*line(), "x"]] * 6))
    with pytest.raises(ArquivoRecusadoError, match="mais de 5 linhas") as caught:
        delimited.read_delimited(job_of(path, tmp_path))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("last", [False, True])
def test_an_open_quote_is_refused_with_the_line_where_it_starts(
    tmp_path: Path, reader: Reader, last: bool
):
    cells = [str(cell) for cell in line(2)]
    cells[9 if last else 2] = f'"{SECRET}'
    content = text(HEADER, line(1)) + ";".join(cells) + "\n" + text(line(3), line(4))
    assert "começa na linha 3" in reader.refusal(write(tmp_path, content))


def test_an_open_quote_in_a_big_file_is_refused_too(tmp_path: Path, reader: Reader):
    cells = ";".join([*map(str, line(2)[:9]), f'"{SECRET}'])
    content = text(HEADER, line(1)) + cells + "\n" + text(*[line(3)] * 120_000)
    assert "começa na linha 3" in reader.refusal(write(tmp_path, content))


def test_a_missing_required_column_is_refused_with_the_header_seen(tmp_path: Path, reader: Reader):
    message = reader.refusal(write(tmp_path, text(HEADER[:-1], line()[:-1])))
    assert "falta a coluna obrigatória 'data_operacao'" in message
    assert "linha 1: cliente_id, cliente_documento" in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vazio"),
        (b"\n\n", "não tem cabeçalho"),
        (f"{SECRET};{SECRET}\n".encode(), "não tem cabeçalho"),
        (b"a;b\0c\n" * 9, "bytes nulos"),
        (b"\xff\xfea", "UTF-16"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, reader: Reader, content: bytes, said: str):
    assert said in reader.refusal(write(tmp_path, content))


# Line ends inside a cell are kept, but a lone CR between records of a text is one too.
CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=12)


@given(
    rows=st.lists(st.lists(CELLS, min_size=11, max_size=11), max_size=12),
    separator=st.sampled_from(";,\t|"),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_table_of_texts_lands_cell_for_cell(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], separator: str
):
    """In this process, without the child: hundreds of starts would take minutes."""
    folder = tmp_path_factory.mktemp("t")
    path = folder / "t.csv"
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([[*HEADER, "obs"], *rows])
    path.write_bytes(out.getvalue().encode())
    job = job_of(path, folder)
    delimited.read_delimited(job)
    with job.piece(0).open(encoding="utf-8", newline="") as file:
        landed = list(csv.DictReader(file))
    # Python takes these for blanks, Rust does not: such lines may land or not.
    blanks = "\x1c\x1d\x1e\x1f"
    kept = [row for row in rows if any(cell.strip().strip(blanks) for cell in row)]
    got = [
        [*[row[name] for name in HEADER], json.loads(row["_extras"] or "{}").get("obs", "")]
        for row in landed
    ]
    assert [row for row in got if any(c.strip().strip(blanks) for c in row)] == kept
