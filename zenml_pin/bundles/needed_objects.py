"""The objects that a pin needs, so that it loads from them alone.

    the commit, the trees on the path, the parents' __init__.py, the module's folder with everything below it
    the first-party modules that these import, and those that they import in turn
    the trees, not the files, of each root folder that an import names, and of the source roots
    the packaging files of the commit that were read, as they may state the source roots
    the files beside the code, if it speaks of its place: a load lays them in memory

No separate rules list them, because such rules could differ from the loader's. Instead the decisions of a load are made
here with the loader's own functions, and a tracked source notes each object that is read. So a load from the bundle
makes the same decisions, or reads an object that is missing. That is an error which names the object; the load never
returns another class.
"""

from __future__ import annotations

import sys

from zenml_pin.errors import ObjectNotFoundError, PinnedModuleNotFoundError, UnsupportedError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import SUBMODULE
from zenml_pin.git.objects.walk import once, walk_tree
from zenml_pin.importing.given_roots import get_roots
from zenml_pin.importing.locate import find_path, locate
from zenml_pin.importing.rewriting.compile import decode_text
from zenml_pin.importing.rewriting.import_scan import import_roots
from zenml_pin.importing.source_roots import read_source_roots
from zenml_pin.pins.code_id import digest_of, may_reach_further
from zenml_pin.pins.files_beside import find_files_beside
from zenml_pin.pins.import_closure import Closure, find_closure
from zenml_pin.pins.pinning import require_class
from zenml_pin.pins.unit import unit_of
from zenml_pin.pins.unparsed import HINT
from zenml_pin.source import split_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.objects.object_store import ObjectSource

    # A pin, a module of its commit, and a class that the module must have; None for any.
    Wanted = tuple[str, str, str | None]


class TrackedSource:
    """A source of objects that notes the ids of all objects that are read from it."""

    def __init__(self, source: ObjectSource) -> None:
        self._source = source
        self.label = source.label
        self.object_format = source.object_format
        self.remedy = source.remedy
        self.is_partial = getattr(source, "is_partial", False)
        self.read_ids: set[str] = set()

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield each copy of an object."""
        self.read_ids.add(object_id)
        return self._source.copies(object_id, limit)

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def ids_of_pin(source: ObjectSource, wanted: Wanted) -> set[str]:
    """Return the ids of the objects that are needed to load a module, or a class of it, from its commit.

    Args:
        source: A source of objects that has the commit.
        wanted: The pin, the module, and the class that it must have; None for any class.

    Raises:
        CommitNotFoundError, ObjectNotFoundError: The source lacks the commit or one of its objects.
        PinnedModuleNotFoundError, PinnedAttributeError: The commit has no such module or class.
        UnsupportedError: This Python cannot parse one of the files, so that nobody can tell what it imports.

    Cost: reads every Python file of the folder, and all files that these import.
    """
    pin, module, name = wanted
    commit_id, roots_id = split_pin(pin) or (pin, None)
    tracked = TrackedSource(source)
    tree = CommitTree(Objects(tracked), commit_id)
    # Read again, not remembered: the bundle must have each packaging file that decides.
    roots = read_source_roots(tree)[0] if roots_id is None else get_roots(roots_id, tree)
    path = find_path(tree, roots, module)
    if path is None:
        raise PinnedModuleNotFoundError(f"commit {commit_id} has no module '{module}'", name=module)
    if name is not None:
        require_class(tree, roots, path, name)
    closure = find_closure(tree, roots, unit_of(path, roots))
    # Only files that the class imports count: the bundle has the other files of the folder anyway.
    for reason in find_closure(tree, roots, path).unparsed.values():
        raise UnsupportedError(f"the bundle would lack what a file imports, because {reason}", HINT)
    tracked.read_ids.update(_files(tree, closure))
    _decide_imports(tree, roots, closure)
    tracked.read_ids.update(entry.id for entry in find_files_beside(tree, roots, closure).values())
    if not may_reach_further(tree, closure):
        digest_of(tree, roots, closure)
    return tracked.read_ids


def _files(tree: CommitTree, closure: Closure) -> Iterator[str]:
    """Yield the blob ids of all files of the unit, of any kind, and of all imported files."""
    for entry in tree.iter_entries(closure.unit):
        if entry.mode != SUBMODULE:
            yield entry.id
    for link in closure.links:
        imported = tree.find(link.path)
        if imported is not None and imported.is_file:
            yield imported.id


def _decide_imports(tree: CommitTree, roots: tuple[str, ...], closure: Closure) -> None:
    """Make the loader's decision for every import root, also for roots that only a type checker follows."""
    for root in roots:
        tree.names(root)
    for link in closure.links:
        entry = tree.find(link.path)
        if entry is None or not entry.is_file or not link.path.endswith(".py"):
            continue
        try:
            text = decode_text(tree.read(link.path), link.path)
        except (SyntaxError, ValueError):
            continue
        for name in import_roots(text):
            locate(tree, roots, name)


def ids_of_files(source: ObjectSource, commit_id: str) -> set[str]:
    """Return the ids of a commit, and of all its trees and files, without its history.

    Raises:
        CommitNotFoundError, ObjectNotFoundError: The source lacks the commit or one of its trees.
    """
    tracked = TrackedSource(source)
    entries = CommitTree(Objects(tracked), commit_id).iter_entries()
    files = {entry.id for entry in entries if entry.mode != SUBMODULE}
    return tracked.read_ids | files


def ids_of_history(objects: Objects, commit_id: str) -> set[str]:
    """Return the ids of a commit, of its whole history, and of all trees and files of these commits.

    Raises:
        CommitNotFoundError, ObjectNotFoundError: A part of the history is missing here, as in a shallow clone.
    """
    ids: set[str] = set()
    commits = [commit_id]
    while commits:
        name = commits.pop()
        if name in ids:
            continue
        ids.add(name)
        commit = objects.get_commit(name)
        commits += commit.parents
        # No limit is needed: each tree is entered once.
        below = walk_tree(objects, commit.tree, most=sys.maxsize, enter=once(ids))
        ids.update(entry.id for _, entry in below if entry.mode != SUBMODULE)
    return ids


def read_all(objects: Objects, ids: Iterable[str]) -> dict[str, tuple[str, bytes]]:
    """Return kind and content of objects by id, verified. The only limit on a file is that of a whole bundle.

    Raises:
        ObjectNotFoundError: An object is missing here.
    """
    contents = {}
    for name in ids:
        content = objects.find_any(name, objects.limits.bundle)
        if content is None:
            raise ObjectNotFoundError(name, objects.source.label, objects.source.remedy)
        contents[name] = content
    return contents
