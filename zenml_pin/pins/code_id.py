"""Code id: a name for the code of a class, the same for every commit that has the same code.

    code id = sha256 of  path NUL blob-id LF  for each file, sorted by path

of the class's unit, of every first-party module that it imports, and of the data files in the folders of these. If code
may load more at run time (by importlib, eval, `__file__`, a new name in `sys.modules`), or if this Python cannot parse
it, every file in the source roots counts; if code uses `sys.path`, every Python file of the repository too. Pipeline
documents and bundles in the pipelines folder are left out: runs write them, and code does not depend on them.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache, partial

from zenml_pin.base.files import BUNDLE_SUFFIX
from zenml_pin.base.hashing import hex_digest
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.pins.import_closure import Closure, find_closure
from zenml_pin.pins.text_facts import TEXT_MEMO, TextMemo
from zenml_pin.pins.unit import unit_of
from zenml_pin.source import Source
from zenml_pin.workspace.folders import PIPELINES, has_document_suffix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.git.objects.tree import Entry

# A document is known by its content too: a configuration in the pipelines folder is not a document.
_DOCUMENT = re.compile(rb"^(pipeline|environment):", re.MULTILINE)
_STEPS = re.compile(rb"^\s*steps:", re.MULTILINE)


def code_id(source: Source, repository: AnyRepository | None = None, pipelines: str | None = None) -> str:
    """Return the code id of a class that is pinned to a commit, as 64 hexadecimal digits.

    Args:
        source: The class and its commit.
        repository: The repository where the commit is looked for first.
        pipelines: The pipelines folder, relative to the repository's root; by default `pipelines` in each source
            root.

    Raises:
        CommitNotFoundError: No known repository has the commit.
        PinnedModuleNotFoundError: The commit has no such module.

    Cost: reads every Python file of the unit, and every file that they import, once for each commit and unit.
    """
    from zenml_pin.at import registry

    assert source.commit_id is not None
    registry.get_namespace(source.pin, repository)
    return _of_module(source.pin, source.module, pipelines)


@lru_cache(maxsize=4096)
def _of_module(pin: str, module: str, pipelines: str | None) -> str:
    tree, roots, closure = closure_at(pin, module)
    return digest_of(tree, roots, closure, pipelines)


@lru_cache(maxsize=64)
def closure_at(pin: str, module: str) -> tuple[CommitTree, tuple[str, ...], Closure]:
    """Return what the unit of a module at a pin imports, with the commit's files and its source roots."""
    # `check` asks only for the digest of a tree, and needs no importer.
    from zenml_pin.at import registry
    from zenml_pin.pins.loading import require_path

    namespace = registry.get_namespace(pin)
    assert isinstance(namespace.tree, CommitTree)
    roots = namespace.source_roots
    closure = find_closure(namespace.tree, roots, unit_of(require_path(namespace, module), roots))
    return namespace.tree, roots, closure


def digest_of(
    tree: CommitTree,
    roots: tuple[str, ...],
    closure: Closure,
    pipelines: str | None = None,
    texts: TextMemo = TEXT_MEMO,
) -> str:
    """Return the code id of a unit at a commit, given what it imports there."""
    folders = documents_folders(roots, pipelines)
    entries = dict(_entries(tree, roots, closure, texts))
    lines = [
        f"{path}\0{entry.id}\n"
        for path, entry in sorted(entries.items())
        if path.rpartition("/")[0] not in folders or not is_document(path, entry, partial(tree.read, path))
    ]
    return hex_digest("".join(lines).encode("utf-8", "surrogateescape"), "sha256")


def documents_folders(roots: tuple[str, ...], pipelines: str | None = None) -> set[str]:
    """Return the folders whose documents are not code. The arguments are those of `digest_of`."""
    return {posixpath.join(root, PIPELINES) for root in roots} if pipelines is None else {pipelines}


def may_reach_further(tree: Tree, closure: Closure, texts: TextMemo = TEXT_MEMO) -> bool:
    """Tell whether code may load more at run time than its import statements name."""
    return any(_is_dynamic(tree, link.path, texts) for link in closure.links)


def _entries(
    tree: CommitTree, roots: tuple[str, ...], closure: Closure, texts: TextMemo
) -> Iterator[tuple[str, Entry]]:
    """Yield path and entry of what the code of a unit may depend on, some of it twice."""
    yield from tree.iter_paths(closure.unit)
    for path in closure.outside:
        entry = tree.get(path)
        yield entry.path, entry
    if may_reach_further(tree, closure, texts):
        for root in roots:
            if tree.find_link(root) is not None:
                yield from tree.iter_paths(root)
        if closure.path_users and "" not in roots:
            yield from (pair for pair in tree.iter_paths() if pair[0].endswith(".py"))
        return
    for folder in sorted({unit_of(path, roots) for path in closure.outside}):
        yield from (pair for pair in tree.iter_paths(folder) if not pair[0].endswith(".py"))


def _is_dynamic(tree: Tree, path: str, texts: TextMemo) -> bool:
    """Tell whether a Python file uses a name by which code loads more than its import statements name."""
    entry = tree.find(path)
    if entry is None or not entry.is_file or not path.endswith(".py"):
        return False
    return texts.reaches_further(entry.id, lambda: tree.read(path))


def is_document(path: str, entry: Entry, read: Callable[[], bytes]) -> bool:
    """Tell whether an entry of a pipelines folder is a document or a bundle; `read` returns its content."""
    if not entry.is_file:
        return False
    if not has_document_suffix(path):
        return path.endswith(BUNDLE_SUFFIX)
    data = read()
    return bool(_DOCUMENT.search(data) and _STEPS.search(data))
