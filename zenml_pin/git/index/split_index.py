"""Split indexes: a shared base file, and an index with the changes since.

    link = id of the base, bitmap of deleted entries, bitmap of replaced ones
    ewah = bit-count word-count *word position      words of 64 bits; a marker word, then its literal words

Entries that replace another have no name and come first, in the order of the second bitmap.

Sources: gitformat-index(5) "Split index"; git's ewah bitmaps.
"""

from __future__ import annotations

import os
import struct

from zenml_pin.base.files import read_regular
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.index.file_format import IndexEntry, scan
from zenml_pin.git.objects.tree import FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


# As for the index itself.
_LIMIT = 2**30


def with_base(own: list[IndexEntry], link: bytes, path: str, id_length: int) -> list[IndexEntry]:
    """Return all entries of a split index, sorted.

    Args:
        own: The entries in the index file.
        link: The content of its extension `link`.
        path: The index file; the shared file is beside it.
        id_length: Bytes of an id.

    Raises:
        UnsupportedError: The shared file is missing or damaged, or the index is sparse too.
    """
    try:
        base_id = base_of(link, id_length)
        if base_id is None:
            parse_link(link, id_length, 0)
            return own
        base, _ = scan(_read_base(path, base_id), id_length, lambda data, start, end: True)
        merged = merge(base, own, *parse_link(link, id_length, len(base)))
    except (ValueError, IndexError, struct.error) as error:
        raise UnsupportedError("the index is damaged: it does not fit its shared part") from error
    if any(entry.mode == FOLDER for entry in merged):
        # git 2.39 aborts on such an index.
        raise UnsupportedError("the index is both split and sparse")
    return merged


def _read_base(path: str, base_id: str) -> bytes:
    try:
        data = read_regular(os.path.join(os.path.dirname(path), f"sharedindex.{base_id}"), _LIMIT)
    except (OSError, OverflowError) as error:
        raise UnsupportedError(f"the index's shared part cannot be read: {error}") from error
    if data is None:
        raise UnsupportedError("the index's shared part is missing")
    return data


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
