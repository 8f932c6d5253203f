"""NameSearch: where the dotted names that files import lead in one commit.

Most files of a package import the same few modules, and most commits leave the folders unchanged in which these are
found. So a name is looked up once a commit, and not again in a commit where these folders have the same shapes, or
shapes that differ in other names.
"""

from __future__ import annotations

from zenml_pin.importing.locate import follow
from zenml_pin.pins.tree_shape import WatchedTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable

    from zenml_pin.base.bounded import Bounded
    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.importing.locate import Located
    from zenml_pin.pins.tree_shape import FolderShapes, Shapes

    # By source roots, folders where the search begins and dotted name: the modules, and the shapes that decided it.
    NameMemo = Bounded[Hashable, tuple[list[Located], Shapes]]


class NameSearch:
    """Looks names up in one commit, or in a working tree.

    Args:
        tree: The files.
        roots_key: Identifies its source roots.
        shapes: The shapes of the commit's folders; None to use nothing that other commits showed.
        memo: What other commits showed.
    """

    def __init__(self, tree: Tree, roots_key: Hashable, shapes: FolderShapes | None, memo: NameMemo) -> None:
        self._tree = tree
        self._roots_key = roots_key
        self._shapes = shapes
        self._memo = memo
        self._here: dict[tuple[tuple[str, ...], str], tuple[list[Located], Collection[str]]] = {}

    def find(self, folders: tuple[str, ...], dotted: str) -> tuple[list[Located], Collection[str]]:
        """Return where each part of a name is, as `follow` does, and the folders that decided it.

        The folders are only known of a search with shapes.

        Raises:
            PinnedImportError: As for `follow`.
        """
        key = folders, dotted
        answer = self._here.get(key)
        if answer is None:
            answer = self._here[key] = self._search(folders, dotted)
        return answer

    def _search(self, folders: tuple[str, ...], dotted: str) -> tuple[list[Located], Collection[str]]:
        shapes = self._shapes
        if shapes is None:
            return follow(self._tree, folders, dotted), set()
        key = self._roots_key, folders, dotted
        known = self._memo.get(key)
        if known is not None and shapes.are(known[1]):
            return known[0], known[1].folders
        watched = WatchedTree(self._tree, stems_of(dotted))
        modules = follow(watched, folders, dotted)
        deciding = shapes.of(watched)
        if deciding is not None:
            self._memo.add(key, (modules, deciding))
        return modules, watched.folders


def stems_of(dotted: str) -> Iterable[str]:
    """Return the names, up to their first dots, of all files that `follow` looks for."""
    return "__init__", *dotted.split(".")
