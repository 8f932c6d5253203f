"""The source roots of HEAD, and the folders of its documents; with a cache they are read once for each root tree.

A packaging file takes longer to read than a small check: its parsers must be imported. Kept is what depends on files of
the root alone, and it counts only while these exist.
"""

from __future__ import annotations

from zenml_pin.audit.facts.document_texts import folders_in
from zenml_pin.base.values import Value
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.importing.locate import SourceRoots
from zenml_pin.importing.source_roots import deciding_entries, source_roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.cache import Cache
    from zenml_pin.git.repository import GitRepository

# Change it whenever the meaning changes; it stands for the rules of `source_roots`.
_VERSION = 1
_SOURCE = "src"


class HeadRoots(Value):
    """What HEAD's files say.

    Attributes:
        roots: The source roots; only that of the repository if its settings cannot be read.
        folders: The folders of documents.
    """

    roots: tuple[str, ...]
    folders: list[str]


def find_head_roots(repository: GitRepository, tree: CommitTree, disk: Cache | None) -> HeadRoots:
    """Return what HEAD's files say.

    Args:
        repository: The repository.
        tree: HEAD's files.
        disk: The cache; None without one.
    """
    if disk is None:
        return _read(tree)
    # Only here: without a cache, `check` of nothing reads no text of a module.
    from zenml_pin.pins.text_facts import TextMemo

    memo = TextMemo(disk)
    key = f"roots {tree.commit.tree} {_VERSION}"
    known = memo.get(key)
    if known is not None and not repository.source.lacks(known[3]):
        roots, former, folders, _ = known
        return HeadRoots(roots if former is None else SourceRoots(roots, former), folders)
    found = _read(tree)
    needed = _needed(tree)
    if needed is not None:
        former = getattr(found.roots, "former", None)
        memo.put(key, (tuple(found.roots), former, found.folders, needed))
    return found


def _read(tree: CommitTree) -> HeadRoots:
    try:
        roots = source_roots(tree)
    except PinError:
        roots = ("",)
    return HeadRoots(roots, folders_in(tree))


def _needed(tree: CommitTree) -> frozenset[bytes] | None:
    """Return the raw ids of the objects that decide; None if others than those of the root may decide."""
    try:
        names = deciding_entries(tree)
        if names is None or "packages" in names:
            # All projects below the root, or all that a pattern names.
            return None
        entries = tree.children("")
    except PinError:
        return None
    found = [entries[name] for name in (*names, _SOURCE) if name in entries]
    if not all(entry.is_file or entry.is_folder for entry in found):
        return None
    return frozenset(bytes.fromhex(name) for name in (tree.commit.tree, *(entry.id for entry in found)))
