"""Mirante's graph: what runs, in which order, and how it is shown.

Here: Dagster. Not here: reading and landing (`loaders`), models (dbt). Modules in
`defs/` are found by their place, one folder a concern; importing any of them neither
connects nor reads a secret, so that definitions load anywhere.
"""
