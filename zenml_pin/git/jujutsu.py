"""Workspaces of Jujutsu that are not colocated: git finds no repository there, since it is inside `.jj`.

    .jj/repo                   a folder; in another workspace, a file with its path
    .jj/repo/store/git_target  the path of the git repository, from `.jj/repo/store`

Sources: Jujutsu's documentation, "Git compatibility".
"""

from __future__ import annotations

import os

from zenml_pin.base.files import read_small


def describe_workspace(start: str) -> str:
    """Return how to name the git repository of the Jujutsu workspace at or above a path; "" if there is none."""
    if "\0" in start:
        return ""
    path = os.path.realpath(start)
    while not os.path.isdir(os.path.join(path, ".jj")):
        parent = os.path.dirname(path)
        if parent == path:
            return ""
        path = parent
    store = _find_store(os.path.join(path, ".jj"))
    if store is None:
        return ""
    return f"'{path}' is a workspace of Jujutsu without a '.git': name its store with repo='{store}' (or -C)"


def _find_store(folder: str) -> str | None:
    repo: str | None = os.path.join(folder, "repo")
    if not os.path.isdir(os.path.join(folder, "repo")):
        repo = _follow(folder, "repo")
    return None if repo is None else _follow(os.path.join(repo, "store"), "git_target")


def _follow(folder: str, name: str) -> str | None:
    """Return the folder that a file names, from its own folder."""
    text = read_small(os.path.join(folder, name))
    if not text or b"\0" in text:
        return None
    path = os.path.realpath(os.path.join(folder, os.fsdecode(text.rstrip(b"\r\n"))))
    return path if os.path.isdir(path) else None
