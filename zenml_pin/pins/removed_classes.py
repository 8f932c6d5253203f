"""Which commit removed a class, in the first-parent history of a commit that does not have it."""

from __future__ import annotations

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.values import Value
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.commit_node import find_node
from zenml_pin.git.objects.object_store import FAULTS
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.definitions import Definitions
from zenml_pin.pins.first_parents import UnitAt, UnitFinder
from zenml_pin.pins.pinning import defines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_node import CommitNode
    from zenml_pin.git.objects.object_store import Objects

# Module and class.
Name = tuple[str, str]

# A history that is longer is not searched to its end: the answer only says more about a class that is not there.
_MAX_COMMITS = 20_000
# A report may name many classes of one module.
_KEPT = 256


class Removal(Value):
    """The end of a class.

    Args:
        commit_id: The first commit without it.
        last: The last commit that has it.
    """

    commit_id: str
    last: str

    def fact(self, source: object) -> str:
        """Return what happened to a source, for a message."""
        return f"'{source}' was deleted in {self.commit_id}; the last commit that has it is {self.last}"

    def remedy(self, source: object) -> str:
        """Return the pin that still loads it, for a hint."""
        return f"pin it there: '{source}@{self.last}'"


def find_removal(repository: AnyRepository | None, module: str, name: str) -> Removal | None:
    """Return which commit of HEAD's history removed a class; None if none did, or if that is unknown."""
    if repository is None:
        return None
    try:
        head = repository.head_commit()
        names = [(module, name)]
        removals = {} if head is None else find_removals(repository.objects, head.id, names)
    except PinError:
        return None
    removal = removals.get((module, name))
    # HEAD has a class that only the working tree lacks.
    return None if removal is None or removal.last == removal.commit_id else removal


def find_removals(objects: Objects, head: str, names: Iterable[Name]) -> dict[Name, Removal]:
    """Return which commit removed each class. A class that the history never had has no entry.

    Args:
        objects: The objects of the repository.
        head: The commit where the walk along first parents begins; it has none of the classes.
        names: Module and name of each class.

    Cost: reads each commit down to the last that had one of the classes, and below its root tree only folders that
    changed on the path to a module; parses each text of a module once.
    """
    texts: Bounded[str, Definitions] = Bounded(_KEPT)
    wanted = [_Wanted(objects, module, name, texts) for module, name in dict.fromkeys(names)]
    removals: dict[Name, Removal] = {}
    newer, next_id, tree_id = head, head, ""
    for _ in range(_MAX_COMMITS):
        node = _read(objects, next_id) if wanted else None
        if node is None:
            break
        if node.tree != tree_id:
            changed = _changed(objects, tree_id, node.tree)
            tree_id = node.tree
            answers = [(one, one.is_in(node, changed)) for one in wanted]
            removals |= {one.key: Removal(newer, node.id) for one, is_in in answers if is_in}
            wanted = [one for one, is_in in answers if is_in is False]
        if not node.parents:
            break
        newer, next_id = node.id, node.parents[0]
    return removals


def _read(objects: Objects, commit_id: str) -> CommitNode | None:
    """Return a commit; None at the end of a shallow clone, and where the history is damaged."""
    try:
        return find_node(objects, commit_id)
    except PinError:
        return None


def _changed(objects: Objects, old: str, new: str) -> set[bytes] | None:
    """Return the names in the root folder that differ between two trees; None if that is unknown."""
    try:
        if not old:
            return None
        rows = objects.rows(old)
        return set(rows.differing(objects.rows_beside(new, rows)))
    except PinError:
        return None


class _Wanted:
    """A class that the newer commits do not have.

    Args:
        objects: The objects of the repository.
        module: Its module.
        name: Its name.
        texts: What texts define, by blob id.
    """

    def __init__(self, objects: Objects, module: str, name: str, texts: Bounded[str, Definitions]) -> None:
        self.key = module, name
        self._objects = objects
        self._texts = texts
        self._finder = UnitFinder(objects, module)
        # Where it is known that the class is not.
        self._unit: UnitAt | None = None
        self._blob_id = ""

    def is_in(self, node: CommitNode, changed: set[bytes] | None) -> bool | None:
        """Tell whether a commit has the class; None if an object that decides it is missing or damaged.

        `changed` are the names in its root folder that the last one has not.
        """
        try:
            unit = self._finder.find(node, changed)
            if unit is None or unit == self._unit:
                return False
            return self._is_at(CommitTree(self._objects, node.id), unit)
        except FAULTS:
            return None
        except PinError:
            return False

    def _is_at(self, tree: CommitTree, unit: UnitAt) -> bool:
        entry = tree.get(unit.path)
        blob_id = entry.id
        if blob_id == self._blob_id:
            return False
        name = self.key[1]
        definitions = self._texts.get(blob_id)
        if definitions is None:
            definitions = self._texts.add(blob_id, Definitions.of(tree.read(unit.path)))
        if definitions.may_give(name) or definitions.may_make(name):
            return True
        if definitions.stars:
            # Other files decide, and each commit may have other ones.
            return defines(tree, source_roots(tree), unit.path, name)
        # The file that a link leads to is not in the unit.
        self._unit = unit if entry.path == unit.path else None
        self._blob_id = blob_id
        return False
