"""MaterializedPin: a commit as modules whose `__file__` and `__path__` are real.

Python source still comes from git's objects and is compiled as in memory; only native modules are loaded from the
folder, after their file was hashed again. The path finder is never asked about these folders.
"""

from __future__ import annotations

import os
from importlib.machinery import EXTENSION_SUFFIXES

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.snapshot import CommitTree
from zenml_pin.importing.finder import loaded_names
from zenml_pin.importing.guard import Guard
from zenml_pin.importing.materialize import folder_of, materialize, verify_file
from zenml_pin.importing.pin import Pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.places import Place


class MaterializedPin(Pin):
    """A commit whose files also lie in a real folder.

    Args:
        tree: The commit's files.
        place: The repository or bundle that serves them.
        guard: Knows the working-tree files, which pinned code must never run.
        folder: Absolute path of the folder that holds the files.
    """

    tree: CommitTree
    folder: str

    def __init__(self, tree: CommitTree, place: Place, guard: Guard, folder: str) -> None:
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


def materialized(pin: Pin, directory: str) -> Pin:
    """Return a commit's pin with its files in a directory; the same one when it has them there.

    Raises:
        UnsupportedError: Its modules are loaded another way, or the directory cannot be used.
    """
    tree = pin.tree
    assert isinstance(tree, CommitTree)
    if pin.folder != folder_of(tree, directory):
        refuse_loaded(pin)
    if not os.path.lexists(folder_of(tree, directory)):
        pin.place.fetch_whole(pin.commit_id)
    folder = materialize(tree, directory)
    return pin if pin.folder == folder else MaterializedPin(tree, pin.place, pin.guard, folder)


def refuse_loaded(pin: Pin) -> None:
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
