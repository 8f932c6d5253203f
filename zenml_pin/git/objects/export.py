"""Export: write the files of a commit into a folder.

Leaves out submodules, symbolic links without a target inside the tree, and `__pycache__`, since committed bytecode
never runs. Git LFS pointers and line endings stay as committed.
"""

from __future__ import annotations

import os

from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import EXECUTABLE, LINK, Entry

BYTECODE = "__pycache__"


def kept_files(tree: CommitTree, folder: str = "") -> set[Entry]:
    """Return the files and links below a folder of a commit that an export writes.

    Raises:
        UnsupportedError: There are too many.
    """
    return {entry for entry in tree.iter_entries(folder) if _is_kept(tree, entry)}


def write_entry(tree: CommitTree, entry: Entry, path: str, mode: int = 0o644, folders: int = 0o755) -> None:
    """Write one file or link of a commit to a path that does not exist, and create the folders above it.

    Args:
        tree: The commit.
        entry: One of `kept_files`.
        path: The new file's path.
        mode: Its permissions without execute bits; the process's umask does not change them.
        folders: Permissions of the new folders.

    Raises:
        LimitError: It is longer than `Limits.source`.
    """
    data = tree.objects.blob(entry.id)
    os.makedirs(os.path.dirname(path), mode=folders, exist_ok=True)
    if entry.mode == LINK:
        os.symlink(data, os.fsencode(path))
        return
    with open(path, "xb") as file:
        file.write(data)
        # All users that may read a program may also run it.
        os.fchmod(file.fileno(), mode | (mode >> 2 & 0o111) if entry.mode == EXECUTABLE else mode)


def _is_kept(tree: CommitTree, entry: Entry) -> bool:
    if BYTECODE in entry.path.split("/"):
        return False
    if entry.mode != LINK:
        return entry.is_file
    target = tree.find(entry.path)
    return target is not None and (target.is_file or target.is_folder)
