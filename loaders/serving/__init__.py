"""Serving: Dagster's webserver and daemon, started and stopped together.

Here: the instance that they share (`home`), where it keeps its runs (`storage`), their
processes (`processes`), and switching on what runs by itself (`switches`). Not here: the
graph that they serve (`orchestration`); nothing of Dagster is imported.
"""
