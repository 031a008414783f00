"""Documents in SQL: check digits against python-stdnum's, dresses, hashes and masks.

Not among dbt's unit tests, whose rows would stand in the published docs: even made-up
documents are not told from real ones there.
"""

import random
import re
from typing import Any

import pytest
from stdnum.br import cnpj, cpf

from loaders.building import dbt_environment, ready_to_build, run_dbt
from loaders.privacy.keys import keyed_hash, pii_key
from loaders.server import Server
from loaders.settings import PROJECT_ROOT

SEED = 2026
EACH = 4_000
# What a file shows, what it is, and of which kind.
DRESSES = (
    ("52998224725", "52998224725", "CPF"),
    ("529.982.247-25", "52998224725", "CPF"),
    ("529 982 247 25", "52998224725", "CPF"),
    ("52998224725.0", "52998224725", "CPF"),
    ("5.2998224725E+10", "52998224725", "CPF"),
    ("5,2998224725e10", "52998224725", "CPF"),
    ("1234567890", "01234567890", "CPF"),
    ("1234567890.0", "01234567890", "CPF"),
    ("191", "00000000191", "CPF"),
    ("11222333000181", "11222333000181", "CNPJ"),
    ("11.222.333/0001-81", "11222333000181", "CNPJ"),
    ("11222333000181.00", "11222333000181", "CNPJ"),
    ("1.1222333000181E+13", "11222333000181", "CNPJ"),
    ("360305000104", "00360305000104", "CNPJ"),
    ("38166000105", "00038166000105", "CNPJ"),
    ("12ABC34501DE35", "12ABC34501DE35", "CNPJ"),
    ("12.abc.345/01de-35", "12ABC34501DE35", "CNPJ"),
    ("12ABC34501DE36", "12ABC34501DE36", None),
    ("52998224724", "52998224724", None),
    ("11222333000182", "11222333000182", None),
    ("5.3E+10", "5.3E+10", None),
    ("1.23E+10", "1.23E+10", None),
    ("11111111111", "11111111111", None),
    ("00000000000", "00000000000", None),
    ("0", "0", None),
    ("00000000000000", "00000000000000", None),
    ("11111111111111", "11111111111111", None),
    ("112223330001811", "112223330001811", None),
    ("sem documento", "sem documento", None),
    ("12ABC3450", "12ABC3450", None),
)
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


def asked(server: Server, capfd: Any, inline: str, sample: list[str]) -> list[tuple[Any, ...]]:
    """Ask what dbt compiles of a select from `array['@']`, with a sample in its place."""
    with ready_to_build(server):
        capfd.readouterr()
        assert run_dbt(["--quiet", "compile", "--inline", inline])
    out = capfd.readouterr().out
    assert str(PROJECT_ROOT) not in out
    start = min(out.index(word) for word in ("with", "select") if word in out)
    statement = out[start:].replace("%", "%%").replace("array['@']", "%s::text[]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGOPTIONS", dbt_environment(server)["PGOPTIONS"])
        connection = server.connect()
    with connection:
        return connection.execute(statement, [sample]).fetchall()  # type: ignore[call-overload]


def checked(server: Server, capfd: Any, sample: list[str]) -> dict[str, tuple[Any, ...]]:
    inline = (
        "with lista as (select unnest(array['@']) as visto), "
        "{{ checked_documents('lista', 'visto') }} select * from conferidos"
    )
    return {row[0]: row[1:] for row in asked(server, capfd, inline, sample)}


def test_documents_are_known_in_every_dress(user_server: Server, capfd: Any):
    found = checked(user_server, capfd, [shown for shown, _, _ in DRESSES] * 2)
    assert {shown: row[:2] for shown, row in found.items()} == {
        shown: (document, kind) for shown, document, kind in DRESSES
    }


def test_only_a_document_that_is_one_for_sure_has_a_hash(user_server: Server, capfd: Any):
    found = checked(user_server, capfd, [shown for shown, _, _ in DRESSES])
    key = pii_key(user_server)
    # As a CPF it is somebody's, as a CNPJ the oldest bank's.
    assert found.pop("191")[2] is None
    hashed = 0
    for document, kind, digest, _ in found.values():
        assert digest == (keyed_hash(key, document) if kind else None)
        hashed += digest is not None
    assert hashed > 10
    assert found["52998224725"][2] == found["5.2998224725E+10"][2]


def test_masks_show_the_middle_of_a_document_only(user_server: Server, capfd: Any):
    found = checked(
        user_server, capfd, ["529.982.247-25", "11222333000181", "12ABC34501DE35", "sem documento"]
    )
    assert {shown: row[3] for shown, row in found.items()} == {
        "529.982.247-25": "***.982.247-**",
        "11222333000181": "**.222.333/****-**",
        "12ABC34501DE35": "**.ABC.345/****-**",
        "sem documento": "***",
    }


def test_check_digits_agree_with_stdnum_except_on_repeated_digits(user_server: Server, capfd: Any):
    sample = documents()
    inline = (
        "select {{ is_cpf('documento') }} as cpf, {{ is_cnpj('documento') }} as cnpj"
        " from unnest(array['@']) with ordinality as lista (documento, n) order by n"
    )
    found = asked(user_server, capfd, inline, sample)
    wrong = [
        (document, answer)
        for document, answer in zip(sample, found, strict=True)
        if answer != expected(document)
    ]
    assert wrong == []
    assert sum(answer[0] for answer in found) >= EACH
    assert sum(answer[1] for answer in found) >= EACH
