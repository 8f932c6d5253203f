"""Contents: which objects a pin needs, so that it loads from them alone.

    the commit, the trees on the path, the parents' __init__.py, the module's folder with all below it
    the first-party modules that these import, and theirs
    the trees, not the files, of each root folder that an import names, and of the source roots
    the setup.cfg of the commit, which may name the source roots

They are not listed by rules of their own, which could differ from the loader's: what a load decides is decided here
too, with the same functions, on a source that notes each object that is read. So whatever these decisions read is in
the bundle, and a load from it comes to the same, or asks for an object that is not there; and that is an error which
names it, never another class.
"""

from __future__ import annotations

import sys

from zenml_pin.errors import ObjectNotFoundError, PinnedModuleNotFoundError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import SUBMODULE
from zenml_pin.git.objects.walk import once, walk_tree
from zenml_pin.importing.locate import find_path, locate
from zenml_pin.importing.rewriting.compile import decode_text
from zenml_pin.importing.rewriting.import_scan import import_roots
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.code_id import digest_of, may_reach_further
from zenml_pin.pins.import_closure import Closure, find_closure
from zenml_pin.pins.pinning import require_class
from zenml_pin.pins.unit import unit_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.objects.object_store import ObjectSource

    Wanted = tuple[str, str, str | None]


class Noting:
    """A source of objects that notes which ids it was asked for."""

    def __init__(self, source: ObjectSource) -> None:
        self._source = source
        self.place = source.place
        self.object_format = source.object_format
        self.remedy = source.remedy
        self.noted: set[str] = set()

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield each copy of an object."""
        self.noted.add(object_id)
        return self._source.copies(object_id, limit)

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def ids_of_pin(source: ObjectSource, pinned: Wanted) -> set[str]:
    """Return the ids of the objects that loading a module, or a class of it, from its commit needs.

    Args:
        source: Where the commit is.
        pinned: The commit's id, the module, and the class that it must have; None where any will do.

    Raises:
        CommitNotFoundError, ObjectNotFoundError: The source does not hold all of it.
        PinnedModuleNotFoundError, PinnedAttributeError: The commit has no such module or class.

    Cost: reads every Python file of the folder and all that they import.
    """
    commit_id, module, name = pinned
    noting = Noting(source)
    tree = CommitTree(Objects(noting), commit_id)
    roots = source_roots(tree)
    path = find_path(tree, roots, module)
    if path is None:
        raise PinnedModuleNotFoundError(f"commit {commit_id} has no module '{module}'", name=module)
    if name is not None:
        require_class(tree, roots, path, name)
    closure = find_closure(tree, roots, unit_of(path, roots))
    noting.noted.update(_files(tree, closure))
    _decide_imports(tree, roots, closure)
    if not may_reach_further(tree, closure):
        digest_of(tree, roots, closure)
    return noting.noted


def _files(tree: CommitTree, closure: Closure) -> Iterator[str]:
    """Yield the blob ids of the unit's files, whatever they hold, and of all that is imported."""
    for entry in tree.iter_entries(closure.unit):
        if entry.mode != SUBMODULE:
            yield entry.id
    for link in closure.links:
        found = tree.find(link.path)
        if found is not None and found.is_file:
            yield found.id


def _decide_imports(tree: CommitTree, roots: tuple[str, ...], closure: Closure) -> None:
    """Ask what the loader will ask of every import root, also of those that a type checker alone follows."""
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


def ids_of_history(objects: Objects, commit_id: str) -> set[str]:
    """Return the ids of a commit, of all before it, and of everything that they hold.

    Raises:
        CommitNotFoundError, ObjectNotFoundError: The history is not here whole, as in a shallow clone.
    """
    found: set[str] = set()
    commits = [commit_id]
    while commits:
        name = commits.pop()
        if name in found:
            continue
        found.add(name)
        commit = objects.get_commit(name)
        commits += commit.parents
        # Each tree is entered once, so their number is the limit.
        below = walk_tree(objects, commit.tree, most=sys.maxsize, enter=once(found))
        found.update(entry.id for _, entry in below if entry.mode != SUBMODULE)
    return found


def read_all(objects: Objects, ids: Iterable[str]) -> dict[str, tuple[str, bytes]]:
    """Return kind and content of objects by id, verified; files have no limit but that of what a bundle may hold.

    Raises:
        ObjectNotFoundError: One is not here.
    """
    held = {}
    for name in ids:
        found = objects.find_any(name, objects.limits.bundle)
        if found is None:
            raise ObjectNotFoundError(name, objects.source.place, objects.source.remedy)
        held[name] = found
    return held
