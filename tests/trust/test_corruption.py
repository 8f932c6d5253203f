"""P1: damage to stored objects is detected or harmless. A byte is never wrong, and every error is ours."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

import pytest

from tests.support.forget_caches import forget_code
from tests.support.thorough import usually
from tests.support.trust import damaged_files
from tests.support.trust.damaged_files import Damage, object_files
from tests.support.trust.outcome_counts import Outcome, Tally
from tests.support.trust.storage_forms import ALL, Stored, store


def damages(stored: Stored, chance: random.Random) -> Iterator[Damage]:
    """Yield every kind of damage to every file with objects."""
    files = object_files(stored.objects)
    loose = [path for path in files if not path.suffix]
    count = 20 if loose else 200
    for path in files:
        yield from damaged_files.bits(path, chance, count)
        yield from damaged_files.cuts(path, chance, count // 4)
        yield from damaged_files.holes(path, chance, count // 4)
    yield from damaged_files.swaps(loose)
    yield from damaged_files.forgeries(loose)
    length = 32 if stored.repo.object_format == "sha256" else 20
    indexes = [path for path in files if path.suffix == ".idx"]
    yield from chain.from_iterable(damaged_files.misdirections(path, length) for path in indexes)


def inject(stored: Stored, form: str, tally: Tally, most: int) -> None:
    """Cause each damage, judge what is read, and restore the files."""
    everything = list(damages(stored, random.Random(form)))
    for label, files in islice(everything, 0, None, max(1, len(everything) // most)):
        before = {path: path.read_bytes() for path in files}
        for path, content in files.items():
            path.write_bytes(content)
        # Code that was verified before would not be read again.
        forget_code()
        tally.note(form, label, stored.outcomes())
        for path, content in before.items():
            path.write_bytes(content)


@pytest.mark.quick(every=9)
@pytest.mark.parametrize("form", ALL)
def test_damage_is_detected_or_harmless(tmp_path: Path, form: str) -> None:
    """A sample of the slow suite: the answer is right, or one of our errors."""
    tally = Tally("corruptions")

    inject(store(tmp_path, form), form, tally, 30)

    assert tally.bad == []
    assert tally.of(Outcome.DETECTED) > tally.total / 3


@pytest.mark.slow
def test_thousands_of_corruptions(tmp_path: Path, announce: Callable[[str], None]) -> None:
    """Commits, trees and blobs; loose, packed, deltas, bundled, cached; packs and indexes; flipped, cut, swapped."""
    tally = Tally("corruptions injected")

    for form in ALL:
        inject(store(tmp_path / form, form), form, tally, usually(250, 10**6))

    for line in tally.lines():
        announce(line)
    assert tally.bad == []
    assert tally.total >= 2000
