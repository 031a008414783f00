"""The table of the kills: one row for each kind and source, and what went wrong by name.

Here: counting and wording. Not here: killing (`killing`, `steps`).
"""

from collections.abc import Sequence

from benchmarks.quedas.killing import Outcome

HEAD = (
    "| killed | at work on | points | of them with all around it | lost | doubled | stuck"
    " | failed again | left behind |\n|---|---|---|---|---|---|---|---|---|"
)


def row(kind: str, name: str, outcomes: Sequence[Outcome]) -> str:
    """Return a row of the table."""
    figures = (
        len(outcomes),
        sum(each.point.wide for each in outcomes),
        sum(each.difference.lost for each in outcomes),
        sum(each.difference.doubled for each in outcomes),
        sum(bool(each.stuck) for each in outcomes),
        sum(bool(each.failed) for each in outcomes),
        sum(bool(each.left or each.difference.left) for each in outcomes),
    )
    return f"| {kind} | {name} | " + " | ".join(map(str, figures)) + " |"


def told(outcome: Outcome) -> str:
    """Say when a point was killed and what is wrong with it, and how to repeat it."""
    point = outcome.point
    around = ", with all around it" if point.wide else ""
    killed = f"{point.name}: killed {outcome.moment:.2f} s into {outcome.seconds:.2f} s{around}"
    if not outcome.bad:
        return f"{killed}: survived"
    wrong = "\n  ".join(outcome.bad)
    return f"{killed} (again: --seed {point.seed} --point '{point.name}')\n  {wrong}"
