"""A load that is taken back: the next build is as if it had never come.

Two worlds get the same files, one of them deliveries more, which are taken back. Whatever the
tables of the two say must be the same then, and again when a delivery comes after all.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.end_to_end.rollback_world import PORTFOLIO, Tables, World

pytestmark = pytest.mark.slow

# What a build had done when it was cut off: lines typed, some of them curated, history
# written, and nothing that tells how far it got.
CUT_OFF = (
    "--select", "+int_cartoes__clientes_iniciados", "+transacciones",
    "+int_controladoria__bonus_substituidos", "+contratos",
)  # fmt: skip
CUT_OFF_EARLY = (
    "--select", "+int_cartoes__faturas_rejeitadas", "+int_banco__clientes_curados",
    "+int_controladoria__bonus_rejeitados", "+int_carteira__contratos_atuais",
)  # fmt: skip
MOMENTS = ("taken back", "loaded again")


@dataclass
class Story:
    """What both worlds showed at each moment, and what the one that took back did besides."""

    shown: dict[tuple[str, str], Tables] = field(default_factory=dict)
    grown: dict[str, dict[str, int]] = field(default_factory=dict)
    reloaded: list[str] = field(default_factory=list)


def deliver(world: World, letter: str, *selection: str) -> None:
    world.load(letter)
    world.build(*selection)


def take_back(folder: Path, story: Story) -> None:
    """B comes twice and E once; a build is cut off before and after both are taken back."""
    world = World("e2e_retirada_", folder)
    deliver(world, "A", *PORTFOLIO)
    deliver(world, "B")
    # Back before anything was built: another load of the same bytes.
    world.rollback("B")
    deliver(world, "B", *PORTFOLIO)
    deliver(world, "C")
    story.reloaded = world.unbalanced()
    deliver(world, "D", *PORTFOLIO)
    deliver(world, "E", *CUT_OFF)
    story.grown["before"] = world.grown()
    world.rollback("B")
    world.rollback("E")
    world.build(*CUT_OFF_EARLY)
    world.build()
    story.grown["taken back"] = world.grown()
    story.shown["retirada", "taken back"] = world.tables()
    deliver(world, "B")
    story.grown["loaded again"] = world.grown()
    story.shown["retirada", "loaded again"] = world.tables()


def never_came(folder: Path, story: Story) -> None:
    """The same, without what was taken back."""
    world = World("e2e_nunca_", folder)
    deliver(world, "A", *PORTFOLIO)
    deliver(world, "C", *PORTFOLIO)
    deliver(world, "D")
    story.shown["nunca", "taken back"] = world.tables()
    deliver(world, "B")
    story.shown["nunca", "loaded again"] = world.tables()


@pytest.fixture(scope="module")
def story(embedded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    told, folder = Story(), tmp_path_factory.mktemp("retiradas")
    # One world after the other: dbt reads the project anew for another prefix.
    take_back(folder, told)
    never_came(folder, told)
    return told


@pytest.mark.parametrize("moment", MOMENTS)
def test_everything_is_as_if_it_had_never_come(story: Story, moment: str):
    one, other = story.shown["retirada", moment], story.shown["nunca", moment]
    assert one.keys() == other.keys()
    assert {
        table: sorted(set(rows) ^ set(other[table]))[:4] or ["rows that come again"]
        for table, rows in one.items()
        if rows != other[table]
    } == {}


def test_the_worlds_have_something_to_differ_in(story: Story):
    taken_back, again = (story.shown["retirada", moment] for moment in MOMENTS)
    assert all(
        taken_back[table] and taken_back[table] != again[table]
        for table in (
            "carteira.clientes_carteira", "carteira.quarentena", "historico.contratos",
            "cartoes.faturas", "cartoes.pagamentos", "cartoes.quarentena", "cartoes.book_fatura",
            "cartoes.book_fatura_resumo", "cliente_360.transacciones", "cliente_360.quarentena",
            "cliente_360.metricas_bancarias", "divergencias.controladoria",
            "divergencias.quarentena", "intermediate.int_divergencias__trade_marketing",
        )
    )  # fmt: skip
    assert sum("'dbt_is_deleted': 'True'" in row for row in taken_back["historico.contratos"]) > 5


def test_bytes_that_came_again_before_any_build_count_once(story: Story):
    assert story.reloaded == []


def test_what_grows_is_built_anew_once_and_grows_again(story: Story):
    before, taken_back, again = (story.grown[moment] for moment in ("before", *MOMENTS))
    never_dropped = {
        "controladoria", "int_carteira__contratos_conferidos",
        "int_carteira__posicoes_versionadas", "dim_linha", "dim_profissao",
    }  # fmt: skip
    assert {table for table in before if taken_back[table] == before[table]} == never_dropped
    assert again == taken_back
