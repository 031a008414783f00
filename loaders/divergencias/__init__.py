"""Divergences: recording what dbt found, deciding, correcting, undoing.

Here: what moves a case from state to state. Not here: finding divergences (dbt's models),
the tables and what they refuse (`loaders.audit`), arguments and texts of the command
(`loaders.commands.divergencias`).

`states` is what every move asks, `record` writes down what was found, `decide` what people
decide, `automatic` what rules may decide alone, `source` says what the source holds,
`processing` puts a run together, `reading` shows it all.

A correction never touches the source: it is a row, which a view lays over it.
"""

from typing import Final

# What dbt fills, and we read.
MART: Final = "divergencias"
FOUND: Final = "fct_divergencias"
INTERMEDIATE: Final = "intermediate"
DATES: Final = "int_divergencias__datas_base"
