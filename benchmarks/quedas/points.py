"""What is killed: the jobs of each kind, and the moments that a seed draws.

Here: which command or run stands for which source, from which state, and how many points each
gets. Not here: killing (`killing`, `steps`).
"""

from dataclasses import dataclass
from random import Random

from benchmarks.quedas.builds import AREAS, build
from benchmarks.quedas.world import World

DEFAULT_POINTS = 126


@dataclass(frozen=True)
class Job:
    """What is killed.

    Attributes:
        kind: what gets the signal: loader, dbt, passo, postgres.
        name: of the source, or of what is done.
        state: from which it starts.
        arguments: of the command; for a step, the name of Dagster's job.
        reads: how the names of what it may change begin.
        then: a build after it, whose tables are compared too; at one of its points.
        share: of the points.
    """

    kind: str
    name: str
    state: str
    arguments: tuple[str, ...]
    reads: tuple[str, ...] = ("",)
    then: tuple[str, ...] = ()
    share: int = 4

    @property
    def key(self) -> str:
        """Name it."""
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True)
class Point:
    """One kill.

    Attributes:
        job: what is killed.
        number: of this job's points.
        seed: of the run.
    """

    job: Job
    number: int
    seed: int

    @property
    def name(self) -> str:
        """Name it, for it to be repeated."""
        return f"{self.job.key}/{self.number}"

    @property
    def wide(self) -> bool:
        """Whether more than the process itself is killed: its group, all of the server."""
        return self.number % 2 == 1

    def moments(self) -> Random:
        """Return where moments are drawn from, the same for the same name and seed."""
        return Random(f"{self.seed} {self.name}")  # noqa: S311 - nothing secret about it


def jobs(world: World) -> list[Job]:
    """Return all jobs, in the order of the table."""
    loads = {
        source: ("load", source, *world.second(source))
        for source in ("carteira", "cartoes", "banco", "controladoria")
    }
    loads["categorias"] = ("load", "categorias", "--truncate", *world.second("categorias"))
    loads["cvcrm"] = ("load", "cvcrm")
    back = (
        "rollback", "tb_faturas_202604.csv", "transacciones_202607.csv",
        "controladoria_202606.xlsx", "carteira_202609.xlsx", "tb_pagamentos_202603.csv",
    )  # fmt: skip
    areas = {source: build(source) for source in AREAS}
    # All raw tables, and what is seen of the source's own: its files that are complete.
    seen = {source: ("raw_", f"staging.stg_{source}") for source in AREAS}
    seen["categorias"] = seen["carteira"]
    files = tuple({each for source in AREAS if source != "cvcrm" for each in seen[source]})
    return [
        *(
            Job("loader", source, "primeira", load, seen[source], areas.get(source, ()), 9)
            for source, load in loads.items()
        ),
        Job(
            "loader", "cvcrm --full", "primeira", (*loads["cvcrm"], "--full"), seen["cvcrm"],
            share=4,
        ),
        Job("loader", "rollback", "segunda", back, files, build("cartoes"), 8),
        *(Job("dbt", source, "segunda", areas[source], share=3) for source in AREAS),
        Job("dbt", "all", "segunda", build(), share=3),
        Job("dbt", "after rollback", "retirada", build("cartoes", "banco"), share=3),
        *(
            Job("postgres", f"load {source}", "primeira", load, seen[source], share=2)
            for source, load in loads.items()
        ),
        Job("postgres", "rollback", "segunda", back, files, share=1),
        *(
            Job("postgres", f"build {source}", "segunda", areas[source], share=2)
            for source in AREAS
        ),
        *(
            Job("passo", name, "primeira", (name,))
            for name in ("carteira", "cartoes", "banco", "controladoria", "vendas")
        ),
    ]  # fmt: skip


def plan(found: list[Job], points: int, seed: int) -> dict[str, list[Point]]:
    """Give each job its part of the points, at least one.

    Args:
        found: the jobs.
        points: how many in all, about.
        seed: of their moments.
    """
    whole = sum(job.share for job in found)
    return {
        job.key: [
            Point(job, number, seed) for number in range(max(1, round(points * job.share / whole)))
        ]
        for job in found
    }
