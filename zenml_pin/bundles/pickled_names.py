"""The pinned modules that a pickle names, found without opening it.

A pickle has the names of modules as plain text, and so has a pickle inside another one, such as a step's stored input.
So one search through the bytes finds all names, also inside values that are bytes for the outer pickle.

>>> import pickle
>>> names = "zenml_pin.at.g" + "a" * 40 + ".trainers.step"
>>> modules_in(pickle.dumps([pickle.dumps(names), 1])) == {("a" * 40, "trainers.step")}
True

Sources: the standard library's pickletools.
"""

from __future__ import annotations

from zenml_pin.source import pinned_root, split_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    # A commit's id, with the roots id where a caller gave source roots, and a module of the commit.
    Module = tuple[str, str]

_START = pinned_root("").encode("ascii")
_SHORT_TEXT, _TEXT = 0x8C, 0x58
# Longer module names are not searched for.
_LONGEST = 1000


def modules_in(data: bytes) -> set[Module]:
    """Return the pinned modules that a pickle names. A text that only looks like such a name counts too."""
    modules = set()
    start = data.find(_START)
    while start >= 0:
        for end in _possible_ends(data, start):
            name = data[start + len(_START) : end].decode("utf-8", "replace")
            pin, _, module = name.partition(".")
            if split_pin(pin) is not None and all(map(str.isidentifier, module.split("."))):
                modules.add((pin, module))
        start = data.find(_START, start + len(_START))
    return modules


def _possible_ends(data: bytes, start: int) -> Iterator[int]:
    """Yield the possible ends of a text that begins at `start`: by the length before it, or by the line's end after it.

    The bytes before it may also be the end of another value, such as the number 140; so more than one end is possible.
    """
    if start >= 2 and data[start - 2] == _SHORT_TEXT:
        yield start + data[start - 1]
    if start >= 5 and data[start - 5] == _TEXT:
        yield start + min(int.from_bytes(data[start - 4 : start], "little"), _LONGEST)
    end = data.find(b"\n", start, start + _LONGEST)
    if end >= 0:
        yield end
