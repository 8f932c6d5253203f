"""Trees: the folders of a commit. Each raw entry is checked before it is used.

    tree  = *( mode SP name NUL binary-id )
    mode  = octal digits

Of two entries with one name, git shows the first and checks out the last. Such a tree has two meanings and is refused;
so are names that cannot be part of a path. Modes become one of the five that git knows.

Sources: gitformat-pack(5), git's fsck messages.
"""

from __future__ import annotations

import os
import sys

from zenml_pin.base.values import Value
from zenml_pin.load_errors import ObjectCorruptError

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
_REFUSED = (b"/./", b"/../", b"/.git/")
# The arguments of `os.fsdecode` and `os.fsencode`, which look them up on each call.
FILE_NAMES = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()


class Entry(Value):
    """One entry of a tree: its path from the commit's root, its mode and the id of its object."""

    __slots__ = ("path", "mode", "id")

    path: str
    mode: int
    id: str

    def __init__(self, path: str, mode: int, id: str) -> None:
        # Not the common `__init__`, which takes more than twice as long: a root tree may have a thousand of them.
        _set_path(self, path)
        _set_mode(self, mode)
        _set_id(self, id)

    @property
    def is_folder(self) -> bool:
        """Whether the entry is a folder of the same commit."""
        return self.mode == FOLDER

    @property
    def is_file(self) -> bool:
        """Whether the entry is a regular file, executable or not."""
        return self.mode in (FILE, EXECUTABLE)


_set_path, _set_mode, _set_id = (vars(Entry)[name].__set__ for name in Entry.__slots__)


def parse_tree(tree_id: str, data: bytes, id_length: int, label: str) -> dict[str, Entry]:
    """Return a tree's entries by name; each `path` is the name alone.

    Args:
        tree_id: For messages.
        data: The raw tree.
        id_length: Bytes of an id, 20 or 32.
        label: The source of the object, for messages.

    Raises:
        ObjectCorruptError: An entry is cut off, or has a name or mode that git refuses.
    """
    entries: dict[str, Entry] = {}
    position, size = 0, len(data)
    while position < size:
        end = data.find(b"\0", position)
        digits, space, raw_name = data[position:end].partition(b" ")
        position = end + 1 + id_length
        if end < 0 or not space or position > size:
            raise ObjectCorruptError(tree_id, label, "an entry is cut off")
        name = raw_name.decode(*FILE_NAMES)
        mode = _MODES.get(digits) or _canonical_mode(digits)
        if not mode or name in entries or "/" in name or name[:1] in ("", "."):
            _check(tree_id, label, name, mode, entries)
        entries[name] = Entry(name, mode, data[end + 1 : position].hex())
    return entries


def find_rows(data: bytes, id_length: int) -> dict[bytes, tuple[bytes, bytes]] | None:
    """Return the mode and the raw id of a tree's entries by name, in a fourth of the time of `parse_tree`.

    None if an entry is unusual in any way; then only `parse_tree` knows whether the tree is damaged.
    """
    import re
    from itertools import chain

    entries = re.findall(rb"([0-7]+) ([^\0]+)\0(.{%d})" % id_length, data, re.DOTALL)
    rows = {name: (digits, raw_id) for digits, name, raw_id in entries}
    size = sum(map(len, chain.from_iterable(entries))) + 2 * len(entries)
    names = b"/%b/" % b"/".join(rows).lower()
    is_usual = (
        size == len(data)
        and names.count(b"/") == len(rows) + 1 == len(entries) + 1
        and not any(refused in names for refused in _REFUSED)
        and {digits for digits, _, _ in entries} <= _MODES.keys()
    )
    return rows if is_usual else None


def _check(tree_id: str, label: str, name: str, mode: int, earlier: dict[str, Entry]) -> None:
    """Refuse an unusual entry if git refuses it too."""
    fault = ""
    if not name or "/" in name or name.lower() in (".", "..", ".git"):
        fault = f"it has an entry named {name!a}"
    elif name in earlier:
        fault = f"it has two entries named {name!a}"
    elif mode == 0:
        fault = f"entry {name!a} has an unknown mode"
    if fault:
        raise ObjectCorruptError(tree_id, label, fault)


def _canonical_mode(digits: bytes) -> int:
    """Return one of git's five modes, or 0. Old writers left other permission bits; git reads them in this way."""
    if not digits or not all(0x30 <= digit <= 0x37 for digit in digits) or len(digits) > 7:
        return 0
    mode = int(digits, 8)
    kind = mode & 0o170000
    if kind == 0o100000:
        return EXECUTABLE if mode & 0o100 else FILE
    return kind if kind in (LINK, FOLDER, SUBMODULE) else 0


def format_tree(entries: Iterable[Entry]) -> bytes:
    """Return a tree's raw content; each entry's path is only its name."""
    return b"".join(
        b"%o %b\0%b" % (entry.mode, os.fsencode(entry.path), bytes.fromhex(entry.id))
        for entry in sorted(entries, key=git_order)
    )


def git_order(entry: Entry) -> bytes:
    """Return git's sort key for the entries of one folder: a folder sorts as if its name ended in "/"."""
    return os.fsencode(entry.path) + (b"/" if entry.is_folder else b"")
