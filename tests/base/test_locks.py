"""Locks that a fork leaves usable: none stays locked by a thread that the child does not have."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.repositories import Repo, commit
from zenml_pin.at import registry
from zenml_pin.base.locks import ForkLock
from zenml_pin.git.any_repository import OPENED
from zenml_pin.git.remote.object_source import RemoteSource
from zenml_pin.git.remote.server import Server
from zenml_pin.pins import definitions, keeping
from zenml_pin.pipelines.runs import step_log
from zenml_pin.pipelines.runs.bounded_log import BoundedLog

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork"),
    # Since 3.12 Python warns about forks with threads, which these tests need.
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]

HAS_GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
URL = "http://127.0.0.1:9/repo"
HELD: dict[str, Callable[[], ForkLock]] = {
    "a lock": ForkLock,
    "the registry's": lambda: registry._lock,
    "the open repositories'": lambda: OPENED._lock,
    "the blocks'": lambda: keeping.lock,
    "a remote's": lambda: RemoteSource(URL)._lock,
    "a server's": lambda: Server(URL, 1, 1)._lock,
    "a step log's": lambda: BoundedLog()._lock,
    "the step logs'": lambda: step_log._lock,
}


@contextmanager
def held_elsewhere(lock: ForkLock) -> Iterator[None]:
    """Let another thread own a lock as long as the block runs."""
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            inside.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


def in_child(work: Callable[[], object], seconds: int = 20) -> int:
    """Run a function in a fork of this process; return its exit code, or the alarm's if it waits for ever."""
    import signal

    child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("make", HELD.values(), ids=HELD)
def test_child_does_not_wait_for_a_thread_it_does_not_have(make: Callable[[], ForkLock]) -> None:
    """A lock of another thread is free in the child after a fork, and still locked in the parent."""
    lock = make()

    def enter() -> None:
        with lock, lock:
            pass

    with held_elsewhere(lock):
        assert in_child(enter) == 0
        assert not lock._lock.acquire(blocking=False)


def test_a_fork_inside_a_lock_leaves_it_held() -> None:
    """The thread that forked still owns it; another thread of the child waits."""
    lock = ForkLock()

    def probe() -> None:
        taken: list[bool] = []
        thread = threading.Thread(target=lambda: taken.append(lock._lock.acquire(blocking=False)))
        thread.start()
        thread.join()
        assert taken == [False]

    with lock:
        assert in_child(probe) == 0


@pytest.mark.slow
def test_a_fork_waits_for_short_work() -> None:
    """So the child has Python's usual warnings, even if the parent was just parsing without them."""
    inside, forked = threading.Event(), threading.Event()

    def hold() -> None:
        with definitions._lock:
            inside.set()
            assert not forked.wait(0.2)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait()
    try:
        assert in_child(lambda: definitions.parse_quietly(b"x = 1\n")) == 0
    finally:
        forked.set()
        thread.join()


SCRIPT = """
import os, signal, sys, threading, warnings
import zenml_pin, zenml_pin.pins.checkout, zenml_pin.resolver
from zenml_pin.verification import verify

warnings.simplefilter("ignore")
repo, idle, *busy = sys.argv[1:]
name = "trainers.step.A"


def in_block(commit_id):
    with zenml_pin.checkout(commit_id, repo=repo) as tree:
        tree.load(name)
    zenml_pin.pin(name, repo=repo)


def work(commit_id):
    while not done.is_set():
        in_block(commit_id)


def once():
    zenml_pin.load(f"{name}@{idle}", repo=repo)
    zenml_pin.unload(idle)
    assert zenml_pin.pin(name, repo=repo).is_pinned
    assert verify(f"{name}@{idle}", repo=repo).is_verified


# What is needed is imported now: an import that a fork cuts in two is Python's own affair.
once()
in_block(busy[0])
done = threading.Event()
threads = [threading.Thread(target=work, args=(commit_id,)) for commit_id in busy]
for thread in threads:
    thread.start()
try:
    for _ in range(25):
        child = os.fork()
        if not child:
            signal.alarm(30)
            try:
                once()
            except BaseException as error:
                os.write(2, repr(error).encode())
                os._exit(1)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code == 0, code
finally:
    done.set()
"""


@pytest.mark.slow
@pytest.mark.skipif(not HAS_GIL, reason="without the GIL, a look-up in a dict may wait for ever after a fork")
def test_a_fork_while_threads_load_leaves_the_child_able_to(repo: Repo) -> None:
    """Load, unload, pin and verify work in each child, whatever the other threads were doing."""
    other = {"other.py": "x = 1\n" * 500}
    texts = [f"from trainers import other\n\n\nclass A: epochs = {number}\n" for number in range(5)]
    ids = [commit(repo, {"trainers": {"step.py": text, **other}}) for text in texts]

    done = subprocess.run([sys.executable, "-c", SCRIPT, repo.path, *ids], capture_output=True, timeout=120)

    assert done.returncode == 0, done.stderr
