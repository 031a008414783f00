"""Which variable wins: environment, `.env`, DATABASE_URL, PG*."""

from pathlib import Path

import pytest

from loaders.errors import MiranteError
from loaders.postgres import _libpq_parameters, schema_name, uses_own_server
from loaders.settings import PROJECT_ROOT, dbt_target, load_settings, mirante_home


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "env"
    monkeypatch.setenv("MIRANTE_ENV_FILE", str(path))
    return path


def parameters() -> dict[str, str]:
    found = _libpq_parameters(load_settings())
    found.pop("application_name")
    return found


def test_nothing_set_means_the_embedded_server():
    assert not load_settings().names_a_server


def test_empty_variables_count_as_unset(monkeypatch: pytest.MonkeyPatch, dotenv: Path):
    dotenv.write_text("PGUSER=\nDATABASE_URL=\n")
    monkeypatch.setenv("PGHOST", "")
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", "")
    assert not load_settings().names_a_server
    assert schema_name("cartoes") == "cartoes"


@pytest.mark.parametrize("name", ["PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"])
def test_any_variable_that_names_a_server_means_the_users_own(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(name, "5432")
    assert uses_own_server()


def test_a_password_alone_names_no_server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PGPASSWORD", "x")
    assert not load_settings().names_a_server


def test_environment_wins_over_dotenv_variable_by_variable(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
):
    dotenv.write_text("PGHOST=do-arquivo\nPGUSER=ana\nPGSSLMODE=require\n")
    monkeypatch.setenv("PGHOST", "do-ambiente")
    assert parameters() == {"host": "do-ambiente", "user": "ana", "sslmode": "require"}


def test_pg_variables_of_the_environment_hide_the_url_of_dotenv(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
):
    dotenv.write_text("DATABASE_URL=postgresql://u@arquivo/producao\n")
    monkeypatch.setenv("PGHOST", "ambiente")
    assert parameters() == {"host": "ambiente"}


def test_the_url_of_the_environment_hides_pg_variables_of_dotenv(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
):
    dotenv.write_text("PGHOST=arquivo\nPGPASSWORD=segredo\nPGSSLMODE=require\n")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@ambiente/banco")
    assert parameters() == {"host": "ambiente", "user": "u", "dbname": "banco"}


def test_at_one_level_the_url_wins_and_pg_variables_fill_the_gaps(dotenv: Path):
    dotenv.write_text(
        "DATABASE_URL=postgresql://u@url:6000/banco\nPGHOST=outro\nPGPORT=1\nPGPASSWORD=segredo\n"
    )
    assert parameters() == {
        "host": "url", "port": "6000", "user": "u", "dbname": "banco", "password": "segredo",
    }  # fmt: skip


def test_a_password_of_the_environment_completes_the_url_of_dotenv(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path
):
    dotenv.write_text("DATABASE_URL=postgresql://u@url/banco\n")
    monkeypatch.setenv("PGPASSWORD", "segredo")
    assert parameters()["host"] == "url"
    assert parameters()["password"] == "segredo"


@pytest.mark.parametrize("prefix", ["Ana", "1a", "_a", "a-b", "á", "a b", 'a"b', "pg_x", "a" * 31])
def test_prefixes_that_make_bad_schema_names_are_refused(
    prefix: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", prefix)
    with pytest.raises(MiranteError, match="MIRANTE_SCHEMA_PREFIX"):
        load_settings()


def test_the_prefix_goes_before_the_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MIRANTE_SCHEMA_PREFIX", "ana_")
    assert schema_name("raw_cartoes") == "ana_raw_cartoes"


def test_secrets_stay_out_of_the_settings_repr(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PGPASSWORD", "segredo")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:segredo@h/b")
    assert "segredo" not in repr(load_settings())


def test_home_is_in_the_project_by_default_and_relative_paths_count_from_there(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.delenv("MIRANTE_HOME")
    assert mirante_home() == PROJECT_ROOT / ".mirante"
    monkeypatch.setenv("MIRANTE_HOME", "outro")
    assert mirante_home() == PROJECT_ROOT / "outro"


def test_dbts_own_variable_says_where_it_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("DBT_TARGET_PATH")
    assert dbt_target() == PROJECT_ROOT / "target"
    monkeypatch.setenv("DBT_TARGET_PATH", "")
    assert dbt_target() == PROJECT_ROOT / "target"
    monkeypatch.setenv("DBT_TARGET_PATH", "outro")
    assert dbt_target() == PROJECT_ROOT / "outro"
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    assert dbt_target() == tmp_path


def test_a_dotenv_that_is_no_text_is_named(dotenv: Path):
    dotenv.write_bytes(b"PGHOST=\xff\xfe\n")
    with pytest.raises(MiranteError, match="UTF-8"):
        load_settings()
