"""Transforming: the dbt project as assets and checks."""
