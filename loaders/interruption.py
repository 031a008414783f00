"""A Ctrl-C that gets lost, delivered again.

Here: what Python does with an interruption that falls into code whose exceptions it ignores,
such as the finalizers of a library. Not here: what a command does when it is interrupted
(`cli`).
"""

import signal
import sys

# Long enough for the ignored code to be over, and nobody notices.
_AGAIN_S = 0.02


def keep_interruptions() -> None:
    """See to it that an interruption ends the process, wherever it falls.

    Python prints a KeyboardInterrupt that a finalizer raised, and goes on with the work. Call
    once, in the main thread of a process of one's own.
    """
    # Not raised where it is ignored, but a moment later.
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    sys.unraisablehook = _again


def _again(ignored: "sys.UnraisableHookArgs") -> None:
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
    else:
        sys.__unraisablehook__(ignored)
