"""The command `zenml-pin`, which is also `python -m zenml_pin`.

Ctrl-C may come at a moment when Python cannot raise it: in a finalizer, in the callback of a weak reference, or at
exit. There Python prints "Exception ignored" and goes on. Here such an interrupt is raised again a moment later; one
that comes when the command has ended only decides the exit code.
"""

from __future__ import annotations

import _thread
import atexit
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_INTERRUPTED = 130
# The finalizer has ended then.
_MOMENT = 0.01


class _Interrupts:
    """The interrupts of this process, from now until `put_back`."""

    def __init__(self) -> None:
        self._main = _thread.get_ident()
        self._lock = _thread.allocate_lock()
        self._is_running = True
        self.was_missed = False
        self._others = sys.unraisablehook
        self._hook = self._note
        sys.unraisablehook = self._hook

    def end(self) -> None:
        """Raise no interrupt again, because the command has ended."""
        with self._lock:
            self._is_running = False

    def put_back(self) -> None:
        """Let Python print again what it cannot raise."""
        if sys.unraisablehook is self._hook:
            sys.unraisablehook = self._others

    def exit(self) -> None:
        """End the process at once if an interrupt was missed, with its exit code."""
        if self.was_missed:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(_INTERRUPTED)

    def _note(self, error: UnraisableHookArgs) -> None:
        if not issubclass(error.exc_type, KeyboardInterrupt):
            self._others(error)
            return
        self.was_missed = True
        if self._is_running:
            _thread.start_new_thread(self._raise_again, ())

    def _raise_again(self) -> None:
        time.sleep(_MOMENT)
        with self._lock:
            if self._is_running:
                # As a signal it also ends a call that waits.
                from signal import SIGINT, pthread_kill

                pthread_kill(self._main, SIGINT)


def main() -> int:
    """Run one command and return its exit code; Ctrl-C ends it quietly, also while its code is imported.

    The process may go on, and may call this again: nothing is left behind.
    """
    interrupts = _Interrupts()
    try:
        return _run(interrupts)
    finally:
        interrupts.put_back()


def program() -> int:
    """Do what `main` does in a process that then ends: Ctrl-C is quiet until its last moment."""
    interrupts = _Interrupts()
    # What is registered first runs last.
    atexit.register(interrupts.exit)
    return _run(interrupts)


def _run(interrupts: _Interrupts) -> int:
    try:
        try:
            from zenml_pin.cli import main as run

            code = run()
        finally:
            interrupts.end()
    except KeyboardInterrupt:
        return _INTERRUPTED
    return _INTERRUPTED if interrupts.was_missed else code


if __name__ == "__main__":
    sys.exit(program())
