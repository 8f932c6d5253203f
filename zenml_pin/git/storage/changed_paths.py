"""PathFilter: which of some paths a commit may have changed, as the Bloom filters of a commit graph tell.

    filter   a set of bits; each path that the commit changed has set a few of them, and so has each folder above it
    mask     the bits of one path in a filter of one size

Most commits set none of the bits of a first folder, so the paths form a tree, and what is in a folder is looked up only
where the folder may have changed.

A filter has a certain number of bits for each path that it has, so its size tells the largest number of paths. If the
others could not have set all of the other bits, a path is not among them: that excludes some of which the few bits are
set by chance.

Sources: gitformat-commit-graph(5); git's bloom.c.
"""

from __future__ import annotations

import os

from zenml_pin.base.bounded import Bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    # A name, its mask, and those of what counts inside; None if all of it counts.
    Masks = list[tuple[bytes, int, "Masks | None"]]

_SEEDS = 0x293AE76F, 0x7E646E2C
# A filter of at most 512 paths has at most 640 sizes, if they are short.
_KEPT_SIZES = 512
_NO_LIMIT = 2**40
_KEPT_HASHES = 4096
_hashes: Bounded[bytes, tuple[int, int]] = Bounded(_KEPT_HASHES)


class PathFilter:
    """Some paths.

    Args:
        paths: From the repository's root; what is below them counts too.

    Attributes:
        is_ascii: Whether all versions of the hash agree on them: the first version treats other bytes in a way that
            depends on the machine.
        names: The first parts of all paths.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        names = [os.fsencode(path) for path in paths]
        self.is_ascii = all(name.isascii() for name in names)
        self._top: dict[bytes, _Name] = {}
        for name in names:
            _add(self._top, name)
        self.names = list(self._top)
        self._masks: Bounded[tuple[int, int], Masks] = Bounded(_KEPT_SIZES)

    def names_in(self, filter: bytes, hashes: int, bits_per_path: int) -> list[bytes]:
        """Return the first parts of those paths that a filter may have.

        Args:
            filter: Its bytes; at least one.
            hashes: How many bits each path sets.
            bits_per_path: How many bits it has for each of its paths; 0 if that is unknown.
        """
        key = len(filter), hashes
        masks = self._masks.get(key) or self._masks.add(key, _masks(self._top, 8 * key[0], hashes))
        # One byte is a filter without paths, or one of a commit that changes too many.
        is_counted = bits_per_path > 0 and len(filter) > 1
        most = 8 * len(filter) // bits_per_path * hashes if is_counted else _NO_LIMIT
        bits = int.from_bytes(filter, "little")
        return [
            name
            for name, mask, inside in masks
            if bits & mask == mask and _may_have(bits, inside, bits & ~mask, most - hashes, hashes)
        ]


class _Name:
    """One part of a path.

    Attributes:
        hashes: The two hashes of the path down to here.
        inside: The next parts.
        is_whole: Whether the path ends here.
    """

    def __init__(self, path: bytes) -> None:
        self.hashes = _hashes.get(path) or _hashes.add(
            path, (_murmur3(path, _SEEDS[0]), _murmur3(path, _SEEDS[1]))
        )
        self.inside: dict[bytes, _Name] = {}
        self.is_whole = False


def _add(names: dict[bytes, _Name], path: bytes) -> None:
    folder, _, _ = path.rpartition(b"/")
    for end in [at for at, letter in enumerate(folder + b"/") if letter == 0x2F] if folder else []:
        names = _get(names, path[:end]).inside
    _get(names, path).is_whole = True


def _get(names: dict[bytes, _Name], path: bytes) -> _Name:
    return names.setdefault(path, names.get(path) or _Name(path))


def _masks(names: dict[bytes, _Name], bits: int, hashes: int) -> Masks:
    return [
        (
            path,
            _mask(*name.hashes, bits, hashes),
            None if name.is_whole else _masks(name.inside, bits, hashes),
        )
        for path, name in names.items()
    ]


def _mask(number: int, step: int, bits: int, hashes: int) -> int:
    mask = 0
    for _ in range(hashes):
        mask |= 1 << number % bits
        number = (number + step) & 0xFFFFFFFF
    return mask


def _may_have(filter: int, inside: Masks | None, left: int, most: int, hashes: int) -> bool:
    """Tell whether a filter that may have a name may also have something inside that counts.

    Args:
        filter: Its bits.
        inside: What counts inside; None if all of it counts.
        left: Those of its bits that neither the name nor the folders above have set.
        most: How many bits its other paths set at most.
        hashes: How many bits each path sets.
    """
    if inside is None:
        return left.bit_count() <= most
    return any(
        _may_have(filter, further, left & ~mask, most - hashes, hashes)
        for _, mask, further in inside
        if filter & mask == mask
    )


def _murmur3(data: bytes, seed: int) -> int:
    """Return the 32-bit MurmurHash3 of some bytes."""
    value, length = seed, len(data)
    whole = length & ~3
    for at in range(0, whole, 4):
        value ^= _scramble(int.from_bytes(data[at : at + 4], "little"))
        value = (value << 13 | value >> 19) & 0xFFFFFFFF
        value = (value * 5 + 0xE6546B64) & 0xFFFFFFFF
    value ^= _scramble(int.from_bytes(data[whole:], "little"))
    value ^= length
    value = (value ^ value >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    value = (value ^ value >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return value ^ value >> 16


def _scramble(block: int) -> int:
    block = block * 0xCC9E2D51 & 0xFFFFFFFF
    return (block << 15 | block >> 17) * 0x1B873593 & 0xFFFFFFFF
