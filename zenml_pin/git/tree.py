"""Trees: what a commit's folders hold, each raw entry checked before it is believed.

    tree  = *( mode SP name NUL binary-id )
    mode  = octal digits

git shows the first of two entries with one name and checks out the last, so a tree that has both has two
meanings and is refused, as are names that a path cannot have. Modes become the five that git knows.

Sources: gitformat-pack(5), git's fsck messages.
"""

from __future__ import annotations

import os

from zenml_pin.errors import ObjectCorruptError
from zenml_pin.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = 0o100644
EXECUTABLE = 0o100755
LINK = 0o120000
FOLDER = 0o040000
SUBMODULE = 0o160000

# As git writes them today.
_MODES = {b"%o" % mode: mode for mode in (FILE, EXECUTABLE, LINK, FOLDER, SUBMODULE)}
_set = object.__setattr__


class Entry(Value):
    """One entry of a tree: its path from the commit's root, its mode and the id of what it holds."""

    __slots__ = ("path", "mode", "id")

    path: str
    mode: int
    id: str

    def __init__(self, path: str, mode: int, id: str) -> None:
        # Not `_fill`, which takes twice as long: a root tree may have a thousand of them.
        _set(self, "path", path)
        _set(self, "mode", mode)
        _set(self, "id", id)

    @property
    def is_folder(self) -> bool:
        """Whether the entry is a folder of the same commit."""
        return self.mode == FOLDER

    @property
    def is_file(self) -> bool:
        """Whether the entry is a regular file, executable or not."""
        return self.mode in (FILE, EXECUTABLE)


def parse_tree(tree_id: str, data: bytes, id_length: int, place: str) -> dict[str, Entry]:
    """Return a tree's entries by name; each `path` is the name alone.

    Args:
        tree_id: For messages.
        data: The raw tree.
        id_length: Bytes of an id, 20 or 32.
        place: Where the tree came from, for messages.

    Raises:
        ObjectCorruptError: An entry is cut off, or has a name or mode that git refuses.
    """
    entries: dict[str, Entry] = {}
    position = 0
    while position < len(data):
        space = data.find(b" ", position)
        end = data.find(b"\0", space)
        after = end + 1 + id_length
        if space < 0 or end < 0 or after > len(data):
            raise ObjectCorruptError(tree_id, place, "an entry is cut off")
        name = os.fsdecode(data[space + 1 : end])
        digits = data[position:space]
        mode = _MODES.get(digits) or _canonical_mode(digits)
        fault = _fault(name, mode, entries)
        if fault:
            raise ObjectCorruptError(tree_id, place, fault)
        entries[name] = Entry(name, mode, data[end + 1 : after].hex())
        position = after
    return entries


def _fault(name: str, mode: int, seen: dict[str, Entry]) -> str | None:
    if not name or "/" in name or (name[0] == "." and name.lower() in (".", "..", ".git")):
        return f"it has an entry named {name!a}"
    if name in seen:
        return f"it has two entries named {name!a}"
    if mode == 0:
        return f"entry {name!a} has an unknown mode"
    return None


def _canonical_mode(digits: bytes) -> int:
    """Return one of git's five modes, or 0: old writers left other permission bits, which git reads so."""
    if not digits or not all(0x30 <= digit <= 0x37 for digit in digits) or len(digits) > 7:
        return 0
    mode = int(digits, 8)
    kind = mode & 0o170000
    if kind == 0o100000:
        return EXECUTABLE if mode & 0o100 else FILE
    return kind if kind in (LINK, FOLDER, SUBMODULE) else 0


def format_tree(entries: Iterable[Entry]) -> bytes:
    """Return a tree's raw content; each entry's path is its name alone."""

    # Tree order compares a folder as if its name ended in "/".
    def order(entry: Entry) -> bytes:
        return os.fsencode(entry.path) + (b"/" if entry.is_folder else b"")

    return b"".join(
        b"%o %b\0%b" % (entry.mode, os.fsencode(entry.path), bytes.fromhex(entry.id))
        for entry in sorted(entries, key=order)
    )
