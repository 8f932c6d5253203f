"""P9: any bytes are read, or refused with one of our errors: a fixed number of inputs for each reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.support.thorough import usually
from tests.support.time_limit import time_limit
from tests.support.trust.fuzzed_readers import TARGETS, Target
from zenml_pin.errors import PinError

FEW, MANY = 20, usually(250, 1000)
# Tokens for readers of texts, and critical values for lengths and offsets.
_PIECES = st.one_of(
    st.binary(max_size=6),
    st.sampled_from(
        [
            b"\0",
            b"\n",
            b"\xff",
            b"\xff\xff\xff\xff",
            b"\x7f\xff\xff\xff",
            b"\x80\x80\x80\x80\x80",
            b"-1",
            b"9" * 20,
        ]
    ),
    st.text(max_size=3).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@st.composite
def mutated(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Draw a seed with up to six changes: a piece is replaced, added, removed or doubled, or the rest is cut off."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        change = draw(st.sampled_from(["over", "in", "out", "double", "cut"]))
        if change == "cut":
            data = data[:start]
        elif change == "double":
            data = data[:end] + data[start:]
        elif change == "out":
            data = data[:start] + data[end:]
        else:
            piece = draw(_PIECES)
            data = data[:start] + piece + data[start + (len(piece) if change == "over" else 0) :]
    return data


def fuzz(target: Target, folder: Path, count: int) -> Counter[str]:
    """Read so many inputs, mutated and invented; an error that is not ours is passed on."""
    came: Counter[str] = Counter()

    @settings(max_examples=count, suppress_health_check=list(HealthCheck))
    @given(st.one_of(mutated(target.seeds), mutated(target.seeds), st.binary(max_size=300)))
    def read(data: bytes) -> None:
        try:
            with time_limit():
                target.read(data, folder)
            came["read"] += 1
        except PinError as error:
            assert error.message.isprintable()  # noqa: PT017
            came["refused"] += 1

    read()
    return came


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_any_bytes_are_read_or_refused(tmp_path: Path, target: Target) -> None:
    """The seeds are readable, and some mutations of them are too."""
    for seed in target.seeds:
        target.read(seed, tmp_path)

    assert fuzz(target, tmp_path, FEW).total() >= FEW


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_hundreds_of_inputs_are_read_or_refused(
    tmp_path: Path, name: str, announce: Callable[[str], None]
) -> None:
    """Counted for CI."""
    came = fuzz(TARGETS[name], tmp_path, MANY)

    announce(
        f"fuzzed {name}: {came.total()} inputs, {came['read']} read, {came['refused']} refused, 0 other errors"
    )
    assert came.total() >= MANY / 2
