"""Watches what this process starts and runs. An audit hook cannot be removed, so it is installed once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Every event that starts a program or a process.
_STARTS = (
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"),
    *("os.fork", "os.forkpty", "os.startfile", "pty.spawn"),
)
# Events that run or load code: for code of a commit, the file name says so.
_RUNS = ("exec", "import", "marshal.loads", "pickle.find_class", "ctypes.dlopen", "code.__new__")

_watchers: list[tuple[tuple[str, ...], list[str]]] = []
_is_hooked = False


def _hook(event: str, args: tuple[object, ...]) -> None:
    for events, events_seen in _watchers:
        if event in events:
            # The first argument says what: a module's name, a code object with its file, a program.
            events_seen.append(f"{event} {args[0] if args else None!r}"[:500])


@contextmanager
def _watching(events: tuple[str, ...]) -> Iterator[list[str]]:
    global _is_hooked
    if not _is_hooked:
        _is_hooked = True
        sys.addaudithook(_hook)
    events_seen: list[str] = []
    entry = (events, events_seen)
    _watchers.append(entry)
    try:
        yield events_seen
    finally:
        # Compare by identity: two lists without events are equal.
        _watchers[:] = [other for other in _watchers if other is not entry]


@contextmanager
def processes() -> Iterator[list[str]]:
    """Collect every process that starts in a block."""
    with _watching(_STARTS) as events_seen:
        yield events_seen


@contextmanager
def code() -> Iterator[list[str]]:
    """Collect every code object that runs and every module that is imported in a block."""
    with _watching(_RUNS) as events_seen:
        yield events_seen
