"""The processes of an environment: threads share them, and the end of the backend ends all calls."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.interleaving import OtherThreads, at_every_moment
from zenml_pin.backends import env
from zenml_pin.backends.environments import preparing, worker
from zenml_pin.errors import BackendError

HOME = "e9448e0abbc6f03252578ca877bc80c94f137edd", "trainers.step"


class Held:
    """An environment that nobody needs to make.

    Attributes:
        is_held: Whether it was not released.
    """

    def __init__(self) -> None:
        self.environment: Any = SimpleNamespace(key="1")
        self.is_held = True

    def release(self) -> None:
        """Note it."""
        self.is_held = False


def test_threads_share_the_processes_of_one_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that need it at the same time both make it; what one made is used, and the other is released."""
    made: list[Held] = []

    def environment_for(*given: object) -> Held:
        made.append(Held())
        return made[-1]

    monkeypatch.setattr(preparing, "environment_for", environment_for)
    backends = [env.EnvBackend()]
    others = OtherThreads(lambda: backends[0]._key_of(HOME))

    def both() -> tuple[int, int]:
        made.clear()
        backend = backends[0] = env.EnvBackend()
        backend._key_of(HOME)
        others.wait()
        return sum(held.is_held for held in made), len(backend._pools)

    answers = at_every_moment(both, env.EnvBackend._key_of, others.run)

    assert set(answers) == {(1, 1)}


class Worker:
    """A process whose call ends when it is stopped."""

    is_alive = False

    def __init__(self, environment: object) -> None:
        self.stopped = threading.Event()

    def stop(self) -> None:
        """End the call."""
        self.stopped.set()


def test_call_does_not_begin_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has waited for a process: after Ctrl-C, it would keep this one waiting."""
    monkeypatch.setattr(worker, "EnvWorker", Worker)
    ran: list[str] = []
    begun, pools = threading.Event(), [env._Pool(Held(), 1)]  # type: ignore[arg-type]

    def close() -> list[str]:
        ran.clear()
        begun.clear()
        pool = pools[0] = env._Pool(Held(), 1)  # type: ignore[arg-type]

        def first(one: Any) -> None:
            begun.set()
            one.stopped.wait(20)

        running = pool.submit(first)
        waiting = pool.submit(lambda _: ran.append("second"))
        begun.wait(20)
        pool.close(at_once=True)
        assert running.result() is None
        assert waiting.cancelled() or isinstance(waiting.exception(), BackendError)
        return list(ran)

    answers = list(at_every_moment(close, env._Pool.close, lambda: threading.Event().wait(0.002)))

    assert answers == [[]] * len(answers)
