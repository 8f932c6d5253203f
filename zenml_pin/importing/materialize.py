"""Materialize: the files of a commit in a real folder, for code that needs one (native code, `open` beside `__file__`).

    DIR/<tree id>/<path>

1. The folder's name is the tree's id. So the name says what must be in it, and commits with the same tree share it.
2. It is written as a temporary folder, which is then renamed. So it is whole or absent, even when several processes
   write it or one of them is killed.
3. An existing folder is used only after every path, mode and content in it was hashed and compared.
4. Files are read-only, and only the user may enter the folder (0700). DIR should be a folder that only the user can
   write to.

`git/objects/export.py` decides which files are written and which are left out.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from importlib import machinery

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
    """Return the folder of a commit's files in a directory; it need not exist."""
    return os.path.join(os.path.realpath(directory), tree.commit.tree)


def materialize(tree: CommitTree, directory: str) -> str:
    """Write a commit's files into a directory, unless they exist; check each file's hash, and return their folder.

    Raises:
        UnsupportedError: The directory cannot be written to, or the folder in it has other content.
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
    """Check one file right before it is used, links followed.

    Raises:
        UnsupportedError: It has other content than at the commit.
    """
    wanted = tree.get(path)
    if _content_id(tree, os.path.join(folder, wanted.path)) != wanted.id:
        raise _differs(tree, folder, path)


def _write_whole(tree: CommitTree, wanted: set[Entry], folder: str) -> None:
    """Write all files to a temporary folder and rename that; another process may have been faster."""
    directory = os.path.dirname(folder)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    # mkdtemp uses 0700. No fsync: the hashes detect what a crash of the machine left unwritten.
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
    """Compare all that is in the folder with the commit's entries: paths, modes and contents."""
    different = wanted.symmetric_difference(_on_disk(tree, folder, ""))
    if different or os.path.islink(folder):
        raise _differs(tree, folder, min((entry.path for entry in different), default=""))


def _on_disk(tree: CommitTree, folder: str, below: str) -> Iterator[Entry]:
    """Yield what is in a folder, links not followed. Removes bytecode, which Python may have written there.

    Other files beside the bytecode stay: numba keeps its cache there.
    """
    for item in os.scandir(os.path.join(folder, below)):
        path = f"{below}/{item.name}" if below else item.name
        if item.name == BYTECODE and item.is_dir(follow_symlinks=False):
            _remove_bytecode(item.path)
            continue
        mode = item.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            yield from _on_disk(tree, folder, path)
        elif stat.S_ISLNK(mode):
            target = os.fsencode(os.readlink(item.path))
            yield Entry(path, LINK, object_id("blob", target, tree.objects.source.object_format))
        else:
            kind = EXECUTABLE if mode & 0o100 else FILE
            yield Entry(path, kind, _content_id(tree, item.path))


def _remove_bytecode(folder: str) -> None:
    # Another process may do so at the same time.
    with suppress(FileNotFoundError):
        for name in os.listdir(folder):
            if name.endswith(".pyc"):
                with suppress(FileNotFoundError):
                    os.unlink(os.path.join(folder, name))
    with suppress(OSError):
        os.rmdir(folder)


def _content_id(tree: CommitTree, file: str) -> str:
    """Return the id of a file's content; "", which no entry has, for a FIFO, a device and an unreadable file."""
    try:
        return hash_file(os.fsencode(file), tree.objects.source.object_format) or ""
    except UnsupportedError:
        return ""


def _differs(tree: CommitTree, folder: str, path: str) -> UnsupportedError:
    return UnsupportedError(
        f"'{os.path.join(folder, path)}' is not what commit {tree.commit_id} has there",
        f"remove '{folder}': the next load writes it again",
    )


class MaterializedNamespace(Namespace):
    """A commit whose files are also in a real folder.

    Args:
        tree: The commit's files.
        repository: The repository, bundle or server that serves them.
        guard: Finds working-tree files, which pinned code must never run.
        folder: Absolute path of the folder with the files.
        roots: The source roots that a caller gave; None for the commit's own.
    """

    tree: CommitTree
    folder: str

    def __init__(
        self,
        tree: CommitTree,
        repository: AnyRepository,
        guard: Guard,
        folder: str,
        roots: tuple[str, ...] | None,
    ) -> None:
        super().__init__(tree, repository, guard, roots)
        self.folder = folder
        self.serve_from(folder)

    def file_name(self, path: str) -> str:
        """Return the real path."""
        return os.path.join(self.folder, path) if path else self.folder

    def code_name(self, path: str) -> str:
        """Return the real path too: it stays the same, so that caches that are kept by file name work."""
        return self.file_name(path)

    def lay(self, path: str, names: tuple[str, ...]) -> None:
        """Do nothing: all files are in the folder."""

    def native_file(self, path: str) -> str | None:
        """Return the real file of native code; None when this interpreter does not load it.

        Raises:
            UnsupportedError: It has other content than at the commit.
        """
        _, dot, tag = os.path.basename(path).partition(".")
        if dot + tag not in machinery.EXTENSION_SUFFIXES:
            return None
        verify_file(self.tree, self.folder, path)
        return self.file_name(path)


def materialized(namespace: Namespace, directory: str) -> Namespace:
    """Return a commit's namespace with its files in a directory; the same object when it already has them there.

    Raises:
        UnsupportedError: Its modules were loaded another way, or the directory cannot be used.
    """
    tree = namespace.tree
    assert isinstance(tree, CommitTree)
    if namespace.folder != materialized_folder(tree, directory):
        refuse_loaded(namespace)
    if not os.path.lexists(materialized_folder(tree, directory)):
        namespace.repository.fetch_whole(namespace.commit_id)
    folder = materialize(tree, directory)
    if namespace.folder == folder:
        return namespace
    return MaterializedNamespace(tree, namespace.repository, namespace.guard, folder, namespace.given_roots)


def refuse_loaded(namespace: Namespace) -> None:
    """Refuse to serve a commit from another folder than its loaded modules came from.

    Raises:
        UnsupportedError: Some modules are loaded; the message says where they came from.
    """
    if loaded_names(namespace.root):
        where = f"from '{namespace.folder}'" if namespace.folder else "in memory"
        raise UnsupportedError(
            f"commit {namespace.commit_id} already has modules that were loaded {where}",
            f"unload it first: zenml_pin.unload('{namespace.commit_id}')",
        )
