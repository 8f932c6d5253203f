"""Code id: the name of the code behind a class, the same for every commit that holds the same code.

    code id = sha256 of  path NUL blob-id LF  for each file, sorted by path

of the class's unit and of every first-party module that it imports. Pipeline documents and bundles that lie in the
unit are left out: runs write them, and no code depends on them.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from zenml_pin.at import registry
from zenml_pin.closure import find_closure, unit_of
from zenml_pin.git.snapshot import CommitTree
from zenml_pin.loading import require_path
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.repository import GitRepository
    from zenml_pin.git.tree import Entry

# Told by content, since a commit does not say where its workspace keeps documents.
_DOCUMENT = re.compile(rb"^(pipeline|environment):", re.MULTILINE)
_STEPS = re.compile(rb"^\s*steps:", re.MULTILINE)


def code_id(source: Source, repository: GitRepository | None = None) -> str:
    """Return the code id of a class that is pinned to a commit, as 64 hexadecimal digits.

    Args:
        source: The class and its commit.
        repository: Asked for the commit first.

    Raises:
        CommitNotFoundError: No known repository holds the commit.
        PinnedModuleNotFoundError: The commit has no such module.

    Cost: reads every Python file of the unit and all that they import, once for each commit and unit.
    """
    assert source.commit_id is not None
    registry.get_pin(source.commit_id, repository)
    return _of_module(source.commit_id, source.module)


@lru_cache(maxsize=4096)
def _of_module(commit_id: str, module: str) -> str:
    pin = registry.get_pin(commit_id)
    tree = pin.tree
    assert isinstance(tree, CommitTree)
    unit = unit_of(require_path(pin, module), pin.source_roots)
    entries = {entry.path: entry for entry in _entries(tree, unit)}
    for path in find_closure(tree, pin.source_roots, unit).outside:
        entries[path] = tree.get(path)
    digest = hashlib.sha256()
    for path, entry in sorted(entries.items()):
        digest.update(f"{path}\0{entry.id}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _entries(tree: CommitTree, unit: str) -> Iterator[Entry]:
    for entry in tree.iter_entries(unit):
        if not _is_document(tree, entry):
            yield entry


def _is_document(tree: CommitTree, entry: Entry) -> bool:
    if not entry.is_file or not entry.path.endswith((".yaml", ".yml", ".bundle")):
        return False
    if entry.path.endswith(".bundle"):
        return True
    data = tree.read(entry.path)
    return bool(_DOCUMENT.search(data) and _STEPS.search(data))
