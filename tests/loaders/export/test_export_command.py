"""The command: names, formats, wrong usage and what was never built."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.commands import export as command
from loaders.export_formats import Format
from loaders.exports import files
from loaders.server import Server
from loaders.settings import PROJECT_ROOT
from tests.loaders.export.helpers import FORMATS
from tests.loaders.helpers import mirante


@pytest.mark.parametrize("kind", FORMATS)
def test_the_extension_says_the_format(server: Server, out: Path, kind: Format):
    path = out / f"nova pasta/CLIENTES.{kind.upper()}"
    done = mirante("export", "dim_cliente", "--out", str(path))
    assert (done.returncode, done.stdout) == (0, f"{path}: 4 linhas\n"), done.stderr
    assert path.read_bytes()[:2] == {"csv": b"\xef\xbb", "xlsx": b"PK", "parquet": b"PA"}[kind]


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The command in this process, its default folder elsewhere."""
    monkeypatch.setattr(files, "FOLDER", tmp_path / "data")
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path / "data"
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("name", "kind", "file"),
    [
        ("cartoes.quarentena", None, "cartoes_quarentena.csv"),
        ("dim_cliente", Format.XLSX, "carteira_dim_cliente.xlsx"),
        ("carteira.dim_cliente", Format.PARQUET, "carteira_dim_cliente.parquet"),
    ],
)
def test_a_file_has_its_tables_name_by_default(
    server: Server, in_process: Path, name: str, kind: Format | None, file: str
):
    command.export(name, kind)
    assert os.listdir(in_process) == [file]


def test_cliente_360_goes_to_data_processed_by_default(bank: Server, in_process: Path):
    command.export("cliente-360")
    assert os.listdir(in_process) == ["cliente_360.csv"]
    assert command_default_folder() == PROJECT_ROOT / "data" / "processed"


def command_default_folder() -> Path:
    code = "from loaders.exports import FOLDER; print(FOLDER)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return Path(told.stdout.strip())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dim_cliente", "--format", "xlsx", "--out", "c.csv"], "c.csv não termina em .xlsx"),
        (["dim_cliente", "--out", "c.txt"], "c.txt não termina em .csv, .xlsx, .parquet"),
        (["dim_cliente", "--format", "csv", "--out", "c"], "c não termina em .csv"),
        (["dim_cliente", "--format", "ods"], "os possíveis são"),
        (["quarentena", "--out", "c.csv"], "carteira.quarentena, cartoes.quarentena"),
        (["dim_clientes", "--out", "c.csv"], "Seria carteira.dim_cliente"),
        ([], "falta o argumento"),
    ],
)
def test_wrong_usage_is_told_and_writes_nothing(
    server: Server,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
):
    monkeypatch.chdir(out)
    done = mirante("export", *arguments, PYTHONPATH=str(PROJECT_ROOT))
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert message in done.stderr
    assert os.listdir(out) == []


@pytest.mark.parametrize("name", ["feriados", "vendas.tudo", "cliente-360"])
def test_a_table_that_is_not_built_says_what_to_do(server: Server, out: Path, name: str):
    done = mirante("export", name, "--out", str(out / "x.csv"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "ainda não existe" in done.stderr
    assert "mirante build" in done.stderr
    assert os.listdir(out) == []


def test_a_project_never_built_says_what_to_do(
    user_server: Server, out: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DBT_TARGET_PATH", str(out))
    done = mirante("export", "dim_cliente", "--out", str(out / "x.csv"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "rode `mirante build`" in done.stderr
