"""Kill -9 at random moments, and what is there after the same command again.

Here: a small warehouse of its own with all sources (`world`), what it holds (`contents`), what
is killed and when (`points`, `killing`; runs of Dagster: `steps`), what a kill must leave
nothing of (`remains`), the table (`report`). Not here: kills at chosen steps, which the tests
have (`tests/loaders/test_killed_load.py` and the like).

Run by hand: `python -m benchmarks.quedas [points] [--seed N] [--only KIND] [--point NAME]`.
"""
