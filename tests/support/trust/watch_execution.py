"""Watching what this process starts and runs, by an audit hook that cannot be taken off and so is put on once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Whatever starts a program or a process.
_STARTS = (
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"),
    *("os.fork", "os.forkpty", "os.startfile", "pty.spawn"),
)
# What runs or loads code: of a commit, its file name says so.
_RUNS = ("exec", "import", "marshal.loads", "pickle.find_class", "ctypes.dlopen", "code.__new__")

_watchers: list[tuple[tuple[str, ...], list[str]]] = []
_is_hooked = False


def _hook(event: str, args: tuple[object, ...]) -> None:
    for events, seen in _watchers:
        if event in events:
            # The first says what: a module's name, a code object with its file, a program.
            seen.append(f"{event} {args[0] if args else None!r}"[:500])


@contextmanager
def _watching(events: tuple[str, ...]) -> Iterator[list[str]]:
    global _is_hooked
    if not _is_hooked:
        _is_hooked = True
        sys.addaudithook(_hook)
    seen: list[str] = []
    entry = (events, seen)
    _watchers.append(entry)
    try:
        yield seen
    finally:
        # By identity: two that have seen nothing are equal.
        _watchers[:] = [other for other in _watchers if other is not entry]


@contextmanager
def processes() -> Iterator[list[str]]:
    """Collect every process that is started in a block."""
    with _watching(_STARTS) as seen:
        yield seen


@contextmanager
def code() -> Iterator[list[str]]:
    """Collect every code object that is run and every module that is imported in a block."""
    with _watching(_RUNS) as seen:
        yield seen
