"""Materialize: the files of a commit in a real folder, for those who need one (native code, `open` beside `__file__`).

    DIR/<tree id>/<path>

1. The folder is named by the tree's id, so its name says what it must hold, and commits with one tree share it.
2. It is written beside its final name and renamed: under that name it is whole or absent, whoever writes or dies.
3. A folder that is there is believed only after every path, mode and content in it was hashed and compared.
4. Files are read-only, the folder is the user's alone (0700). DIR is to be one that nobody else can write to.

What is written and what is left out is `git/export.py`'s to say.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from importlib.machinery import EXTENSION_SUFFIXES

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.export import BYTECODE, kept_files, write_entry
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.git.objects.tree import EXECUTABLE, FILE, LINK, Entry
from zenml_pin.git.status.disk import hash_file
from zenml_pin.importing.finder import loaded_names
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.worktree_guard import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.any_repository import AnyRepository


def materialized_folder(tree: CommitTree, directory: str) -> str:
    """Return where a directory holds a commit's files, or would."""
    return os.path.join(os.path.realpath(directory), tree.commit.tree)


def materialize(tree: CommitTree, directory: str) -> str:
    """Write a commit's files into a directory, unless they are there; return their folder, each file hashed.

    Raises:
        UnsupportedError: The directory cannot be written to, or the folder there holds something else.
        LimitError: A file is longer than `Limits.source`.
    """
    folder = materialized_folder(tree, directory)
    wanted = kept_files(tree)
    try:
        if not os.path.lexists(folder):
            _write_whole(tree, wanted, folder)
        _verify(tree, wanted, folder)
    except OSError as error:
        raise UnsupportedError(
            f"commit {tree.commit_id} cannot be materialized in '{directory}': {error.strerror or error}",
            "name a folder of your own that can be written to",
        ) from error
    return folder


def verify_file(tree: CommitTree, folder: str, path: str) -> None:
    """Check one file, links followed, right before it is used; another content is an UnsupportedError."""
    wanted = tree.get(path)
    if _content_id(tree, os.path.join(folder, wanted.path)) != wanted.id:
        raise _differs(tree, folder, path)


def _write_whole(tree: CommitTree, wanted: set[Entry], folder: str) -> None:
    """Write all files beside the folder's name and rename; another process may have been faster."""
    directory = os.path.dirname(folder)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    # Made with 0700. No fsync: what a crash of the machine leaves unwritten is found by its hash.
    temporary = tempfile.mkdtemp(prefix=".zenml-pin-", dir=directory)
    try:
        for entry in wanted:
            write_entry(tree, entry, os.path.join(temporary, entry.path), mode=0o444, folders=0o700)
        os.rename(temporary, folder)
    except OSError:
        if not os.path.isdir(folder):
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _verify(tree: CommitTree, wanted: set[Entry], folder: str) -> None:
    """Compare all that lies in the folder with the commit's entries: paths, modes and contents."""
    different = wanted.symmetric_difference(_on_disk(tree, folder, ""))
    if different or os.path.islink(folder):
        raise _differs(tree, folder, min((entry.path for entry in different), default=""))


def _on_disk(tree: CommitTree, folder: str, below: str) -> Iterator[Entry]:
    """Yield what lies in a folder, links not followed; bytecode that Python or others have left there is removed."""
    for item in os.scandir(os.path.join(folder, below)):
        path = f"{below}/{item.name}" if below else item.name
        mode = item.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode) and item.name == BYTECODE:
            shutil.rmtree(item.path)
        elif stat.S_ISDIR(mode):
            yield from _on_disk(tree, folder, path)
        elif stat.S_ISLNK(mode):
            target = os.fsencode(os.readlink(item.path))
            yield Entry(path, LINK, object_id("blob", target, tree.objects.source.object_format))
        else:
            kind = EXECUTABLE if mode & 0o100 else FILE
            yield Entry(path, kind, _content_id(tree, item.path))


def _content_id(tree: CommitTree, file: str) -> str:
    """Return the id of a file's content; "" for a FIFO, a device, and what cannot be read, which equal nothing."""
    try:
        return hash_file(os.fsencode(file), tree.objects.source.object_format) or ""
    except UnsupportedError:
        return ""


def _differs(tree: CommitTree, folder: str, path: str) -> UnsupportedError:
    return UnsupportedError(
        f"'{os.path.join(folder, path)}' is not what commit {tree.commit_id} has there",
        f"remove '{folder}': it is written again when it is asked for",
    )


class MaterializedNamespace(Namespace):
    """A commit whose files also lie in a real folder.

    Args:
        tree: The commit's files.
        place: The repository or bundle that serves them.
        guard: Knows the working-tree files, which pinned code must never run.
        folder: Absolute path of the folder that holds the files.
    """

    tree: CommitTree
    folder: str

    def __init__(self, tree: CommitTree, place: AnyRepository, guard: Guard, folder: str) -> None:
        super().__init__(tree, place, guard)
        self.folder = folder
        Guard.laid_out.add(folder)

    def file_name(self, path: str) -> str:
        """Return the real path."""
        return os.path.join(self.folder, path) if path else self.folder

    def native_file(self, path: str) -> str | None:
        """Return the real file of native code that this interpreter loads.

        Raises:
            UnsupportedError: It is no longer what the commit has there.
        """
        _, dot, tag = os.path.basename(path).partition(".")
        if dot + tag not in EXTENSION_SUFFIXES:
            return None
        verify_file(self.tree, self.folder, path)
        return self.file_name(path)


def materialized(pin: Namespace, directory: str) -> Namespace:
    """Return a commit's pin with its files in a directory; the same one when it has them there.

    Raises:
        UnsupportedError: Its modules are loaded another way, or the directory cannot be used.
    """
    tree = pin.tree
    assert isinstance(tree, CommitTree)
    if pin.folder != materialized_folder(tree, directory):
        refuse_loaded(pin)
    if not os.path.lexists(materialized_folder(tree, directory)):
        pin.place.fetch_whole(pin.commit_id)
    folder = materialize(tree, directory)
    return pin if pin.folder == folder else MaterializedNamespace(tree, pin.place, pin.guard, folder)


def refuse_loaded(pin: Namespace) -> None:
    """Refuse to serve a commit from another place than its modules came from; with none loaded all is well.

    Raises:
        UnsupportedError: It says where they came from.
    """
    if loaded_names(pin.root):
        where = f"from '{pin.folder}'" if pin.folder else "in memory"
        raise UnsupportedError(
            f"commit {pin.label} already has modules that were loaded {where}",
            f"unload it first: zenml_pin.unload('{pin.label}')",
        )
