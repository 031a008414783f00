"""`python -m benchmarks.quedas`: kill, do again, compare, print the table."""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial

from benchmarks.quedas import killing, report
from benchmarks.quedas.builds import build
from benchmarks.quedas.killing import Outcome
from benchmarks.quedas.points import DEFAULT_POINTS, Job, Point, jobs, plan
from benchmarks.quedas.world import World, world

KINDS = ("loader", "dbt", "passo", "postgres")


def main() -> None:
    """Run the points and exit with 1 if one of them was not survived."""
    asked = _arguments()
    began = time.perf_counter()
    with world() as place:
        found = [job for job in jobs(place) if not asked.only or job.kind in asked.only]
        planned = plan(found, asked.points, asked.seed)
        if asked.row:
            planned = {row: planned[row] for row in asked.row}
        if asked.point:
            planned = _one(found, asked.point, asked.seed)
        _prepare(place, {points[0].job.state for points in planned.values()})
        print(f"seed {asked.seed}; the warehouse took {time.perf_counter() - began:.0f} s\n")
        print(report.HEAD, flush=True)
        outcomes = _run(place, planned)
    print(_total(outcomes))
    print(f"\n{(time.perf_counter() - began) / 60:.0f} minutes")
    wrong = [each for each in outcomes if each.bad]
    for each in wrong:
        print(report.told(each))
    sys.exit(bool(wrong))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", type=int, nargs="?", default=DEFAULT_POINTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=KINDS, help="may be repeated")
    parser.add_argument("--row", action="append", help="such as passo/vendas; may be repeated")
    parser.add_argument("--point", help="one of them again, such as loader/cartoes/3")
    return parser.parse_args()


def _one(found: list[Job], name: str, seed: int) -> dict[str, list[Point]]:
    key, _, number = name.rpartition("/")
    return {job.key: [Point(job, int(number), seed)] for job in found if job.key == key}


def _prepare(place: World, states: set[str]) -> None:
    """Make the states that points start from, each of the one before."""
    if not states - {"primeira"}:
        return
    loads = [job for job in jobs(place) if job.kind == "loader" and job.state == "primeira"]
    for job in loads:
        if job.name != "cvcrm --full":
            place.run(*job.arguments)
    place.keep("segunda")
    if "retirada" in states:
        place.run(*build("cartoes", "banco"))
        [back] = [job for job in jobs(place) if job.key == "loader/rollback"]
        place.run(*back.arguments)
        place.keep("retirada")


def _run(place: World, planned: dict[str, list[Point]]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    commands = {key: points for key, points in planned.items() if points[0].job.kind != "passo"}
    for points in commands.values():
        job = points[0].job
        expected = killing.truth(place, job)
        outcomes += _row(points, partial(killing.kill, place, expected=expected))
    runs = [points for points in planned.values() if points[0].job.kind == "passo"]
    if runs:
        from benchmarks.quedas.steps import orchestra

        with orchestra(place) as dagster:
            for points in runs:
                job = points[0].job
                expected = dagster.truth(job)
                outcomes += _row(points, partial(dagster.kill, expected=expected))
    return outcomes


def _row(points: list[Point], kill: Callable[[Point], Outcome]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    try:
        for point in points:
            try:
                outcome = kill(point)
            except Exception as error:
                # The others are to be killed too; this one was not survived.
                outcome = Outcome(point, 0.0, failed=[f"{type(error).__name__}: {error}"])
            outcomes.append(outcome)
            print(report.told(outcome), file=sys.stderr, flush=True)
    finally:
        # After Ctrl-C, of those that there were.
        print(report.row(points[0].job.kind, points[0].job.name, outcomes), flush=True)
    return outcomes


def _total(outcomes: list[Outcome]) -> str:
    return report.row("**all**", "", outcomes)


if __name__ == "__main__":
    main()
