"""Naming: which pinned modules a pickle names, without opening it.

A pickle holds the names of modules as plain texts, and a pickle inside another, as a step's stored input is, keeps
its own. So one search through the bytes finds all of them, also where pickling itself sees only bytes.

>>> import pickle
>>> names = "zenml_pin.at.g" + "a" * 40 + ".trainers.step"
>>> modules_in(pickle.dumps([pickle.dumps(names), 1])) == {("a" * 40, "trainers.step")}
True

Sources: the standard library's pickletools.
"""

from __future__ import annotations

from zenml_pin.source import is_commit_id, pinned_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    # A commit's id, and a module of it.
    Module = tuple[str, str]

_START = pinned_root("").encode("ascii")
_SHORT_TEXT, _TEXT = 0x8C, 0x58
# No module has a longer name.
_LONGEST = 1000


def modules_in(data: bytes) -> set[Module]:
    """Return the pinned modules that are named in a pickle; a text that only looks like one counts as well."""
    found = set()
    start = data.find(_START)
    while start >= 0:
        for end in _possible_ends(data, start):
            name = data[start + len(_START) : end].decode("utf-8", "replace")
            commit_id, _, module = name.partition(".")
            if is_commit_id(commit_id) and all(map(str.isidentifier, module.split("."))):
                found.add((commit_id, module))
        start = data.find(_START, start + len(_START))
    return found


def _possible_ends(data: bytes, start: int) -> Iterator[int]:
    """Yield where the text may end that starts there: its length stands before it, or a line's end behind it.

    What stands before it may as well be the end of something else, such as the number 140.
    """
    if start >= 2 and data[start - 2] == _SHORT_TEXT:
        yield start + data[start - 1]
    if start >= 5 and data[start - 5] == _TEXT:
        yield start + min(int.from_bytes(data[start - 4 : start], "little"), _LONGEST)
    end = data.find(b"\n", start, start + _LONGEST)
    if end >= 0:
        yield end
