"""The notebook runs on any export of cliente-360, in a kernel of its own."""

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
import numpy as np
import polars as pl
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from loaders.settings import PROJECT_ROOT

NOTEBOOK = PROJECT_ROOT / "notebooks" / "cliente_360.ipynb"
PICTURES = 3
# What matplotlib says in a new home.
FIRST_TIME = "Matplotlib is building the font cache; this may take a moment.\n"


@pytest.fixture(scope="module", autouse=True)
def _kernel_writes_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep kernels out of the developer's home; one folder for all, for its font cache."""
    home = tmp_path_factory.mktemp("kernel")
    names = (
        "HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR",
        "MPLCONFIGDIR",
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            (home / name.lower()).mkdir()
            patch.setenv(name, str(home / name.lower()))
        yield


@dataclass(frozen=True)
class Executed:
    """A notebook that ran to its end."""

    texts: str
    pictures: list[bytes]


def execute(csv: Path) -> Executed:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with mock.patch.dict(os.environ, {"MIRANTE_CLIENTE_360": str(csv)}):
        # Raises CellExecutionError for a cell that fails.
        NotebookClient(
            notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}
        ).execute()
    outputs: list[Any] = [
        output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    ]
    warned = "".join(output.text for output in outputs if output.get("name") == "stderr")
    assert warned.replace(FIRST_TIME, "") == ""
    shown = [output.data for output in outputs if "data" in output]
    return Executed(
        "\n".join(data.get("text/markdown", data.get("text/plain", "")) for data in shown),
        [base64.b64decode(data["image/png"]) for data in shown if "image/png" in data],
    )


def clients(count: int, seed: int = 7) -> pl.DataFrame:
    """Plausible clients: incomes lognormal, spending and fixed payments a share of them."""
    random = np.random.default_rng(seed)
    income = random.lognormal(8.1, 0.7, count).round(2)
    names = ["Buenos Aires", "Córdoba", "Santa Fe", "Mendoza", "Tucumán", "Salta", "Chaco",
             "Entre Ríos", "Misiones", "Neuquén", "Jujuy"]  # fmt: skip
    weights = np.array([1 / (rank + 1) for rank in range(len(names))])
    score = (random.beta(2, 6, count) * (income / 3300) ** -0.15).round(4)
    frame = pl.DataFrame(
        {
            "cliente_id": [f"C{number:05}" for number in range(count)],
            "nombre": ["Íñigo Pérez"] * count,
            "edad": random.integers(18, 90, count),
            "provincia": random.choice(names, count, p=weights / weights.sum()),
            "ingresos_mensuales": income,
            "gasto_mensual_promedio": (income * random.uniform(0.2, 1.1, count)).round(2),
            "score_endeudamiento": score,
        }
    )
    number = pl.int_range(pl.len())
    # Without an income, idle, with more refunds than purchases, with an outdated income.
    return frame.with_columns(
        ingresos_mensuales=pl.when(number % 40 == 3).then(None).otherwise("ingresos_mensuales"),
        score_endeudamiento=pl.when(number % 40 == 3)
        .then(None)
        .when(number % 50 == 4)
        .then(0)
        .when(number % 97 == 5)
        .then(7.5)
        .otherwise("score_endeudamiento"),
        gasto_mensual_promedio=pl.when(number % 50 == 4)
        .then(0)
        .when(number == 9)
        .then(-120.5)
        .otherwise("gasto_mensual_promedio"),
        provincia=pl.when(number % 60 == 7).then(None).otherwise("provincia"),
    )


def as_exported(frame: pl.DataFrame, path: Path) -> Path:
    frame.write_csv(path, include_bom=True)
    return path


@pytest.mark.slow
def test_the_notebook_shows_what_is_in_the_export(tmp_path: Path):
    frame = clients(500)
    done = execute(as_exported(frame, tmp_path / "c.csv"))
    assert len(done.pictures) == PICTURES
    assert all(
        picture.startswith(b"\x89PNG") and len(picture) > 10_000 for picture in done.pictures
    )
    assert "500 clientes, 12 províncias" in done.texts
    median = frame["ingresos_mensuales"].median()
    assert isinstance(median, float)
    assert f"até **R$ {median:,.0f}**".replace(",", ".") in done.texts
    assert "Íñigo" not in done.texts


@pytest.mark.slow
@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(
            clients(40).with_columns(score_endeudamiento=pl.lit(None, pl.Float64)), id="no scores"
        ),
        pytest.param(clients(2), id="two clients"),
        pytest.param(clients(0), id="no client"),
        pytest.param(clients(60).with_columns(provincia=pl.lit("Salta")), id="one provincia"),
        pytest.param(
            clients(60).with_columns(provincia=pl.lit(None, pl.String)), id="no provincia"
        ),
        pytest.param(
            clients(30).with_columns(
                ingresos_mensuales=pl.lit(None, pl.Float64),
                gasto_mensual_promedio=pl.lit(0.0),
                score_endeudamiento=pl.lit(None, pl.Float64),
            ),
            id="no incomes",
        ),
        pytest.param(
            clients(20).with_columns(
                ingresos_mensuales=pl.lit(1000.0), score_endeudamiento=pl.lit(0.3)
            ),
            id="all alike",
        ),
    ],
)
def test_the_notebook_survives_what_an_export_may_lack(frame: pl.DataFrame, tmp_path: Path):
    assert len(execute(as_exported(frame, tmp_path / "c.csv")).pictures) == PICTURES


def test_the_notebook_says_how_to_get_the_file_that_is_missing(tmp_path: Path):
    with pytest.raises(CellExecutionError, match="rode `mirante export cliente-360` antes"):
        execute(tmp_path / "nada.csv")


def test_the_notebook_is_stored_without_outputs():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
