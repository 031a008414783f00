"""Kill a command, or the server under it, and do the work again.

Here: the moment, the signal, the second try with its time limit, and what is then compared.
Not here: runs of Dagster (`steps`), the points (`points`).
"""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from benchmarks.quedas.contents import Contents, Difference, compare
from benchmarks.quedas.points import Job, Point
from benchmarks.quedas.remains import remains
from benchmarks.quedas.world import World

# Beyond this many times an undisturbed run, and at least so long, a second try is stuck.
_TIMES, _LEAST_S = 10, 60.0
_TRIES = 8
# Which point of a load is built of afterwards.
BUILT = 1
# A reader or a dbt that outlives its killed parent has this long to notice.
_ORPHANS_S = 5.0


@dataclass
class Outcome:
    """What became of one point.

    Attributes:
        moment: seconds into the work, of `seconds` undisturbed.
        stuck: what took too long.
        failed: what the second try said when it failed.
        difference: between what is there and what should be.
        left: what else the kill left.
    """

    point: Point
    seconds: float
    moment: float = 0.0
    stuck: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    difference: Difference = field(default_factory=Difference)

    @property
    def bad(self) -> list[str]:
        """Say all that is wrong."""
        return [
            *(f"stuck: {each}" for each in self.stuck),
            *(f"failed: {each}" for each in self.failed),
            *(f"left: {each}" for each in (*self.left, *self.difference.left)),
            *self.difference.told,
        ]


@dataclass(frozen=True)
class Truth:
    """What an undisturbed run takes and leaves."""

    seconds: float
    contents: Contents
    built: Contents


def limit(seconds: float) -> float:
    """Return after how many seconds work is stuck that takes so long undisturbed."""
    return max(_TIMES * seconds, _LEAST_S)


def truth(world: World, job: Job) -> Truth:
    """Do a job undisturbed, and what follows it."""
    world.restore(job.state)
    seconds = world.run(*job.arguments)
    contents = world.contents(*job.reads)
    built: Contents = {}
    if job.then:
        world.run(*job.then)
        built = world.contents()
    return Truth(seconds, contents, built)


def kill(world: World, point: Point, expected: Truth) -> Outcome:
    """Kill a job, do it again, and look."""
    outcome = Outcome(point, expected.seconds)
    _interrupt(world, point, outcome)
    if not outcome.stuck and _again(world, point.job.arguments, expected.seconds, outcome):
        outcome.difference = compare(expected.contents, world.contents(*point.job.reads))
        # What the sources' tables hold decides what is built of them; so it is tried as well.
        if point.job.then and point.number == BUILT:
            seconds = limit(expected.seconds)
            if _again(world, point.job.then, seconds, outcome):
                whole = compare(expected.built, world.contents())
                outcome.difference.told += whole.told
                outcome.difference.left += whole.left
                outcome.difference.lost += whole.lost
                outcome.difference.doubled += whole.doubled
    world.wake()
    outcome.left += remains(world)
    return outcome


def draw(point: Point, seconds: float) -> list[float]:
    """Return the moments to try, in their order: one that comes after the end is no kill."""
    chance = point.moments()
    shares = [chance.random() for _ in range(_TRIES)]
    # Its very beginning and its very end, where a job has points enough.
    if point.number == 3:
        shares[0] = 0.02 * chance.random()
    elif point.number == 4:
        shares[0] = 0.95 + 0.1 * chance.random()
    return [share * seconds * 0.9**number for number, share in enumerate(shares)]


def _interrupt(world: World, point: Point, outcome: Outcome) -> None:
    for moment in draw(point, outcome.seconds):
        world.restore(point.job.state)
        outcome.moment = moment
        process = world.start(*point.job.arguments)
        if _killed(world, point, process, outcome):
            _wait_for_the_end(process, outcome)
            return
    raise RuntimeError(f"{point.name}: ended before it could be killed, {_TRIES} times")


def _killed(
    world: World, point: Point, process: "subprocess.Popen[bytes]", outcome: Outcome
) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(outcome.moment)
        return False
    if point.job.kind == "postgres":
        _kill_server(world, everybody=point.wide)
    elif point.wide:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait() == -signal.SIGKILL
    else:
        # Alone, as the kernel kills it when memory is short.
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        if process.wait() != -signal.SIGKILL:
            return False
        psutil.wait_procs(family, timeout=_ORPHANS_S)
        outcome.left += [f"process {each.pid}" for each in family if each.is_running()]
    return True


def _kill_server(world: World, everybody: bool) -> None:
    with world.connect() as connection:
        [backend] = connection.execute("select pg_backend_pid()").fetchone()
        # While the backend lives: afterwards its number says nothing.
        postmaster = psutil.Process(psutil.Process(backend).ppid())
    # Alone, its backends find out by themselves.
    victims = [postmaster, *(postmaster.children(recursive=True) if everybody else ())]
    for each in victims:
        with suppress(psutil.NoSuchProcess):
            each.kill()


def _wait_for_the_end(process: "subprocess.Popen[bytes]", outcome: Outcome) -> None:
    """A command whose server died has to notice, and end by itself."""
    try:
        process.wait(limit(outcome.seconds))
    except subprocess.TimeoutExpired:
        outcome.stuck.append("the command did not end after its server died")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _again(world: World, arguments: tuple[str, ...], seconds: float, outcome: Outcome) -> bool:
    began = time.perf_counter()
    process = world.start(*arguments)
    try:
        code = process.wait(limit(seconds))
    except subprocess.TimeoutExpired:
        outcome.stuck.append(f"{arguments[:2]}, {time.perf_counter() - began:.0f} s")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    if code:
        outcome.failed.append(f"{arguments[:2]} exits {code}: {world.said()}")
    # It may have another port now.
    world.wake()
    return code == 0
