"""Start a program that dies with who started it.

Here: the tie, and becoming the program. Not here: which programs need it (dbt under Dagster,
`orchestration/dbt.sh`; what `mirante up` starts). Without it a step that is killed leaves its
dbt behind, which writes on without the lock that the step held.

Run as a file by the interpreter, so that it costs no import of ours:
`python -I loaders/tied.py SIGNAL PARENT PROGRAM [ARGUMENT ...]`. Where the kernel has no such
tie (all but Linux) the program is started without.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and become the program.

    Args:
        arguments: name of the signal, pid of the parent, the program and its own arguments.
    """
    name, parent, program, *_ = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.Signals[name])
        if os.getppid() != int(parent):  # it died before the call above
            sys.exit(1)
    # A shell has what it starts in the background ignore Ctrl-C, which ends runs and dbt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The tie outlives the exchange of the program.
    os.execv(program, arguments[2:])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
