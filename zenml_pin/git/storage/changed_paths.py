"""PathFilter: whether a commit may have changed one of some paths, as the Bloom filters of a commit graph tell.

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

    # The mask of a name, and those of what counts inside; None if all of it counts.
    Masks = list[tuple[int, "Masks | None"]]

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
    """

    def __init__(self, paths: Iterable[str]) -> None:
        names = [os.fsencode(path) for path in paths]
        self.is_ascii = all(name.isascii() for name in names)
        self._top: dict[bytes, _Name] = {}
        for name in names:
            _add(self._top, name)
        self._masks: Bounded[tuple[int, int], Masks] = Bounded(_KEPT_SIZES)

    def may_be_in(self, filter: bytes, hashes: int, bits_per_path: int) -> bool:
        """Tell whether a filter may have one of the paths.

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
        return _has_any(bits, masks, bits, most, hashes)


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
        (_mask(*name.hashes, bits, hashes), None if name.is_whole else _masks(name.inside, bits, hashes))
        for name in names.values()
    ]


def _mask(number: int, step: int, bits: int, hashes: int) -> int:
    mask = 0
    for _ in range(hashes):
        mask |= 1 << number % bits
        number = (number + step) & 0xFFFFFFFF
    return mask


def _has_any(filter: int, masks: Masks, others: int, most: int, hashes: int) -> bool:
    """Tell whether a filter may have one of some names.

    Args:
        filter: Its bits.
        masks: The names.
        others: Those of its bits that the folders above have not set.
        most: How many bits its paths set at most, without these folders.
        hashes: How many bits each path sets.
    """
    most -= hashes
    for mask, inside in masks:
        if filter & mask == mask:
            left = others & ~mask
            if inside is None:
                if left.bit_count() <= most:
                    return True
            elif _has_any(filter, inside, left, most, hashes):
                return True
    return False


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
