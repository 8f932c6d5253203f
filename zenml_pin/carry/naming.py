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

from zenml_pin.source import NAMESPACE, is_commit_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    # A commit's id, and a module of it.
    Module = tuple[str, str]

_START = f"{NAMESPACE}.g".encode("ascii")
_SHORT_TEXT, _TEXT = 0x8C, 0x58
# No module has a longer name.
_LONGEST = 1000


def modules_in(data: bytes) -> set[Module]:
    """Return the pinned modules that are named in a pickle; a text that only looks like one counts as well."""
    found = set()
    start = data.find(_START)
    while start >= 0:
        name = data[start + len(_START) : _end_of_text(data, start)].decode("utf-8", "replace")
        commit_id, dot, module = name.partition(".")
        if dot and is_commit_id(commit_id):
            found.add((commit_id, module))
        start = data.find(_START, start + len(_START))
    return found


def _end_of_text(data: bytes, start: int) -> int:
    """Return where the text ends that starts there: its length stands before it, or a line's end behind it."""
    if start >= 2 and data[start - 2] == _SHORT_TEXT:
        return start + data[start - 1]
    if start >= 5 and data[start - 5] == _TEXT:
        return start + min(int.from_bytes(data[start - 4 : start], "little"), _LONGEST)
    end = data.find(b"\n", start, start + _LONGEST)
    return end if end >= 0 else start
