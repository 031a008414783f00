"""The variables CVCRM_*: what each may be, and that none of the secret ones is shown."""

from pathlib import Path

import pytest

from loaders.cvcrm.settings import cvcrm_settings
from loaders.errors import MiranteError

LOGIN = {
    "CVCRM_BASE_URL": "https://empresa.cvcrm.com.br",
    "CVCRM_API_TOKEN": "segredo123",
    "CVCRM_API_EMAIL": "ana@empresa.example",
}


def set_all(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in (LOGIN | values).items():
        monkeypatch.setenv(name, value)


def refusal(monkeypatch: pytest.MonkeyPatch, **values: str) -> str:
    set_all(monkeypatch, **values)
    with pytest.raises(MiranteError) as caught:
        cvcrm_settings().api()
    assert "segredo" not in str(caught.value)
    return str(caught.value)


def test_defaults_are_those_of_the_contract(monkeypatch: pytest.MonkeyPatch):
    set_all(monkeypatch)
    settings = cvcrm_settings()
    assert (settings.CVCRM_DELAY_S, settings.CVCRM_BACKOFF_S) == (10, 60)
    assert (settings.CVCRM_PAGE_SIZE, settings.CVCRM_MAX_RETRIES) == (50, 3)
    assert (settings.CVCRM_OVERLAP_DAYS, settings.CVCRM_FULL_EVERY_H) == (1, 24)
    assert settings.CVCRM_PARAMS == "query"


def test_neither_settings_nor_login_show_a_secret(monkeypatch: pytest.MonkeyPatch):
    set_all(monkeypatch)
    settings = cvcrm_settings()
    for shown in (repr(settings), str(settings), repr(settings.api()), str(settings.api())):
        assert "segredo123" not in shown
        assert "ana@empresa.example" not in shown


def test_what_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch):
    message = refusal(monkeypatch, CVCRM_API_TOKEN="", CVCRM_API_EMAIL="")
    assert "CVCRM_API_TOKEN, CVCRM_API_EMAIL" in message
    assert "CVCRM_BASE_URL" not in message


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CVCRM_BASE_URL", "http://empresa.cvcrm.com.br", "https://"),
        ("CVCRM_BASE_URL", "ftp://127.0.0.1", "https://"),
        ("CVCRM_BASE_URL", "https://ana:segredo@empresa.cvcrm.com.br", "usuário nem senha"),
        ("CVCRM_BASE_URL", "https://empresa.cvcrm.com.br/api/v1/cvdw", "sem caminho"),
        ("CVCRM_BASE_URL", "https://{subdominio}.cvcrm.com.br", "subdomínio"),
        ("CVCRM_BASE_URL", "empresa.cvcrm.com.br", "https://"),
        ("CVCRM_BASE_URL", "https://[::1", "https://"),
        ("CVCRM_API_TOKEN", "segredo\nX-Other: 1", "CVCRM_API_TOKEN"),
        ("CVCRM_API_TOKEN", "segredo ção", "CVCRM_API_TOKEN"),
        ("CVCRM_DELAY_S", "2.9", "no mínimo 3"),
        ("CVCRM_DELAY_S", "dez", "deve ser um número"),
        ("CVCRM_DELAY_S", "nan", "deve ser um número"),
        ("CVCRM_PAGE_SIZE", "501", "no máximo 500"),
        ("CVCRM_PAGE_SIZE", "0", "no mínimo 1"),
        ("CVCRM_MAX_RETRIES", "0", "no mínimo 1"),
        ("CVCRM_PARAMS", "header", "'query' ou 'body'"),
        ("CVCRM_OVERLAP_DAYS", "-1", "no mínimo 0"),
    ],
)
def test_a_wrong_value_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
):
    message = refusal(monkeypatch, **{name: value})
    assert name in message
    assert said in message


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:9/"])
def test_this_machine_may_be_asked_in_clear_and_without_waits(
    monkeypatch: pytest.MonkeyPatch, url: str
):
    set_all(monkeypatch, CVCRM_BASE_URL=url, CVCRM_DELAY_S="0")
    assert cvcrm_settings().api().base_url == url.rstrip("/")


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / ".env"
    file.write_text(
        "CVCRM_BASE_URL=https://arquivo.cvcrm.com.br\nCVCRM_PAGE_SIZE=200\n", encoding="utf-8"
    )
    monkeypatch.setenv("MIRANTE_ENV_FILE", str(file))
    set_all(monkeypatch)
    settings = cvcrm_settings()
    assert settings.CVCRM_BASE_URL == "https://empresa.cvcrm.com.br"
    assert settings.CVCRM_PAGE_SIZE == 200
