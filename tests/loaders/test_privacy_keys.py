"""The key of the documents: where it comes from, how SQL gets it, where it must not show."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from loaders import embedded
from loaders.building import dbt_environment
from loaders.checks import State
from loaders.checks.server import key
from loaders.errors import MiranteError
from loaders.postgres import resolve_server
from loaders.privacy.keys import keyed_hash, pii_key, session_options, without_key
from loaders.server import Server
from loaders.settings import PROJECT_ROOT, mirante_home

# By the HMAC's definition, in the session's parameters.
IN_SQL = """
    select encode(sha256(
        decode(current_setting('mirante.pii_outer'), 'hex')
        || sha256(
            decode(current_setting('mirante.pii_inner'), 'hex') || convert_to(%s, 'UTF8')
        )
    ), 'hex')
"""


def test_the_embedded_servers_key_is_made_once_and_is_its_owners_alone(embedded_server: Server):
    made = pii_key(embedded_server).get_secret_value()
    path = mirante_home() / "pii_key"
    assert len(made) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8").strip() == made
    assert pii_key(embedded.ensure_running()).get_secret_value() == made


def test_a_set_key_wins_over_the_stored_one(
    embedded_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_PII_KEY", "x" * 40)
    assert pii_key(embedded_server).get_secret_value() == "x" * 40


def test_a_users_server_without_a_key_is_refused_with_what_to_do(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("MIRANTE_PII_KEY")
    with pytest.raises(MiranteError, match="MIRANTE_PII_KEY") as caught:
        dbt_environment(resolve_server())
    assert "openssl rand" in str(caught.value)
    assert key(resolve_server()).estado is State.FALHA


def test_a_build_without_a_key_fails_before_it_makes_anything(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("MIRANTE_PII_KEY")
    result = _mirante("build")
    assert result.returncode == 1
    assert "MIRANTE_PII_KEY" in result.stderr
    with user_server.connect() as connection:
        made = connection.execute(
            "select nspname from pg_namespace where nspname in ('staging', 'carteira', 'pii')"
        ).fetchall()
    assert made == []


def test_a_short_key_is_refused_without_being_shown(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIRANTE_PII_KEY", "curtinha")
    with pytest.raises(MiranteError) as caught:
        pii_key(resolve_server())
    assert "curtinha" not in str(caught.value)


@pytest.mark.parametrize("secret", ["k" * 16, "ç" * 20, "k" * 64, "k" * 65, "0123456789abcdef" * 9])
def test_sql_hashes_as_hmac_does_whatever_the_keys_length(
    user_server: Server, monkeypatch: pytest.MonkeyPatch, secret: str
):
    monkeypatch.setenv("PGOPTIONS", session_options(SecretStr(secret), "-c work_mem=8MB"))
    with user_server.connect() as connection:
        for document in ("52998224725", "12ABC34501DE35"):
            [found] = connection.execute(IN_SQL, [document]).fetchone()
            assert found == keyed_hash(SecretStr(secret), document)
        assert connection.execute("show work_mem").fetchone() == ("8MB",)


def test_known_answers_of_the_hash():
    # RFC 4231, test case 2.
    assert keyed_hash(SecretStr("Jefe"), "what do ya want for nothing?") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_options_of_an_earlier_key_are_replaced_and_others_stay():
    once = session_options(SecretStr("a" * 16), "-c work_mem=8MB")
    twice = session_options(SecretStr("b" * 16), once)
    assert twice.count("mirante.pii_inner") == 1
    assert twice == session_options(SecretStr("b" * 16), "-c work_mem=8MB")
    assert without_key(twice) == "-c work_mem=8MB"


def test_a_shell_with_mirante_env_prints_no_key(
    user_server: Server, monkeypatch: pytest.MonkeyPatch
):
    exported = _mirante("env").stdout
    assert "mirante.pii_inner" in exported
    options = dbt_environment(resolve_server())["PGOPTIONS"]
    monkeypatch.setenv("PGOPTIONS", options)
    server = resolve_server()
    assert "pii" not in str(server.options)
    for command in (["db", "url"], ["db", "status"], ["check"]):
        result = _mirante(*command)
        assert "pii_inner" not in result.stdout + result.stderr
        assert os.environ["MIRANTE_PII_KEY"] not in result.stdout + result.stderr
    # And dbt still gets it.
    assert dbt_environment(server)["PGOPTIONS"] == options


def _mirante(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("mirante")), *arguments],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
