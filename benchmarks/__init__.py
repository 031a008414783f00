"""Comparisons by hand, each against a public peer or a physical limit in the same run."""
