"""Rules of the house that no linter knows, read from dbt's manifest and the code."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loaders.contracts import load_contract
from loaders.errors import MiranteError
from loaders.settings import PROJECT_ROOT
from loaders.simulator import simulate_all

NAMES = {
    "staging": r"stg_{area}__[a-z_]+s",
    "intermediate": r"int_{area}__[a-z]+(_[a-z]+)+",
    # The users' own names for their tables and views go unprefixed.
    "marts": r"(dim|fct|vw)_[a-z0-9_]+|clientes_carteira|quarentena|reconciliacao_arquivos",
}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What dbt makes of the project; parsing needs no server."""
    target = tmp_path_factory.mktemp("target")
    subprocess.run(
        [Path(sys.executable).parent / "dbt", "--quiet", "parse", "--target-path", target],
        cwd=PROJECT_ROOT,
        check=True,
    )
    found: dict[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return found


def nodes(manifest: dict[str, Any], *kinds: str) -> Iterator[dict[str, Any]]:
    for node in [*manifest["nodes"].values(), *manifest["sources"].values()]:
        if node["resource_type"] in kinds and node["package_name"] == "mirante":
            yield node


def layer(node: dict[str, Any]) -> str:
    return str(node["fqn"][1])


def test_only_staging_reads_sources(manifest: dict[str, Any]):
    readers = {
        (layer(node), node["name"])
        for node in nodes(manifest, "model", "snapshot")
        if any(name.startswith("source.") for name in node["depends_on"]["nodes"])
    }
    assert {where for where, _ in readers} == {"staging"}, readers


def test_models_are_named_by_layer_and_area(manifest: dict[str, Any]):
    for node in nodes(manifest, "model"):
        pattern = NAMES[layer(node)].format(area=node["fqn"][2])
        assert re.fullmatch(pattern, node["name"]), node["name"]


def test_everything_is_described(manifest: dict[str, Any]):
    missing = []
    for node in nodes(manifest, "model", "seed", "snapshot", "source"):
        parts = {"": node, **node["columns"]}
        missing += [
            f"{node['name']}.{name}" for name, each in parts.items() if not each["description"]
        ]
    for macro in manifest["macros"].values():
        if macro["package_name"] != "mirante":
            continue
        described = {each["name"]: each for each in macro["arguments"]}
        missing += [f"macro {macro['name']}"] if not macro["description"] else []
        missing += [
            f"macro {macro['name']}.{name}"
            for name in macro_arguments(macro["macro_sql"])
            if not described.get(name, {}).get("type")
            or not described.get(name, {}).get("description")
        ]
    assert missing == []


def macro_arguments(code: str) -> list[str]:
    signature = re.search(r"{%-?\s*(?:macro|test)\s+\w+\(([^)]*)\)", code)
    assert signature, code
    return [each.split("=")[0].strip() for each in signature[1].split(",") if each.strip()]


def test_descriptions_of_tables_begin_with_their_grain(manifest: dict[str, Any]):
    for node in nodes(manifest, "model", "seed", "snapshot", "source"):
        assert node["description"].startswith("One row per "), node["name"]


def test_marts_have_enforced_contracts_of_all_their_columns(manifest: dict[str, Any]):
    marts = [node for node in nodes(manifest, "model") if layer(node) == "marts"]
    assert marts
    for node in marts:
        assert node["config"]["contract"]["enforced"], node["name"]
        assert all(column["data_type"] for column in node["columns"].values()), node["name"]


def test_clientes_carteira_has_the_columns_and_types_of_the_files_contract(
    manifest: dict[str, Any],
):
    [node] = [node for node in nodes(manifest, "model") if node["name"] == "clientes_carteira"]
    types = {name: column["data_type"] for name, column in node["columns"].items()}
    contract = load_contract("carteira").columns
    assert len(contract) == 36
    assert {column.name: types.get(column.name) for column in contract} == {
        column.name: column.type for column in contract
    }
    personal = {name for name, column in node["columns"].items() if column["config"]["meta"]}
    assert personal == {column.name for column in contract if column.pii}


def test_loaders_know_nothing_of_dagster():
    program = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run(
        [program], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path):
    def made(folder: str, seed: int) -> dict[str, str]:
        root = tmp_path / folder
        return {
            str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in simulate_all(root, 60, seed, "2026-10")
        }

    first, again, other = made("a", 1), made("b", 1), made("c", 2)
    assert first == again
    assert set(first) == set(other)
    # Categories are the same whoever the clients are.
    assert {name for name in first if first[name] == other[name]} == {"categorias/categorias.xlsx"}
    assert sorted(first) == [
        "carteira/carteira_202609.xlsx", "carteira/carteira_202610.xlsx",
        "categorias/categorias.xlsx", "defeitos.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("month", ["2026-13", "outubro", "202610"])
def test_a_month_that_is_none_is_refused(tmp_path: Path, month: str):
    with pytest.raises(MiranteError, match="mês deve ser"):
        list(simulate_all(tmp_path, 25, 1, month))
