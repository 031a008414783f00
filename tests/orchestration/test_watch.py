"""The daily look: what is late, and the summary."""

from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from loaders import banco, freshness
from loaders.audit.operations import operation
from loaders.errors import MiranteError
from loaders.file_loads import Outcome
from loaders.freshness import Limit
from loaders.server import Server
from orchestration.defs.alertas.frescor import CHECK
from tests.loaders.bank import TRANSACTION
from tests.loaders.cards import write
from tests.loaders.conftest import SECRET

LATE = ("raw_banco", "transacciones")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIRANTE_HOME", str(tmp_path / "casa"))
    return tmp_path / "casa"


def look(graph: dg.Definitions) -> dg.ExecuteInProcessResult:
    job = graph.resolve_job_def("vigilancia")
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(instance=instance, raise_on_error=False)


def test_every_source_is_looked_at_and_the_day_is_told(
    graph: dg.Definitions,
    user_server: Server,
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    path = write(tmp_path / "transacciones_202610.csv", TRANSACTION)
    [loaded] = banco.source().load(user_server, None, [str(path)])
    assert loaded.outcome is Outcome.CARREGADO
    with (
        pytest.raises(MiranteError),
        operation(user_server, "construcao", "dbt"),
    ):
        raise MiranteError("o disco está cheio.")
    limits = dict(freshness.declared_limits()) | {LATE: Limit(timedelta(0), timedelta(0))}
    monkeypatch.setattr(freshness, "declared_limits", lambda: limits)
    result = look(graph)
    assert result.success
    checks = {tuple(check.asset_key.path): check for check in result.get_asset_check_evaluations()}
    assert {check.check_name for check in checks.values()} == {CHECK}
    assert len(checks) > 15
    late = checks.pop(LATE)
    assert (late.passed, late.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert late.metadata["situacao"].value == "vencida"
    # Who never delivered is not late.
    assert {check.passed for check in checks.values()} == {True}
    assert checks["raw_cvcrm", "reservas"].metadata["situacao"].value == "nunca veio"
    [event] = result.get_asset_materialization_events()
    told = event.materialization.metadata
    assert (told["operações concluídas"].value, told["falharam"].value) == (1, 1)
    assert told["linhas carregadas"].value == 1
    page = Path(str(told["arquivo"].value)).read_text(encoding="utf-8")
    assert page.count("o disco está cheio.") >= 1
    assert "carga raw_banco.transacciones" in page
    assert "mirante load banco" in page
    assert SECRET not in page
    assert [path.suffix for path in (home / "relatorios").iterdir()] == [".html"]


def test_a_summary_that_nobody_got_fails_and_is_kept(
    graph: dg.Definitions,
    user_server: Server,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    with operation(user_server, "construcao", "dbt"):
        pass
    monkeypatch.setenv("NOTIFICATION_RECIPIENTS", "ana@example.com")
    monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("SMTP_PORT", "1")
    monkeypatch.setenv("SMTP_SECURITY", "none")
    assert not look(graph).success
    assert list((home / "relatorios").glob("resumo-*.html"))


def test_without_a_register_the_summary_says_so(
    graph: dg.Definitions, user_server: Server, home: Path
):
    result = look(graph)
    assert result.success
    [event] = result.get_asset_materialization_events()
    page = Path(str(event.materialization.metadata["arquivo"].value)).read_text(encoding="utf-8")
    assert "Não há registro do que rodou" in page
    assert "o schema audit ainda não existe" in page
