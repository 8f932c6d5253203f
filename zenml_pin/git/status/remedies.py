"""What helps against uncommitted changes: to commit them, unless git or this package cannot compare the files.

>>> find_remedy([])
'commit them'
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zenml_pin.base.path_change import PathChange

_NEW_INDEX = "make a new index: delete the index file in .git, then run 'git reset'"
_ATTRIBUTE = "take this attribute from the code in .gitattributes, and commit that"
# By a part of the reason; the first that fits.
_REMEDIES = {
    "the index is both split and sparse": "run 'git update-index --no-split-index'",
    "the index cannot be read": "make the index in .git a file that can be read",
    "the index is damaged": _NEW_INDEX,
    # Such an index may be whole, and have what is staged alone.
    "the index has version": "run 'git update-index --index-version 4'",
    "the index": "run 'git status': it says whether git can read the index",
    "working-tree-encoding": _ATTRIBUTE,
    "ident keyword": _ATTRIBUTE,
    "filter 'lfs' is not run": "add the files again with Git LFS installed, or " + _ATTRIBUTE,
    "is required and has no command": "set this command in git's configuration, or " + _ATTRIBUTE,
    "filter '": _ATTRIBUTE,
    "GIT_ATTR_SOURCE": "unset GIT_ATTR_SOURCE",
    "attr.tree": "unset attr.tree in git's configuration",
    "refs/replace": "delete the replacement with 'git replace -d'",
    "packed-refs": "make packed-refs in .git a file that can be read",
    "it is in the submodule": "pin it in the submodule's own repository",
    "is a symbolic link": "name the folder by its own path, which git tracks",
    "git submodule": "do that",
    "cannot be listed": "give yourself the right to list it",
    "cannot be read": "give yourself the right to read it",
    "left out by a sparse checkout": "add the folder with 'git sparse-checkout add'",
}
_OTHER = "change what the reason names; to commit does not help"


def find_remedy(changes: Iterable[PathChange], commit: str = "commit them") -> str:
    """Return what helps against some changes, as a person would be told.

    Args:
        changes: The changes.
        commit: What is said if they only have to be committed.
    """
    changes = tuple(changes)
    others = [change.label for change in changes if _needs_more(change.label)]
    if not others:
        return commit
    remedy = next((remedy for part, remedy in _REMEDIES.items() if part in others[0]), _OTHER)
    return remedy if len(others) == len(changes) else f"{remedy}; {commit}"


def _needs_more(label: str) -> bool:
    return label.startswith("unsupported") or label == "deleted: left out by a sparse checkout"
