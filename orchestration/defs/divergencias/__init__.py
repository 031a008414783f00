"""Divergences after dbt found them: recording, deciding alone, telling."""
