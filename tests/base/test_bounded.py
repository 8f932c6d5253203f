"""Memos with a limited size."""

from __future__ import annotations

import random
import threading

from zenml_pin.base.bounded import Bounded, BoundedBytes, RecentBytes


def test_a_memo_keeps_its_newest_entries() -> None:
    """It keeps at least three quarters of its limit, and never more than the limit."""
    memo: Bounded[int, str] = Bounded(100)
    for number in range(1000):
        memo.add(number, str(number))
        newest = range(max(0, number - 74), number + 1)
        assert len(memo) <= 100
        assert list(memo)[-len(newest) :] == list(newest)


def test_an_entry_that_is_replaced_takes_no_room() -> None:
    """The other entries stay."""
    memo: Bounded[str, int] = Bounded(2)
    memo.add("a", 1)
    memo.add("b", 1)
    for number in range(10):
        assert memo.add("a", number) == number

    assert memo == {"a": 9, "b": 1}


def test_a_memo_of_one_entry_keeps_the_last() -> None:
    """It is the smallest useful memo; a memo of no entries keeps nothing, and does not fail."""
    one: Bounded[int, int] = Bounded(1)
    none: Bounded[int, int] = Bounded(0)
    for number in range(3):
        one.add(number, none.add(number, number))

    assert (one, none) == ({2: 2}, {})


def test_bytes_are_counted_and_the_oldest_go_first() -> None:
    """As many as necessary; an entry that is added again is the newest, with its new size."""
    memo: BoundedBytes[str, bytes] = BoundedBytes(10)
    memo.add("a", b"aaaa", 4)
    memo.add("b", b"bbbb", 4)
    memo.add("a", b"a", 1)
    memo.add("c", b"ccccc", 5)
    assert list(memo) == ["b", "a", "c"]

    memo.add("d", b"d", 1)

    assert memo == {"a": b"a", "c": b"ccccc", "d": b"d"}


def test_an_entry_larger_than_the_limit_is_not_kept() -> None:
    """It empties the memo, whose count then starts at zero."""
    memo: BoundedBytes[str, str] = BoundedBytes(10)
    memo.add("a", "", 4)
    memo.add("large", "", 11)
    assert memo == {}

    memo.add("b", "", 10)
    assert list(memo) == ["b"]


def test_recent_values_stay_and_the_bytes_have_a_limit() -> None:
    """A value that is found again and again is never dropped; the others are, and together they never have more."""
    memo: RecentBytes[int, str] = RecentBytes(100)
    memo.add(-1, "used", 10)
    for number in range(200):
        memo.add(number, str(number), 10)
        kept = [other for other in range(number + 1) if memo.get(other) or memo._older.get(other)]
        assert memo.find(-1) == "used"
        assert 3 <= len(kept) + 1 <= 10 or number < 3
    assert (memo.find(199), memo.find(0)) == ("199", None)


def test_a_recent_value_larger_than_half_of_the_limit_is_not_kept() -> None:
    """So the older half always has room."""
    memo: RecentBytes[str, str] = RecentBytes(100)
    memo.add("small", "s", 10)
    memo.add("large", "l", 51)
    assert (memo.find("large"), memo.find("small")) == (None, "s")


def test_threads_share_a_memo() -> None:
    """No thread fails, the limits hold, and the count of bytes is right."""
    memo: Bounded[int, int] = Bounded(50)
    sized: BoundedBytes[int, int] = BoundedBytes(500)
    faults = []

    def work(seed: int) -> None:
        numbers = random.Random(seed)
        try:
            for _ in range(3000):
                key = numbers.randrange(200)
                assert memo.get(key, key) == key
                memo.add(key, key)
                assert sized.get(key, key) == key
                sized.add(key, key, key % 7 + 1)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert len(memo) <= 50
    assert sum(key % 7 + 1 for key in sized) == 500 - sized._left <= 500
