"""Entries of packs: headers and deltas from dulwich are read back, and a damaged one never gives wrong bytes."""

from __future__ import annotations

import zlib

import pytest
from dulwich.object_format import SHA1
from dulwich.pack import create_delta, pack_object_header
from hypothesis import given, strategies as st

from zenml_pin.git.storage.pack_entry import (
    ID_DELTA,
    OFFSET_DELTA,
    apply_delta,
    delta_sizes,
    inflate,
    read_header,
)

BYTES = st.binary(max_size=60) | st.lists(st.sampled_from([b"a" * 40, b"line\n" * 9, b"b"])).map(b"".join)
SIZES = st.integers(0, 2**40)


@given(BYTES, BYTES)
def test_delta_of_dulwich_makes_its_target(base: bytes, target: bytes) -> None:
    """For any copied and inserted bytes."""
    delta = b"".join(create_delta(base, target))

    assert delta_sizes(delta)[:2] == (len(base), len(target))
    assert apply_delta(base, delta) == target


def test_copy_takes_what_its_fields_say() -> None:
    """Whichever bytes of offset and length are left out; one whose fields are cut off is refused."""
    base = bytes(number * 7 % 251 for number in range(0x20000))
    for code in range(0x80, 0x100):
        values = [3, 1, 0, 0, 5, 1, 0]
        fields = [value if code & 1 << bit else 0 for bit, value in enumerate(values)]
        start, length = (int.from_bytes(fields[at], "little") for at in (slice(4), slice(4, 7)))
        target = base[start : start + (length or 0x10000)]
        given = bytes(value for bit, value in enumerate(values) if code & 1 << bit)
        delta = size(len(base)) + size(len(target)) + bytes([code]) + given

        assert apply_delta(base, delta) == target
        if given:
            with pytest.raises((ValueError, IndexError)):
                apply_delta(base, delta[:-1])


def size(number: int) -> bytes:
    low = number & 0x7F
    return bytes([low]) if number < 0x80 else bytes([low | 0x80]) + size(number >> 7)


@pytest.mark.slow
@given(BYTES, BYTES, st.data())
def test_damaged_delta_makes_what_it_says_or_is_refused(
    base: bytes, target: bytes, data: st.DataObject
) -> None:
    """The result has the size that the delta's header gives."""
    delta = bytearray(b"".join(create_delta(base, target)))
    delta[data.draw(st.integers(0, len(delta) - 1))] = data.draw(st.integers(0, 255))
    try:
        result = apply_delta(base, bytes(delta))
    except (ValueError, IndexError):
        return

    assert len(result) == delta_sizes(bytes(delta))[1]


@given(st.integers(1, 4), SIZES, st.binary(max_size=3))
def test_header_of_a_whole_object_is_read_back(kind: int, size: int, before: bytes) -> None:
    """Kind and size, wherever the entry starts."""
    header = bytes(pack_object_header(kind, None, size, SHA1))

    assert read_header(before + header, len(before), 20) == (kind, size, None, len(before + header))


@given(SIZES, st.integers(1, 2**40), st.binary(min_size=20, max_size=20))
def test_header_of_a_delta_is_read_back(size: int, distance: int, base: bytes) -> None:
    """With an offset, and with the base's id."""
    by_distance = bytes(pack_object_header(OFFSET_DELTA, distance, size, SHA1))
    by_id = bytes(pack_object_header(ID_DELTA, base, size, SHA1))

    assert read_header(by_distance, 0, 20) == (OFFSET_DELTA, size, distance, len(by_distance))
    assert read_header(by_id, 0, 20) == (ID_DELTA, size, base, len(by_id))


@given(BYTES, st.binary(max_size=5))
def test_stream_ends_where_zlib_ends_it(content: bytes, behind: bytes) -> None:
    """The bytes after it belong to another entry."""
    stream = zlib.compress(content)
    parts: list[bytes] = []

    end = inflate(b"x" + stream + behind, 1, len(content), parts.append)

    assert end == 1 + len(stream)
    assert b"".join(parts) == content


@pytest.mark.parametrize(("size", "reason"), [(4, "longer than"), (6, "shorter than")])
def test_stream_of_another_size_is_refused(size: int, reason: str) -> None:
    """A bomb ends at the first byte beyond its size."""
    with pytest.raises(ValueError, match=f"is {reason} its header says"):
        inflate(zlib.compress(b"hello"), 0, size, lambda part: None)


def test_stream_that_is_cut_off_is_refused() -> None:
    """As at the end of a damaged pack."""
    with pytest.raises(ValueError, match="cut off"):
        inflate(zlib.compress(b"hello")[:-5], 0, 5, lambda part: None)
