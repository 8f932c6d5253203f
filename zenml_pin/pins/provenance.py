"""Provenance: the commit, folder and files that a pinned class came from, as proof."""

from __future__ import annotations

import sys

from zenml_pin.base.values import Value
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import Entry
from zenml_pin.importing.finder import loaded_names
from zenml_pin.importing.loader import FileLoader
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.native_loader import NativeLoader
from zenml_pin.pins.loading import path_of_source
from zenml_pin.pins.unit import unit_of
from zenml_pin.source import Source


class Provenance(Value):
    """The objects behind a pinned class.

    Args:
        source: The class and its pin.
        commit: The commit, with author and time.
        unit: Path of the class's folder at the commit, or of its file if that is directly in a source root.
        unit_id: Id of the folder's tree, or of the file's blob.
        files: Path, mode and blob id of each file that was imported from this commit so far, sorted by path.
    """

    source: Source
    commit: Commit
    unit: str
    unit_id: str
    files: tuple[Entry, ...]


def provenance_of(namespace: Namespace, source: Source) -> Provenance:
    """Return where a class came from, after it was loaded.

    Raises:
        PinnedModuleNotFoundError: The commit has no such module.
    """
    tree = namespace.tree
    assert isinstance(tree, CommitTree)
    unit = unit_of(path_of_source(namespace, source), namespace.source_roots)
    files = tuple(tree.get(path) for path in sorted(_loaded_files(namespace)))
    return Provenance(source, tree.commit, unit, tree.get(unit).id, files)


def _loaded_files(namespace: Namespace) -> set[str]:
    """Return the paths of the files whose modules are loaded from a namespace."""
    loaders = [getattr(sys.modules.get(name), "__loader__", None) for name in loaded_names(namespace.root)]
    return {loader.file for loader in loaders if isinstance(loader, (FileLoader, NativeLoader))}
