"""Split indexes: a shared base file, and an index with the changes since.

    link = id of the base, bitmap of deleted entries, bitmap of replaced ones
    ewah = bit-count word-count *word position      words of 64 bits; a marker word, then its literal words

Entries that replace another have no name and come first, in the order of the second bitmap.

Sources: gitformat-index(5) "Split index"; git's ewah bitmaps.
"""

from __future__ import annotations

import struct

from zenml_pin.git.index.file_format import IndexEntry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def base_of(data: bytes, id_length: int) -> str | None:
    """Return the id of the base file that a link names, None if it names none."""
    base = data[:id_length]
    return base.hex() if any(base) else None


def parse_link(data: bytes, id_length: int, count: int) -> tuple[set[int], list[int]]:
    """Return the positions of deleted and of replaced entries in a base of `count` entries.

    Raises:
        ValueError, struct.error: A position is beyond the base, or the bitmaps are damaged.
    """
    if len(data) <= id_length:
        return set(), []
    deleted, position = _read_bitmap(data, id_length, count)
    replaced, _ = _read_bitmap(data, position, count)
    return set(deleted), replaced


def merge(
    base: list[IndexEntry], own: list[IndexEntry], deleted: set[int], replaced: list[int]
) -> list[IndexEntry]:
    """Return the entries of a base with an index's changes applied, sorted.

    Raises:
        ValueError, IndexError: The changes do not fit the base.
    """
    merged: dict[int, IndexEntry] = {
        position: entry for position, entry in enumerate(base) if position not in deleted
    }
    for position, entry in zip(replaced, own, strict=False):
        if entry.path:
            raise ValueError("a replacing entry has a name")
        merged[position] = _with_path(entry, base[position].path)
    added = own[len(replaced) :]
    known = {(entry.path, entry.stage) for entry in added}
    kept = [entry for entry in merged.values() if (entry.path, entry.stage) not in known]
    return sorted([*kept, *added], key=lambda entry: (entry.path, entry.stage))


def _with_path(entry: IndexEntry, path: bytes) -> IndexEntry:
    return IndexEntry(
        path, entry.mode, entry.id, entry.size, entry.stage, entry.intent_to_add, entry.skip_worktree
    )


def _read_bitmap(data: bytes, position: int, limit: int) -> tuple[list[int], int]:
    """Return the numbers of the set bits, and where the bitmap ends."""
    _, count = struct.unpack_from(">II", data, position)
    words = struct.unpack_from(f">{count}Q", data, position + 8)
    return list(_bits(words, limit)), position + 8 + 8 * count + 4


def _bits(words: tuple[int, ...], limit: int) -> Iterator[int]:
    """Yield the numbers of the set bits; a number at or above the limit is an error.

    Without the limit, a run of 12 bytes could yield 2**38 numbers.
    """
    number = index = 0
    while index < len(words):
        marker = words[index]
        run, literals = (marker >> 1) & 0xFFFFFFFF, marker >> 33
        if marker & 1:
            yield from range(number, _bounded(number + 64 * run, limit))
        number += 64 * run
        for word in words[index + 1 : index + 1 + literals]:
            _bounded(number + word.bit_length() if word else 0, limit)
            yield from (number + bit for bit in range(64) if word >> bit & 1)
            number += 64
        index += 1 + literals


def _bounded(end: int, limit: int) -> int:
    if end > limit:
        raise ValueError("a bitmap goes beyond the base")
    return end
