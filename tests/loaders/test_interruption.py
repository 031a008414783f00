"""A Ctrl-C ends a command, even one that falls where Python ignores exceptions."""

import subprocess
import sys

# The signal comes while a finalizer runs, as one of urllib3's does after each request.
PROGRAM = """
import signal, time, weakref
from contextlib import nullcontext
from loaders.interruption import interruptions_kept

class Pool: pass

signal.signal(signal.SIGINT, signal.default_int_handler)
pool = Pool()
def finish():
    signal.raise_signal(signal.SIGINT)
    time.sleep(0)
weakref.finalize(pool, finish)
try:
    with {block}:
        del pool
        for _ in range(200):
            time.sleep(0.01)
except KeyboardInterrupt:
    print("interrompido")
else:
    print("perdido")
"""


def run(block: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(block=block)],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    return done.stdout.strip()


def test_an_interruption_of_a_finalizer_is_not_lost():
    assert run("interruptions_kept()") == "interrompido"


def test_python_alone_loses_it():
    assert run("nullcontext()") == "perdido"
