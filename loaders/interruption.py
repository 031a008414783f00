"""A Ctrl-C that gets lost, delivered again.

Here: what Python does with an interruption that falls into code whose exceptions it ignores,
such as the finalizers of a library. Not here: what a command does when it is interrupted
(`cli`).
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Long enough for the ignored code to be over, and nobody notices.
_AGAIN_S: Final = 0.02


@contextmanager
def interruptions_kept() -> Iterator[None]:
    """See to it that an interruption ends the block, wherever it falls.

    Python prints a KeyboardInterrupt that a finalizer raised, and goes on with the work. Of
    the main thread.
    """
    before, hook = signal.getsignal(signal.SIGALRM), sys.unraisablehook
    lost = False

    def again(ignored: "sys.UnraisableHookArgs") -> None:
        nonlocal lost
        if issubclass(ignored.exc_type, KeyboardInterrupt):
            lost = True
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
        else:
            hook(ignored)

    # Not raised where it is ignored, but a moment later.
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = hook
        if lost:
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
