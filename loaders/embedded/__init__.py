"""The Postgres that Mirante runs itself when the user names no server.

Here: its files, its binaries, starting, finding and stopping it. Not here: choosing
between it and the user's own server (`loaders.postgres`).

`layout` says where things are, `binaries` which programs run, `cluster` what the data
directory and its configuration hold, `process` what is alive, `control` puts them
together.
"""

from loaders.embedded.control import Status, describe, ensure_running, status, stop
from loaders.embedded.layout import stored_password

__all__ = ["Status", "describe", "ensure_running", "status", "stop", "stored_password"]
