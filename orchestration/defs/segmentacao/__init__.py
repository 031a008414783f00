"""Segmenting: the Python asset between dbt's models, and the files for the analysts."""
