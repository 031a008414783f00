"""Loading monthly card files: both kinds, all their variants, exactly once."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter

from loaders import cartoes
from loaders.file_loads import Outcome
from loaders.manifest import known_files
from loaders.server import Server
from loaders.settings import mirante_home
from tests.loaders.cards import (
    INVOICE,
    OPTIONAL,
    PAYMENT,
    invoices,
    load,
    payments,
    raw,
    visible,
    write,
)
from tests.loaders.conftest import SECRET
from tests.loaders.helpers import mirante


def test_kinds_are_told_by_the_header_whatever_the_name_says(user_server: Server, tmp_path: Path):
    files = [
        payments(tmp_path / "tb_faturas_202409.csv", 1),
        invoices(tmp_path / "tb_pagamentos_202409.csv"),
        write(tmp_path / "x.csv", INVOICE | {"id_fatura": "F3"}, separator=";"),
    ]
    results = load(user_server, *files)
    assert [result.entidade for result in results] == ["pagamentos", "faturas", "faturas"]
    assert visible(user_server, "pagamentos") == [(2, "P1")]
    assert visible(user_server) == [(2, "F1"), (3, "F2"), (2, "F3")]


def test_a_workbook_is_refused_whatever_its_name(user_server: Server, tmp_path: Path):
    # Lines are known by file and number: two sheets would have two lines of one number.
    path = tmp_path / "tb_pagamentos_202409.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Base")
        sheet.write_row(0, 0, list(PAYMENT))
        sheet.write_row(1, 0, list(PAYMENT.values()))
    renamed = path.with_suffix(".csv")
    renamed.write_bytes(path.read_bytes())
    for file in (path, renamed):
        [result] = load(user_server, file)
        assert result.outcome is Outcome.RECUSADO
        assert result.detail.startswith(file.name)
        assert "só se carrega como csv" in result.detail or file is renamed
    assert raw(user_server, "select 1 from {schema}.arquivos") == []


RENAMED = {
    "data_emissao": "dt_emissao_fatura", "data_vencimento": "dt_vencimento_fatura",
    "data_pagamento": "dt_pagamento",
}  # fmt: skip


@pytest.mark.parametrize("line", [INVOICE, INVOICE | OPTIONAL, PAYMENT])
@pytest.mark.parametrize("variant", ["canonical", "renamed", "upper", "shuffled"])
def test_every_header_lands_in_the_canonical_columns(
    user_server: Server, tmp_path: Path, line: dict[str, str], variant: str
):
    seen = {
        "canonical": line,
        "renamed": {RENAMED.get(name, name): value for name, value in line.items()},
        "upper": {name.upper().replace("_", " "): value for name, value in line.items()},
        "shuffled": dict(reversed(line.items())),
    }[variant]
    [result] = load(user_server, write(tmp_path / "a.csv", seen))
    table = "pagamentos" if line is PAYMENT else "faturas"
    columns = [column.name for column in cartoes.source().contract(table).columns]
    [row] = raw(user_server, f"select {', '.join(columns)} from {{schema}}.{table}")
    assert row == tuple(line.get(name) for name in columns)
    assert result.notices == ()


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("decimal", [",", "."])
@pytest.mark.parametrize("date", ["iso", "dd/mm/aaaa"])
@pytest.mark.parametrize(
    ("encoding", "end"),
    [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("cp1252", "\r\n"), ("latin-1", "\n")],
)
def test_every_way_to_write_a_csv_lands_as_it_came_and_is_recorded(
    user_server: Server,
    tmp_path: Path,
    separator: str,
    decimal: str,
    date: str,
    encoding: str,
    end: str,
):
    if separator == decimal:
        pytest.skip("such a number has to be quoted")
    odd = {"cp1252": " – €", "latin-1": "\x81"}.get(encoding, "")
    line = INVOICE | OPTIONAL | {"bandeira": f"Cartão{odd}"}
    if decimal == ",":
        line = {
            name: value.replace(".", ",") if "valor" in name or "limite" in name else value
            for name, value in line.items()
        }
    if date != "iso":
        line |= {"data_emissao": "01/09/2024", "data_vencimento": "01/10/2024"}
    path = write(tmp_path / "a.csv", line, line, separator=separator, end=end, encoding=encoding)
    assert load(user_server, path)[0].outcome is Outcome.CARREGADO
    assert raw(
        user_server,
        "select codificacao, separador, marca_decimal, formato_data from {schema}.arquivos",
    ) == [(encoding, separator, decimal, date)]
    rows = raw(
        user_server,
        f"select {', '.join(line)}, _linha, _extras from {{schema}}.faturas order by 11",
    )
    assert rows == [(*line.values(), 2, None), (*line.values(), 3, None)]


def test_ids_are_texts(user_server: Server, tmp_path: Path):
    ids = ["1-1", "00012", "12", "1e5", " 7 ", "PG-1-1"]
    load(
        user_server,
        write(tmp_path / "f.csv", *(INVOICE | {"id_fatura": each} for each in ids)),
        write(tmp_path / "p.csv", *(PAYMENT | {"id_pagamento": each} for each in ids)),
    )
    assert sorted(key for _, key in visible(user_server)) == sorted(ids)
    assert sorted(key for _, key in visible(user_server, "pagamentos")) == sorted(ids)


def test_quoted_and_ragged_lines_land_whole_beside_plain_ones(user_server: Server, tmp_path: Path):
    path = tmp_path / "tb_faturas_202409.csv"
    path.write_text(
        "id_fatura,id_cliente,data_emissao,data_vencimento,valor_fatura\n"
        'F1,C1,2024-09-01,2024-10-01,"1.234,56"\n'
        "F2,C2,2024-09-01\n"
        "\n"
        "F3,C3,2024-09-01,2024-10-01,7.00,a mais\n",
        encoding="utf-8",
    )
    [result] = load(user_server, path)
    assert raw(
        user_server,
        "select _linha, id_fatura, valor_fatura, _extras from {schema}.faturas order by 1",
    ) == [
        (2, "F1", "1.234,56", None),
        (3, "F2", None, None),
        (5, "F3", "7.00", '{"_excedente": ["a mais"]}'),
    ]
    assert "mais campos" in result.notices[0]


def test_unknown_columns_land_and_are_reported(user_server: Server, tmp_path: Path):
    [result] = load(user_server, write(tmp_path / "a.csv", INVOICE | {"Loja": "Centro"}))
    assert "Loja" in result.notices[0]
    assert raw(user_server, "select _extras from {schema}.faturas") == [('{"Loja": "Centro"}',)]
    assert raw(user_server, "select colunas_desconhecidas from {schema}.arquivos") == [(["Loja"],)]


@pytest.mark.parametrize(
    ("line", "missing"), [(INVOICE, "data_vencimento"), (PAYMENT, "id_pagamento")]
)
def test_a_missing_required_column_is_refused_by_name_and_nothing_lands(
    user_server: Server, tmp_path: Path, line: dict[str, str], missing: str
):
    short = {name: SECRET for name in line if name != missing}
    [result] = load(user_server, write(tmp_path / "a.csv", short))
    assert result.outcome is Outcome.RECUSADO
    assert f"a.csv: falta a coluna obrigatória '{missing}'" in result.detail
    assert ", ".join(short) in result.detail
    assert SECRET not in result.detail
    assert raw(user_server, "select 1 from {schema}.arquivos") == []
    assert visible(user_server) == visible(user_server, "pagamentos") == []


def test_a_file_of_no_kind_is_refused_with_what_each_needs(user_server: Server, tmp_path: Path):
    [result] = load(user_server, write(tmp_path / "a.csv", {"nome": SECRET, "x": SECRET}))
    assert result.outcome is Outcome.RECUSADO
    for word in ("id_pagamento", "valor_fatura", "(faturas)", "(pagamentos)"):
        assert word in result.detail
    assert SECRET not in result.detail


def test_the_same_bytes_are_a_no_op_and_a_corrected_file_a_version_beside_the_first(
    user_server: Server, tmp_path: Path
):
    path = invoices(tmp_path / "tb_faturas_202409.csv")
    history = invoices(tmp_path / "tb_fatura_20240901_20240902000000.csv", 3)
    load(user_server, path, history)
    before = raw(user_server, "select * from {schema}.faturas order by _carregado_em, _linha")
    copy = tmp_path / "outro.csv"
    copy.write_bytes(path.read_bytes())
    results = load(user_server, path, history, copy)
    assert {result.outcome for result in results} == {Outcome.SEM_MUDANCA}
    assert "tb_faturas_202409.csv" in results[2].detail
    assert (
        raw(user_server, "select * from {schema}.faturas order by _carregado_em, _linha") == before
    )
    invoices(path, valor_fatura="11.00")
    assert load(user_server, path)[0].outcome is Outcome.CARREGADO
    assert raw(
        user_server,
        "select _arquivo, count(distinct _arquivo_sha256), count(*) from {schema}.faturas"
        " group by 1 order by 1",
    ) == [
        ("tb_fatura_20240901_20240902000000.csv", 1, 3),
        ("tb_faturas_202409.csv", 2, 4),
    ]


def test_load_times_grow_even_if_the_servers_clock_steps_back(user_server: Server, tmp_path: Path):
    load(user_server, invoices(tmp_path / "a.csv"))
    ahead = "_carregado_em + interval '1 day'"
    with user_server.connect() as connection:
        connection.execute(f"update raw_cartoes.arquivos set _carregado_em = {ahead}")
    [(future,)] = raw(user_server, "select _carregado_em from {schema}.arquivos")
    load(user_server, payments(tmp_path / "b.csv"))
    load(user_server, payments(tmp_path / "c.csv", 3))
    times = raw(user_server, "select _carregado_em from {schema}.arquivos order by 1")
    assert times == [(future + timedelta(microseconds=steps),) for steps in range(3)]
    lines = raw(user_server, "select distinct _carregado_em from {schema}.pagamentos order by 1")
    assert lines == times[1:]


def test_a_query_for_one_file_reads_its_partition_only(user_server: Server, tmp_path: Path):
    results = load(user_server, *(invoices(tmp_path / f"{n}.csv", n) for n in (1, 2, 3)))
    plan = "\n".join(
        line
        for (line,) in raw(
            user_server,
            "explain select * from {schema}.faturas"
            f" where _arquivo_sha256 = '{results[1].sha256}'",
        )
    )
    assert f"faturas__{results[1].sha256[:16]}" in plan
    assert plan.count("Scan") == 1


def test_dlts_stored_schema_does_not_grow_with_the_files(user_server: Server, tmp_path: Path):
    load(user_server, *(invoices(tmp_path / f"{n}.csv", n) for n in (1, 2)))
    load(user_server, *(payments(tmp_path / f"p{n}.csv", n) for n in (1, 2)))
    versions = raw(user_server, "select count(*) from {schema}._dlt_version")
    load(user_server, *(invoices(tmp_path / f"{n}.csv", n) for n in (3, 4)))
    load(user_server, *(payments(tmp_path / f"p{n}.csv", n) for n in (3, 4)))
    assert raw(user_server, "select count(*) from {schema}._dlt_version") == versions
    assert versions <= [(3,)]


def test_the_command_takes_both_kinds_mixed_and_tells_a_program_which_is_which(
    user_server: Server, tmp_path: Path
):
    invoices(tmp_path / "tb_faturas_202409.csv")
    payments(tmp_path / "tb_pagamentos_202409.csv", 3)
    result = mirante("load", "cartoes", str(tmp_path), "--json")
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert [(each["arquivo"], each["entidade"], each["rows"]) for each in told] == [
        ("tb_faturas_202409.csv", "faturas", 2),
        ("tb_pagamentos_202409.csv", "pagamentos", 3),
    ]
    again = mirante("load", "cartoes", str(tmp_path))
    assert again.returncode == 0
    assert again.stderr.count("nada a fazer") == 2
    assert [path for path in (mirante_home() / "scratch").rglob("*") if path.is_file()] == []


def test_known_files_cost_neither_dlt_nor_a_reader(user_server: Server, tmp_path: Path):
    path = invoices(tmp_path / "a.csv")
    load(user_server, path)
    result = mirante("load", "cartoes", str(path), PYTHONPROFILEIMPORTTIME="1")
    assert "nada a fazer" in result.stderr
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "loaders.manifest" in imported
    assert imported.isdisjoint({"dlt", "polars", "numpy", "pyarrow"})


def test_a_terminal_shows_how_many_files_are_done(user_server: Server, tmp_path: Path):
    invoices(tmp_path / "a.csv")
    payments(tmp_path / "b.csv")
    result = mirante("load", "cartoes", str(tmp_path), FORCE_COLOR="1", COLUMNS="120")
    assert result.returncode == 0, result.stderr
    assert "2/2 arquivos" in result.stderr
    assert "arquivos" not in mirante("load", "cartoes", str(tmp_path)).stderr


def test_asking_which_files_are_known_reads_no_more_than_a_line_of_each(
    user_server: Server, tmp_path: Path
):
    load(user_server, *(invoices(tmp_path / f"{n}.csv", 1000 + n) for n in range(3)))
    load(user_server, payments(tmp_path / "p.csv", 1000))
    reads = (
        "select sum(seq_tup_read) from pg_stat_xact_user_tables"
        " where schemaname = 'raw_cartoes' and relname ~ '[a-z]__'"
    )
    source = cartoes.source()
    with user_server.connect(autocommit=False) as connection:
        assert len(known_files(connection, source.dataset, source.contracts)) == 4
        [(lines,)] = connection.execute(reads).fetchall()
    assert lines == 4
