"""The place of a run: the workspace of the script that runs, else of the current folder.

Outside a workspace the git root stands for one, and outside git the current folder.
"""

from __future__ import annotations

import os
import sys

from zenml_pin.beside import PIPELINES, STORE
from zenml_pin.git.layout import find_layout
from zenml_pin.workspace import Workspace, find_workspace


def find_place(script: str | None = None) -> Workspace:
    """Return the workspace of the main script, else of the current folder, else a stand-in for one.

    Args:
        script: The script that is about to run, where it is not the main script yet.
    """
    starts = [os.getcwd()]
    script = script or _main_script()
    if script is not None:
        starts.insert(0, os.path.dirname(script))
    for start in starts:
        workspace = find_workspace(start)
        if workspace is not None:
            return workspace
    return place_at(next((start for start in starts if _worktree(start) is not None), starts[-1]))


def place_at(path: str) -> Workspace:
    """Return the workspace at or above a folder, else what stands for it."""
    workspace = find_workspace(path)
    if workspace is not None:
        return workspace
    git_root = _worktree(path)
    root = os.path.realpath(git_root or path)
    return Workspace(root, os.path.join(root, PIPELINES), os.path.join(root, STORE), git_root)


def _worktree(path: str) -> str | None:
    layout = find_layout(path)
    return None if layout is None else layout.worktree


def _main_script() -> str | None:
    """Return the script that this process runs; tools of the environment, ours among them, are none."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not isinstance(file, str) or not os.path.isfile(file):
        return None
    path = os.path.realpath(file)
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    tools = [os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix), package]
    return None if any(path.startswith(folder + os.sep) for folder in tools) else path
