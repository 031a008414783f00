"""What counts as a new file: its content, once it stands still."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.settling import SETTLED_SECONDS
from orchestration import inbox_watch
from orchestration.inbox_watch import Look, cursor_of, look, remembered

NOW = 1_800_000_000.0


def write(path: Path, content: str, age: float = SETTLED_SECONDS) -> Path:
    """Write a file as of some seconds ago."""
    path.write_text(content, encoding="utf-8")
    os.utime(path, (NOW - age, NOW - age))
    return path


def new_names(found: Look) -> list[str]:
    return [file.path.name for file in found.new]


def unknown(sha256: str) -> bool:
    return False


class Watch:
    """Looks at a folder again and again, through the cursor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cursor: str | None = None
        self.now = NOW

    def __call__(self, is_known: Callable[[str], bool] = unknown, **options: float) -> Look:
        found = look(self.folder.iterdir(), remembered(self.cursor), self.now, is_known, **options)  # type: ignore[arg-type]
        self.cursor = cursor_of(found.seen)
        return found


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path)


def test_a_file_is_new_once_and_again_only_with_other_bytes(watch: Watch, tmp_path: Path):
    path = write(tmp_path / "a.csv", "um")
    [file] = watch().new
    assert (file.path, file.sha256) == (path, hashlib.sha256(b"um").hexdigest())
    assert not watch().new
    write(path, "dois")
    assert [file.sha256 for file in watch().new] == [hashlib.sha256(b"dois").hexdigest()]


def test_a_file_that_was_only_touched_has_the_content_that_it_had(watch: Watch, tmp_path: Path):
    path = write(tmp_path / "a.csv", "um")
    [first] = watch().new
    write(path, "um", age=SETTLED_SECONDS + 5)
    [again] = watch().new
    # Whoever asks for runs by content asks for none.
    assert again.sha256 == first.sha256


def test_a_growing_file_waits_until_it_stands_still(watch: Watch, tmp_path: Path):
    path = write(tmp_path / "a.csv", "um", age=1)
    assert (watch().new, watch.now) == ([], NOW)
    write(path, "um e mais", age=0)
    found = watch()
    assert (found.new, found.growing) == ([], 1)
    # Nobody wrote to it between two looks.
    assert new_names(watch()) == ["a.csv"]


def test_a_file_of_the_future_waits_for_two_looks_alike(watch: Watch, tmp_path: Path):
    write(tmp_path / "a.csv", "um", age=-7200)
    assert watch().growing == 1
    assert new_names(watch()) == ["a.csv"]


def test_a_file_written_to_while_it_is_hashed_waits(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write(tmp_path / "a.csv", "um")

    def hash_and_write(path: Path) -> str:
        write(path, "outro conteúdo")
        return "0" * 64

    monkeypatch.setattr(inbox_watch, "sha256_of", hash_and_write)
    assert (watch().new, path.exists()) == ([], True)
    monkeypatch.undo()
    [file] = watch().new
    assert file.sha256 == hashlib.sha256("outro conteúdo".encode()).hexdigest()


def test_only_what_changed_is_hashed(watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for number in range(5):
        write(tmp_path / f"{number}.csv", str(number))
    watch()
    hashed: list[str] = []
    whole = inbox_watch.sha256_of
    monkeypatch.setattr(
        inbox_watch, "sha256_of", lambda path: (hashed.append(path.name), whole(path))[1]
    )
    write(tmp_path / "3.csv", "outro")
    assert new_names(watch()) == hashed == ["3.csv"]


def test_what_landed_otherwise_is_known_and_not_asked_again(watch: Watch, tmp_path: Path):
    write(tmp_path / "a.csv", "um")
    write(tmp_path / "b.csv", "dois")
    found = watch(lambda sha256: sha256 == hashlib.sha256(b"um").hexdigest())
    assert (new_names(found), found.known) == (["b.csv"], ["a.csv"])

    def fail(sha256: str) -> bool:
        raise AssertionError(sha256)

    assert watch(fail).new == []


def test_many_files_come_a_few_at_a_time_and_older_months_first(watch: Watch, tmp_path: Path):
    months = [f"{year}{month:02}" for year in (2025, 2026) for month in range(1, 13)]
    for month in reversed(months):
        write(tmp_path / f"tb_pagamentos_{month}.csv", f"p{month}")
        write(tmp_path / f"tb_faturas_{month}.csv", f"f{month}")
    write(tmp_path / "clientes.csv", "c")
    looks = [watch(max_new=20) for _ in range(4)]
    assert [len(found.new) for found in looks] == [20, 20, 9, 0]
    assert [found.left for found in looks] == [29, 9, 0, 0]
    assert [name for found in looks for name in new_names(found)] == ["clientes.csv"] + [
        f"tb_{kind}_{month}.csv" for month in months for kind in ("faturas", "pagamentos")
    ]


def test_a_look_that_takes_long_leaves_the_rest_to_the_next(watch: Watch, tmp_path: Path):
    for number in range(3):
        write(tmp_path / f"{number}.csv", str(number))
    assert watch(max_seconds=-1.0).left == 3
    assert len(watch().new) == 3


def test_a_file_that_can_not_be_read_or_vanishes_stops_no_other(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("a.csv", "b.csv", "c.csv"):
        write(tmp_path / name, name)
    whole = inbox_watch.sha256_of

    def not_all(path: Path) -> str:
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        if path.name == "b.csv":
            path.unlink()
        return whole(path)

    monkeypatch.setattr(inbox_watch, "sha256_of", not_all)
    found = watch()
    assert new_names(found) == ["c.csv"]
    assert [problem.split(":")[0] for problem in found.problems] == ["a.csv", "b.csv"]
    monkeypatch.undo()
    assert new_names(watch()) == ["a.csv"]


@pytest.mark.parametrize("cursor", [None, "", "não é JSON", "[]", "3", '{"a.csv": 1}', '{"a": {}}'])
def test_a_cursor_that_is_nobodys_is_no_cursor(cursor: str | None):
    assert remembered(cursor) == {}


def test_a_name_that_is_no_text_is_told_and_holds_nobody_up(watch: Watch, tmp_path: Path):
    write(tmp_path / os.fsdecode(b"relat\xe9rio.csv"), "a")
    write(tmp_path / "z.csv", "b")
    found = watch()
    assert new_names(found) == ["z.csv"]
    [problem] = found.problems
    assert "renomeie" in problem
    assert problem.isascii() or problem.encode()
    assert new_names(watch()) == []
