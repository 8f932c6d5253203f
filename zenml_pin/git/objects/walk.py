r"""The walk through a tree: what is at and below a path, in git's order, with limits on depth and number.

Every walk in the package is this one. It keeps a stack of its own: a hostile tree may be thousands of folders deep.
A tree cannot contain itself, but eleven trees that hold each other ten times unfold to 10^10 files. So paths are
counted, or `enter` lets the walk go into each tree once.

>>> from zenml_pin.git.objects.object_store import MemorySource, Objects
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

from zenml_pin.errors import LimitError, UnsupportedError
from zenml_pin.git.objects.tree import FOLDER, Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zenml_pin.git.objects.object_store import Objects

    # Both are given a folder's path and its entry.
    Read = Callable[[str, Entry], dict[str, Entry]]
    Enter = Callable[[str, Entry], bool]

# Files and folders of one walk; Linux has 95,000.
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
    """Yield path and entry of what is at and below a start and is not a folder.

    The order is that of `git ls-tree -r` where `read` keeps git's order, as trees do.

    Args:
        read: Gives what a folder holds, by name.
        start: Where to begin; a folder, or the only entry.
        path: Its path, which begins all others; "" is the root.
        depth: How many folders may be nested below the start; None for any number.
        most: How many files and folders may be met; by default `MOST_PATHS`.
        enter: Tells whether to go into a folder, the first one included; by default into each.

    Raises:
        LimitError: Folders nest deeper.
        UnsupportedError: Files and folders are more.
    """
    most = MOST_PATHS if most is None else most
    top = path
    stack = [(path, start, 0)]
    count = 0
    while stack:
        path, entry, level = stack.pop()
        count += 1
        if count > most:
            raise UnsupportedError(f"folder '{top or '.'}' unfolds to more than {most} paths")
        if entry.mode != FOLDER:
            yield path, entry
            continue
        if depth is not None and level > depth:
            raise LimitError(f"path '{path[:60]}...'", level, depth, "depth")
        if enter is None or enter(path, entry):
            prefix = f"{path}/" if path else ""
            below = reversed(read(path, entry).items())
            stack += [(prefix + name, child, level + 1) for name, child in below]


def walk_tree(
    objects: Objects, tree_id: str, *, most: int | None = None, enter: Enter | None = None
) -> Iterator[tuple[str, Entry]]:
    """Yield path and entry of what is below a tree and is not a folder, however deep; as `walk`.

    Raises:
        ObjectNotFoundError, ObjectCorruptError: A tree is not here, or damaged.
        UnsupportedError: Files and folders are too many.
    """
    start = Entry("", FOLDER, tree_id)
    return walk(lambda _, folder: objects.entries(folder.id), start, depth=None, most=most, enter=enter)


def once(entered: set[str]) -> Enter:
    """Return an `enter` that goes into each tree once, and notes its id."""

    def enter(_: str, folder: Entry) -> bool:
        if folder.id in entered:
            return False
        entered.add(folder.id)
        return True

    return enter
