"""Events: what code does while it is imported, recorded by an audit hook of Python. Evidence, not a wall.

    {"what": "open", "target": "/home/ada/.ssh/id", "denied": true, "by": "trainers/step.py:3"}

An event is sent at once, so that it arrives even if the code ends its process. The hook does not see the effects of C
functions that code calls by ctypes, but the look-up of such a function is an event. Reads of Python's own files are not
reported.

Sources: https://docs.python.org/3/library/audit_events.html.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident  # threading need not be there
from types import FrameType

from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.registry import Registry
from zenml_pin.isolation.probes import find_probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zenml_pin.isolation.readable import Allowed

    Tell = Callable[[dict[str, object]], None]

MOST_EVENTS = 200
_LONGEST = 300
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# By event: the positions of arguments that are paths and that it changes.
_CHANGES = {
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.link": (0, 1),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.removexattr": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.setxattr": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.utime": (0,),
}
_READS = ("os.listdir", "os.scandir", "os.getxattr", "os.listxattr")
# By event: whether the walls deny it, whatever its arguments are; False for one that is allowed and reported.
_DENIED = {
    **dict.fromkeys(
        ("socket.__new__", "socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg"), True
    ),
    **dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"), True),
    "socket.sethostname": True,
    **dict.fromkeys(
        ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork", "os.forkpty"), False
    ),
    "pty.spawn": False,
}
_SIGNALS = ("os.kill", "os.killpg")
_LOOKED_UP = ("ctypes.dlsym", "ctypes.dlsym/handle")


class Watch:
    """Records events and reports them.

    Args:
        tell: Receives each event.
        allowed: Which files the walls allow.
        walls: Names of the walls that exist.
    """

    def __init__(self, tell: Tell, allowed: Allowed, walls: Iterable[str]) -> None:
        self._tell = tell
        self._allowed = allowed
        self._walls = frozenset(walls)
        self._own = os.getpid()
        self._supervisor = os.getppid()
        self._recorded: set[tuple[str, str, str]] = set()
        # Threads in which an event is considered: what that does itself is not an event. What other threads do is.
        self._busy: set[int] = set()
        self._root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

    @property
    def _is_closed(self) -> bool:
        return "files" in self._walls

    @property
    def _is_kept(self) -> bool:
        return self._is_closed or "mounts" in self._walls

    def start(self) -> None:
        """Begin. A hook cannot be removed."""
        consider, interesting = self._consider, _INTERESTING

        # Python calls it 59,000 times while scikit-learn is imported. A plain function takes a third of the time of a
        # method: for each call Python looks for an attribute that a method does not have, and makes an exception of it.
        def hook(event: str, arguments: tuple[object, ...]) -> None:
            if event in interesting:
                consider(event, arguments)

        sys.addaudithook(hook)

    def _consider(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path = arguments[0]
            if isinstance(path, str) and self._allowed.is_library(path) and arguments[1] in ("r", "rb"):
                return
        thread = get_ident()
        if thread in self._busy or len(self._recorded) >= MOST_EVENTS:
            return
        self._busy.add(thread)
        try:
            self._note(event, arguments)
        except Exception:
            # Evidence must not change what the code does, nor how it fails.
            return
        finally:
            self._busy.discard(thread)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._by_guard():
            return
        if event == "open":
            self._opened(*arguments[:3])
        elif event == "sqlite3.connect":
            self._opened(arguments[0], "r+", 0)
        elif event in _CHANGES:
            for index in _CHANGES[event]:
                self._changed(event, arguments[index])
        elif event in _READS:
            self._listed(event, arguments[0])
        elif event in _SIGNALS:
            self._signalled(event, int(str(arguments[0])))
        elif event in _LOOKED_UP:
            if not self._by_library():
                self._add("C function", str(arguments[1]), False)
        elif event == "ctypes.dlopen":
            if not self._by_library():
                self._add("C library", str(arguments[0]), False)
        else:
            is_denied = _DENIED[event] and not self._walls.isdisjoint(("seccomp", "network"))
            self._add(event, _text(arguments), is_denied, self._probe(event, arguments) if is_denied else "")

    def _opened(self, path: object, mode: object, flags: object) -> None:
        resolved = _resolve(path)
        if resolved is None:
            return
        is_writing = bool(int(str(flags or 0)) & _WRITING) or any(
            letter in str(mode or "") for letter in "wax+"
        )
        if is_writing:
            self._add("write", resolved, self._is_kept and not self._allowed.can_write(resolved))
        elif not self._allowed.can_read(resolved):
            if os.path.exists(resolved):
                self._add("open", resolved, self._is_closed)
        elif not self._allowed.is_library(resolved):
            self._add("open", resolved, False)

    def _changed(self, event: str, path: object) -> None:
        resolved = _resolve(path, follow=False)
        if resolved is not None:
            self._add(
                event.removeprefix("os."), resolved, self._is_kept and not self._allowed.can_write(resolved)
            )

    def _listed(self, event: str, path: object) -> None:
        resolved = _resolve("." if path is None else path)
        if resolved is not None and not self._allowed.can_read(resolved) and os.path.exists(resolved):
            self._add(
                event.removeprefix("os."), resolved, self._is_closed and event in ("os.listdir", "os.scandir")
            )

    def _signalled(self, event: str, pid: int) -> None:
        """Report a signal to another process; in a process namespace, all but the supervisor belong to the trial."""
        has_namespace = "processes" in self._walls
        is_inside = abs(pid) in (0, self._own, os.getpid())
        exists_inside = has_namespace and pid != self._supervisor and os.path.exists(f"/proc/{abs(pid)}")
        if not is_inside and not exists_inside:
            self._add(event, str(pid), has_namespace or "signals" in self._walls)

    def _probe(self, event: str, arguments: tuple[object, ...]) -> str:
        """Return why an installed library tries what is denied, if it is a known probe."""
        frame = self._frames() if event == "socket.__new__" else None
        if frame is None or not self._allowed.is_library(frame.f_code.co_filename):
            return ""
        return find_probe(arguments, frame)

    def _add(self, what: str, target: str, denied: bool, probe: str = "") -> None:
        target = target[:_LONGEST]
        # What the code itself does is recorded also if a library has done the same.
        if (what, target, probe) in self._recorded:
            return
        self._recorded.add((what, target, probe))
        event = {"what": what, "target": target, "denied": denied, "by": self._caller()}
        self._tell({**event, "probe": probe} if probe else event)

    def _caller(self) -> str:
        """Return file and line of the innermost code that belongs neither to Python's library nor to this package."""
        frame = self._frames()
        return "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"[:_LONGEST]

    def _by_library(self) -> bool:
        """Tell whether an installed library causes the event: many look up C functions when they are imported."""
        frame = self._frames()
        return frame is None or self._allowed.is_library(frame.f_code.co_filename)

    def _by_guard(self) -> bool:
        """Tell whether this package did it of itself: it lays files, and looks at repositories around modules.

        The code does not choose these files and repositories. With an editable install, one is this package's own.
        """
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith((self._root, "<frozen ", _STANDARD)):
            if frame.f_code in _OURS:
                return True
            frame = frame.f_back
        return False

    def _frames(self) -> FrameType | None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            name = frame.f_code.co_filename
            # This package is in site-packages too, and site-packages is below Python's library.
            is_standard = name.startswith(("<frozen ", _STANDARD)) and "site-packages" not in name
            if not is_standard and not name.startswith(self._root):
                return frame
            frame = frame.f_back
        return None


_STANDARD = os.path.dirname(os.__file__) + "/"
_OURS = {function.__code__ for function in (Registry.has_commit, Namespace.lay, Namespace.check_files)}
_INTERESTING = frozenset(
    (*_CHANGES, *_READS, *_DENIED, *_SIGNALS, *_LOOKED_UP, "ctypes.dlopen", "open", "sqlite3.connect")
)


def _resolve(path: object, follow: bool = True) -> str | None:
    """Return a path without links, or with the one at its end; None for a descriptor, which is open."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        return None
    name = os.fsdecode(path)
    if follow:
        try:
            return os.path.realpath(name)
        except OSError:
            # Before Python 3.13, it raises for a link that may not be read.
            pass
    folder, last = os.path.split(os.path.abspath(name))
    return os.path.join(os.path.realpath(folder), last)


def _text(arguments: tuple[object, ...]) -> str:
    """Return the arguments of an event, without environments and the text of the code's own objects."""
    return ", ".join(_word(item) for item in arguments[:3] if item is not None and type(item) is not dict)


def _word(item: object) -> str:
    if isinstance(item, (list, tuple)):
        return " ".join(_word(part) for part in list(item)[:8])
    if isinstance(item, (str, bytes)):
        return os.fsdecode(item)
    return str(item) if type(item) is int else type(item).__name__
