"""Mirante's loaders: from files and APIs to raw tables in Postgres, by dlt.

Here: reading, detecting formats, landing everything as it came, the `mirante`
command. Not here: typing, cleaning and business rules (dbt, in `models/`), nor what
runs when (Dagster, in `orchestration/`, which imports this package and never the
other way round).
"""
