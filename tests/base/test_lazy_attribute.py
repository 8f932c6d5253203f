"""Attributes that are computed at their first use."""

from __future__ import annotations

import threading

from zenml_pin.base.lazy_attribute import lazy


class Slow:
    """A class with one attribute, whose computation waits."""

    def __init__(self, go: threading.Event) -> None:
        self.asked = threading.Event()
        self.made = 0
        self._go = go

    @lazy
    def value(self) -> int:
        """The value."""
        self.asked.set()
        self._go.wait(20)
        self.made += 1
        return self.made


def test_a_lazy_attribute_is_made_once_and_by_itself() -> None:
    """The second use gives the same value; its docstring is the function's."""
    go = threading.Event()
    go.set()
    slow_object = Slow(go)

    assert slow_object.value == slow_object.value == slow_object.made == 1
    assert Slow.value.__doc__ == "The value."


def test_one_that_is_being_made_keeps_no_other_object_waiting() -> None:
    """`functools.cached_property` blocks before Python 3.12, so that a child of a fork waits for ever."""
    never, go = threading.Event(), threading.Event()
    go.set()
    slow, quick = Slow(never), Slow(go)
    waiting = threading.Thread(target=lambda: slow.value)
    waiting.start()
    slow.asked.wait()
    values: list[int] = []
    asking = threading.Thread(target=lambda: values.append(quick.value))
    asking.start()
    asking.join(10)
    before = list(values)
    never.set()
    waiting.join()

    assert before == [1]
