"""What harmful code aims at in these tests: files, servers and processes that the test itself makes, and ends."""

from __future__ import annotations

import ctypes
import errno
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.repositories import Repo, commit, init

KEY = "fake key 3f1c"
_SLEEPER = "import time; time.sleep(1200)"


@dataclass(frozen=True)
class Targets:
    """Things that a trial must not reach.

    Attributes:
        home: A fake home folder, with `.ssh/id` that holds KEY, and a database.
        repo: A repository with a working tree.
        shared: A folder of files that anyone may write.
        tcp, udp, unix: Servers of the test.
        sleeper: A process of the test, the leader of a group of its own.
        memory: A file of the test in /dev/shm.
        queue: The key of a queue of System V.
    """

    home: Path
    repo: Repo
    shared: Path
    tcp: socket.socket
    udp: socket.socket
    unix: socket.socket
    abstract: socket.socket
    sleeper: subprocess.Popen[bytes]
    memory: Path
    queue: int

    @property
    def names(self) -> dict[str, object]:
        """What the code of a case can name."""
        return {
            "KEY": KEY,
            "home": str(self.home),
            "secret": str(self.home / ".ssh" / "id"),
            "database": str(self.home / "notes.db"),
            "repo": self.repo.path,
            "gitdir": self.repo.gitdir,
            "shared": str(self.shared),
            "tcp": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "unix": self.unix.getsockname(),
            "abstract": self.abstract.getsockname(),
            "sleeper": self.sleeper.pid,
            "tester": os.getpid(),
            "memory": str(self.memory),
            "queue": self.queue,
        }

    def is_sleeping(self) -> bool:
        """Tell whether the process of the test still runs."""
        return self.sleeper.poll() is None

    def was_contacted(self) -> bool:
        """Tell whether anything reached a server."""
        for server in (self.tcp, self.unix, self.abstract):
            try:
                server.accept()[0].close()
            except BlockingIOError:
                continue
            return True
        try:
            self.udp.recv(100)
        except BlockingIOError:
            return False
        return True

    def content(self) -> dict[str, tuple[int, int, bytes, str]]:
        """Return mode, time, content and attributes of every file, git's own apart."""
        found: dict[str, tuple[int, int, bytes, str]] = {}
        for root in (self.home, Path(self.repo.path), self.shared, self.memory):
            for path in [root, *(sorted(root.rglob("*")) if root.is_dir() else [])]:
                # The test itself commits the code of the case.
                if path.is_relative_to(self.repo.gitdir) or path == Path(self.repo.path):
                    continue
                info = path.lstat()
                data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
                attributes = ",".join(os.listxattr(path, follow_symlinks=False))
                # Reading a folder changes none of its times but that of access.
                found[str(path)] = info.st_mode, info.st_mtime_ns, data, attributes
        return found


@contextmanager
def targets(place: Path) -> Iterator[Targets]:
    """Make all of them; end the servers and the process afterwards."""
    home, shared = place / "home", place / "shared"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id").write_text(KEY)
    _make_database(home / "notes.db")
    shared.mkdir()
    for name in ("one", "two", "three"):
        (shared / name).write_text(name)
    (shared / "folder" / "empty").mkdir(parents=True)
    repo = init(place / "repo")
    commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}, "notes.txt": KEY})
    memory = Path("/dev/shm", f"zenml_pin-test-{os.getpid()}-{place.name[-20:]}")
    memory.write_text(KEY)
    with ExitStack() as stack:
        stack.callback(memory.unlink, missing_ok=True)
        tcp = _serve(stack, socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        udp = _serve(stack, socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        unix = _serve(stack, socket.AF_UNIX, socket.SOCK_STREAM, str(shared / "s"))
        name = f"\0zenml_pin-test-{os.getpid()}-{place.name[-20:]}"
        abstract = _serve(stack, socket.AF_UNIX, socket.SOCK_STREAM, name)
        sleeper = subprocess.Popen([sys.executable, "-I", "-S", "-c", _SLEEPER], start_new_session=True)
        stack.callback(_end, sleeper)
        queue = stack.enter_context(_queue())
        yield Targets(home, repo, shared, tcp, udp, unix, abstract, sleeper, memory, queue)


def _serve(stack: ExitStack, family: int, kind: int, address: object) -> socket.socket:
    server = stack.enter_context(socket.socket(family, kind))
    server.bind(address)  # type: ignore[arg-type]
    if kind == socket.SOCK_STREAM:
        server.listen()
    server.setblocking(False)
    return server


@contextmanager
def _queue() -> Iterator[int]:
    """Make a queue of System V that nobody else uses; yield its key."""
    library = ctypes.CDLL(None, use_errno=True)
    exclusively = 0o3600
    while (number := library.msgget(key := random.getrandbits(31), exclusively)) < 0:
        assert ctypes.get_errno() == errno.EEXIST
    try:
        yield key
    finally:
        library.msgctl(number, 0, None)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _make_database(path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(path)
    connection.execute("create table notes (text)")
    connection.execute("insert into notes values (?)", (KEY,))
    connection.commit()
    connection.close()
