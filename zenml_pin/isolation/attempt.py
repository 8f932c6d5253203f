"""An attempt: the class is loaded, and how that went is put into words. Runs in the process of the trial.

What the code raised has failed. Where it got no more memory that is said instead, also of what it raised while it
handled that: what comes then depends on who asked for memory, and on what its callers make of the answer.
"""

from __future__ import annotations

import errno
import mmap
import os
import resource
import signal
import warnings
from collections.abc import Callable, Iterator

from zenml_pin.errors import PinError
from zenml_pin.isolation.outcomes import FAILED, LOADED, OUT_OF_MEMORY

# What setrlimit takes, in bytes.
_MOST = 2**62
# What setitimer takes, in seconds.
_LONGEST_TIME = 10.0**8
# Who waits for this process ends it before.
_GRACE = 5
# What most libraries hold in memory of their own, once they are mapped.
_LIBRARY = 2**20
MOST_PROCESSES = 256


def ignore_warnings() -> None:
    """Show no warnings of this process."""
    warnings.simplefilter("ignore")


def limit(megabytes: int, seconds: float) -> None:
    """Limit memory and time of this process, and of those that it starts."""
    size, (_, hard) = min(megabytes * 2**20, _MOST), resource.getrlimit(resource.RLIMIT_DATA)
    size = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Should whoever waits be killed, the system ends this process, unless the code takes the clock for itself.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, min(seconds + _GRACE, _LONGEST_TIME))


def limit_files_and_processes(megabytes: int) -> None:
    """Limit how large a file can become, and how many processes there are; the latter does not bind root."""
    _lower(resource.RLIMIT_FSIZE, min(megabytes * 2**20, _MOST))
    if os.geteuid() != 0:
        _lower(resource.RLIMIT_NPROC, MOST_PROCESSES)


def _lower(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def outcome_of(load: Callable[[], object]) -> tuple[str, str]:
    """Load, and return the outcome and why: one of `LOADED`, `FAILED` and `OUT_OF_MEMORY`."""
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
