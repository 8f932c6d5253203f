"""What a unit imports at HEAD and in the working tree: searched in one of both, unless they differ.

With a cache the answer for HEAD is kept, by the id of its root tree. It counts only while all objects that decided it
exist. The working tree is read anew each time.
"""

from __future__ import annotations

from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.importing.locate import key_of_roots
from zenml_pin.pins.import_closure import Closure, find_closure, find_watched_closure
from zenml_pin.pins.needed_for_facts import needed_objects
from zenml_pin.pins.same_on_disk import Searched, find_searched, is_same_on_disk
from zenml_pin.pins.text_facts import TEXT_MEMO, TextMemo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.git.repository import GitRepository
    from zenml_pin.git.storage.present_objects import PresentObjects


class HeadClosures:
    """What the units of a repository import at HEAD and in the working tree.

    Args:
        repository: The repository.
        texts: Facts about texts.
        pipelines: The pipelines folder.
        present: The objects that the repository has now.
    """

    def __init__(
        self,
        repository: GitRepository,
        texts: TextMemo,
        pipelines: str | None,
        present: PresentObjects,
    ) -> None:
        self._repository = repository
        self._texts = texts
        self._pipelines = pipelines
        self._present = present
        self._known: dict[tuple[str, tuple[str, ...]], tuple[Closure, Searched | None]] = {}

    def find(self, head: CommitTree, roots: tuple[str, ...], unit: str, files: Tree) -> Closure:
        """Return what a unit imports in the files of HEAD, or of the working tree."""
        key = unit, key_of_roots(roots)
        if key not in self._known:
            self._known[key] = self._of_head(head, roots, unit)
        closure, searched = self._known[key]
        if files is head:
            return closure
        worktree = self._repository.worktree
        if searched is not None and worktree and is_same_on_disk(head, worktree, closure, searched):
            return closure
        return find_closure(files, roots, unit, texts=self._texts)

    def _of_head(
        self, head: CommitTree, roots: tuple[str, ...], unit: str
    ) -> tuple[Closure, Searched | None]:
        if not self._texts.is_kept:
            return self._search(head, roots, unit, self._texts)[0]
        settings = f"{self._pipelines!a} {head.limits}"
        key = f"head {head.commit.tree} {unit!a} {key_of_roots(roots)!a} {settings}"
        known = self._texts.get(key)
        if known is not None and self._present.has_all(known[2]):
            return Closure.of_plain(known[0]), Searched(*known[1])
        try:
            (closure, searched), needed = self._search(head, roots, unit, self._texts)
        except PinError:
            needed = frozenset()
        if needed is not None and not (needed and self._present.has_all(needed)):
            # Without the cache, the error names the object that is missing.
            return self._search(head, roots, unit, TEXT_MEMO)[0]
        if needed and searched is not None:
            self._texts.put(key, (closure.to_plain(), searched._fields(), needed))
        return closure, searched

    def _search(
        self, head: CommitTree, roots: tuple[str, ...], unit: str, texts: TextMemo
    ) -> tuple[tuple[Closure, Searched | None], frozenset[bytes] | None]:
        closure, folders, lists = find_watched_closure(head, roots, unit, texts=texts)
        searched = find_searched(head, closure, folders, lists, texts)
        needed = None
        if texts.is_kept:
            needed = needed_objects(head, roots, closure, folders, texts, self._pipelines)
        return (closure, searched), needed
