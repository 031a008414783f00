"""The definitions, one folder a concern: raw tables, dbt, jobs."""
