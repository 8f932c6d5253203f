"""An attempt: the class is loaded, and the outcome is put into words. Runs in the process of the trial.

If the code raises, the outcome is "failed". If it got no more memory, the outcome says that instead, also where other
errors follow: which ones depends on the code that needed the memory, and on how its callers handle that.
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

# The largest value for setrlimit, in bytes.
_MOST = 2**62
# The largest value for setitimer, in seconds.
_LONGEST_TIME = 10.0**8
# The waiting process ends this one earlier.
_GRACE = 5
# Memory that most libraries allocate, once they are mapped.
_LIBRARY = 2**20
MOST_PROCESSES = 256


def ignore_warnings() -> None:
    """Show no warnings of this process."""
    warnings.simplefilter("ignore")


def limit(megabytes: int, seconds: float) -> None:
    """Limit memory and time of this process, and of the processes that it starts."""
    size, (_, hard) = min(megabytes * 2**20, _MOST), resource.getrlimit(resource.RLIMIT_DATA)
    size = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # If the waiting process is killed, the system ends this one, unless the code sets the timer itself.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, min(seconds + _GRACE, _LONGEST_TIME))


def limit_files_and_processes(megabytes: int) -> None:
    """Limit the size of a file, and the number of processes; root has no limit on processes."""
    _lower(resource.RLIMIT_FSIZE, min(megabytes * 2**20, _MOST))
    if os.geteuid() != 0:
        _lower(resource.RLIMIT_NPROC, MOST_PROCESSES)


def _lower(resource_id: int, value: int) -> None:
    _, hard = resource.getrlimit(resource_id)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(resource_id, (value, value))


def outcome_of(load: Callable[[], object]) -> tuple[str, str]:
    """Load, and return the outcome and why: one of `LOADED`, `FAILED` and `OUT_OF_MEMORY`."""
    try:
        load()
    except BaseException as error:
        return _describe(error)
    return LOADED, ""


def _describe(error: BaseException) -> tuple[str, str]:
    try:
        if not _has_room(mmap.PAGESIZE) or any(map(_is_shortage, _chain(error))):
            return OUT_OF_MEMORY, ""
        if isinstance(error, PinError):
            return FAILED, str(error.message)
        return FAILED, f"{type(error).__name__}: {error}"
    except MemoryError:
        return OUT_OF_MEMORY, ""
    except BaseException:
        # The code defines the text of its exceptions, and that may fail too.
        return FAILED, type(error).__name__


def _has_room(size: int) -> bool:
    try:
        mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE).close()
    except OSError:
        return False
    return True


def _is_shortage(error: BaseException) -> bool:
    if type(error) is ImportError or (type(error) is OSError and error.errno is None):
        # The errors of an import and of ctypes, if a shared object cannot be mapped.
        return not _has_room(_LIBRARY)
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes; code can make a circle of them."""
    ids: set[int] = set()
    while error is not None and id(error) not in ids:
        ids.add(id(error))
        yield error
        error = error.__cause__ if error.__suppress_context__ else error.__context__
