"""What Dagster's processes find in their environment, and the manifest that they load.

Here: the variables, and `dbt parse`. Not here: starting the processes (`processes`).
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from loaders.building import dbt_environment
from loaders.errors import MiranteError
from loaders.privacy.keys import without_key
from loaders.server import Server
from loaders.serving.storage import Storage
from loaders.settings import PROJECT_ROOT, load_settings, mirante_home


def service_environment(server: Server, storage: Storage, home: Path) -> dict[str, str]:
    """Return the environment of the webserver, the daemon and all that they start.

    The key of the documents is not among its PGOPTIONS: a build asks for it when it starts.

    Args:
        server: the one that has the data.
        storage: where Dagster keeps its runs.
        home: DAGSTER_HOME.
    """
    environment = {
        **os.environ,
        **server.env(),
        **storage.variables,
        "MIRANTE_HOME": str(mirante_home()),
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "true",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        # The project is the one of this command, whatever is installed.
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(PROJECT_ROOT), os.environ.get("PYTHONPATH")])
        ),
        "PATH": os.pathsep.join(
            filter(None, [str(Path(sys.executable).parent), os.environ.get("PATH")])
        ),
    }
    prefix = load_settings().MIRANTE_SCHEMA_PREFIX
    if prefix:
        environment["MIRANTE_SCHEMA_PREFIX"] = prefix
    options = without_key(environment.pop("PGOPTIONS", ""))
    return {**environment, "PGOPTIONS": options} if options else environment


def parse_manifest(server: Server, environment: Mapping[str, str]) -> None:
    """Let dbt read the project anew, for the graph to name this server and this prefix.

    What did not change since the last time is not read again.

    Args:
        server: the one that has the data.
        environment: of Dagster's processes.

    Raises:
        MiranteError: the project does not parse; dbt said why.
    """
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "--quiet", "--no-use-colors", "parse"],
        env={**environment, **dbt_environment(server)},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MiranteError(f"o dbt não leu o projeto:\n{(done.stdout + done.stderr).strip()}")
