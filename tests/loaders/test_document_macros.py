"""CPF and CNPJ in SQL agree with python-stdnum, over thousands of documents.

Here: check digits. Not here: documents in the dress that spreadsheets give them (unit
tests of int_carteira__documentos_conferidos).
"""

import json
import os
import random
import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from stdnum.br import cnpj, cpf

from loaders import embedded
from loaders.building import dbt_environment
from loaders.server import Server
from loaders.settings import PROJECT_ROOT

DOCUMENTS = 4000
LETTERED = string.digits + string.ascii_uppercase
QUERY = """
select
    documento,
    coalesce({{ is_cpf('documento') }}, false) as fl_cpf,
    coalesce({{ is_cnpj('documento') }}, false) as fl_cnpj
from unnest(:documentos) as visto (documento)
"""


@pytest.fixture(scope="module")
def query(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The macros as SQL, rendered once: dbt takes seconds to start."""
    scratch = tmp_path_factory.mktemp("dbt")
    compiled = subprocess.run(
        [
            str(Path(sys.executable).parent / "dbt"), "--quiet", "--no-use-colors",
            "compile", "--inline", QUERY, "--output", "json",
            "--target-path", str(scratch), "--log-path", str(scratch),
        ],
        cwd=PROJECT_ROOT,
        env={**os.environ, **dbt_environment(embedded.ensure_running())},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )  # fmt: skip
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr
    rendered: str = json.loads(compiled.stdout)["compiled"]
    # Only now a placeholder: `%` has a meaning of its own to the driver.
    return rendered.replace("%", "%%").replace(":documentos", "%s::text[]")


@pytest.fixture
def judge(query: str, embedded_server: Server) -> Callable[[list[str]], dict[str, set[str]]]:
    """Give a function that sorts documents by what the SQL macros take them for."""

    def sort(documents: list[str]) -> dict[str, set[str]]:
        with embedded_server.connect() as connection:
            rows = connection.execute(query, [documents]).fetchall()
        assert len(rows) == len(documents)
        return {
            "CPF": {document for document, is_cpf, _ in rows if is_cpf},
            "CNPJ": {document for document, _, is_cnpj in rows if is_cnpj},
        }

    return sort


def valid_cpf(rng: random.Random) -> str:
    body = "".join(rng.choices(string.digits, k=9))
    return body + cpf._calc_check_digits(body)


def valid_cnpj(rng: random.Random, alphabet: str = LETTERED) -> str:
    body = "".join(rng.choices(alphabet, k=12))
    return body + cnpj.calc_check_digits(body)


def corrupted(document: str, rng: random.Random) -> str:
    """Change a document as typists do: a character, two swapped, one lost or one more."""
    at = rng.randrange(len(document) - 1)
    return rng.choice(
        [
            document[:at] + rng.choice(LETTERED) + document[at + 1 :],
            document[:at] + document[at + 1] + document[at] + document[at + 2 :],
            document[:at] + document[at + 1 :],
            document[:at] + rng.choice(string.digits) + document[at:],
            document[:-1] + rng.choice(string.digits),
            document.lower(),
        ]
    )


def test_check_digits_agree_with_stdnum_on_valid_and_corrupted_documents(judge):
    rng = random.Random(20261101)  # noqa: S311
    valid = [valid_cpf(rng) for _ in range(DOCUMENTS)]
    valid += [valid_cnpj(rng, string.digits) for _ in range(DOCUMENTS)]
    valid += [valid_cnpj(rng) for _ in range(DOCUMENTS)]
    documents = sorted({*valid, *(corrupted(document, rng) for document in valid)})
    # stdnum takes these; nobody has them.
    documents = [document for document in documents if len(set(document)) > 1]
    taken = judge(documents)
    # stdnum puts letters into capitals by itself; `document_characters` does for the macro.
    assert taken["CPF"] == {each for each in documents if cpf.is_valid(each)}
    assert taken["CNPJ"] == {
        each for each in documents if cnpj.is_valid(each) and each == each.upper()
    }
    assert len(taken["CPF"]) >= DOCUMENTS - 1
    assert len(taken["CNPJ"]) >= 2 * DOCUMENTS - 1


def test_every_first_and_second_digit_turns_up(judge):
    """Remainders 0 and 1 both make the digit 0: a sample must hold every digit."""
    rng = random.Random(7)  # noqa: S311
    documents = [valid_cpf(rng) for _ in range(2000)] + [valid_cnpj(rng) for _ in range(2000)]
    taken = judge(documents)
    for kind in ("CPF", "CNPJ"):
        for position in (-2, -1):
            assert {document[position] for document in taken[kind]} == set(string.digits)


def test_repeated_digits_are_no_document_though_their_check_digits_agree(judge):
    repeated = [digit * length for digit in string.digits for length in (11, 14)]
    assert any(cpf.is_valid(document) for document in repeated)
    assert judge(repeated) == {"CPF": set(), "CNPJ": set()}


@pytest.mark.parametrize("text", ["", " ", "5299822472", "５２９９８２２４７２５", "52998224725\n"])
def test_a_text_of_another_shape_is_no_document(judge, text: str):
    assert judge([text]) == {"CPF": set(), "CNPJ": set()}
