"""Make data that look like the sources', faults included, from a seed.

Here: one population of people and companies, and the files each source would deliver
about them. Not here: loading. Nothing of it is anybody's: names are drawn from lists,
documents are computed. Same seed, same bytes of data.
"""
