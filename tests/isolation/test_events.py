"""Events of a trial: what code does is told, also where two of its threads do something at the same time."""

from __future__ import annotations

import os
from threading import Thread
from typing import Any

import pytest

from tests.support.interleaving import at_every_moment
from zenml_pin.isolation import code_process
from zenml_pin.isolation.channel import Lines, parse_line
from zenml_pin.isolation.events import Watch
from zenml_pin.isolation.readable import Allowed


def test_event_of_another_thread_is_told_while_one_is_considered() -> None:
    """Whenever it comes: code cannot hide what it does by keeping another thread busy."""
    told: list[Any] = []

    def consider_two() -> set[str]:
        told.clear()
        watches.append(Watch(told.append, Allowed([]), ["files"]))
        watches[-1]._consider("os.mkdir", ("/nowhere/first", 0o777, -1))
        return {event["target"] for event in told}

    def consider_another() -> None:
        thread = Thread(target=watches[-1]._consider, args=("os.mkdir", ("/nowhere/second", 0o777, -1)))
        thread.start()
        thread.join()

    watches: list[Watch] = []
    answers = list(at_every_moment(consider_two, Watch._consider, consider_another))

    assert answers == [{"/nowhere/first", "/nowhere/second"}] * len(answers)


def test_event_is_not_written_into_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a thread that goes on after the load, while the reader takes a long answer piece by piece."""
    reader, writer = os.pipe()
    monkeypatch.setattr(code_process, "_CHANNEL", writer)
    lines, messages = Lines(), list[dict[str, Any]]()

    def tell_events() -> None:
        for number in range(200):
            code_process._tell("key", {"event": number})

    threads = [
        Thread(target=code_process._tell, args=("key", {"answer": "x" * 120_000})),
        Thread(target=tell_events),
    ]
    for thread in threads:
        thread.start()
    while len(messages) < 201:
        messages += [parse_line("key", line) for line in lines.add(os.read(reader, 4096))]
    for thread in threads:
        thread.join()
    os.close(reader)
    os.close(writer)

    assert [message for message in messages if not message] == []
