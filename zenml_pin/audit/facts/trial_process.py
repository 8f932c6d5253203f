"""A trial from within: its process loads the class, in its limits, and says how that went.

What the code raised has failed. Where it got no more memory that is said instead, also of what it raised while it
handled that: what comes then depends on who asked for memory, and on what its callers make of the answer.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterator

from zenml_pin.audit.report import FAILED, LOADED
from zenml_pin.errors import PinError

OUT_OF_MEMORY = "memory"
LONGEST_MESSAGE = 500
# What setrlimit takes, in bytes.
_MOST = 2**62
# What setitimer takes, in seconds.
_LONGEST_TIME = 10.0**8
# Who waits for this process ends it before.
_GRACE = 5
# What most libraries hold in memory of their own, once they are mapped.
_LIBRARY = 2**20


def run_trial(arguments: list[str]) -> None:
    """Carry out a trial: the descriptor for the answer, its limits in MB and seconds, and the request on stdin."""
    descriptor, megabytes, seconds = int(arguments[0]), int(arguments[1]), float(arguments[2])
    os.set_inheritable(descriptor, False)
    request = json.load(sys.stdin)
    warnings.simplefilter("ignore")
    # What loading needs itself is not counted, and not taken from a working tree on the path.
    sys.path += request["path"]
    from zenml_pin.resolver import load

    sys.path[:] = request["path"]
    _limit(megabytes, seconds)
    own = os.getpid()
    try:
        outcome, message = _outcome(lambda: load(request["source"], repo=request["root"], allow_dirty=True))
        # A child that the code has forked comes by here too.
        if os.getpid() == own:
            answer = {"outcome": outcome, "message": message[:LONGEST_MESSAGE]}
            os.write(descriptor, json.dumps(answer).encode())
    finally:
        # Threads and exit handlers of old code must not keep the process.
        os.kill(os.getpid(), signal.SIGKILL)


def _limit(megabytes: int, seconds: float) -> None:
    size, (_, hard) = min(megabytes * 2**20, _MOST), resource.getrlimit(resource.RLIMIT_DATA)
    size = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Should whoever waits be killed, the system ends this process, unless the code takes the clock for itself.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, min(seconds + _GRACE, _LONGEST_TIME))


def _outcome(load: Callable[[], object]) -> tuple[str, str]:
    try:
        load()
    except BaseException as error:
        return _tell(error)
    return LOADED, ""


def _tell(error: BaseException) -> tuple[str, str]:
    try:
        if not _has_room(mmap.PAGESIZE) or any(map(_is_shortage, _chain(error))):
            return OUT_OF_MEMORY, ""
        if isinstance(error, PinError):
            return FAILED, str(error.message)
        return FAILED, f"{type(error).__name__}: {error}"
    except MemoryError:
        return OUT_OF_MEMORY, ""
    except BaseException:
        # How its exceptions read is the code's own affair, and may fail too.
        return FAILED, type(error).__name__


def _has_room(size: int) -> bool:
    try:
        mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE).close()
    except OSError:
        return False
    return True


def _is_shortage(error: BaseException) -> bool:
    if type(error) is ImportError or (type(error) is OSError and error.errno is None):
        # What a shared object that cannot be mapped is to an import, and to ctypes.
        return not _has_room(_LIBRARY)
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it comes from; code can make a circle of them."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ if error.__suppress_context__ else error.__context__
