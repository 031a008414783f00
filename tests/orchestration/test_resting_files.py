"""A run that loads what waits leaves files for the next time that may be half copied."""

import os
from pathlib import Path

import pytest

from loaders import banco
from loaders.server import Server
from loaders.settling import SETTLED_SECONDS
from orchestration import raw_files, time_zone
from tests.loaders.bank import transactions


def test_a_fresh_file_waits_and_one_that_a_run_names_does_not(
    user_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(raw_files, "REST_SECONDS", SETTLED_SECONDS)
    old = transactions(tmp_path / "transacciones_202609.csv")
    long_ago = time_zone.now().timestamp() - SETTLED_SECONDS - 1
    os.utime(old, (long_ago, long_ago))
    fresh = transactions(tmp_path / "transacciones_202610.csv", count=3)
    told: list[str] = []

    def load(*, named: bool, only: list[Path]) -> list[str]:
        paths = [str(path) for path in only]
        done = raw_files.load_files(
            banco.source(), user_server, None, paths, told.append, named=named
        )
        return [result.arquivo for result in done]

    assert load(named=False, only=[old, fresh]) == [old.name]
    assert told == [
        f"{fresh.name}: gravado há menos de 60 s, pode estar pela metade; fica para a próxima vez."
    ]
    assert load(named=False, only=[fresh]) == []
    assert load(named=True, only=[fresh]) == [fresh.name]
