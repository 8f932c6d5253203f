r"""The walk through a tree: all entries at and below a path, in git's order, with limits on depth and number.

All other walks in the package use this one. It has an explicit stack, because a hostile tree may be thousands of
folders deep. A tree cannot contain itself, but eleven trees that contain each other ten times unfold to 10^10 files.
So the walk counts paths, or `enter` makes it enter each tree once.

>>> from zenml_pin.git.objects.memory_source import MemorySource
>>> from zenml_pin.git.objects.object_store import Objects
>>> source = MemorySource()
>>> inner = source.add("tree", b"100644 step.py\0" + bytes.fromhex(source.add("blob", b"x = 1\n")))
>>> root = source.add("tree", b"40000 a\0" + bytes.fromhex(inner) + b"40000 b\0" + bytes.fromhex(inner))
>>> objects = Objects(source)
>>> [path for path, _ in walk_tree(objects, root)]
['a/step.py', 'b/step.py']
>>> entered = set()
>>> [path for path, _ in walk_tree(objects, root, enter=once(entered))]
['a/step.py']
"""

from __future__ import annotations

from zenml_pin.git.objects.tree import FOLDER, Entry
from zenml_pin.load_errors import LimitError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zenml_pin.git.objects.object_store import Objects

    # Both receive a folder's path and its entry.
    Read = Callable[[str, Entry], dict[str, Entry]]
    Enter = Callable[[str, Entry], bool]

# Files and folders of one walk; Linux's source has 95,000.
MOST_PATHS = 1_000_000


def walk(
    read: Read,
    start: Entry,
    path: str = "",
    *,
    depth: int | None,
    most: int | None = None,
    enter: Enter | None = None,
) -> Iterator[tuple[str, Entry]]:
    """Yield path and entry of each file, link and submodule at and below a start.

    The order is that of `git ls-tree -r` where `read` keeps git's order, as trees do.

    Args:
        read: Returns the entries of a folder, by name.
        start: Where to begin; if it is not a folder, it is the only entry.
        path: Its path, with which all other paths begin; "" is the root.
        depth: How many folders may be nested below the start; None for any number.
        most: How many files and folders there may be; by default `MOST_PATHS`.
        enter: Decides whether to enter a folder, the first one included; by default the walk enters each.

    Raises:
        LimitError: Folders nest deeper than `depth`.
        UnsupportedError: There are more files and folders than `most`.
    """
    most = MOST_PATHS if most is None else most
    count = 0
    # The folders that were entered, each with the rest of its entries.
    stack = [("", iter([(path, start)]))]
    while stack:
        prefix, entries = stack[-1]
        for name, entry in entries:
            count += 1
            if count > most:
                raise UnsupportedError(f"folder '{path or '.'}' unfolds to more than {most} paths")
            below = prefix + name
            if entry.mode != FOLDER:
                yield below, entry
                continue
            if depth is not None and len(stack) - 1 > depth:
                raise LimitError(f"path '{below[:60]}...'", len(stack) - 1, depth, "depth")
            if enter is None or enter(below, entry):
                stack.append((f"{below}/" if below else "", iter(read(below, entry).items())))
                break
        else:
            stack.pop()


def walk_tree(
    objects: Objects, tree_id: str, *, most: int | None = None, enter: Enter | None = None
) -> Iterator[tuple[str, Entry]]:
    """Yield path and entry of each file, link and submodule below a tree, at any depth, as `walk` does.

    Raises:
        ObjectNotFoundError, ObjectCorruptError: A tree is missing or damaged.
        UnsupportedError: There are more files and folders than `most`.
    """
    start = Entry("", FOLDER, tree_id)
    return walk(lambda _, folder: objects.entries(folder.id), start, depth=None, most=most, enter=enter)


def once(entered: set[str]) -> Enter:
    """Return an `enter` that enters each tree once; it adds the tree's id to `entered`."""

    def enter(_: str, folder: Entry) -> bool:
        if folder.id in entered:
            return False
        entered.add(folder.id)
        return True

    return enter
