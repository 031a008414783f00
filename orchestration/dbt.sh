#!/bin/sh
# The dbt that steps start: it dies with the step, even by SIGKILL (loaders/tied.py).
exec "$MIRANTE_PYTHON" -I "$(dirname "$0")/../loaders/tied.py" \
    SIGKILL "$PPID" "$(dirname "$MIRANTE_PYTHON")/dbt" "$@"
