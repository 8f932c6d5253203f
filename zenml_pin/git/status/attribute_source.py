"""The tree from which git takes `.gitattributes` files in place of the worktree's: GIT_ATTR_SOURCE, else attr.tree.

    source  = "HEAD" | "@" | ref | full id      of a tree, a commit or a tag

What is more than that, such as `HEAD~1`, is not evaluated here, and no file of the repository then counts as committed.

Sources: git(1) GIT_ATTR_SOURCE; git-config(1) attr.tree.
"""

from __future__ import annotations

import os

from zenml_pin.base import environment
from zenml_pin.errors import LimitError, UnsupportedError
from zenml_pin.git.objects.commit import parse_tag
from zenml_pin.git.objects.tree import LINK
from zenml_pin.source import is_commit_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.config import Settings
    from zenml_pin.git.repository import GitRepository

_PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
_MAX_TAGS = 20
# What a name of a ref has not.
_OPERATORS = frozenset("~^:@{ \\*?[")
_HEX = frozenset("0123456789abcdefABCDEF")


class AttributeTree:
    """The `.gitattributes` files of a tree.

    Args:
        repository: The repository.
        tree_id: The tree's id; "" is a tree without files.
    """

    def __init__(self, repository: GitRepository, tree_id: str) -> None:
        self._objects = repository.objects
        self._root = tree_id

    def read(self, folder: bytes, limit: int) -> bytes | None:
        """Return the text of a folder's file; None where there is none, or none so short."""
        tree_id = self._root
        for name in folder.split(b"/") if folder else ():
            entry = self._objects.entries(tree_id).get(os.fsdecode(name)) if tree_id else None
            if entry is None or not entry.is_folder:
                return None
            tree_id = entry.id
        entry = self._objects.entries(tree_id).get(".gitattributes") if tree_id else None
        if entry is None or not (entry.is_file or entry.mode == LINK):
            return None
        try:
            # A byte order mark counts as text here, so it must not come first.
            return b"\n" + self._objects.get(entry.id, "blob", limit)
        except LimitError:
            return None


def find_attribute_tree(repository: GitRepository, settings: Settings) -> AttributeTree | None:
    """Return the tree that attributes are taken from, None where the worktree's files count.

    Raises:
        UnsupportedError: The environment names none, which git refuses too; or the name is not evaluated here.
    """
    named = environment.git_attr_source()
    name = settings.get(("attr", "tree")) if named is None else named
    if name is None:
        return None
    what = "attr.tree" if named is None else "GIT_ATTR_SOURCE"
    tree_id = _find_tree(repository, name, what)
    if tree_id is not None:
        return AttributeTree(repository, tree_id)
    if named is not None:
        raise UnsupportedError(f"GIT_ATTR_SOURCE names no tree: {name!r}")
    # As if it were not set.
    return None


def _find_tree(repository: GitRepository, name: str, what: str) -> str | None:
    object_id = _find_id(repository, name)
    if object_id is None:
        if _OPERATORS & set(name) or (name and set(name) <= _HEX):
            raise UnsupportedError(f"{what} takes attributes from {name!r}, which is not evaluated")
        return None
    objects = repository.objects
    for _ in range(_MAX_TAGS):
        kind = objects.kind(object_id)
        if kind == "tree":
            return object_id
        if kind == "commit":
            return objects.get_commit(object_id).tree
        if kind is None:
            raise UnsupportedError(f"{what} takes attributes from {object_id}, which is missing")
        if kind != "tag":
            # git finds no file in it.
            return ""
        data = objects.get(object_id, "tag", objects.limits.tree)
        object_id = parse_tag(object_id, data, objects.source.label).target
    raise UnsupportedError(f"{what} goes through more than {_MAX_TAGS} tags")


def _find_id(repository: GitRepository, name: str) -> str | None:
    if is_commit_id(name):
        return name
    refs = repository.refs
    if name == "@":
        return refs.head()
    for place in _PLACES:
        ref = place.format(name)
        target = refs.find(ref) if ref.startswith("refs/") or ref.isupper() else None
        if target is not None:
            return target
    return None
