"""Simulated files: the same seed gives the same bytes, in any process."""

from pathlib import Path

import pytest

from loaders.errors import MiranteError
from loaders.simulator import simulate_all
from tests.loaders.helpers import mirante


def simulated(folder: Path, seed: int, *options: str, **environment: str) -> dict[str, bytes]:
    """Simulate in a process of its own and return the files by their name."""
    result = mirante(
        "simulate", "--out", str(folder), "--clients", "60", "--seed", str(seed), *options,
        **environment,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes_in_another_process(tmp_path: Path):
    # Sets of texts come in another order in each process, unless told not to.
    first = simulated(tmp_path / "a", 7, PYTHONHASHSEED="1")
    second = simulated(tmp_path / "b", 7, PYTHONHASHSEED="2")
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] != second[name]} == set()


def test_another_seed_gives_other_positions_and_other_faults(tmp_path: Path):
    first, other = simulated(tmp_path / "a", 7), simulated(tmp_path / "b", 8)
    assert first.keys() == other.keys()
    same = {name for name in first if first[name] == other[name]}
    # The credit lines are the same whoever borrows.
    assert same == {"categorias/categorias.xlsx"}


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ("cartoes", "cartoes"),
        ("vendas", "cvcrm"),
        ("banco", "banco"),
        ("controladoria", "controladoria"),
    ],
)
def test_one_source_alone_has_the_files_that_it_has_among_all(
    tmp_path: Path, source: str, folder: str
):
    every = simulated(tmp_path / "a", 7)
    alone = simulated(tmp_path / "b", 7, "--source", source)
    lists = {"identidades.csv", "defeitos.csv"}
    assert {name: every[name] for name in alone if name not in lists} == {
        name: content for name, content in every.items() if name.startswith(f"{folder}/")
    }
    assert {name for name in alone if alone[name] != every[name]} == lists
    of_others = {Path(name).name.encode() for name in every if not name.startswith(f"{folder}/")}
    assert [
        line for line in every["defeitos.csv"].splitlines() if line.split(b",")[0] not in of_others
    ] == alone["defeitos.csv"].splitlines()
    header, *records = every["identidades.csv"].splitlines()
    own = [line for line in records if line.split(b",")[0] == source.encode()]
    assert [header, *own] == alone["identidades.csv"].splitlines()


@pytest.mark.parametrize("month", ["2026-13", "outubro", "202610"])
def test_a_month_that_is_none_is_refused(tmp_path: Path, month: str):
    with pytest.raises(MiranteError, match="mês deve ser"):
        list(simulate_all(tmp_path, 25, 1, month))


def test_more_clients_than_ids_have_room_for_are_refused(tmp_path: Path):
    with pytest.raises(MiranteError, match="no máximo 5000000"):
        list(simulate_all(tmp_path, 5_000_001, 1, "2026-10"))
    assert not list(tmp_path.iterdir())


def test_an_unknown_source_is_refused_by_a_message_that_names_the_known_ones(tmp_path: Path):
    result = mirante("simulate", "--out", str(tmp_path), "--source", "extratos")
    assert result.returncode == 2
    known = "'carteira', 'cartoes', 'vendas', 'banco', 'controladoria'."
    assert f"'extratos'; os possíveis são {known}" in result.stderr
