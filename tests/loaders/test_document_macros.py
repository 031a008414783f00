"""The check digits in SQL against python-stdnum's, on thousands of documents."""

import random
import re
from typing import Any

import pytest
from stdnum.br import cnpj, cpf

from loaders.building import ready_to_build, run_dbt
from loaders.server import Server
from loaders.settings import PROJECT_ROOT

SEED = 2026
EACH = 4_000
CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def documents() -> list[str]:
    """Right, wrong by one character, of other lengths, and repeated."""
    draw = random.Random(SEED)  # noqa: S311 - not for secrets
    found = ["", "0" * 10, "A" * 14, "12ABC34501DE3A", "12abc34501de35", " 52998224725"]
    found += [digit * length for digit in "0123456789" for length in (11, 14)]
    for _ in range(EACH):
        body = "".join(draw.choices("0123456789", k=9))
        right = body + cpf._calc_check_digits(body)
        found += [right, changed(draw, right, "0123456789")]
        kind = draw.choice(["0123456789", CHARACTERS])
        body = "".join(draw.choices(kind, k=12))
        right = body + cnpj.calc_check_digits(body)
        found += [right, changed(draw, right, kind), right[:-1]]
    return found


def changed(draw: random.Random, document: str, characters: str) -> str:
    position = draw.randrange(len(document))
    return document[:position] + draw.choice(characters) + document[position + 1 :]


def expected(document: str) -> tuple[bool, bool]:
    repeated = len(set(document)) == 1
    clean = re.fullmatch(r"[0-9A-Z]+", document) is not None
    return (
        clean and len(document) == 11 and not repeated and cpf.is_valid(document),
        clean and len(document) == 14 and not repeated and cnpj.is_valid(document),
    )


@pytest.fixture
def compiled(user_server: Server, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> str:
    """`select` of both macros over the parameter, as dbt compiles it."""
    inline = (
        "select {{ is_cpf('documento') }} as cpf, {{ is_cnpj('documento') }} as cnpj"
        " from unnest(array['@']) with ordinality as lista (documento, n) order by n"
    )
    with ready_to_build(user_server):
        assert run_dbt(["--quiet", "compile", "--inline", inline])
    out = capfd.readouterr().out
    assert str(PROJECT_ROOT) not in out
    return out[out.index("select") :]


def test_check_digits_agree_with_stdnum_except_on_repeated_digits(
    user_server: Server, compiled: str
):
    sample = documents()
    statement = compiled.replace("%", "%%").replace("array['@']", "%s::text[]")
    with user_server.connect() as connection:
        found = connection.execute(statement, [sample]).fetchall()  # type: ignore[call-overload]
    wrong = [
        (document, answer)
        for document, answer in zip(sample, found, strict=True)
        if answer != expected(document)
    ]
    assert wrong == []
    assert sum(answer[0] for answer in found) >= EACH
    assert sum(answer[1] for answer in found) >= EACH
