"""The walk through a tree, over objects in memory."""

from __future__ import annotations

import sys

import pytest

from zenml_pin.errors import LimitError, UnsupportedError
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import FILE, FOLDER, SUBMODULE, Entry, format_tree
from zenml_pin.git.objects.walk import once, walk, walk_tree

SOURCE = MemorySource()
BLOB = SOURCE.add("blob", b"")
OBJECTS = Objects(SOURCE)


def tree(*entries: tuple[str, int, str]) -> str:
    """Store a tree, entries in git's order; return its id."""
    return SOURCE.add("tree", format_tree(Entry(*entry) for entry in entries))


def nested(levels: int) -> str:
    """Store a file below so many folders; return the id of the root."""
    tree_id = tree(("x.py", FILE, BLOB))
    for _ in range(levels):
        tree_id = tree(("d", FOLDER, tree_id))
    return tree_id


def paths(tree_id: str, depth: int) -> list[str]:
    """Walk a tree, at most so many folders deep."""
    start = Entry("", FOLDER, tree_id)
    return [path for path, _ in walk(lambda _, folder: OBJECTS.entries(folder.id), start, depth=depth)]


def test_the_order_equals_gits() -> None:
    """A folder is sorted by its name with a slash; submodules are entries, folders are not."""
    inner = tree(("b.py", FILE, BLOB), ("a.py", FILE, BLOB))
    root = tree(("step", FOLDER, inner), ("step.py", FILE, BLOB), ("sub", SUBMODULE, BLOB))

    assert [path for path, _ in walk_tree(OBJECTS, root)] == ["step.py", "step/a.py", "step/b.py", "sub"]


def test_paths_begin_with_that_of_the_start() -> None:
    """A start that is not a folder is the only entry."""
    start = Entry("name", FILE, BLOB)

    assert list(walk(lambda *_: {}, start, "a/name", depth=0)) == [("a/name", start)]


def test_depth_counts_folders_below_the_start() -> None:
    """The limit is the number of entered levels; one more is an error. Without a limit there is no recursion."""
    assert paths(nested(3), 3) == ["d/d/d/x.py"]
    with pytest.raises(LimitError, match="4 levels of folders"):
        paths(nested(4), 3)
    assert len(list(walk_tree(OBJECTS, nested(sys.getrecursionlimit() + 1)))) == 1


def test_files_and_folders_are_counted() -> None:
    """The root, two folders and a file in each are five; a walk stops at the sixth."""
    inner = tree(("x.py", FILE, BLOB))
    root = tree(("a", FOLDER, inner), ("b", FOLDER, inner))

    assert len(list(walk_tree(OBJECTS, root, most=5))) == 2
    with pytest.raises(UnsupportedError, match=r"folder '\.' unfolds to more than 4 paths"):
        list(walk_tree(OBJECTS, root, most=4))


def test_folders_are_entered_as_the_callback_says() -> None:
    """It gets path and entry of each folder, also of the first, before the folder is read."""
    inner = tree(("x.py", FILE, BLOB))
    root = tree(("a", FOLDER, inner), ("b", FOLDER, "0" * 40))
    told: list[str] = []

    def enter(path: str, folder: Entry) -> bool:
        told.append(path)
        return folder.id != "0" * 40

    assert [path for path, _ in walk_tree(OBJECTS, root, enter=enter)] == ["a/x.py"]
    assert told == ["", "a", "b"]


def test_trees_that_repeat_each_other_are_entered_once() -> None:
    """Eleven trees that would unfold to 10^10 files take eleven steps."""
    tree_id = tree(("x.py", FILE, BLOB))
    for _ in range(10):
        tree_id = tree(*((f"d{number}", FOLDER, tree_id) for number in range(10)))
    entered: set[str] = set()

    assert len(list(walk_tree(OBJECTS, tree_id, most=102, enter=once(entered)))) == 1
    assert len(entered) == 11
