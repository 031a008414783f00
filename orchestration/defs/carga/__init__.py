"""Loading: the raw tables, one module a source."""
