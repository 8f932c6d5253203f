"""The tree whose `.gitattributes` files git reads instead of the worktree's: GIT_ATTR_SOURCE, else attr.tree.

    source  = "HEAD" | "@" | ref | full id      of a tree, a commit or a tag

We do not evaluate other revisions, such as `HEAD~1`: then no file of the repository counts as committed.

Sources: git(1) GIT_ATTR_SOURCE; git-config(1) attr.tree.
"""

from __future__ import annotations

import os

from zenml_pin.base import environment
from zenml_pin.errors import LimitError, UnsupportedError
from zenml_pin.git.objects.tag import MAX_TAGS, parse_tag
from zenml_pin.git.objects.tree import LINK
from zenml_pin.git.refs import find_short
from zenml_pin.source import is_commit_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.config import GitSettings
    from zenml_pin.git.repository import GitRepository

# The name of a ref contains none of these characters.
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
        """Return the text of a folder's file; None if there is no file, or it is longer than the limit."""
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
            # git takes a byte order mark as text here, so it must not be at the beginning.
            return b"\n" + self._objects.get(entry.id, "blob", limit)
        except LimitError:
            return None


def find_attribute_tree(repository: GitRepository, settings: GitSettings) -> AttributeTree | None:
    """Return the tree whose attributes count, None if the worktree's files count.

    Raises:
        UnsupportedError: The name in the environment is not a tree, which git refuses too; or we do not evaluate the
            name.
    """
    variable = environment.git_attr_source()
    name = settings.get(("attr", "tree")) if variable is None else variable
    if name is None:
        return None
    setting = "attr.tree" if variable is None else "GIT_ATTR_SOURCE"
    tree_id = _find_tree(repository, name, setting)
    if tree_id is not None:
        return AttributeTree(repository, tree_id)
    if variable is not None:
        raise UnsupportedError(f"GIT_ATTR_SOURCE does not name a tree: {name!r}")
    # git ignores such an attr.tree.
    return None


def _find_tree(repository: GitRepository, name: str, setting: str) -> str | None:
    object_id = _find_id(repository, name)
    if object_id is None:
        if _OPERATORS & set(name) or (name and set(name) <= _HEX):
            raise UnsupportedError(f"{setting} takes attributes from {name!r}, which is not evaluated")
        return None
    objects = repository.objects
    for _ in range(MAX_TAGS):
        kind = objects.kind(object_id)
        if kind == "tree":
            return object_id
        if kind == "commit":
            return objects.get_commit(object_id).tree
        if kind is None:
            raise UnsupportedError(f"{setting} takes attributes from {object_id}, which is missing")
        if kind != "tag":
            # git reads a blob as a tree without files.
            return ""
        data = objects.get(object_id, "tag", objects.limits.tree)
        object_id = parse_tag(object_id, data, objects.source.label).target
    raise UnsupportedError(f"{setting} goes through more than {MAX_TAGS} tags")


def _find_id(repository: GitRepository, name: str) -> str | None:
    if is_commit_id(name):
        return name
    refs = repository.refs
    return refs.head() if name == "@" else find_short(refs, name)
