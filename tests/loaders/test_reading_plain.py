"""The fast reader: it lands what the tolerant one lands, and leaves it what it must."""

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from loaders.contracts import load_contract
from loaders.reading import delimited, plain, read_file
from loaders.reading.job import Job
from loaders.reading.launcher import make_job
from tests.loaders.conftest import Reader

HEADER = ["id_fatura", "id_cliente", "data_emissao", "data_vencimento", "valor_fatura", "bandeira"]
LINE = ["F1", "C1", "2024-09-01", "2024-10-01", "10.50", "ELO"]


def job_of(path: Path, folder: Path) -> Job:
    return make_job(path, load_contract("faturas"), folder)


def rows_of(job: Job, seen: dict[str, Any]) -> list[dict[str, str]]:
    """Give the landed lines, blanks left out, and remove the pieces."""
    rows = []
    for number, count in enumerate(seen["pieces"]):
        with job.piece(number).open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file, delimiter=seen["piece_separator"]))
        assert len(lines) == count
        rows += [{name: value for name, value in line.items() if value} for line in lines]
        job.piece(number).unlink()
    return [row | {"_linha": str(int(row["_linha"]))} for row in rows]


def text(*rows: list[str], separator: str = ";", end: str = "\n", last: bool = True) -> str:
    return end.join(separator.join(row) for row in [HEADER, *rows]) + (end if last else "")


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks, pieces and numbers so small that all their edges come up."""
    monkeypatch.setattr(plain, "_BLOCK_BYTES", 97)
    monkeypatch.setattr(plain, "_PIECE_BYTES", 200)
    monkeypatch.setattr(plain, "_DIGITS", 1)


AMOUNTS = st.one_of(
    st.decimals(0, 10**6, places=2).map(str),
    st.decimals(0, 10**6, places=2).map(lambda value: str(value).replace(".", ",")),
    st.integers(0, 10**6).map(str),
    st.sampled_from(["", " ", "1.234", "1.234,56", "10,5 ", "R$ 3", "-", "x"]),
)
DATES = st.one_of(
    st.dates().map(str),
    st.dates().map(lambda day: day.strftime("%d/%m/%Y")),
    st.sampled_from(["", "2024", "2024-09-01 00:00:00", "1/9/2024", "ontem"]),
)
TEXTS = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters='\0\r\n";,'), max_size=9
)


@given(
    rows=st.lists(
        st.tuples(TEXTS, TEXTS, DATES, DATES, AMOUNTS, TEXTS).map(list), min_size=1, max_size=40
    ),
    separator=st.sampled_from(";,"),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "latin-1"]),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_both_readers_land_the_same(
    small_blocks: None,
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    separator: str,
    end: str,
    last: bool,
    encoding: str,
):
    rows = [[cell.replace(separator, ".") for cell in row] for row in rows]
    folder = tmp_path_factory.mktemp("t")
    path = folder / "faturas.csv"
    path.write_bytes(
        text(*rows, separator=separator, end=end, last=last).encode(encoding, "replace")
    )
    job = job_of(path, folder)
    fast = plain.read_plain(job)
    # Wholly blank lines do not land; the fast reader leaves such files alone.
    assume(fast is not None)
    assert fast is not None
    assert sum(fast["pieces"]) == len(rows)
    landed = rows_of(job, fast)
    slow = delimited.read_delimited(job)
    assert landed == rows_of(job, slow)
    for name in ("encoding", "separator", "decimal_mark", "date_format", "missing_optional"):
        assert fast[name] == slow[name], name
    assert list(fast["sheets_read"][0]["header"]) == HEADER


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (text(LINE, ['"F2"', *LINE[1:]]), "utf-8"),
        (text(LINE, LINE[:5]), "utf-8"),
        (text(LINE, [*LINE, "a mais"]), "utf-8"),
        # Two faults that cancel out in the count of separators.
        (text([*LINE, "a mais"], LINE[:5]), "utf-8"),
        (text(LINE, [""] * 6, LINE), "utf-8"),
        (text(LINE, [" ", "\t", "", "", "", "\u00a0"], LINE), "utf-8"),
        (text(LINE) + "\n" + ";".join(LINE), "utf-8"),
        (text(LINE) + "\r\n".join([";".join(LINE)] * 2), "utf-8"),
        (text(LINE, end="\r\n") + ";".join(LINE) + "\n", "utf-8"),
        ("Relatório de faturas\n" + text(LINE), "utf-8"),
        (text(LINE).replace("bandeira", "emissor"), "utf-8"),
        (text(LINE), "utf-16"),
    ],
)
def test_what_is_not_plain_lands_by_the_tolerant_reader(
    tmp_path: Path, reader: Reader, content: str, encoding: str
):
    path = tmp_path / "faturas.csv"
    path.write_bytes(content.encode(encoding))
    folder = tmp_path / "job"
    folder.mkdir()
    assert plain.read_plain(job_of(path, folder)) is None
    assert list(folder.iterdir()) == []
    reading = reader(path, load_contract("faturas"))
    assert reading.result.piece_separator == ","
    assert reading.rows[0]["valor_fatura"] == "10.50"


def test_a_file_without_line_ends_does_not_fill_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(plain, "_MAX_LINE_BYTES", 1000)
    path = tmp_path / "faturas.csv"
    path.write_text(text(LINE, ["x" * 2000, *LINE[1:]]))
    monkeypatch.setattr(plain, "_BLOCK_BYTES", 100)
    assert plain.read_plain(job_of(path, tmp_path)) is None


def test_big_files_come_in_two_pieces_of_lines_in_order(tmp_path: Path, reader: Reader):
    path = tmp_path / "faturas.csv"
    lines = [[f"F{number}", *LINE[1:]] for number in range(250_000)]
    path.write_text(text(*lines, separator=","))
    reading = reader(path, load_contract("faturas"))
    first, second = reading.result.pieces
    assert abs(first.rows - second.rows) < 100_000
    assert [int(row["_linha"]) for row in reading.rows] == list(range(2, 250_002))
    assert [row["id_fatura"] for row in reading.rows] == [line[0] for line in lines]


@pytest.mark.parametrize(
    ("dates", "seen"),
    [
        (["2024-09-01", "2024-09-01 10:00:00", ""], "iso"),
        (["01/09/2024", ""], "dd/mm/aaaa"),
        (["01/09/2024", "2024-09-01"], None),
        (["01/09/2024", "ontem"], None),
        ([""], None),
    ],
)
@pytest.mark.parametrize("quote", ["", '"'])
def test_the_format_of_dates_is_told_from_the_file(
    tmp_path: Path, reader: Reader, dates: list[str], seen: str | None, quote: str
):
    path = tmp_path / "faturas.csv"
    lines = [[f"{quote}F{n}{quote}", "C", day, "", "1", "ELO"] for n, day in enumerate(dates)]
    path.write_text(text(*lines))
    assert reader(path, load_contract("faturas")).result.date_format == seen


def test_memory_does_not_grow_with_the_file(tmp_path: Path, reader: Reader):
    peaks = []
    for count in (100_000, 800_000):
        path = tmp_path / "faturas.csv"
        path.write_text(text(*([f"F{number}", *LINE[1:]] for number in range(count))))
        scratch = reader.scratch / f"{count}"
        scratch.mkdir()
        result = read_file(path, [load_contract("faturas")], scratch=scratch)
        assert result.rows == count
        assert result.piece_separator == ";"
        peaks.append(result.peak_rss_mb or 0)
    assert max(peaks) < 150
    assert peaks[1] < peaks[0] + 20
