"""Query results as files, for people and for other programs.

Here: tables of the warehouse (`marts`, `cliente_360`), put into one order (`ordering`),
written as csv, xlsx or Parquet (a module each), streamed, whole or not at all (`files`).
Not here: the clusters' files, which are several and have names of their own
(`loaders.cluster_runs.exports`), nor what the command prints (`loaders.commands.export`).
"""

from loaders.exports.csv_files import export_csv
from loaders.exports.files import FOLDER

__all__ = ["FOLDER", "export_csv"]
