"""Filters of a commit graph never exclude a path that is in them, and exclude most others."""

from __future__ import annotations

import random

import pytest

from zenml_pin.git.storage.changed_paths import PathFilter, _mask, _murmur3

HASHES, BITS = 7, 10


def _with_folders(paths: list[str]) -> set[str]:
    parts = [path.split("/") for path in paths]
    return {"/".join(names[:end]) for names in parts for end in range(1, len(names) + 1)}


def _filter(paths: list[str]) -> bytes:
    """Return a filter as git's bloom.c makes it."""
    names = _with_folders(paths)
    size = (len(names) * BITS + 7) // 8
    bits = 0
    for name in names:
        data = name.encode()
        bits |= _mask(_murmur3(data, 0x293AE76F), _murmur3(data, 0x7E646E2C), 8 * size, HASHES)
    return bits.to_bytes(size, "little")


@pytest.mark.parametrize("bits_per_path", [BITS, 0])
def test_a_path_that_is_in_a_filter_is_never_excluded(bits_per_path: int) -> None:
    """Nor is a folder with a path that is; whatever else is in it."""
    chance = random.Random(5)
    for _ in range(30):
        names = ["a", "b", "pyproject.toml", "pkg", "sub", "x.py", "y.py", "setup.cfg"]
        paths = [
            "/".join(chance.choices(names, k=chance.randrange(1, 5))) for _ in range(chance.randrange(1, 8))
        ]
        content = _filter(paths)
        for path in _with_folders(paths):
            first = path.partition("/")[0].encode()
            assert first in PathFilter([path, "not/there"]).names_in(content, HASHES, bits_per_path)


def test_names_of_paths_that_a_filter_excludes_are_not_named() -> None:
    """A folder of which only one file counts is named for that file alone."""
    content = _filter(["pkg/step.py", "setup.cfg"])

    paths = PathFilter(["pkg/step.py", "setup.cfg", "src"])
    assert paths.names_in(content, HASHES, BITS) == [b"pkg", b"setup.cfg"]
    assert PathFilter(["pkg/other.py", "src"]).names_in(content, HASHES, BITS) == []


def test_size_of_a_filter_excludes_paths_that_chance_lets_in() -> None:
    """All bits of "pyproject.toml" are one bit in filters of most sizes, which many of them have."""
    paths = PathFilter(["pyproject.toml"])
    filters = [_filter([f"pkg/part/module{number}.py"]) for number in range(400)]

    by_bits = sum(paths.names_in(content, HASHES, 0) != [] for content in filters)
    by_size = sum(paths.names_in(content, HASHES, BITS) != [] for content in filters)

    assert by_bits > 40
    assert by_size < 0.9 * by_bits


def test_a_filter_of_one_byte_excludes_by_its_bits_alone() -> None:
    """git writes one for a commit that changes nothing, and one for a commit that changes too much."""
    paths = PathFilter(["pkg/step.py"])
    assert not paths.names_in(b"\0", HASHES, BITS)
    assert paths.names_in(b"\xff", HASHES, BITS)
